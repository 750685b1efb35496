"""Errors of Sharpe ratios and deflated ones, against published values and many simulations."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sigma_cli.stats import sharpe
from sigma_cli.stats.normal import cdf, quantile

EXAMPLE = sharpe.Moments(count=1250, sharpe=2.5 / math.sqrt(250), skew=-3.0, kurtosis=10.0)
"""Bailey and Lopez de Prado (2014): annual ratio 2.5, five years of daily returns."""
SPREAD = math.sqrt(0.5 / 250)


def drawn(count: int, seed: int = 1, mean: float = 0.1) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(mean, 1.0, count)


@pytest.mark.parametrize(("value", "chance"), [(0.0, 0.5), (1.959963984540054, 0.975)])
def test_normal_law(value: float, chance: float) -> None:
    assert cdf(value) == pytest.approx(chance, abs=1e-15)
    assert quantile(chance) == pytest.approx(value, abs=1e-14)


def test_the_lower_tail_keeps_its_digits() -> None:
    assert cdf(-10.0) == pytest.approx(7.61985302416047e-24, rel=1e-12)


@given(st.floats(1e-9, 1 - 1e-9))
def test_cdf_undoes_quantile(chance: float) -> None:
    assert cdf(quantile(chance)) == pytest.approx(chance, rel=1e-9)


@pytest.mark.parametrize(("trials", "value"), [(10, 1.5746), (100, 2.5306), (1000, 3.2551)])
def test_expected_max_of_many_tries(trials: int, value: float) -> None:
    assert sharpe.expected_max(trials) == pytest.approx(value, abs=5e-5)


def test_expected_max_is_what_simulation_shows() -> None:
    best = np.random.default_rng(3).normal(size=(20_000, 100)).max(axis=1)
    assert sharpe.expected_max(100) == pytest.approx(best.mean(), rel=0.02)
    assert sharpe.expected_max(1) == 0.0


def test_the_published_deflated_sharpe_ratio() -> None:
    assert sharpe.luck(100, SPREAD) == pytest.approx(0.11317, abs=5e-6)
    assert sharpe.deflated(EXAMPLE, 100, SPREAD) == pytest.approx(0.90040, abs=5e-6)
    assert sharpe.deflated(EXAMPLE, 46, SPREAD) == pytest.approx(0.95050, abs=5e-6)


def test_one_trial_is_not_deflated() -> None:
    assert sharpe.deflated(EXAMPLE, 1, SPREAD) == sharpe.probabilistic(EXAMPLE, 0.0)


def test_without_autocorrelation_the_error_is_mertens() -> None:
    returns = np.random.default_rng(2).gamma(2.0, 1.0, 500) - 1.8
    found = sharpe.moments(returns)
    z = (returns - returns.mean()) / returns.std()
    ratio = found.sharpe
    spread = 1 - (z**3).mean() * ratio + ((z**4).mean() - 1) / 4 * ratio**2
    assert sharpe.standard_error(returns, 0) == pytest.approx(math.sqrt(spread / 500), rel=1e-9)


def test_of_normal_returns_the_error_is_that_of_lo() -> None:
    returns = drawn(200_000, mean=0.2)
    expected = math.sqrt((1 + 0.2**2 / 2) / len(returns))
    assert sharpe.standard_error(returns) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("carried", [0.0, 0.4])
def test_the_error_is_the_spread_of_many_histories(carried: float) -> None:
    noise = np.random.default_rng(5).standard_t(5, size=(2_000, 1000)) + 0.1
    for t in range(1, 1000):
        noise[:, t] += carried * noise[:, t - 1]
    ratios = [sharpe.moments(one).sharpe for one in noise]
    errors = [sharpe.standard_error(one) for one in noise]
    assert np.mean(errors) == pytest.approx(np.std(ratios), rel=0.1)
    plain = np.mean([sharpe.standard_error(one, 0) for one in noise[:200]])
    assert (plain < 0.8 * np.std(ratios)) == (carried > 0)


def test_returns_that_never_differ_have_no_ratio() -> None:
    for returns in (np.zeros(50), np.full(50, 0.1), np.array([0.1, 0.2])):
        assert math.isnan(sharpe.moments(returns).sharpe)
        assert math.isnan(sharpe.standard_error(returns))
        assert math.isnan(sharpe.deflated(sharpe.moments(returns), 10, 0.1))
        assert math.isnan(sharpe.returns_needed(sharpe.moments(returns), 0.0))


def test_so_many_returns_are_needed() -> None:
    needed = sharpe.returns_needed(EXAMPLE, sharpe.luck(100, SPREAD))
    longer = replace(EXAMPLE, count=math.ceil(needed))
    assert sharpe.deflated(longer, 100, SPREAD) == pytest.approx(0.95, abs=1e-4)
    assert sharpe.returns_needed(EXAMPLE, 1.0) == math.inf


def test_noise_is_rarely_called_skill() -> None:
    """Of the best of 100 worthless tries, some 5 % pass the 95 % bar."""
    rng = np.random.default_rng(8)
    passed = 0
    for _ in range(300):
        tries = [sharpe.moments(one) for one in rng.normal(size=(100, 250))]
        best = max(tries, key=lambda one: one.sharpe)
        spread = float(np.std([one.sharpe for one in tries]))
        passed += sharpe.deflated(best, 100, spread) > 0.95
    assert passed < 0.05 * 300
