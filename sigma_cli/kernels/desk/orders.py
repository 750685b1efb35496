"""Our working orders: the only place that writes requests, and the only reader of facts of them.

Writes `state.orders`, `flow`, `refusals`, what the account has promised and the outbox. What a
fact may do to an order is the table in `domain/orders.py`.
"""

import numpy as np

from sigma_cli.domain.dtypes.bounds import DECISIONS_MAX, ORDER_TIMES_MAX, ORDERS_MAX, REQUESTS_MAX
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import TRANSITIONS, WORKING, OrderState
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side, TimeInForce
from sigma_cli.kernels.jit import constant, merged, njit

BUY = constant(Side.BUY)
LIMIT, VALUE = constant(OrderType.LIMIT), constant(OrderType.VALUE)
GTC = constant(TimeInForce.GTC)
SUBMIT, CANCEL = constant(RequestKind.SUBMIT), constant(RequestKind.CANCEL)
REQUESTED, OPEN, UNKNOWN = (
    constant(OrderState.REQUESTED),
    constant(OrderState.OPEN),
    constant(OrderState.UNKNOWN),
)
FILLED = constant(OrderState.FILLED)
FACT_FILLED = constant(FactKind.FILLED)
NONE, OVERFLOW = constant(Reason.NONE), constant(Reason.OVERFLOW)
UNTRACKED = constant(Reason.UNTRACKED)

NOT_ALLOWED = constant(255)
NEXT = np.full((len(OrderState), len(FactKind) + 1), NOT_ALLOWED, np.uint8)
"""TRANSITIONS as an array: [state, fact] -> state."""
for _state, _by_fact in TRANSITIONS.items():
    for _fact, _next in _by_fact.items():
        NEXT[_state, _fact] = _next

IS_WORKING = np.array([state in WORKING for state in OrderState], np.uint8)
NO_ORDER = constant(0)
NO_SLOT = constant(-1)


@njit
def refuse(state: Record, outbox: Record, reason: int, measured: float, limit: float) -> bool:
    """Book that the candidate is not asked for; return False.

    Every refusal is counted; only a change of a market's reason is written as a decision, or a
    strategy that asks on every bar would bury the rest.
    """
    state.refusals[reason] += 1
    wish = state.wishes[state.candidate.market]
    if wish.refused != reason:
        wish.refused = reason
        _decide(state, outbox, NO_ORDER, reason, measured, limit)
    return False


@njit
def note(
    state: Record, outbox: Record, local_no: int, reason: int, measured: float, limit: float
) -> None:
    """Write down more about an order of the candidate that was just asked for."""
    _decide(state, outbox, local_no, reason, measured, limit)


@njit
def submit(state: Record, outbox: Record) -> bool:
    """Turn the candidate into a request and a working order; return whether there was room."""
    candidate = state.candidate
    slot = _free_slot(state)
    if slot == NO_SLOT or outbox.request_count >= REQUESTS_MAX:
        return refuse(state, outbox, OVERFLOW, float(outbox.request_count), float(REQUESTS_MAX))
    local_no = state.next_local_no
    state.next_local_no += 1
    request = outbox.requests[outbox.request_count]
    outbox.request_count += 1
    request.local_no = local_no
    request.strategy = candidate.strategy
    request.market = candidate.market
    request.kind = SUBMIT
    request.side = candidate.side
    request.order_type = candidate.order_type
    request.tif = candidate.tif
    request.post_only = candidate.post_only
    request.reduce_only = 0 if candidate.side == BUY else 1
    request.reason = candidate.reason
    request.price_u = candidate.price_u
    request.size_u = 0 if candidate.order_type == VALUE else candidate.size_u
    request.value = candidate.value if candidate.order_type == VALUE else 0.0
    request.expires_ns = candidate.expires_ns
    request.decision_ts_ns = state.now_ns
    _open(state, slot, local_no)
    state.wishes[candidate.market].refused = NONE
    _decide(state, outbox, local_no, candidate.reason, 0.0, 0.0)
    return True


@njit
def cancel(state: Record, outbox: Record, local_no: int, reason: int) -> bool:
    """Ask once for the end of a working order; return whether it was asked for now."""
    order = state.orders[local_no % ORDERS_MAX]
    if order.cancelling or outbox.request_count >= REQUESTS_MAX:
        return False
    order.cancelling = 1
    request = outbox.requests[outbox.request_count]
    outbox.request_count += 1
    request.local_no = local_no
    request.strategy = order.strategy
    request.market = order.market
    request.side = order.side
    request.order_type = order.order_type
    _be_a_cancel(request, reason, state.now_ns)
    return True


@njit
def expel(state: Record, outbox: Record, fact: Record) -> None:
    """Ask for the end of an order that is not ours, before anything else that the fact causes."""
    request = outbox.requests[outbox.request_count]
    outbox.request_count += 1
    request.local_no = fact.local_no
    request.strategy = 0
    request.market = fact.market
    request.side = 0
    request.order_type = 0
    _be_a_cancel(request, UNTRACKED, state.now_ns)


@njit
def _be_a_cancel(request: Record, reason: int, now_ns: int) -> None:
    request.kind = CANCEL
    request.tif = GTC
    request.post_only = 0
    request.reduce_only = 0
    request.reason = reason
    request.price_u = 0
    request.size_u = 0
    request.value = 0.0
    request.expires_ns = 0
    request.decision_ts_ns = now_ns


@njit
def slot_of(state: Record, local_no: int) -> int:
    """Return the slot of an order of ours, or NO_SLOT when it is not remembered."""
    slot = local_no % ORDERS_MAX
    return slot if local_no > 0 and state.orders[slot].local_no == local_no else NO_SLOT


@merged
def on_fact(state: Record, slot: int, fact: Record) -> bool:
    """Move an order along its life; return False when the table forbids the fact."""
    order = state.orders[slot]
    after = NEXT[order.state, fact.kind]
    if after == NOT_ALLOWED:
        return False
    was_working = is_working(state, slot)
    if fact.kind == FACT_FILLED:
        order.filled_u += fact.size_u
        if was_working:
            full = order.order_type != VALUE and order.filled_u >= order.size_u
            after = FILLED if full else OPEN
            _spend(state, slot, fact)
    order.state = after
    if after == UNKNOWN:
        order.cancelling = 0  # what was asked of it may be lost as well
    if was_working and not IS_WORKING[after]:
        _release(state, slot)
    return True


@njit
def is_working(state: Record, slot: int) -> bool:
    """Return whether an order may still be filled."""
    return IS_WORKING[state.orders[slot].state] != 0


@njit
def is_buying(state: Record, market: int) -> bool:
    """Return whether a buy works in a market, whoever waits for it: walks all orders."""
    for slot in range(ORDERS_MAX):
        order = state.orders[slot]
        if order.market == market and order.side == BUY and is_working(state, slot):
            return True
    return False


@njit
def is_complete(state: Record, slot: int) -> bool:
    """Return whether an order that ended did what it was for.

    One by value did if it bought anything: what it gave back buys less than a lot.
    """
    order = state.orders[slot]
    return order.state == FILLED or (order.order_type == VALUE and order.filled_u > 0)


@njit
def aim(state: Record, market: int, role: int, side: int, reason: int) -> None:
    """Begin the candidate of a market anew: a limit that rests for good, without price and size."""
    candidate = state.candidate
    candidate.market = market
    candidate.strategy = 0
    candidate.role = role
    candidate.side = side
    candidate.order_type = LIMIT
    candidate.reason = reason
    candidate.price_u = 0
    candidate.size_u = 0
    candidate.value = 0.0
    for_good(candidate)


@njit
def for_good(candidate: Record) -> None:
    """Let the candidate rest until it is filled or cancelled, on either side of a trade."""
    candidate.tif = GTC
    candidate.post_only = 0
    candidate.expires_ns = 0


@merged
def _free_slot(state: Record) -> int:
    """Return the slot of the next local number, skipping numbers whose slot still works."""
    for _ in range(ORDERS_MAX):
        slot = state.next_local_no % ORDERS_MAX
        if not IS_WORKING[state.orders[slot].state]:
            return slot
        state.next_local_no += 1
    return NO_SLOT


@merged
def _open(state: Record, slot: int, local_no: int) -> None:
    candidate = state.candidate
    order = state.orders[slot]
    order.local_no = local_no
    order.strategy = candidate.strategy
    order.market = candidate.market
    order.side = candidate.side
    order.order_type = candidate.order_type
    order.role = candidate.role
    order.state = REQUESTED
    order.cancelling = 0
    order.price_u = candidate.price_u
    order.size_u = candidate.size_u
    order.filled_u = 0
    order.asked_ns = state.now_ns
    order.is_answered = 0
    order.promise = 0.0
    order.target = state.wishes[candidate.market].target
    if candidate.side == BUY:
        order.promise = candidate.value * (1.0 + state.positions[candidate.market].rules.fee_taker)
        state.account.promised += order.promise
        state.account.buying += 1
        state.flow.times_ns[state.flow.submits % ORDER_TIMES_MAX] = state.now_ns
        state.flow.submits += 1
        state.flow.value_sum += candidate.value


@merged
def _spend(state: Record, slot: int, fact: Record) -> None:
    """Cash that a fill took is no longer promised."""
    order = state.orders[slot]
    if order.side != BUY:
        return
    rules = state.positions[order.market].rules
    spent = fact.price_u * rules.price_scale * (fact.size_u * rules.size_scale) + fact.fee
    taken = min(spent, order.promise)
    order.promise -= taken
    state.account.promised -= taken


@merged
def _release(state: Record, slot: int) -> None:
    """Let go of what an ended order may no longer take; with none working, rounding too."""
    order = state.orders[slot]
    if order.side != BUY:
        return
    account = state.account
    account.buying -= 1
    account.promised = account.promised - order.promise if account.buying > 0 else 0.0
    order.promise = 0.0


@merged
def _decide(
    state: Record, outbox: Record, local_no: int, reason: int, measured: float, limit: float
) -> None:
    """Write a decision; one that finds no room is counted as an overflow, never lost silently."""
    if outbox.decision_count >= DECISIONS_MAX:
        state.refusals[OVERFLOW] += 1
        return
    candidate = state.candidate
    decision = outbox.decisions[outbox.decision_count]
    outbox.decision_count += 1
    decision.ts_ns = state.now_ns
    decision.strategy = candidate.strategy
    decision.market = candidate.market
    decision.local_no = local_no
    decision.side = candidate.side
    decision.reason = reason
    decision.target = state.wishes[candidate.market].target
    decision.price_u = state.positions[candidate.market].mark_u
    decision.size_u = candidate.size_u
    decision.value = candidate.value
    decision.measured = measured
    decision.limit = limit
