"""Features that look back for minutes to days: hand cases, oracles, and that nothing drifts."""

import math
from statistics import median

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.kernels import mathx
from sigma_cli.kernels.features import absorption, hurst, impact, toxicity, vpin
from sigma_cli.kernels.jit import DISABLED

EXAMPLES = 5 if DISABLED else 50


def blank(dtype: np.dtype[np.void]) -> Record:
    return np.zeros(1, dtype)[0]


# --- Logarithms -------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [1e-300, 0.3, 1.0, 2.5, 1e300])
def test_log(value: float) -> None:
    assert mathx.log(value) == math.log(value)
    assert mathx.log_ratio(value, 3.0) == math.log(value / 3.0)


def test_a_ratio_beyond_what_a_float_can_be() -> None:
    assert mathx.log_ratio(1e-300, 1e300) == math.log(1e-300) - math.log(1e300)
    assert mathx.log_ratio(1e300, 1e-300) == math.log(1e300) - math.log(1e-300)
    assert math.isnan(mathx.log_ratio(math.inf, math.inf))


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_no_log(value: float) -> None:
    found = mathx.log(value), mathx.log_ratio(value, 1.0), mathx.log_ratio(1.0, value)
    assert np.isnan(found).all()


# --- Absorption -------------------------------------------------------------------------------


def test_absorbed_by_hand() -> None:
    assert absorption.absorbed(-30, 2_004, 2_000, 2) == 30 / (1 + 1), "two units are one tick"
    assert absorption.absorbed(30, 2_000, 2_000, 1) == 30
    assert math.isnan(absorption.absorbed(30, 0, 2_000, 1))
    assert math.isnan(absorption.absorbed(30, 2_000, 0, 1))


@settings(max_examples=EXAMPLES)
@given(st.lists(st.integers(0, 9), min_size=60, max_size=140))
def test_absorption_is_measured_by_the_median_of_an_hour(drawn: list[int]) -> None:
    s = blank(absorption.ABSORPTION)
    for k, value in enumerate(drawn, 1):
        absorption.absorption_minute(s, float(value))
        usual = median(drawn[max(0, k - 60) : k])
        found = absorption.absorption(s, 5.0)
        assert math.isnan(found) if k < 60 or usual == 0 else found == 5.0 / usual


def test_an_unknown_mid_makes_an_hour_unknown() -> None:
    s = blank(absorption.ABSORPTION)
    for k in range(121):
        absorption.absorption_minute(s, math.nan if k == 60 else 2.0)
        known = k == 59 or k == 120
        assert math.isnan(absorption.absorption(s, 2.0)) != known


# --- Toxicity ---------------------------------------------------------------------------------


def test_toxicity_is_a_z_score_of_a_week() -> None:
    nets = np.random.default_rng(7).integers(-(10**12), 10**12, toxicity.WEEK + 5)
    s = blank(toxicity.TOXICITY)
    for net_u in nets[: toxicity.WEEK - 1]:
        toxicity.toxicity_sample(s, net_u)
    assert math.isnan(toxicity.toxicity(s, 1))
    for net_u in nets[toxicity.WEEK - 1 :]:
        toxicity.toxicity_sample(s, net_u)
    week = nets[-toxicity.WEEK :]
    expected = (5e11 - week.mean()) / week.std()
    assert toxicity.toxicity(s, 500_000_000_000) == pytest.approx(expected, rel=1e-12)


def test_a_week_without_trades_has_no_scale() -> None:
    s = blank(toxicity.TOXICITY)
    for _ in range(toxicity.WEEK):
        toxicity.toxicity_sample(s, 0)
    assert math.isnan(toxicity.toxicity(s, 1))


# --- VPIN -------------------------------------------------------------------------------------


def test_vpin_by_hand() -> None:
    s = blank(vpin.VPIN)
    s.next_u = 10
    for side, size_u in [(1, 6), (-1, 8)]:
        vpin.vpin_trade(s, 2, side, size_u)
        assert math.isnan(vpin.vpin(s, 2))
    vpin.vpin_trade(s, 2, 1, 6)
    assert vpin.vpin(s, 2) == pytest.approx(0.2)


def test_without_a_mean_day_there_are_no_buckets() -> None:
    s = blank(vpin.VPIN)
    vpin.vpin_trade(s, 2, 1, 100)
    assert math.isnan(vpin.vpin(s, 2)) and s.filled_u == 0


def test_a_new_mean_day_counts_from_the_next_bucket() -> None:
    s = blank(vpin.VPIN)
    s.next_u = 10
    vpin.vpin_trade(s, 2, 1, 4)
    s.next_u = 20
    vpin.vpin_trade(s, 2, -1, 6)
    assert (s.bucket_u, s.filled_u) == (20, 0)
    assert s.shares[0] == pytest.approx(0.2)


def test_a_mean_day_that_becomes_unknown_ends_the_buckets() -> None:
    s = blank(vpin.VPIN)
    s.next_u = 10
    vpin.vpin_trade(s, 2, 1, 25)
    s.next_u = 0
    assert vpin.vpin(s, 2) == 1.0
    vpin.vpin_trade(s, 2, -1, 300)
    vpin.vpin_trade(s, 2, -1, 300)
    assert (s.bucket_u, s.filled_u, s.net_u) == (0, 0, 0)
    assert math.isnan(vpin.vpin(s, 2)), "what stands is of long ago"
    s.next_u = 10
    vpin.vpin_trade(s, 2, -1, 10)
    assert math.isnan(vpin.vpin(s, 2))
    vpin.vpin_trade(s, 2, -1, 10)
    assert vpin.vpin(s, 2) == 1.0


poured = st.lists(
    st.tuples(st.sampled_from([-1, 0, 1]), st.integers(1, 30) | st.integers(1, 400)), max_size=40
)


@settings(max_examples=EXAMPLES)
@given(poured, st.integers(1, 12), st.integers(1, 5))
def test_vpin_unit_by_unit(drawn: list[tuple[int, int]], bucket_u: int, window: int) -> None:
    s = blank(vpin.VPIN)
    s.next_u = bucket_u
    for side, size_u in drawn:
        vpin.vpin_trade(s, window, side, size_u)
    units = np.concatenate([np.full(size, side) for side, size in drawn] or [np.zeros(0, int)])
    nets = np.abs([units[i : i + bucket_u].sum() for i in range(0, len(units), bucket_u)])
    whole = nets[: len(units) // bucket_u]
    found = vpin.vpin(s, window)
    if len(whole) < window:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(whole[-window:].mean() / bucket_u)


# --- Kyle's lambda ----------------------------------------------------------------------------


def fitted(values: NDArray[np.float64], moves: NDArray[np.float64]) -> Record:
    """Return the fit after ninety buckets."""
    s = blank(impact.IMPACT)
    for k, (value, move) in enumerate(zip(values, moves, strict=True)):
        second = 10 * (k + 1_000)
        if value:
            impact.impact_trade(s, second - 10, second - 3, value)
        impact.impact_tick(s, second, move)
    return s


def test_the_slope_is_that_of_a_straight_line() -> None:
    random = np.random.default_rng(7)
    values = random.normal(0, 1e9, 130)
    moves = 3e-13 * values + random.normal(0, 2e-4, 130)
    s = fitted(values, moves)
    slope, _ = np.polyfit(values[-90:], 1e4 * moves[-90:], 1)
    assert s.slope == pytest.approx(slope, rel=1e-9)
    assert s.t_statistic > 5


def test_what_does_not_vary_has_no_slope() -> None:
    random = np.random.default_rng(7)
    still = fitted(np.full(90, 0.1), random.normal(0, 1, 90))
    assert math.isnan(still.slope) and math.isnan(still.t_statistic)
    exact = fitted(np.arange(90.0), 2.0 * np.arange(90.0))
    assert exact.slope == pytest.approx(2e4) and math.isnan(exact.t_statistic)
    unknown = fitted(np.arange(90.0), np.where(np.arange(90) == 50, math.nan, 1.0))
    assert math.isnan(unknown.slope)


def test_a_trade_joins_its_own_bucket() -> None:
    s = blank(impact.IMPACT)
    impact.impact_tick(s, 20_000, 0.0)
    impact.impact_trade(s, 20_005, 20_000, 3.0)
    impact.impact_trade(s, 20_005, 20_001, 5.0)
    impact.impact_trade(s, 20_005, 20_005 - impact.WINDOW, 7.0)
    assert sorted(s.values[s.values > 0]) == [3.0, 5.0]


# --- Hurst ------------------------------------------------------------------------------------


def fractional(h: float, n: int, seed: int) -> NDArray[np.float64]:
    """Return a path of exact fractional Gaussian noise (Davies and Harte, Biometrika 74, 1987)."""
    k = np.arange(n + 1.0)
    covariance = 0.5 * ((k + 1) ** (2 * h) - 2 * k ** (2 * h) + np.abs(k - 1) ** (2 * h))
    spectrum = np.fft.fft(np.concatenate((covariance[:-1], covariance[:0:-1]))).real
    random = np.random.default_rng(seed)
    size = len(spectrum)
    noise = random.normal(size=size) + 1j * random.normal(size=size)
    path = np.fft.fft(np.sqrt(np.maximum(spectrum, 0) / size) * noise).real[:n]
    return np.asarray(np.cumsum(path))


@pytest.mark.skipif(DISABLED, reason="a hundred thousand rows need compiling")
@pytest.mark.parametrize("h", [0.3, 0.5, 0.7])
def test_hurst_of_fractional_noise(h: float) -> None:
    found = np.array([hurst.hurst(fractional(h, 2_048, seed), 2_048)[-1] for seed in range(50)])
    assert found.mean() == pytest.approx(h, abs=0.01)
    assert np.abs(found - h).max() < 0.07


def slow_hurst(y: NDArray[np.float64]) -> float:
    lags = np.arange(1, 20)
    k2 = [np.mean((y[lag:] - y[:-lag]) ** 2) for lag in lags]
    return float(np.polyfit(np.log(lags), np.log(k2), 1)[0] / 2)


def test_hurst_rolls_without_drifting() -> None:
    window = 40
    y = 18.0 + 1e-3 * fractional(0.5, 200 if DISABLED else 3_000, 3)
    found = hurst.hurst(y, window)
    assert np.isnan(found[: window - 1]).all()
    for i in range(window - 1, len(y), 17):
        assert found[i] == pytest.approx(slow_hurst(y[i + 1 - window : i + 1]), abs=1e-6)


def test_hurst_of_what_does_not_move() -> None:
    y = np.concatenate((18.0 + 1e-2 * fractional(0.5, 60, 3), np.full(60, 17.3)))
    found = hurst.hurst(y, 40)
    assert np.isfinite(found[39:98]).all()
    assert np.isnan(found[99:]).all(), "no rest of a rounding is taken for a move"


def test_hurst_sums_are_added_anew() -> None:
    s, ring = blank(hurst.SCALING), np.zeros(30, np.float64)
    y = fractional(0.5, 60, 3)
    for value in y[:50]:
        hurst.hurst_advance(s, ring, value)
    s.squares[5] += 1.0
    s.age = 1_023
    found = hurst.hurst_advance(s, ring, y[50])
    assert found == pytest.approx(slow_hurst(y[21:51]), rel=1e-9)
    assert s.age == 0
