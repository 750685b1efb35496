"""The desk on ticks: trades, quotes, books and the clock, for policies that decide inside `step`.

Each event first changes what is known of its market (`kernels/features/market.py`), then what a
position there is worth, then what its round trip does. `mind` is the FEATURES record of the event's
market: no market's event touches another's. Deterministic, as `step.py` is; `state.seq`,
`state.now_ns` and the outbox are set by the caller, `begin`.
"""

from sigma_cli.domain.dtypes.layout import Record, Records
from sigma_cli.domain.events import ControlKind, EventKind
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import OrderState, Phase, Role
from sigma_cli.domain.requests import Side
from sigma_cli.kernels.desk import (
    account,
    candidates,
    chores,
    dust,
    entering,
    leaving,
    orders,
    policies,
    selling,
    standing,
    step,
    switchboard,
    trips,
)
from sigma_cli.kernels.features import market as features
from sigma_cli.kernels.jit import constant, inline, njit, signed

START, BAR = constant(EventKind.START), constant(EventKind.BAR)
TRADE, QUOTE = constant(EventKind.TRADE), constant(EventKind.QUOTE)
BOOK, GAP = constant(EventKind.BOOK), constant(EventKind.GAP)
FACT, TIMER = constant(EventKind.FACT), constant(EventKind.TIMER)
CONTROL, RULES = constant(EventKind.CONTROL), constant(ControlKind.RULES)
BOUND, REARM = constant(ControlKind.BOUND), constant(ControlKind.REARM)
BUY = constant(Side.BUY)
FILLED, EXTERNAL = constant(FactKind.FILLED), constant(FactKind.EXTERNAL)
ACCEPTED, CANCELLED = constant(FactKind.ACCEPTED), constant(FactKind.CANCELLED)
BALANCE = constant(FactKind.BALANCE)
ORDER_UNKNOWN = constant(OrderState.UNKNOWN)
ENTRY = constant(Role.ENTRY)
FLAT, ENTERING = constant(Phase.FLAT), constant(Phase.ENTERING)
HOLDING, LEAVING = constant(Phase.HOLDING), constant(Phase.LEAVING)


@njit
def step_ticks(
    state: Records, event: Records, params: Records, outbox: Records, minds: Records
) -> None:
    """Let one event of any kind change the state and cause requests: the call from Python.

    All but `minds`, FEATURES [markets], are one-element arrays, as for `step.step`.
    """
    s, e, p, o = state[0], event[0], params[0], outbox[0]
    market, kind = signed(e.market), e.kind
    begin(s, o, e.seq, e.recv_ts_ns)
    if kind == TRADE:
        on_trade(s, p, o, minds[market], market, e.trade)
    elif kind == QUOTE:
        on_quote(s, p, o, minds[market], market, e.quote)
    elif kind == BOOK:
        on_book(s, p, o, minds[market], market, e.book)
    elif kind == TIMER:
        on_timer(s, p, o, minds)
    elif kind == FACT:
        on_fact(s, p, o, minds[market], e)
    elif kind == GAP:
        on_gap(s, minds[market], market)
    else:
        _on_other(s, e, p, o, minds[market])


@njit
def _on_other(state: Record, event: Record, params: Record, outbox: Record, mind: Record) -> None:
    """Take what is no matter of ticks, and tell those rooms that have to know."""
    step.advance(state, event, params, outbox)
    if event.kind == START:
        switchboard.on_start(state, params)
    elif event.kind == BAR:
        switchboard.look_at_equity(state, params)
    elif event.kind == CONTROL:
        _control(state, event, params, mind)


@njit
def _control(state: Record, event: Record, params: Record, mind: Record) -> None:
    kind = event.control.kind
    if kind == RULES:
        features.set_rules(mind, event.control.rules)
        features.set_day_volume(mind, event.control.day_volume_u)
    elif kind == BOUND:
        features.set_bound(mind, event.control.bound)
    elif kind == REARM:
        switchboard.on_rearm(state, params)


@inline
def begin(state: Record, outbox: Record, seq: int, now_ns: int) -> None:
    """Begin an event."""
    state.seq = seq
    state.now_ns = now_ns
    outbox.request_count = 0
    outbox.decision_count = 0


@inline
def on_trade(
    state: Record, params: Record, outbox: Record, mind: Record, market: int, trade: Record
) -> None:
    """Take a public trade (TRADE)."""
    features.on_trade(mind, trade)
    switchboard.on_tick(state, params, mind, market, trade.price_u)
    state.trips[market].traded_u = trade.price_u
    if params.marks_trades or state.trips[market].ask_u == 0:  # no book is known
        _see(state, params, market, trade.price_u, trade.price_u if params.marks_trades else 0)
    _think(state, params, outbox, mind, market)


@inline
def on_quote(
    state: Record, params: Record, outbox: Record, mind: Record, market: int, quote: Record
) -> None:
    """Take best bid and ask (QUOTE)."""
    features.on_quote(mind, quote)
    _mark(state, params, mind, market)
    _think(state, params, outbox, mind, market)


@njit
def on_book(
    state: Record, params: Record, outbox: Record, mind: Record, market: int, book: Record
) -> None:
    """Take a whole book (BOOK)."""
    features.on_book(mind, book)
    _mark(state, params, mind, market)
    _think(state, params, outbox, mind, market)


@njit
def on_gap(state: Record, mind: Record, market: int) -> None:
    """Forget the book of a market: trades say what positions are worth, and nothing is entered."""
    features.on_gap(mind, state.now_ns)
    trips.see(state.trips[market], 0, 0, state.now_ns)


@njit
def on_timer(state: Record, params: Record, outbox: Record, minds: Record) -> None:
    """Take the clock: days begin, orders grow old, decisions are due. minds: FEATURES [markets]."""
    if account.on_time(state, params):
        switchboard.on_new_day(state, params)
    switchboard.on_timer(state, params)
    if state.alarm.due > 0:
        chores.do(state, params, outbox)
    for market in range(state.market_count):
        if state.trips[market].phase != FLAT:
            _think(state, params, outbox, minds[market], market)
    candidates.serve(state, params, outbox, minds)


@njit
def on_fact(state: Record, params: Record, outbox: Record, mind: Record, event: Record) -> None:
    """Take a fact about an order of a policy; all others go the way that they go on bars."""
    fact = event.fact
    if fact.kind == BALANCE:
        switchboard.on_balance(state, params, fact)
        return
    if fact.kind == EXTERNAL:
        switchboard.on_external(state, params, fact)
        account.on_external(state, fact)
        switchboard.on_mark(state, params)
        return
    slot = orders.slot_of(state, fact.local_no)
    if slot == orders.NO_SLOT:
        _stranger(state, params, outbox, fact)
        return
    if state.orders[slot].is_answered == 0:
        state.orders[slot].is_answered = 1
        switchboard.on_answer(state, params, state.now_ns - state.orders[slot].asked_ns)
    if state.orders[slot].role < ENTRY:
        step.advance(state, event, params, outbox)
        switchboard.look_at_equity(state, params)
        return
    _trip_fact(state, params, outbox, mind, fact, slot)


@njit
def _stranger(state: Record, params: Record, outbox: Record, fact: Record) -> None:
    """Take a fact about an order that is not ours; its end is nothing to worry about."""
    if fact.kind != CANCELLED:
        switchboard.on_stranger(state, params)
    if fact.kind == ACCEPTED and standing.expels(state, params):
        orders.expel(state, outbox, fact)


@njit
def _trip_fact(
    state: Record, params: Record, outbox: Record, mind: Record, fact: Record, slot: int
) -> None:
    """Take a fact about an order of a round trip."""
    was_unknown = state.orders[slot].state == ORDER_UNKNOWN
    if step.book(state, fact, params) == orders.NO_SLOT:
        return
    order = state.orders[slot]
    market = signed(order.market)  # one type, so that what it goes to is compiled once
    is_unknown = order.state == ORDER_UNKNOWN
    state.positions[market].unknown += int(is_unknown) - int(was_unknown)
    if fact.kind == FILLED:
        _trip_fill(state, params, outbox, market, order.side, fact)
        switchboard.look_at_equity(state, params)
    if not orders.is_working(state, slot):
        _ended(state, params, outbox, mind, market, order.local_no)
    elif not is_unknown:
        selling.call_back_forgotten(state, outbox, market, order.local_no)
    _think(state, params, outbox, mind, market)


@njit
def _trip_fill(
    state: Record, params: Record, outbox: Record, market: int, side: int, fact: Record
) -> None:
    """Book a fill; one of an order that was given up begins a round trip, unless it is dust."""
    was_flat = state.trips[market].phase == FLAT
    if was_flat and side == BUY:
        trips.reopen(state, market)
    trips.book(state, market, side, fact)
    if side == BUY:
        leaving.aim(state, params.plans[market], market)
    if was_flat and side == BUY:
        if entering.can_leave(state, params, market):
            selling.rest_target(state, params, outbox, market)
        else:
            trips.end(state, params, market)


@njit
def _ended(
    state: Record, params: Record, outbox: Record, mind: Record, market: int, local_no: int
) -> None:
    """Tell the round trip that an order of its has ended."""
    trip = state.trips[market]
    if trip.target_no == local_no:
        leaving.on_target_end(state, params, outbox, market)
    elif trip.order_no != local_no:  # it was given up
        if trip.phase == HOLDING and dust.is_stuck(state.positions[market]):
            selling.call_back(state, outbox, trip.target_no)
            trips.end(state, params, market)
    elif trip.phase == ENTERING:
        entering.on_end(
            state, params, outbox, mind, market, policies.score(params.plans[market], mind)
        )
        if trip.phase == HOLDING:
            selling.rest_target(state, params, outbox, market)
    else:
        leaving.on_end(state, params, outbox, market)


@inline
def _mark(state: Record, params: Record, mind: Record, market: int) -> None:
    """Value a position at the bid as it is known now."""
    bid_u, ask_u = mind.touch.bid_u, mind.touch.ask_u
    switchboard.on_tick(state, params, mind, market, (bid_u + ask_u) >> 1)
    _see(state, params, market, bid_u, ask_u)


@inline
def _see(state: Record, params: Record, market: int, bid_u: int, ask_u: int) -> None:
    trips.see(state.trips[market], bid_u, ask_u, state.now_ns)
    if bid_u > 0 and account.on_bid(state, market, bid_u):
        switchboard.on_mark(state, params)


@inline
def _think(state: Record, params: Record, outbox: Record, mind: Record, market: int) -> None:
    """Let the round trip of a market go on, or begin; first what a kill switch asks for."""
    if state.alarm.due > 0:
        chores.do(state, params, outbox)
    trip, plan = state.trips[market], params.plans[market]
    if trip.phase == HOLDING:
        if leaving.is_worth_a_look(trip, state.now_ns):
            leaving.look(state, params, outbox, market, mind.bars.atr_pct_14)
    elif trip.phase != FLAT:
        _go_on(state, params, outbox, mind, market)
    elif plan.every_ns == 0 and state.now_ns >= trip.think_ns:  # else the clock says when
        score = policies.score(plan, mind)
        if score > plan.threshold:
            entering.enter(state, params, outbox, mind, market, score)


@njit
def _go_on(state: Record, params: Record, outbox: Record, mind: Record, market: int) -> None:
    trip = state.trips[market]
    if trip.phase == LEAVING:
        leaving.wait(state, params, outbox, market)
        return
    entering.wait(state, params, outbox, market)
    leaving.look(state, params, outbox, market, mind.bars.atr_pct_14)
