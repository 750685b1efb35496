"""Clocks of a market: what a sample of its latencies says of all of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sigma_cli.domain.trades import TRADE_COLUMNS
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.runtime import tape_clocks
from sigma_cli.runtime.periods import Period
from sigma_cli.runtime.tape_clocks import Clock, FeedLatency, evenly
from sigma_cli.store.lake import Identity, Lake, Source
from tests.market import START_NS

SOURCE = Source(name="made", sha256="0" * 64, layout="test")


@pytest.mark.parametrize(("first", "last"), [(0, 9), (2, 9), (0, 5), (3, 4)])
@pytest.mark.parametrize("heard", [False, True])
def test_rows_are_counted_alike_whether_files_tell_or_rows(
    tmp_path: Path, first: int, last: int, heard: bool
) -> None:
    lake = Lake(tmp_path)
    lake.register_instrument("upbit", "KRW-BTC", 0, 8, always_open=True)
    rows = {name: np.ones(9, kind) for name, kind in TRADE_COLUMNS.items()}
    rows["exch_ts_ns"] = START_NS + np.arange(9) * NS_PER_S
    rows["recv_ts_ns"] = (rows["exch_ts_ns"] + 7) * heard
    rows["trade_id"] = np.arange(9)
    lake.merge_trades("upbit", "KRW-BTC", rows, SOURCE, Identity.TRADE_ID)
    period = Period(
        start_ns=START_NS + first * NS_PER_S, end_ns=START_NS + last * NS_PER_S, text=""
    )
    latency = FeedLatency(kind="fixed", fixed_ns=5)
    clock = tape_clocks.read(lake, ("upbit", "KRW-BTC"), ("trades",), period, latency)
    (told,) = clock.kinds
    count = last - first
    assert (told.rows, told.unheard, told.untimed) == (count, 0 if heard else count, 0)
    assert clock.offset_ns == (7 if heard else None)


def test_each_kind_of_rows_counts_as_much_as_it_has_rows() -> None:
    quick, slow = np.full(8, 1), np.full(6, 9)  # of 8 rows each one, of 24 every fourth
    found = evenly([(1, quick), (4, slow)])
    assert found.tolist() == [1, 1, 9, 9, 9, 9, 9, 9]
    assert len(evenly([])) == 0


def test_the_least_and_the_longest_are_those_of_all_rows() -> None:
    sample = np.arange(1, 11)
    clock = Clock(
        kinds=(),
        offset_ns=0,
        recorded_ns=sample,
        stride=4,
        extremes_ns=(0, 99),
        modelled_ns=sample,
    )
    assert clock.quantiles_ns == (0, 5, 9, 10, 99)
    assert replace(clock, recorded_ns=sample[:0]).quantiles_ns == ()
