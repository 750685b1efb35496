"""The policy of the comparison in sigma: venue, features, switches and desk, from rows in memory.

Run by bench_ticks.py as `python -m benchmarks.engines.ticks_sigma STORE lean|full [--whole]`.

Every feature that is computed must come out to the bit as where nothing else is done.

lean: the six features that the comparison asks for; full: all of them, and four orders at work that
are never filled. All kill switches are on in both, at limits that nothing reaches: they are looked
at, and change nothing.
"""

import math
import sys
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.engines.serving import serve
from benchmarks.engines.ticks_running import through, unreachable
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.features import Column, Family
from sigma_cli.domain.requests import OrderType, Side, TimeInForce
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.features import market as features
from sigma_cli.kernels.features.chunks import CHANGE, READER, read
from sigma_cli.kernels.features.rows import COLUMNS, row
from sigma_cli.runtime import choice, tick_world
from sigma_cli.runtime.tape import open_tape
from sigma_cli.runtime.tape_chunks import while_recorded
from sigma_cli.runtime.tick_selection import select_ticks
from sigma_cli.settings import load, parse_overrides
from sigma_cli.store.lake import Lake

FEE = 0.0005
SETTINGS: Final = (
    *("units=1", f"fills.fee={FEE}", "fills.partial=false", "fills.queue=power"),
    *("fills.queue_power=2", "latency.feed_ms=1", "latency.order_ms=10", "latency.answer_ms=10"),
)
"""As the comparison says: the queue rule, the latencies, whole fills."""
FAMILIES: Final = {"lean": Family.OFI | Family.MOMENTS | Family.IMPACT, "full": ~Family(0)}
LEAN_COLUMNS: Final = (Column.OFI_10S, Column.MICROPRICE, Column.VPIN, Column.KYLE_LAMBDA_15)
"""Beside the last fifty trades and the pulse of the mid, which no column shows."""
DAYS: Final = 20
"""Days whose volume the tape holds, so that a bucket of VPIN takes some 80 s."""
UNKNOWN: Final = {Column.LOB_DEPTH_IMBALANCE_10, Column.CANCEL_RATE_1M, Column.FLOW_TOXICITY}
"""Two need whole books, where the tape has touches, and the last a week."""
SLEEPERS: Final = 4
FAR_U: Final = 1_000
"""A price that is never reached."""
TICK_U: Final = 100
"""A hundredth, in the units of the store, which has no list of Binance's ticks."""
NEVER_NS: Final = 2**62

mode = sys.argv[2]
loaded = load(None, None, {}, parse_overrides(list(SETTINGS)))
lake = Lake(Path(sys.argv[1]))
selection = select_ticks(lake, [], venue=None, period="all", fidelity="book", fee=FEE)
chosen, _ = choice.choose("imbalance", [])
latency = tick_world.feed_latency(loaded.settings.latency)
tape = open_tape(lake, selection.names, selection.period, "book", latency)
chunks: list[Chunk] = list(while_recorded(tape))
DAY_VOLUME_U: Final = sum(int(chunk.trades["size_u"].sum()) for chunk in chunks) // DAYS
schedule = tick_world.schedule(lake, selection, loaded.settings.switches)
schedule.rules["band_tick_u"][:, 0] = TICK_U
schedule.day_volume_u[:] = DAY_VOLUME_U  # as if days before it were known


def stage() -> tuple[Records, Records]:
    """Return a fresh WORLD [1] and FEATURES [1]."""
    world = tick_world.build(loaded, selection, chosen, np.empty(0, np.int64))
    unreachable(world)
    if mode == "full":
        sleep(world)
    made = features.begin(
        schedule.rules[:1], DAY_VOLUME_U, makes_bars=mode == "full", families=FAMILIES[mode]
    )
    return world, made


def sleep(world: Records) -> None:
    """Let four limits rest that are never filled."""
    venue = world[0].venue
    for n in range(SLEEPERS):
        order = venue.resting[n]
        order.local_no = n - SLEEPERS  # no number that the desk gives
        order.side = Side.BUY
        order.order_type = OrderType.LIMIT
        order.tif = TimeInForce.GTC
        order.price_u = FAR_U
        order.left_u = 1
        order.level_u = -1
    venue.open_count = SLEEPERS


def run() -> tuple[Records, Records, int]:
    """Run once; return the world, the features, and how many fills there were."""
    world, minds = stage()
    return world, minds, through(chunks, schedule, world, minds)


def on_their_own() -> bytes:
    """Return the last row of features when nothing is done beside them, in another loop."""
    _, minds = stage()
    reader, none = np.zeros(1, READER), np.empty((0, COLUMNS))
    reader[0].next_ns, reader[0].last_ns = NEVER_NS, chunks[0].start_ns
    for chunk in chunks:
        reader[0].turn = 0
        read(minds, chunk, np.empty(0, CHANGE), reader, none)
    return last_row(minds)


def last_row(minds: Records) -> bytes:
    """Return the columns as they were a second after the last event."""
    columns = np.empty(COLUMNS)
    row(minds[0], (int(minds[0].head) + 1) * NS_PER_S, columns)
    wanted = LEAN_COLUMNS if mode == "lean" else set(Column) - UNKNOWN
    unknown = [column.name for column in wanted if math.isnan(columns[column])]
    assert not unknown, f"not computed: {unknown}"
    return columns.tobytes()


expected = on_their_own()


def tell(ran: tuple[Records, Records, int]) -> tuple[int, float]:
    """Return the fills and the final equity; no feature may have been skipped."""
    world, minds, fills = ran
    assert last_row(minds) == expected, "features differ from those on their own"
    return fills, float(world[0].state.account.equity)


serve(run, tell)
