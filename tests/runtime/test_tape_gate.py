"""The look-ahead gate for features: whatever arrives after a moment, rows up to it stay.

Through the whole tape: two clocks, rows without a time of the venue, books built from messages of
which some are late. Everything that arrives after the moment is changed at random: prices, sizes,
sides, times, and whether it comes at all. What stays is the offset of the clocks, one number of a
recording.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sigma_cli.domain.features import TRAITS, Column
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_MS, NS_PER_S
from sigma_cli.runtime import periods
from sigma_cli.runtime.feature_days import changes
from sigma_cli.runtime.features import rows_of_tape
from sigma_cli.runtime.tape import open_tape
from sigma_cli.runtime.tape_clocks import FeedLatency
from sigma_cli.store.lake import Lake
from sigma_cli.store.rows import Rows
from sigma_cli.venues.binance.rules import RULEBOOK
from tests.runtime.tape_reference import in_order, made, stored
from tests.runtime.test_tape_real import SPOT, take

NAME = ("binance", "BTCUSDT")
RECORDED = FeedLatency(kind="recorded")
CONTENT = ("price_u", "size_u", "bid_u", "bid_size_u", "ask_u", "ask_size_u")


class Shaken(Lake):
    """A lake in which all that arrives after a moment is something else, always the same."""

    def __init__(self, root: Path, after_ns: int, offset_ns: int) -> None:
        super().__init__(root)
        self.after_ns, self.offset_ns = after_ns + offset_ns, offset_ns

    def _read_rows(
        self,
        name: tuple[str, str, str],
        span_ns: tuple[int, int],
        batch_rows: int,
        columns: Sequence[str] | None = None,
    ) -> Iterator[Rows]:
        for rows in super()._read_rows(name, span_ns, batch_rows, columns):
            yield self._shaken({key: column.copy() for key, column in rows.items()})

    def _shaken(self, rows: dict[str, NDArray[Any]]) -> Rows:
        recv_ns, exch_ns = rows["recv_ts_ns"].copy(), rows["exch_ts_ns"]
        later = recv_ns > self.after_ns
        dice = recv_ns // 1_009 % 1_000  # the same for all that came at once: a whole message
        for key in CONTENT:
            if key in rows:
                rows[key] = np.where(later, rows[key] + dice % 7 * 13 + 1, rows[key])
        if "side" in rows and "form" not in rows:
            rows["side"] = np.where(later, -rows["side"], rows["side"]).astype(np.int8)
        free = later & ((exch_ns == 0) | (recv_ns - exch_ns > self.offset_ns))
        rows["recv_ts_ns"] = np.where(free, recv_ns + dice * NS_PER_MS, recv_ns)
        if "form" in rows or "update_id" in rows:  # the lake gives trades by their time
            earlier = np.where(free & (exch_ns > 0), dice % 50 * NS_PER_MS, 0)
            rows["exch_ts_ns"] = exch_ns - earlier
        kept = ~free | (dice % 10 < 7)
        return {key: column[kept] for key, column in rows.items()}


def found(lake: Lake) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
    """Return times, rows, and the offset of our clock."""
    series = lake.series()
    first_ns = min(one.first_ts_ns for one in series)
    period = periods.parse("all", first_ns, max(one.last_ts_ns for one in series) + 1)
    tape = open_tape(lake, [NAME], period, "book", RECORDED, 20_000)
    instrument = RULEBOOK.instrument(NAME[1], series[0].price_exp, series[0].size_exp)
    pieces = [
        (times, rows.copy())
        for times, rows in rows_of_tape(tape, changes(lake, instrument, period), NS_PER_S)
    ]
    times, rows = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    offset_ns = tape.notes.markets[0].offset_ns
    assert offset_ns is not None
    return times, rows, offset_ns


def gate(root: Path, moments: int) -> NDArray[np.bool_]:
    """Hold rows against those of a lake with another future; return which columns it changed."""
    times, whole, offset_ns = found(Lake(root))
    changed = np.zeros(len(Column), np.bool_)
    random = np.random.default_rng(3)
    for row in sorted(random.choice(np.arange(1, len(times) - 1), moments, replace=False).tolist()):
        other_times, other, other_offset_ns = found(Shaken(root, int(times[row]), offset_ns))
        assert other_offset_ns == offset_ns
        assert other_times[: row + 1].tolist() == times[: row + 1].tolist()
        for column in Column:
            before = whole[: row + 1, column].tobytes()
            assert other[: row + 1, column].tobytes() == before, (column.name, times[row])
        count = min(len(whole), len(other))
        bits, others = (rows[row + 1 : count].view(np.int64) for rows in (whole, other))
        changed |= (bits != others).any(axis=0)
    return changed


@pytest.mark.prove
def test_no_row_of_a_small_market_knows_what_arrives_later(
    tmp_path: Path, depth: Callable[..., int]
) -> None:
    changed = np.zeros(len(Column), np.bool_)
    for seed in range(depth(quick=3, full=100)):
        stored(Lake(tmp_path / str(seed)), NAME, in_order(made(seed, count=1_000)))
        changed |= gate(tmp_path / str(seed), 4)
    assert changed[Column.LOB_DEPTH_IMBALANCE_10] and changed[Column.TRADE_IMBALANCE_10S_VOLUME]


def test_the_gate_can_tell(tmp_path: Path) -> None:
    stored(Lake(tmp_path), NAME, made(1, count=1_000))
    times, whole, offset_ns = found(Lake(tmp_path))
    row = len(times) // 2
    _, other, _ = found(Shaken(tmp_path, int(times[row]) - NS_PER_S, offset_ns))
    assert other[: row + 1].tobytes() != whole[: row + 1].tobytes()


@pytest.mark.real
@pytest.mark.prove
def test_no_row_of_a_recorded_market_knows_what_arrives_later(
    tmp_path: Path, real_data: Path, depth: Callable[..., int]
) -> None:
    take(tmp_path, f"{real_data / SPOT}/", "depth_snapshot", "binance")
    changed = gate(tmp_path, depth(quick=3, full=150))
    for column, traits in TRAITS.items():
        known = traits.warm_up_ns <= 5 * NS_PER_MINUTE and column is not Column.TIME_REGIME
        assert changed[column] or not known, f"{column.name}: nothing was shaken that it sees"
