"""The orders that rest at the simulated venue, and its balances: what bars and ticks share.

What a venue checks when an order comes, and what moves when it is filled. Balances are the venue's
own, never the desk's. `venue` is a VENUE record, `inbox` an INBOX record, to which facts are added.
Orders stand in order of arrival. Must not know where a price came from.
"""

from sigma_cli.domain.dtypes.bounds import ORDERS_MAX
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.requests import OrderType, Reason, Side
from sigma_cli.kernels.jit import constant, inline, merged, njit
from sigma_cli.kernels.ticks import floor_tick, size_for

BUY = constant(Side.BUY)
VALUE = constant(OrderType.VALUE)
LIMIT, STOP, BEST = constant(OrderType.LIMIT), constant(OrderType.STOP), constant(OrderType.BEST)
MAKER, NEITHER = constant(Liquidity.MAKER), constant(Liquidity.NONE)
FILLED, CANCELLED = constant(FactKind.FILLED), constant(FactKind.CANCELLED)

NONE, TICK, LOT = constant(Reason.NONE), constant(Reason.TICK), constant(Reason.LOT)
VALUE_MIN, VALUE_MAX = constant(Reason.VALUE_MIN), constant(Reason.VALUE_MAX)
INSUFFICIENT_FUNDS, OVERFLOW = constant(Reason.INSUFFICIENT_FUNDS), constant(Reason.OVERFLOW)
REDUCE_ONLY = constant(Reason.REDUCE_ONLY)

FIRST = constant(0)
GONE = constant(-1)
"""No resting order has that number."""


@njit
def set_rules(venue: Record, market: int, rules: Record) -> None:
    """Take new rules; orders already resting keep their price, as on the real venue."""
    venue.rules[market] = rules


@inline
def by_value(order: Record) -> bool:
    """Return whether an order says what to spend, not what to buy; a REQUEST or RESTING."""
    kind = order.order_type
    return kind == VALUE or (kind == BEST and order.side == BUY)


@merged
def objection(venue: Record, request: Record, mark_u: int) -> int:
    """Return the Reason for which the venue refuses a submit, or NONE."""
    rules = venue.rules[request.market]
    if venue.open_count >= ORDERS_MAX:
        return OVERFLOW
    if request.reduce_only and request.side == BUY:
        return REDUCE_ONLY  # no market here can be short: a buy has nothing to reduce
    price_u = request.price_u if request.order_type == LIMIT else mark_u
    if request.order_type == LIMIT or request.order_type == STOP:
        if request.price_u <= 0 or floor_tick(request.price_u, rules) != request.price_u:
            return TICK
    value = price_u * rules.price_scale * (request.size_u * rules.size_scale)
    if by_value(request):
        value = request.value
    elif request.size_u <= 0 or request.size_u % rules.lot_u != 0:
        return LOT
    if value < rules.value_min:
        return VALUE_MIN
    if value > rules.value_max:
        return VALUE_MAX
    return _funds(venue, request, value)


@merged
def _funds(venue: Record, request: Record, value: float) -> int:
    """Return INSUFFICIENT_FUNDS when resting orders leave too little for this one, or NONE."""
    cash = venue.cash
    position_u = venue.positions_u[request.market]
    for at in range(venue.open_count):
        order = venue.resting[at]
        if order.side == BUY:
            rules = venue.rules[order.market]
            locked = order.price_u * rules.price_scale * (order.left_u * rules.size_scale)
            cash -= (locked + order.value_left) * (1.0 + rules.fee_taker)
        elif order.market == request.market and not order.reduce_only:
            position_u -= order.left_u
    if request.side == BUY:
        enough = value * (1.0 + venue.rules[request.market].fee_taker) <= cash
    else:
        enough = request.reduce_only != 0 or request.size_u <= position_u
    return NONE if enough else INSUFFICIENT_FUNDS


@merged
def rest(venue: Record, request: Record) -> None:
    """Take an order that nothing stands against; it is the last in order of arrival."""
    order = venue.resting[venue.open_count]
    order.local_no = request.local_no
    order.market = request.market
    order.side = request.side
    order.order_type = request.order_type
    order.tif = request.tif
    order.post_only = request.post_only
    order.reduce_only = request.reduce_only
    order.fresh = 1
    order.price_u = request.price_u
    order.left_u = 0 if by_value(request) else request.size_u
    order.value_left = request.value if by_value(request) else 0.0
    order.expires_ns = request.expires_ns
    venue.open_count += 1


@merged
def wanted(venue: Record, at: int, price_u: int) -> int:
    """Return how much an order would buy or sell at a price, volume and cash aside."""
    order = venue.resting[at]
    rules = venue.rules[order.market]
    if by_value(order):
        return size_for(order.value_left, price_u * rules.price_scale, rules)
    if order.reduce_only:
        return min(order.left_u, venue.positions_u[order.market])
    return order.left_u


@merged
def execute(
    venue: Record, inbox: Record, at: int, price_u: int, size_u: int, liquidity: int
) -> bool:
    """Move money and coins and say so; where there is too little of either, move nothing."""
    order = venue.resting[at]
    rules = venue.rules[order.market]
    value = price_u * rules.price_scale * (size_u * rules.size_scale)
    fee = value * (rules.fee_maker if liquidity == MAKER else rules.fee_taker)
    if order.side == BUY:
        if value + fee > venue.cash:
            return False
    elif size_u > venue.positions_u[order.market]:
        return False
    venue.cash -= order.side * value + fee
    venue.positions_u[order.market] += order.side * size_u
    if by_value(order):
        order.value_left -= value
    else:
        order.left_u -= size_u
    tell(inbox, order.local_no, order.market, FILLED, NONE, venue.now_ns)
    fact = inbox.facts[inbox.count - 1]
    venue.next_fill_id += 1
    fact.fill_id = venue.next_fill_id
    fact.liquidity = liquidity
    fact.price_u = price_u
    fact.size_u = size_u
    fact.fee = fee
    return True


@merged
def after_fill(venue: Record, inbox: Record, at: int, all_wanted: bool) -> bool:
    """Take an order off the book when it is done; return whether it was."""
    order = venue.resting[at]
    if by_value(order):
        if all_wanted:
            end(venue, inbox, at, NONE)  # the rest buys less than a lot: returned, as Upbit does
        return all_wanted
    if order.left_u == 0:
        remove(venue, at)
        return True
    if order.reduce_only and venue.positions_u[order.market] == 0:
        end(venue, inbox, at, REDUCE_ONLY)
        return True
    return False


@njit
def tell(inbox: Record, local_no: int, market: int, kind: int, reason: int, now_ns: int) -> None:
    """Add one fact, on bars received the moment it happens."""
    fact = inbox.facts[inbox.count]
    inbox.count += 1
    fact.local_no = local_no
    fact.market = market
    fact.kind = kind
    fact.liquidity = NEITHER
    fact.reason = reason
    fact.fill_id = 0
    fact.price_u = 0
    fact.size_u = 0
    fact.fee = 0.0
    fact.exch_ts_ns = now_ns
    fact.recv_ts_ns = now_ns


@njit
def end(venue: Record, inbox: Record, at: int, reason: int) -> None:
    """Take an order off the book and say so."""
    order = venue.resting[at]
    tell(inbox, order.local_no, order.market, CANCELLED, reason, venue.now_ns)
    remove(venue, at)


@njit
def find(venue: Record, local_no: int) -> int:
    """Return where an order stands, or GONE."""
    for at in range(venue.open_count):
        if venue.resting[at].local_no == local_no:
            return at
    return GONE


@njit
def stands(venue: Record, at: int, local_no: int) -> bool:
    """Return whether an order still rests where it did."""
    return bool(at < venue.open_count and venue.resting[at].local_no == local_no)


@njit
def next_after(venue: Record, at: int, local_no: int) -> int:
    """Return where the order after `local_no` is, which may have left its place `at`."""
    return at + 1 if stands(venue, at, local_no) else at


@njit
def remove(venue: Record, at: int) -> None:
    """Close the gap, so that orders stay in order of arrival."""
    venue.open_count -= 1
    for i in range(at, venue.open_count):
        venue.resting[i] = venue.resting[i + 1]
