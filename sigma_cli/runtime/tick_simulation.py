"""Drives `simulate_ticks` over a tape, chunk by chunk, and keeps what each leaves in its log.

Also the candles that the trades make, and where markets stood after our fills: what a report looks
at. Must not interpret the tape.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import CANDLE_COLUMNS, Candles
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.run import COUNTED, LOG
from sigma_cli.domain.dtypes.tape import BAR
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_S
from sigma_cli.kernels import jit
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.simulate import Rows, Schedule
from sigma_cli.kernels.simulate_ticks import begin, simulate_ticks
from sigma_cli.kernels.trade_bars import MARKET_BAR, add_chunk
from sigma_cli.runtime.afterwards import Afterwards
from sigma_cli.runtime.columns import Column
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.tape_chunks import while_recorded
from sigma_cli.runtime.tick_selection import TickSelection

LOGGED: Final = {
    "facts": "facts",
    "fact_seq": "facts",
    "requests": "requests",
    "request_seq": "requests",
    "request_bid_u": "requests",
    "request_ask_u": "requests",
    "queued": "queued",
    "decisions": "decisions",
    "counted": "counted",
    "sample_ts_ns": "samples",
    "sample_equity": "samples",
    "sample_cash": "samples",
}
"""Every column of a log, and the count of the cursor that says how much of it is used."""
AFTERWARDS_NS: Final = 10 * NS_PER_S
"""How long after the last row orders and answers may still be under way."""
ROOM: Final = 1_024
"""First room for a column of the tape, in rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickTape:
    """What a run left behind. `*_seq` is the event number that caused a row."""

    world: Records
    """WORLD [1] after the last event."""
    minds: Records
    """FEATURES [markets] after the last event."""
    facts: Records
    fact_seq: NDArray[np.int64]
    requests: Records
    request_seq: NDArray[np.int64]
    request_bid_u: NDArray[np.int64]
    """The touch as the desk knew it when it asked; 0: unknown. Without a book, the last trade."""
    request_ask_u: NDArray[np.int64]
    queued: Records
    """QUEUED: what was ahead of each limit that began to rest."""
    decisions: Records
    counted: Records
    """COUNTED: how often each rule stood against an order, by minute."""
    sample_ts_ns: NDArray[np.int64]
    sample_equity: NDArray[np.float64]
    sample_cash: NDArray[np.float64]
    events: int
    later_u: NDArray[np.int64]
    """Bid + ask of its market some seconds after each fill, int64 [fills, AFTER_S]; 0: unknown."""
    bars: Records
    """MARKET_BAR: the candles of a minute that the trades made, by their end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a tape happens on: made anew for each run, which changes `world` and `minds`."""

    world: Records
    """WORLD [1]"""
    minds: Records
    """FEATURES [markets]"""
    schedule: Schedule
    rows: Rows
    """Bars with signals; none for a policy."""


def run(chunks: Iterable[Chunk], stage: Stage, progress: Progress) -> TickTape:
    """Simulate a whole tape."""
    world, minds = stage.world, stage.minds
    log = np.zeros(1, LOG)
    columns = {name: Column(log.dtype[name].base, ROOM) for name in LOGGED}
    bars = MinuteBars(len(minds))
    after = Afterwards(world[0].venue.ticks.depth[: len(minds)] == Depth.NONE)
    ready = jit.is_compiled("simulate_ticks.simulate_ticks") or jit.DISABLED
    progress.begin("simulating" if ready else "compiling, once for this version of sigma")
    chunk: Chunk | None = None
    for chunk in while_recorded(chunks):
        if world[0].cursor.seq == 0:
            begin(chunk.start_ns, world)
        bars.add(chunk)
        _live(chunk, stage, log, columns)
        after.add(chunk, columns["facts"].rows)
    assert chunk is not None, "a tape has rows"
    _finish(chunk, stage, log, columns)
    progress.end()
    return TickTape(
        world=world,
        minds=minds,
        events=int(world[0].cursor.seq),
        bars=bars.all(),
        later_u=after.all(columns["facts"].rows),
        **{name: column.rows for name, column in columns.items()},
    )


def _live(chunk: Chunk, stage: Stage, log: Records, columns: Mapping[str, Column]) -> None:
    """Let a chunk happen, and move what is logged to the columns."""
    cursor = stage.world[0].cursor
    cursor.venue_turn = cursor.desk_turn = 0
    is_done = False
    while not is_done:
        is_done = simulate_ticks(chunk, stage.schedule, stage.rows, stage.world, stage.minds, log)
        for name, used in LOGGED.items():
            columns[name].extend(log[0][name][: cursor[used]])
        cursor.facts = cursor.requests = cursor.queued = 0
        cursor.decisions = cursor.samples = cursor.counted = 0


def _finish(last: Chunk, stage: Stage, log: Records, columns: Mapping[str, Column]) -> None:
    """Let what is under way after the last row come to its end.

    No timer comes and no bar is over: what they would decide, nothing could answer.
    """
    stage.world[0].cursor.timer_ns = last.end_ns + AFTERWARDS_NS
    afterwards = last._replace(
        venue_turns=last.venue_turns[:0],
        desk_turns=last.desk_turns[:0],
        start_ns=last.end_ns,
        end_ns=last.end_ns + AFTERWARDS_NS,
    )
    no_bars = stage.rows._replace(open_ts_ns=stage.rows.open_ts_ns[:0])
    _live(afterwards, replace(stage, rows=no_bars), log, columns)
    _count_last(stage.world, afterwards.end_ns, columns["counted"])


def _count_last(world: Records, end_ns: int, column: Column) -> None:
    """Count what stood against orders since the last whole minute."""
    since = world[0].state.refusals - world[0].cursor.refusals
    reasons = np.flatnonzero(since)
    rows = np.zeros(len(reasons), COUNTED)
    rows["ts_ns"], rows["reason"], rows["count"] = end_ns, reasons, since[reasons]
    column.extend(rows)


class MinuteBars:
    """Candles of a minute from the trades of chunks."""

    def __init__(self, markets: int) -> None:
        self._open = np.zeros(markets, BAR)
        self._closed = Column(MARKET_BAR, ROOM)

    def add(self, chunk: Chunk) -> None:
        """Count the trades of the next chunk in."""
        closed = np.empty(len(chunk.trades), MARKET_BAR)
        count = add_chunk(chunk, NS_PER_MINUTE, self._open, closed)
        self._closed.extend(closed[:count])

    def all(self) -> Records:
        """Return the candles of all markets, the last of each included, though it may go on."""
        traded = np.flatnonzero(self._open["volume_u"] > 0)
        last = np.zeros(len(traded), MARKET_BAR)
        last["market"] = traded
        last["bar"] = self._open[traded]
        return np.concatenate([self._closed.rows, last])


def candles(bars: Records, selection: TickSelection) -> list[Candles]:
    """Return the candles of each market, from `TickTape.bars`."""
    return [
        Candles(
            instrument=instrument,
            interval_ns=NS_PER_MINUTE,
            synthetic=series.synthetic,
            **{
                name: np.ascontiguousarray(bars["bar"][name][bars["market"] == market])
                for name in CANDLE_COLUMNS
            },
        )
        for market, (instrument, series) in enumerate(
            zip(selection.instruments, selection.series, strict=True)
        )
    ]
