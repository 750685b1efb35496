"""The exchange's clock: real time, N times as fast, or stepped by whoever tests against it.

Everything that takes time (rate limits, idle streams, delayed answers) goes by this clock, so that
a test steps it and never sleeps. It starts where the market starts, not now.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.errors import UsageError

STEP_NS_MAX: Final = 24 * 3_600 * NS_PER_S
"""One step. Everything that is due in it happens in one go, while nobody is answered."""
LOOK_NS: Final = 10 * NS_PER_MS
"""How often a clock that runs by itself is looked at, in real time."""


class Clock:
    """Tells the time of the exchange; `speed` 2.0 is twice as fast, None waits to be stepped."""

    def __init__(
        self,
        start_ns: int,
        speed: float | None = 1.0,
        real_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Start at `start_ns`.

        Raises:
            UsageError: the speed is not above zero.
        """
        if speed is not None and not 0 < speed < 1e6:
            raise UsageError(
                f"a clock cannot run {speed} times as fast",
                where="--speed",
                fix="take a number above 0 and below 1,000,000; 1 is real time",
            )
        self.speed = speed
        self.start_ns = start_ns
        self._now_ns = start_ns
        self._real_ns = real_ns
        self._real_start_ns = real_ns()
        self._stepped = asyncio.Condition()

    def now_ns(self) -> int:
        """Return the time; it never goes back."""
        if self.speed is not None:
            passed_ns = int((self._real_ns() - self._real_start_ns) * self.speed)
            self._now_ns = max(self._now_ns, self.start_ns + passed_ns)
        return self._now_ns

    def step(self, by_ns: int) -> int:
        """Move a clock that waits, and return the time.

        Raises:
            UsageError: the clock runs by itself, or the step is negative or too long.
        """
        if self.speed is not None:
            raise UsageError("this clock runs by itself", fix="start the exchange with --stepped")
        if not 0 <= by_ns <= STEP_NS_MAX:
            raise UsageError(f"a step is 0 to {STEP_NS_MAX // NS_PER_S:,} s, not {by_ns / 1e9:g} s")
        self._now_ns += by_ns
        return self._now_ns

    async def told(self) -> None:
        """Wake those who wait for a time, after a step."""
        async with self._stepped:
            self._stepped.notify_all()

    async def until(self, ts_ns: int) -> None:
        """Wait until the clock shows `ts_ns`, or later."""
        if self.speed is None:
            async with self._stepped:
                await self._stepped.wait_for(lambda: self._now_ns >= ts_ns)
            return
        while (rest_ns := ts_ns - self.now_ns()) > 0:
            await asyncio.sleep(rest_ns / self.speed / NS_PER_S)
