"""Longer candles against a slow reference, gaps and unclosed bars included."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from sigma_cli.domain.candles import CANDLE_COLUMNS, Candles
from sigma_cli.domain.units import INTERVALS_NS, NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.kernels.resample import as_of, resampled
from tests.market import START_NS, candles, instrument

LONGER = ("3m", "5m", "15m", "1h", "4h", "1d")


def slowly(short: Candles, step_ns: int, origin_ns: int = 0) -> list[list[int]]:
    """Group by the begin of the longer interval, in plain Python."""
    groups: dict[int, list[list[int]]] = {}
    for row in zip(*(getattr(short, name).tolist() for name in CANDLE_COLUMNS), strict=True):
        begin = (row[0] - origin_ns) // step_ns * step_ns + origin_ns
        groups.setdefault(begin, []).append(list(row))
    end = int(short.open_ts_ns[-1]) + short.interval_ns
    return [
        [begin, rows[0][1], max(r[2] for r in rows), min(r[3] for r in rows), rows[-1][4],
         sum(r[5] for r in rows)]
        for begin, rows in groups.items()
        if begin + step_ns <= end
    ]  # fmt: skip


def rows(made: Candles) -> list[list[int]]:
    table: list[list[int]] = np.column_stack(
        [getattr(made, name) for name in CANDLE_COLUMNS]
    ).tolist()
    return table


def holed(count: int, seed: int) -> Candles:
    """Candles of which a third is missing, and three hours in one piece."""
    one = candles(count, seed=seed, step=30)
    kept = np.random.default_rng(seed).random(count) > 0.33
    kept[500:680] = False
    return replace(one, **{name: getattr(one, name)[kept] for name in CANDLE_COLUMNS})


@pytest.mark.parametrize("interval", LONGER)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_equals_the_slow_reference(interval: str, seed: int) -> None:
    short = holed(3_001, seed)
    made = resampled(short, INTERVALS_NS[interval])
    assert made.interval_ns == INTERVALS_NS[interval]
    assert rows(made) == slowly(short, INTERVALS_NS[interval])


def test_an_unclosed_bar_is_left_out() -> None:
    short = candles(12)
    assert len(resampled(short, 5 * NS_PER_MINUTE)) == 2
    assert len(resampled(candles(14), 5 * NS_PER_MINUTE)) == 2
    assert len(resampled(candles(15), 5 * NS_PER_MINUTE)) == 3
    assert len(resampled(candles(3), 5 * NS_PER_MINUTE)) == 0
    assert rows(resampled(short, NS_PER_MINUTE)) == rows(short)


def test_the_venue_says_when_a_day_begins() -> None:
    short = replace(
        candles(3 * 1440), instrument=replace(instrument(), day_origin_ns=8 * NS_PER_HOUR)
    )
    made = resampled(short, 24 * NS_PER_HOUR)
    first = START_NS - 16 * NS_PER_HOUR
    assert made.open_ts_ns.tolist() == [first, first + 24 * NS_PER_HOUR, first + 48 * NS_PER_HOUR]
    assert rows(made) == slowly(short, 24 * NS_PER_HOUR, 8 * NS_PER_HOUR)


def test_a_row_sees_the_last_bar_closed_by_then() -> None:
    short = holed(2_000, 5)
    made = resampled(short, 5 * NS_PER_MINUTE)
    seen = as_of(short, made, made.close_u.astype(float))
    for row in range(len(short)):
        now = short.open_ts_ns[row] + NS_PER_MINUTE
        closed = made.close_u[made.open_ts_ns + made.interval_ns <= now]
        assert seen[row] == closed[-1] if len(closed) else np.isnan(seen[row])


@pytest.mark.real
@pytest.mark.parametrize("market", ["BTC", "ETH", "SOL", "XRP", "DOGE"])
def test_real_candles_equal_the_slow_reference(real_data: Path, market: str) -> None:
    folder = real_data / "real_large" / "upbit-krw-1m-20250901_0921"
    table = pq.read_table(folder / f"{market}_KRW_1m.parquet").to_pydict()

    def units(name: str) -> NDArray[np.int64]:
        return np.rint(np.array(table[name]) * 1e4).astype(np.int64)

    short = Candles(
        instrument=instrument(),
        interval_ns=NS_PER_MINUTE,
        open_ts_ns=np.array(table["timestamp"], "datetime64[ns]").astype(np.int64),
        open_u=units("open"),
        high_u=units("high"),
        low_u=units("low"),
        close_u=units("close"),
        volume_u=units("volume"),
    )
    for interval in LONGER:
        assert rows(resampled(short, INTERVALS_NS[interval])) == slowly(
            short, INTERVALS_NS[interval]
        )
