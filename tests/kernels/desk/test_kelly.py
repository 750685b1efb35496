"""What round trips teach: the fraction, its bound, and how fast it changes."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as depth
from hypothesis import strategies as st

from sigma_cli.kernels import rng
from sigma_cli.kernels.desk import kelly, memory
from sigma_cli.runtime import stakes as packing
from sigma_cli.settings import Settings
from sigma_cli.settings.events import Events
from tests.kernels.desk.tower import Tower

RETURNS = st.lists(st.floats(-0.05, 0.05), min_size=1, max_size=60)


def learner(**stakes: Any) -> Tower:
    chosen = Settings.model_validate({"stakes": {"kelly_resamples": 100} | stakes})
    t = Tower(chosen)
    packing.pack(t.params, chosen, ["BTC"] * 3, Events())
    return t


def trade(t: Tower, *returns: float) -> None:
    for one in returns:
        memory.on_closed(t.state, 1_000.0 * one, 0.0, 1_000.0)
        kelly.on_closed(t.state, t.params)


def fraction(returns: list[float]) -> float:
    """The formula as the design has it."""
    wins = [one for one in returns if one > 0]
    losses = [one for one in returns if one <= 0]
    if not wins:
        return 0.0
    share = len(wins) / len(returns)
    if not losses or sum(losses) == 0:
        return share
    ratio = np.mean(wins) / abs(np.mean(losses))
    return max(0.0, float((ratio * share - (1 - share)) / ratio))


@given(RETURNS)
@depth(max_examples=60, deadline=None)
def test_the_fraction_is_that_of_the_formula(returns: list[float]) -> None:
    t = learner(kelly_trips_min=200)
    trade(t, *returns)
    seen = [float(one) for one in t.state.memory.returns[: len(returns)]]
    assert kelly.full(t.state) == pytest.approx(fraction(seen), rel=1e-9, abs=1e-12)


def test_only_the_last_200_count() -> None:
    t = learner(kelly_trips_min=200)
    trade(t, *[-0.01] * 100, *[0.01] * 150, *[-0.01] * 50)
    assert kelly.full(t.state) == pytest.approx(0.75 - 0.25)


@pytest.mark.parametrize("count", [7, 60, 230])
def test_the_bound_is_that_of_a_slow_bootstrap(count: int) -> None:
    t = learner(kelly_trips_min=200, kelly_block=7)
    random = np.random.default_rng(count)
    returns = random.normal(0.002, 0.01, count).tolist()
    for one in returns:
        memory.on_closed(t.state, 1_000.0 * one, 0.0, 1_000.0)
    kept = [1_000.0 * one / 1_000.0 for one in returns][-200:]
    draws = rng.stream(count, 0)
    found = []
    for _ in range(100):
        sample: list[float] = []
        while len(sample) < len(kept):
            start = rng.draw(draws) % len(kept)
            sample += [kept[(start + k) % len(kept)] for k in range(7)]
        found.append(fraction(sample[: len(kept)]))
    expected = sorted(found)[math.ceil(0.20 * 100) - 1]
    assert kelly.bound(t.state, t.params) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_down_at_once_and_up_slowly() -> None:
    t = learner(kelly_trips_min=50)
    random = np.random.default_rng(1)

    def good(count: int) -> list[float]:
        return [float(one) for one in np.where(random.random(count) < 0.7, 0.01, -0.01)]

    trade(t, *good(49))
    assert t.state.kelly.fraction == 0.05, "nothing was learned yet"
    trade(t, *good(1))
    assert t.state.kelly.bound > 0.0
    aim = min(float(t.state.kelly.full), 0.35)
    assert t.state.kelly.fraction == pytest.approx(0.9 * 0.05 + 0.1 * aim)
    before = float(t.state.kelly.fraction)
    trade(t, *good(49))
    assert t.state.kelly.fraction == before, "a lesson every 50 round trips"
    trade(t, *good(1))
    assert t.state.kelly.fraction == pytest.approx(
        0.9 * before + 0.1 * min(float(t.state.kelly.full), 0.35)
    )
    trade(t, *[-0.01] * 50)
    assert t.state.kelly.fraction == 0.0
    trade(t, *[0.02] * 150)
    assert 0.0 < t.state.kelly.fraction <= 0.1 * 0.35 * 3


def test_a_fraction_falls_to_what_is_left_of_it() -> None:
    t = learner(kelly_trips_min=50, kelly_start=1.0)
    trade(t, *[0.012, -0.01, 0.012, 0.012, -0.01] * 10)
    assert t.state.kelly.bound > 0.0
    assert t.state.kelly.fraction == t.state.kelly.full < 0.9
