"""Replay on ticks: fold the desk over a tape that already contains the facts, without a venue.

Market data, rules and timers enter in the order that `simulate_ticks.py` describes; each fact
enters where its number says. The requests must come out byte for byte as they did.
"""

import numpy as np

from sigma_cli.domain.dtypes.layout import Record, Records
from sigma_cli.domain.events import EventKind
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.desk import ticks
from sigma_cli.kernels.jit import constant, njit, signed
from sigma_cli.kernels.replay import Asked, Facts
from sigma_cli.kernels.simulate import Rows, Schedule, due, load_rules
from sigma_cli.kernels.tick_events import (
    bar_due_ns,
    enter_bar,
    enter_fact,
    enter_rules,
    enter_signal,
    enter_timer,
    enter_told,
    told_due_ns,
)

TRADE, QUOTE = constant(EventKind.TRADE), constant(EventKind.QUOTE)
BOOK = constant(EventKind.BOOK)
NEVER = constant(2**63 - 1)


@njit
def replay_ticks(  # noqa: PLR0913 - the tape, its facts, and where it goes
    chunk: Chunk,
    schedule: Schedule,
    rows: Rows,
    facts: Facts,
    world: Records,
    minds: Records,
    asked: Asked,
) -> None:
    """Let a chunk of a tape enter the desk of `world`, WORLD [1], whose venue is not touched.

    Begin as a simulation does: `simulate_ticks.begin`, and `desk_turn` 0 before each chunk.

    Raises:
        IndexError: more requests came out than `asked` has room for: this is another tape.
    """
    w = world[0]
    at = w.cursor
    turns = chunk.desk_turns
    while True:
        change_ns, bar_ns = due(schedule, at.change), bar_due_ns(rows, at.row)
        told_ns = told_due_ns(schedule, at.told)
        other_ns = min(at.timer_ns, change_ns, told_ns, bar_ns)
        turn_ns = turns[at.desk_turn].ts_ns if at.desk_turn < len(turns) else NEVER
        if _is_next(facts, asked, at.seq):
            fact = facts.facts[asked.counts[1]]
            asked.counts[1] += 1
            enter_fact(fact, w, minds)
        elif turn_ns < other_ns:
            _enter_turn(chunk, turns[at.desk_turn], w, minds)
            at.desk_turn += 1
        elif other_ns >= chunk.end_ns:
            return
        elif change_ns <= other_ns:
            load_rules(schedule, at.change, max(other_ns, w.state.now_ns), w.event)
            enter_rules(w, minds)
            at.change += 1
        elif told_ns <= other_ns:
            enter_told(schedule, w, minds)
        elif bar_ns <= other_ns:
            enter_bar(rows, w)
            _keep(w, asked)
            enter_signal(rows, w)
        else:
            enter_timer(w, minds)
        _keep(w, asked)


@njit
def _is_next(facts: Facts, asked: Asked, seq: int) -> bool:
    """Return whether the next event is a fact."""
    return bool(asked.counts[1] < len(facts.seq) and facts.seq[asked.counts[1]] == seq)


@njit
def _enter_turn(chunk: Chunk, turn: Record, w: Record, minds: Records) -> None:
    """Let a row of market data enter the desk."""
    market, row = signed(turn.market), np.uint64(turn.row)
    mind = minds[market]
    ticks.begin(w.state, w.outbox, w.cursor.seq, turn.ts_ns)
    w.cursor.seq += 1
    if turn.kind == TRADE:
        ticks.on_trade(w.state, w.params, w.outbox, mind, market, chunk.trades[row])
    elif turn.kind == QUOTE:
        ticks.on_quote(w.state, w.params, w.outbox, mind, market, chunk.quotes[row])
    elif turn.kind == BOOK:
        ticks.on_book(w.state, w.params, w.outbox, mind, market, chunk.books[row])
    else:
        ticks.on_gap(w.state, mind, market)


@njit
def _keep(w: Record, asked: Asked) -> None:
    """Keep what the last event asked for."""
    for i in range(w.outbox.request_count):
        at = asked.counts[2]
        if at >= len(asked.requests):
            raise IndexError("the tape asked for fewer orders than its replay")
        asked.requests[at] = w.outbox.requests[i]
        asked.seq[at] = w.cursor.seq - 1
        asked.counts[2] += 1
    w.outbox.request_count = 0
    w.outbox.decision_count = 0
