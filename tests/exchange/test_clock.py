"""The exchange's clock: it runs, or waits to be stepped."""

import asyncio

import pytest

from sigma_cli.domain.units import NS_PER_S
from sigma_cli.errors import UsageError
from sigma_cli.exchange.clock import STEP_NS_MAX, Clock


def test_a_clock_runs_as_fast_as_it_is_told() -> None:
    real_ns = [5]
    clock = Clock(1_000, 3.0, lambda: real_ns[0])
    assert clock.now_ns() == 1_000
    real_ns[0] += 100
    assert clock.now_ns() == 1_300
    real_ns[0] -= 50
    assert clock.now_ns() == 1_300, "it never goes back"


def test_a_clock_that_waits_is_stepped() -> None:
    clock = Clock(1_000, None)
    assert clock.now_ns() == 1_000
    assert clock.step(NS_PER_S) == clock.now_ns() == 1_000 + NS_PER_S


@pytest.mark.parametrize("by_ns", [-1, STEP_NS_MAX + 1])
def test_a_step_has_bounds(by_ns: int) -> None:
    with pytest.raises(UsageError, match="a step is 0 to"):
        Clock(0, None).step(by_ns)


def test_a_clock_that_runs_is_not_stepped() -> None:
    with pytest.raises(UsageError, match="runs by itself"):
        Clock(0, 1.0).step(1)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_is_above_zero(speed: float) -> None:
    with pytest.raises(UsageError, match="times as fast"):
        Clock(0, speed)


def test_one_waits_until_the_clock_shows_a_time() -> None:
    async def story() -> None:
        clock = Clock(0, None)
        waiting = asyncio.create_task(clock.until(10))
        for _ in range(10):
            clock.step(1)
            assert not waiting.done()
            await clock.told()
        await waiting
        await Clock(0, 1e5).until(NS_PER_S)

    asyncio.run(story())
