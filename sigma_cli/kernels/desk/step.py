"""The whole decision: one event in, requests out. The same function in backtest, paper and live.

Deterministic: no I/O, no clock (time comes with events), no randomness. After the call
`outbox.request_count` rows of `outbox.requests` and `outbox.decision_count` rows of
`outbox.decisions` are this event's; the next call overwrites them.
"""

from sigma_cli.domain.dtypes.layout import Record, Records
from sigma_cli.domain.events import ControlKind, EventKind
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import OrderState, Role
from sigma_cli.kernels.desk import account, guards, orders, ranges, signals, switches, watch
from sigma_cli.kernels.jit import constant, inline, merged, njit

START, BAR, FACT = constant(EventKind.START), constant(EventKind.BAR), constant(EventKind.FACT)
SIGNAL, CONTROL = constant(EventKind.SIGNAL), constant(EventKind.CONTROL)
RULES, USUAL = constant(ControlKind.RULES), constant(ControlKind.USUAL)
HOT, BOUND = constant(ControlKind.HOT), constant(ControlKind.BOUND)
HALT, REARM = constant(ControlKind.HALT), constant(ControlKind.REARM)
FILLED, UNKNOWN = constant(FactKind.FILLED), constant(FactKind.UNKNOWN)
EXTERNAL, BALANCE = constant(FactKind.EXTERNAL), constant(FactKind.BALANCE)
ORDER_UNKNOWN = constant(OrderState.UNKNOWN)
WISH = constant(Role.WISH)
NO_ORDER = constant(0)


@njit
def step(state: Records, event: Records, params: Records, outbox: Records) -> None:
    """Let one event change the state and cause requests: the call from Python.

    Every argument is a one-element array: STATE, EVENT, PARAMS, OUTBOX [1].
    """
    advance(state[0], event[0], params[0], outbox[0])


@inline
def advance(state: Record, event: Record, params: Record, outbox: Record) -> None:
    """Let one event change the state and cause requests: the call from compiled code.

    Raises:
        ValueError: an event of a kind that the desk does not know.
    """
    state.seq = event.seq
    state.now_ns = event.recv_ts_ns
    outbox.request_count = 0
    outbox.decision_count = 0
    kind = event.kind
    if kind == BAR:
        _bar(state, event, params, outbox)
    elif kind == SIGNAL:
        signals.on_signal(state, event, params, outbox)
    elif kind == FACT:
        _fact(state, event, params, outbox)
    elif kind == CONTROL:
        _control(state, event, params)
    elif kind == START:
        account.on_start(state, event, params)
    else:
        raise ValueError("the desk does not know this kind of event")


@inline
def sleeps(state: Record, params: Record) -> bool:
    """Return whether bars change nothing but marks and the day: no market is held.

    Only a signal or a fact then leads to a decision, and the bar before it opens the day that it
    is in. A desk that learns from bars never sleeps.
    """
    if params.atr_bars > 0:
        return False
    held = 0
    for market in range(state.market_count):
        held |= state.positions[market].size_u
    return held == 0


@inline
def asks_on_bars(params: Record) -> bool:
    """Return whether a bar alone may lead to a request, or teach the desk more than a price."""
    return params.has_exits != 0 or params.atr_bars > 0


@inline
def mark(state: Record, market: int, close_u: int, close_ts_ns: int, params: Record) -> None:
    """Let a bar change the price of its market, the day, equity and what watches it.

    For a desk that does not ask on bars, this is all that the bar does: `simulate.py` then spares
    it the way through an event, when nothing is ordered that it could fill.
    """
    day_end_ns = state.account.day_end_ns
    if account.on_close(state, market, close_u, close_ts_ns, params):
        if state.account.day_end_ns != day_end_ns:
            switches.on_new_day(state, params)
        if params.on_ticks == 0:
            switches.on_equity(state, params)


@inline
def _bar(state: Record, event: Record, params: Record, outbox: Record) -> None:
    mark(state, event.market, event.bar.close_u, event.exch_ts_ns, params)
    if params.atr_bars > 0:
        ranges.on_bar(state, event, params)
    if params.has_exits:
        guards.on_bar(state, params, outbox, event.market)


@njit
def _fact(state: Record, event: Record, params: Record, outbox: Record) -> None:
    fact = event.fact
    if fact.kind == EXTERNAL:
        account.on_external(state, fact)
        if params.on_ticks == 0:
            switches.on_equity(state, params)
    elif fact.kind == BALANCE:
        if fact.size_u != state.positions[fact.market].size_u:
            switches.halt(state)
    else:
        _order_fact(state, event, params, outbox)


@merged
def book(state: Record, fact: Record, params: Record) -> int:
    """Book a fact about an order and return its slot, or NO_SLOT.

    One that no order of ours explains stops all new risk.
    """
    slot = orders.slot_of(state, fact.local_no)
    if slot == orders.NO_SLOT or not orders.on_fact(state, slot, fact):
        switches.halt(state)
        return orders.NO_SLOT
    if fact.kind == FILLED:
        order = state.orders[slot]
        account.on_fill(state, order.market, order.side, fact)
        if params.on_ticks == 0:
            switches.on_equity(state, params)
    return slot


@merged
def _order_fact(state: Record, event: Record, params: Record, outbox: Record) -> None:
    fact = event.fact
    known = orders.slot_of(state, fact.local_no)
    was_unknown = known != orders.NO_SLOT and state.orders[known].state == ORDER_UNKNOWN
    slot = book(state, fact, params)
    if slot == orders.NO_SLOT:
        return
    order = state.orders[slot]
    if fact.kind == FILLED:
        guards.on_fill(state, order, fact)
    if order.role == WISH:
        _wish_fact(state, params, outbox, slot, was_unknown)
    else:
        is_unknown = int(order.state == ORDER_UNKNOWN)
        state.positions[order.market].unknown += is_unknown - int(was_unknown)
        guards.on_fact(state, slot)
    if params.has_exits and state.wishes[order.market].working_no == NO_ORDER:
        guards.review(state, params, outbox, order.market)


@njit
def _wish_fact(state: Record, params: Record, outbox: Record, slot: int, was_unknown: bool) -> None:
    """Tell the room of signals what became of an order of its."""
    order = state.orders[slot]
    is_unknown = order.state == ORDER_UNKNOWN
    if is_unknown and not was_unknown:
        signals.on_unknown(state, params, outbox, order.market, slot)
    elif was_unknown and not is_unknown:
        signals.on_known(state, params, outbox, order.market, slot)
    else:
        signals.on_fact(state, params, outbox, order.market, slot)


@njit
def _control(state: Record, event: Record, params: Record) -> None:
    kind = event.control.kind
    if kind == RULES:
        account.on_rules(state, event)
    elif kind == HALT:
        switches.halt(state)
    elif kind == REARM:
        if params.on_ticks == 0:
            switches.rearm(state, params)
        account.on_rearm(state)
    elif kind == USUAL:
        watch.on_usual(state, event)
    elif kind == HOT:
        watch.on_hot(state, event)
    elif kind != BOUND:  # that is a matter of the market's features
        raise ValueError("the desk does not know this kind of control")
