"""The generator against its author's own check, and compiled against plain."""

import numpy as np
import pytest

from sigma_cli.kernels import rng
from sigma_cli.kernels.jit import DISABLED, njit


@njit
def total(state: rng.State, draws: int) -> float:
    """Return the sum of so many uniform numbers."""
    total = 0.0
    for _ in range(draws):
        total += rng.uniform(state)
    return total


@pytest.mark.skipif(DISABLED, reason="ten million draws need compiled code")
def test_the_authors_check_sum() -> None:
    # L'Ecuyer's own test program: every seed 12345, ten million numbers, sum 5001090.95.
    state = np.full(6, 12345, np.int64)
    assert total(state, 10_000_000) == pytest.approx(5_001_090.95, abs=0.005)


def test_plain_python_gives_the_same_bits() -> None:
    compiled, plain = rng.stream(7, 1), rng.stream(7, 1)
    for f in (rng.draw, rng.uniform, rng.normal, rng.rough_normal, rng.exponential):
        for _ in range(50):
            assert f(compiled) == getattr(f, "py_func", f)(plain)
    assert (compiled == plain).all()


def test_normal_has_mean_0_and_deviation_1() -> None:
    state = rng.stream(1, 0)
    numbers = [rng.normal(state) for _ in range(4000)]
    assert abs(float(np.mean(numbers))) < 0.06
    assert abs(float(np.std(numbers)) - 1) < 0.04


def test_rough_normal_has_mean_0_and_deviation_1() -> None:
    state = rng.stream(1, 0)
    numbers = np.array([rng.rough_normal(state) for _ in range(4000)])
    assert abs(numbers.mean()) < 0.06
    assert abs(numbers.std() - 1) < 0.04
    assert (abs(numbers) < 3).all()


def test_waiting_times_are_exponential() -> None:
    state = rng.stream(1, 0)
    waits = np.sort([rng.exponential(state) for _ in range(4000)])
    distance = np.abs(np.arange(1, 4001) / 4000 + np.expm1(-waits)).max()
    assert distance < 1.63 / np.sqrt(4000)  # Kolmogorov and Smirnov, one in a hundred
    assert waits[0] > 0
    assert waits[-1] > 5.6, "the tail goes on beyond the table"


def test_neighbouring_streams_have_nothing_in_common() -> None:
    one, other = rng.stream(7, 0), rng.stream(7, 1)
    pairs = np.array([(rng.uniform(one), rng.uniform(other)) for _ in range(2000)])
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.08
