"""Simulate on ticks: the desk and the simulated venue, each in its own time, producing the facts.

What happens at one time happens in this order, which `replay_ticks.py` repeats:

1. market data at the venue,
2. a request that reaches it, or what goes wrong there,
3. changes of rules, what the desk is told of its markets, then bars with their signals, then the
   timer,
4. a fact that reaches the desk,
5. market data at the desk.

A request of the desk is on its way for `request_delay`, a fact for `fact_delay`. The timer comes
every 100 ms of arrival time; equity is looked at every `sample_every_ns`, refusals are counted
every minute.
"""

from typing import Final

import numpy as np

from sigma_cli.domain.dtypes.bounds import DECISIONS_MAX, LOG_MAX, REASONS_MAX
from sigma_cli.domain.dtypes.layout import Record, Records
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.requests import OrderType, RequestKind
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.desk import step, switchboard, ticks
from sigma_cli.kernels.jit import constant, inline, njit, signed
from sigma_cli.kernels.matching import ticks as venue_ticks
from sigma_cli.kernels.matching.faults import lost_due_ns, speak
from sigma_cli.kernels.matching.flight import (
    NEVER,
    answer,
    fact_due_ns,
    next_fact,
    next_request,
    request_due_ns,
    send,
)
from sigma_cli.kernels.matching.orders import set_rules
from sigma_cli.kernels.simulate import (
    Rows,
    Schedule,
    due,
    load_rules,
)
from sigma_cli.kernels.tick_events import (
    TIMER_NS,
    bar_due_ns,
    enter_bar,
    enter_fact,
    enter_rules,
    enter_signal,
    enter_timer,
    enter_told,
    told_due_ns,
)

SUBMIT, LIMIT = constant(RequestKind.SUBMIT), constant(OrderType.LIMIT)
START, TRADE = constant(EventKind.START), constant(EventKind.TRADE)
QUOTE, BOOK = constant(EventKind.QUOTE), constant(EventKind.BOOK)
MINUTE_NS: Final = constant(NS_PER_MINUTE)
REASONS: Final = constant(REASONS_MAX)
ROOM: Final = max(DECISIONS_MAX, REASONS_MAX)
"""Log rows of one kind that one event may need."""


@njit
def begin(start_ns: int, world: Records) -> None:
    """Let a tape begin at `start_ns`. `world` is WORLD [1]."""
    w = world[0]
    w.event.kind = START
    w.event.market = 0
    w.event.exch_ts_ns = start_ns
    w.event.recv_ts_ns = start_ns
    w.event.seq = 0
    step.advance(w.state, w.event, w.params, w.outbox)
    switchboard.on_start(w.state, w.params)
    w.cursor.seq = 1
    w.cursor.timer_ns = start_ns + -start_ns % TIMER_NS


@njit
def simulate_ticks(
    chunk: Chunk, schedule: Schedule, rows: Rows, world: Records, minds: Records, log: Records
) -> bool:
    """Let a chunk of the tape happen, from the world's cursor on; return whether all of it has.

    `rows` are the bars, and the signals of a strategy that reads them; none for a policy. `world`
    is WORLD [1], `minds` FEATURES [markets], `log` LOG [1]. Where it returns False the log is
    nearly full: empty it, set its counts in the cursor to 0, and call again with the same chunk.
    Call `begin` before the first chunk; before each, set `venue_turn` and `desk_turn` to 0.
    """
    w, out = world[0], log[0]
    at = w.cursor
    trades, quotes, books = chunk.trades, chunk.quotes, chunk.books
    venue_turns, desk_turns = chunk.venue_turns, chunk.desk_turns
    planned_ns = _planned_ns(schedule, rows, at)
    while _has_room(at):
        venue_ns, fact_ns = _venue_due_ns(w.venue), fact_due_ns(w.venue)
        other_ns = min(venue_ns, planned_ns, at.timer_ns, fact_ns)
        _market_data(trades, quotes, books, venue_turns, desk_turns, w, minds, other_ns)
        if w.inbox.count > 0:
            answer(w.venue, w.inbox)
        elif w.outbox.request_count + w.outbox.decision_count > 0:
            _write(w, out)
        elif other_ns >= chunk.end_ns:
            return True
        elif venue_ns == other_ns:
            _at_venue(w, out, other_ns)
        elif planned_ns == other_ns:
            _planned(schedule, rows, w, minds, out)
            planned_ns = _planned_ns(schedule, rows, at)
        elif at.timer_ns == other_ns:
            _timer(w, minds, out)
        else:
            _fact(w, minds, out)
    return False


@inline
def _market_data(  # noqa: PLR0913 - a tuple of them counts references, longer than a dozen events
    trades: Records,
    quotes: Records,
    books: Records,
    venue_turns: Records,
    desk_turns: Records,
    w: Record,
    minds: Records,
    other_ns: int,
) -> None:
    """Let market data come, at the venue and at the desk, until one of them has something to say.

    Or until `other_ns`, when something else is due. The rows and turns are those of a Chunk.
    """
    at = w.cursor
    v, d, seq = at.venue_turn, at.desk_turn, at.seq
    while w.inbox.count == 0 and w.outbox.request_count + w.outbox.decision_count == 0:
        venue_ns = venue_turns[np.uint64(v)].ts_ns if v < len(venue_turns) else NEVER
        desk_ns = desk_turns[np.uint64(d)].ts_ns if d < len(desk_turns) else NEVER
        if venue_ns <= desk_ns and venue_ns <= other_ns:
            turn = venue_turns[np.uint64(v)]
            v += 1
            market, row, kind = signed(turn.market), np.uint64(turn.row), turn.kind
            if kind == TRADE:
                venue_ticks.on_trade(w.venue, market, trades[row], venue_ns, w.inbox)
            elif kind == QUOTE:
                venue_ticks.on_quote(w.venue, market, quotes[row], venue_ns, w.inbox)
            elif kind == BOOK:
                venue_ticks.on_book(w.venue, market, books[row], venue_ns, w.inbox)
            else:
                venue_ticks.on_gap(w.venue, market)
        elif desk_ns < other_ns:
            turn = desk_turns[np.uint64(d)]
            d += 1
            market, row, kind = signed(turn.market), np.uint64(turn.row), turn.kind
            mind = minds[market]
            ticks.begin(w.state, w.outbox, seq, desk_ns)
            seq += 1
            if kind == TRADE:
                ticks.on_trade(w.state, w.params, w.outbox, mind, market, trades[row])
            elif kind == QUOTE:
                ticks.on_quote(w.state, w.params, w.outbox, mind, market, quotes[row])
            elif kind == BOOK:
                ticks.on_book(w.state, w.params, w.outbox, mind, market, books[row])
            else:
                ticks.on_gap(w.state, mind, market)
        else:
            break
    at.venue_turn, at.desk_turn, at.seq = v, d, seq


@njit
def _planned_ns(schedule: Schedule, rows: Rows, at: Record) -> int:
    """Return when the next change of rules, what is told, or the next bar reaches the desk."""
    told_ns = min(due(schedule, at.change), told_due_ns(schedule, at.told))
    return min(told_ns, bar_due_ns(rows, at.row))


@njit
def _venue_due_ns(venue: Record) -> int:
    """Return when something that is no market data happens at the venue next."""
    return min(request_due_ns(venue), lost_due_ns(venue))


@njit
def _at_venue(w: Record, log: Record, now_ns: int) -> None:
    """Let a request reach the venue, or let it speak of an answer that was lost."""
    if request_due_ns(w.venue) <= now_ns:
        request = next_request(w.venue)
        venue_ticks.take(w.venue, request, now_ns, w.inbox)
        _log_queue(w, log, request)
    else:
        speak(w.venue, w.inbox, now_ns)
    if w.inbox.count > 0:
        answer(w.venue, w.inbox)


@njit
def _planned(schedule: Schedule, rows: Rows, w: Record, minds: Records, log: Record) -> None:
    """Let a change of rules reach everybody; what is told, or a bar with its signal, the desk."""
    at = w.cursor
    bar_ns, told_ns = bar_due_ns(rows, at.row), told_due_ns(schedule, at.told)
    if due(schedule, at.change) <= min(bar_ns, told_ns):
        now_ns = max(due(schedule, at.change), w.state.now_ns)
        load_rules(schedule, at.change, now_ns, w.event)
        set_rules(w.venue, w.event.market, w.event.control.rules)
        enter_rules(w, minds)
        at.change += 1
    elif told_ns <= bar_ns:
        enter_told(schedule, w, minds)
    else:
        enter_bar(rows, w)
        _write(w, log)
        enter_signal(rows, w)
    _write(w, log)


@njit
def _timer(w: Record, minds: Records, log: Record) -> None:
    at = w.cursor
    now_ns = at.timer_ns
    enter_timer(w, minds)
    if now_ns % at.sample_every_ns == 0:
        log.sample_ts_ns[at.samples] = now_ns
        log.sample_equity[at.samples] = w.state.account.equity
        log.sample_cash[at.samples] = w.state.account.cash
        at.samples += 1
    if now_ns % MINUTE_NS == 0:
        _count(w.state, at, log, now_ns)
    _write(w, log)


@njit
def _count(state: Record, at: Record, log: Record, now_ns: int) -> None:
    """Log how often each rule stood against an order in the minute that is over."""
    for reason in range(REASONS):
        count = state.refusals[reason] - at.refusals[reason]
        if count > 0:
            row = log.counted[at.counted]
            row.ts_ns, row.reason, row.count = now_ns, reason, count
            at.counted += 1
            at.refusals[reason] += count


@njit
def _fact(w: Record, minds: Records, log: Record) -> None:
    at = w.cursor
    fact = next_fact(w.venue)
    log.facts[at.facts] = fact
    log.fact_seq[at.facts] = at.seq
    at.facts += 1
    enter_fact(fact, w, minds)
    _write(w, log)


@njit
def _write(w: Record, log: Record) -> None:
    """Log what an event caused, and send its requests on their way."""
    at = w.cursor
    for i in range(w.outbox.request_count):
        log.requests[at.requests] = w.outbox.requests[i]
        log.request_seq[at.requests] = at.seq - 1
        trip = w.state.trips[w.outbox.requests[i].market]
        log.request_bid_u[at.requests] = trip.bid_u if trip.ask_u > 0 else 0
        log.request_ask_u[at.requests] = trip.ask_u
        at.requests += 1
        send(w.venue, w.outbox.requests[i], w.state.now_ns)
    for i in range(w.outbox.decision_count):
        log.decisions[at.decisions] = w.outbox.decisions[i]
        at.decisions += 1
    w.outbox.request_count = 0
    w.outbox.decision_count = 0


@njit
def _log_queue(w: Record, log: Record, request: Record) -> None:
    """Log how much is ahead of a limit that has just begun to rest: the newest of the venue's."""
    newest = w.venue.open_count - 1
    if request.kind != SUBMIT or newest < 0:
        return
    order = w.venue.resting[newest]
    if order.local_no == request.local_no and order.order_type == LIMIT and order.fresh == 0:
        row = log.queued[w.cursor.queued]
        row.local_no = order.local_no
        row.ahead_u = order.front
        w.cursor.queued += 1


@njit
def _has_room(at: Record) -> bool:
    used = max(at.facts, at.requests, at.decisions, at.samples)
    return max(used, at.queued, at.counted) + ROOM <= LOG_MAX
