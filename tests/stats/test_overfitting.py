"""The probability of overfitting: about a half for noise, next to nothing for a real edge."""

import math
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from sigma_cli.stats.overfitting import backtest_overfitting


def slow(returns: NDArray[np.float64], parts: int) -> float:
    blocks = np.array_split(returns, parts)
    below = []
    for chosen in combinations(range(parts), parts // 2):
        inside = np.concatenate([blocks[i] for i in chosen])
        outside = np.concatenate([blocks[i] for i in range(parts) if i not in chosen])
        ratios = [part.mean(axis=0) / part.std(axis=0) for part in (inside, outside)]
        shown = ratios[1][ratios[0].argmax()]
        rank = 1 + np.count_nonzero(ratios[1] < shown)
        omega = rank / (returns.shape[1] + 1)
        below.append(math.log(omega / (1 - omega)) <= 0)
    return float(np.mean(below))


def test_equal_to_the_definition() -> None:
    returns = np.random.default_rng(1).normal(size=(200, 7))
    found = backtest_overfitting(returns)
    assert found.splits == 252
    assert found.probability == pytest.approx(slow(returns, 10))


def test_noise_is_about_a_half_and_uncertain() -> None:
    rng = np.random.default_rng(2)
    found = [backtest_overfitting(rng.normal(size=(1000, 50))).probability for _ in range(60)]
    assert np.mean(found) == pytest.approx(0.495, abs=0.08)
    assert np.std(found) == pytest.approx(0.185, abs=0.06)


def test_a_real_edge_is_found() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(20):
        returns = rng.normal(size=(1000, 50))
        returns[:, 7] += 0.2
        found.append(backtest_overfitting(returns).probability)
    assert np.mean(found) < 0.03


def test_tries_that_never_traded_earn_nothing() -> None:
    returns = np.random.default_rng(4).normal(0.5, 1.0, size=(100, 3))
    returns[:, 1] = 0.0
    assert backtest_overfitting(returns).probability < 0.5


@pytest.mark.parametrize("shape", [(1000, 1), (19, 5)])
def test_too_little_to_say(shape: tuple[int, int]) -> None:
    assert math.isnan(backtest_overfitting(np.zeros(shape)).probability)
