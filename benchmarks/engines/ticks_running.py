"""How the engines of sigma run chunks of a tape: features, desk and venue, the log emptied."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.run import LOG
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.switches import Comparison
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.simulate import Rows, Schedule
from sigma_cli.kernels.simulate_ticks import begin, simulate_ticks

_NOTHING = np.empty(0, np.int64)
NO_BARS: Final = Rows(
    interval_ns=1,
    strategy=0,
    open_ts_ns=_NOTHING,
    market=_NOTHING.astype(np.uint32),
    open_u=_NOTHING,
    high_u=_NOTHING,
    low_u=_NOTHING,
    close_u=_NOTHING,
    volume_u=_NOTHING,
    signal=np.empty(0),
)


def unreachable(world: Records) -> None:
    """Set every kill switch at a limit that nothing reaches: all look, none acts."""
    for switch in world[0].params.switches[: world[0].params.switch_rows]:
        is_upper = switch.comparison in (Comparison.ABOVE, Comparison.AT_LEAST)
        switch.limit = math.inf if is_upper else -math.inf


def through(chunks: Sequence[Chunk], schedule: Schedule, world: Records, minds: Records) -> int:
    """Run WORLD [1] and FEATURES [markets] through all chunks; return how many fills there were."""
    log = np.zeros(1, LOG)
    cursor = world[0].cursor
    begin(chunks[0].start_ns, world)
    fills = 0
    for chunk in chunks:
        cursor.venue_turn = cursor.desk_turn = 0
        is_done = False
        while not is_done:
            is_done = simulate_ticks(chunk, schedule, NO_BARS, world, minds, log)
            facts = log[0].facts[: cursor.facts]
            fills += int((facts["kind"] == FactKind.FILLED).sum())
            cursor.facts = cursor.requests = cursor.queued = 0
            cursor.decisions = cursor.samples = 0
    return fills
