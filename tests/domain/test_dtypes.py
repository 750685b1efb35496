"""Records: the contract's fields, C's alignment, bounded sizes; rules in an instrument's units."""

from dataclasses import replace
from decimal import Decimal
from math import ceil
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.candles import CANDLE_COLUMNS, Candles
from sigma_cli.domain.dtypes import bounds, desk, packing, params, run, tape, venue
from sigma_cli.domain.requests import Reason
from sigma_cli.domain.switches import MARKET_METRICS, SWITCHES, Metric, Scope
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.venues.upbit.rules import KRW_TICKS, RULEBOOK, RULES

RECORDS = {
    name: value
    for room in (tape, params, desk, venue, run)
    for name, value in vars(room).items()
    if name.isupper() and isinstance(value, np.dtype)
}


REQUEST_CONTRACT = (
    "local_no strategy market kind side order_type price_u size_u value tif post_only reduce_only "
    "expires_ns reason decision_ts_ns"
)
FACT_CONTRACT = (
    "local_no kind fill_id price_u size_u fee liquidity exch_ts_ns recv_ts_ns reason market"
)


@pytest.mark.parametrize(
    ("dtype", "contract"), [(tape.REQUEST, REQUEST_CONTRACT), (tape.FACT, FACT_CONTRACT)]
)
def test_what_desk_and_gateway_agreed_on(dtype: np.dtype[Any], contract: str) -> None:
    assert sorted(dtype.names or ()) == sorted(contract.split())


def test_bars_have_the_columns_of_stored_candles() -> None:
    assert tape.BAR.names == CANDLE_COLUMNS


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_lies_where_c_would_put_it(name: str) -> None:
    dtype = RECORDS[name]
    assert dtype.type is np.record
    assert dtype.itemsize % 8 == 0
    end = 0
    for field, offset in _fields(dtype):
        assert offset % _alignment(field) == 0
        assert offset >= end, "no two fields overlap"
        end = offset + field.itemsize
    assert end <= dtype.itemsize


@pytest.mark.parametrize(
    ("name", "bytes_max"),
    # One entry a thing that exists once an event, a row of a log, a run.
    [("EVENT", 1536), ("REQUEST", 96), ("FACT", 72), ("DECISION", 96), ("WORLD", 512 * 1024)],
)
def test_records_stay_small(name: str, bytes_max: int) -> None:
    assert RECORDS[name].itemsize <= bytes_max


@pytest.mark.parametrize("name", ["TRADE", "QUOTE", "BOOK"])
def test_market_data_have_no_padding(name: str) -> None:
    dtype = RECORDS[name]
    assert sum(field.itemsize for field, _ in _fields(dtype)) == dtype.itemsize
    assert dtype.names is not None
    assert dtype.names[:2] == ("exch_ts_ns", "recv_ts_ns")


def test_a_log_needs_a_few_megabytes() -> None:
    assert run.LOG.itemsize < 8 * 2**20


def test_what_is_counted_by_number_has_room() -> None:
    assert max(Reason) < bounds.REASONS_MAX
    assert max(m for m in Metric if m < MARKET_METRICS) < bounds.METRICS_MAX
    assert max(Metric) - MARKET_METRICS < bounds.MARKET_METRICS_MAX
    watching = [row for row in SWITCHES if row.scope is Scope.MARKET]
    assert len(watching) <= bounds.MARKET_SWITCHES_MAX
    assert len(SWITCHES) <= bounds.SWITCHES_MAX
    assert bounds.REQUESTS_MAX >= bounds.MARKETS_MAX <= bounds.DECISIONS_MAX
    assert bounds.ORDERS_MAX >= 2 * bounds.MARKETS_MAX
    assert bounds.FACTS_MAX >= 3 * bounds.ORDERS_MAX


def test_a_record_in_a_record_is_the_same_memory() -> None:
    world = np.zeros(1, run.WORLD)
    world[0].state.positions[3].rules.band_tick_u[2] = 7
    assert world["state"]["positions"]["rules"]["band_tick_u"][0, 3, 2] == 7


INSTRUMENT = RULEBOOK.instrument("KRW-BTC", price_exp=8, size_exp=8)
NEW = RULES["KRW"][1]


def test_rules_are_packed_in_units() -> None:
    row = packing.pack_rules(INSTRUMENT, NEW)[0]
    assert (row.price_scale, row.size_scale, row.lot_u) == (1e-8, 1e-8, 1)
    assert (row.value_min, row.value_max) == (5000.0, 1e9)
    assert (row.fee_maker, row.fee_taker) == (0.0005, 0.0005)
    assert row.bands == len(KRW_TICKS)
    bands = [(int(lower * 10**8), int(tick * 10**8)) for lower, tick in KRW_TICKS]
    packed = zip(row.band_from_u.tolist(), row.band_tick_u.tolist(), strict=True)
    assert list(packed)[: len(bands)] == bands


def test_a_tick_or_lot_finer_than_a_unit_becomes_a_unit() -> None:
    coarse = replace(INSTRUMENT, price_exp=0, size_exp=2)
    row = packing.pack_rules(coarse, NEW)[0]
    assert row.lot_u == 1
    for (lower, tick), from_u, tick_u in zip(
        KRW_TICKS, row.band_from_u, row.band_tick_u, strict=False
    ):
        assert tick_u == max(tick, Decimal(1))
        assert from_u == ceil(lower), "a bound between two units begins at the upper one"


@pytest.mark.parametrize(
    "changes", [{"lot": Decimal("0.015")}, {"ticks": ((Decimal(0), Decimal("1.5")),)}]
)
def test_a_step_that_is_not_whole_units_is_refused(changes: dict[str, Any]) -> None:
    rules = replace(NEW, **changes)
    with pytest.raises(ValueError, match="more than"):
        packing.pack_rules(replace(INSTRUMENT, price_exp=0, size_exp=2), rules)


@pytest.mark.parametrize(
    ("value", "exponent", "units"),
    [("0.00001000", 8, 1000), ("12", 0, 12), ("1e3", 2, 100_000), ("-0.5", 1, -5)],
)
def test_scaled(value: str, exponent: int, units: int) -> None:
    assert packing.scaled(Decimal(value), exponent) == units


def test_candles_know_how_many_they_are() -> None:
    columns = dict.fromkeys(CANDLE_COLUMNS, np.arange(3, dtype=np.int64))
    candles = Candles(instrument=INSTRUMENT, interval_ns=NS_PER_MINUTE, synthetic=True, **columns)
    assert len(candles) == 3


def _alignment(dtype: np.dtype[Any]) -> int:
    return 8 if dtype.base.fields else dtype.base.alignment


def _fields(dtype: np.dtype[Any]) -> list[tuple[np.dtype[Any], int]]:
    fields = dtype.fields
    assert fields is not None
    return [(fields[name][0], fields[name][1]) for name in dtype.names or ()]
