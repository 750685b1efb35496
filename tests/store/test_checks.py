from decimal import Decimal

import numpy as np
import pytest

from sigma_cli.domain.instruments import Instrument, Rules
from sigma_cli.domain.units import TsNs
from sigma_cli.store.checks import (
    Jump,
    Prices,
    Reason,
    Verdict,
    disorder,
    jumps,
    off_tick,
    repeats,
    row_faults,
    spikes,
    wicks,
)

MINUTE = 60 * 10**9
DAY = 24 * 60 * MINUTE


def flat(*close: float) -> Prices:
    column = np.array(close)
    return Prices(column, column, column, column)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ((10.0, 12.0, 9.0, 11.0, 5.0), None),
        ((10.0, 10.0, 10.0, 10.0, 0.0), None),
        ((np.nan, 12.0, 9.0, 11.0, 5.0), Reason.NOT_A_NUMBER),
        ((10.0, np.inf, 9.0, 11.0, 5.0), Reason.NOT_A_NUMBER),
        ((10.0, 12.0, 9.0, 11.0, np.nan), Reason.NOT_A_NUMBER),
        ((0.0, 12.0, 0.0, 11.0, 5.0), Reason.NOT_POSITIVE),
        ((10.0, 12.0, 9.0, 11.0, -1.0), Reason.NEGATIVE_VOLUME),
        ((10.0, 10.5, 9.0, 11.0, 5.0), Reason.INCONSISTENT),
        ((10.0, 12.0, 10.5, 11.0, 5.0), Reason.INCONSISTENT),
    ],
)
def test_a_row_by_itself(cells: tuple[float, ...], reason: Reason | None) -> None:
    open_, high, low, close, volume = (np.array([cell]) for cell in cells)
    verdict = Verdict(1)
    prices = Prices(open_, high, low, close)
    ts_ns = np.array([MINUTE])
    verdict.add(row_faults(ts_ns, prices, volume, interval_ns=MINUTE, now_ns=DAY))
    assert verdict.fine[0] == (reason is None)
    if reason is not None:
        assert verdict.reason(0) is reason


def test_times_off_the_grid_and_candles_that_are_not_over() -> None:
    verdict = Verdict(4)
    ts_ns = np.array([MINUTE, MINUTE + 1, 9 * MINUTE, 10 * MINUTE])
    faults = row_faults(ts_ns, flat(1, 1, 1, 1), np.ones(4), interval_ns=MINUTE, now_ns=10 * MINUTE)
    verdict.add(faults)
    assert verdict.fine.tolist() == [True, False, True, False]
    assert (verdict.reason(1), verdict.reason(3)) == (Reason.OFF_GRID, Reason.FUTURE)


def test_disorder_is_counted_across_batches() -> None:
    assert disorder(np.array([1, 2, 2, 3]), None) == 0
    assert disorder(np.array([1, 3, 2, 1]), 5) == 3


def test_a_repeat_is_exact_when_any_earlier_row_is_alike() -> None:
    ts_ns = np.array([5, 6, 5, 5, 6, 5])
    value = np.array([1, 1, 1, 2, 3, 2])
    found = repeats(ts_ns, [value])
    assert np.flatnonzero(found.exact).tolist() == [2, 5]
    assert np.flatnonzero(found.conflicting).tolist() == [3, 4]
    assert found.first.tolist() == [0, 1, 0, 0, 1, 0]


def test_nothing_repeats_in_nothing() -> None:
    found = repeats(np.array([], np.int64), [np.array([], np.int64)])
    assert len(found.exact) == 0


# --- Jumps --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [30.0, 180.0])
def test_a_price_that_comes_back_at_once_is_a_spike(bad: float) -> None:
    assert np.flatnonzero(spikes(flat(100, 101, 99, bad, 100, 102, 101), 0.5)).tolist() == [3]


@pytest.mark.parametrize(("high", "low"), [(11_000.0, 100.0), (100.0, 40.0)])
def test_a_wick_is_kept_and_noted(high: float, low: float) -> None:
    close = np.full(5, 100.0)
    highs, lows = close.copy(), close.copy()
    highs[2], lows[2] = high, low
    prices = Prices(close, highs, lows, close)
    assert not spikes(prices, 0.5).any()
    (wick,) = wicks(np.arange(5) * MINUTE, prices, 0.5)
    assert (wick.open_ts_ns, wick.close_before) == (2 * MINUTE, 100)
    assert wick.price == (high if high > 100 else low)


def test_two_misprints_in_a_row_are_spikes() -> None:
    # The second one opens where the first one closed, and closes where the market is.
    close = np.array([100.0, 100, 100, 180, 100, 100, 100])
    open_ = np.array([100.0, 100, 100, 180, 180, 100, 100])
    prices = Prices(open_, np.maximum(open_, close), close, close)
    assert np.flatnonzero(spikes(prices, 0.5)).tolist() == [3, 4]
    assert wicks(np.arange(7) * MINUTE, prices, 0.5) == []


@pytest.mark.parametrize(
    "close",
    [
        (100, 100, 100, 40, 40, 40, 40),  # stays
        (100, 100, 100, 40, 45, 60, 75, 80),  # a crash that recovers in time
        (100, 100, 100, 60, 100, 100),  # within the limit
        (100, 30),  # nothing to compare with
        (300, 100, 100, 100),  # at the edge nobody knows
    ],
)
def test_a_real_move_is_no_spike(close: tuple[float, ...]) -> None:
    assert not spikes(flat(*close), 0.5).any()


def found_jumps(ts_ns: list[int], prices: Prices, splits: list[float] | None = None) -> list[Jump]:
    column = None if splits is None else np.array(splits)
    times = np.array(ts_ns, np.int64)
    return jumps(times, prices, column, interval_ns=MINUTE, jump_max=0.5)


def test_a_move_that_stays_is_a_jump() -> None:
    (jump,) = found_jumps([0, MINUTE, 2 * MINUTE], flat(100, 100, 37))
    assert (jump.open_ts_ns, jump.close_before, jump.price) == (2 * MINUTE, 100, 37)
    assert jump.ratio == pytest.approx(0.37)
    assert jump.split is None


@pytest.mark.parametrize(
    ("price", "split"),
    [(50.2, 2.0), (14.36, 7.0), (66.7, 1.5), (1003.0, 0.1), (395.0, 0.25), (150.0, 1 / 1.5)],
)
def test_a_move_near_a_ratio_across_a_gap_is_a_suspected_split(price: float, split: float) -> None:
    (jump,) = found_jumps([0, DAY], flat(100, price))
    assert jump.split == pytest.approx(split)
    assert not jump.is_declared


def test_a_halving_without_a_gap_is_no_split() -> None:
    assert found_jumps([0, MINUTE], flat(100, 50.2)) == []


def test_a_jump_is_told_by_the_price_that_moved() -> None:
    open_, close = np.array([645.0, 645.6]), np.array([645.7, 92.4])
    (jump,) = found_jumps([0, DAY], Prices(open_, open_, close, close))
    assert (jump.price, jump.split) == (92.4, 7)


def test_a_split_that_the_file_declares_is_told_even_when_prices_are_adjusted() -> None:
    (jump,) = found_jumps([0, DAY, 2 * DAY], flat(100, 101, 102), [0, 2.0, 1.0])
    assert (jump.split, jump.is_declared) == (2.0, True)


def test_one_row_does_not_jump() -> None:
    assert found_jumps([0], flat(100)) == []


# --- Ticks --------------------------------------------------------------------------------------


def rules(valid_from_ns: int, *ticks: tuple[int, str]) -> Rules:
    return Rules(
        valid_from_ns=TsNs(valid_from_ns),
        ticks=tuple((Decimal(lower), Decimal(tick)) for lower, tick in ticks),
        lot=Decimal(1),
        value_min=Decimal(0),
        value_max=Decimal(1),
        fee_maker=Decimal(0),
        fee_taker=Decimal(0),
    )


def test_off_tick_follows_the_price_and_the_date() -> None:
    old, new = rules(0, (100, "1"), (0, "0.1")), rules(1000, (100, "5"), (0, "0.01"))
    instrument = Instrument(venue="v", market="m", price_exp=1, size_exp=0, rules=(old, new))
    ts_ns = np.array([0, 0, 999, 1000, 1000, 1000])
    price_u = np.array([[1000, 1005, 993, 1000, 1010, 993]] * 4)
    # 100.5 under the old rules, 101.0 under the new; 99.3 is on both ticks.
    assert off_tick(ts_ns, price_u, instrument) == 2
    assert off_tick(ts_ns[:0], price_u[:, :0], instrument) == 0
