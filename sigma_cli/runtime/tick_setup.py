"""A run on ticks before it is run: all that it needs besides its tape. May be run several times."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.policies import Policy
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.simulate import Rows, Schedule
from sigma_cli.runtime import tick_simulation, tick_world
from sigma_cli.runtime.choice import Choice
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.tick_selection import TickSelection
from sigma_cli.runtime.tick_simulation import Stage, TickTape
from sigma_cli.settings import Loaded, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """All that a simulation needs besides its tape."""

    chosen: Choice
    selection: TickSelection
    loaded: Loaded
    schedule: Schedule
    rows: Rows
    """Bars with signals; none for a policy."""
    recorded_ns: NDArray[np.int64]
    """Measured latencies of the feed."""

    @property
    def settings(self) -> Settings:
        """What was set."""
        return self.loaded.settings

    @property
    def scores(self) -> bool:
        """Whether it is a policy whose score asks for a book."""
        if not self.chosen.is_policy:
            return False
        return bool(self.chosen.strategy.plan(is_major=False).policy is Policy.SCALPER)

    def run(self, chunks: Iterable[Chunk], progress: Progress) -> TickTape:
        """Simulate a tape from its beginning."""
        built = tick_world.build(self.loaded, self.selection, self.chosen, self.recorded_ns)
        stage = Stage(
            world=built,
            minds=tick_world.minds(self.schedule, built[0], self.chosen),
            schedule=self.schedule,
            rows=self.rows,
        )
        return tick_simulation.run(chunks, stage, progress)
