"""The venue, simulated on bars: what would have happened to our orders, told as facts.

What a bar can't know is resolved against the trader:

- A market order is filled at the next bar's open, moved against it by the slippage and then to
  the next tick outward.
- A resting limit is filled only when the price goes *through* it, at its price, as maker; where
  the bar merely touches it, others may have been ahead in the queue.
- A limit that is marketable when it arrives takes the open, as taker.
- A stop that the bar reaches becomes a market order at its trigger, or at the open when that is
  already beyond it.
- When a stop and a limit could both have been reached inside one bar, the stop was first.
- With a participation cap, all our orders together get at most that share of a bar's volume;
  what is left waits for the next bar.

Balances are the venue's own, never the desk's. `venue` is a VENUE record, `inbox` an INBOX record:
its first `count` facts answer the last call. Orders are served in order of arrival.
"""

import math

from sigma_cli.domain.dtypes import ORDERS_MAX, Record
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side, TimeInForce
from sigma_cli.kernels.jit import constant, merged, njit
from sigma_cli.kernels.ticks import ceil_tick, floor_lot, floor_tick, size_for

BUY = constant(Side.BUY)
SUBMIT, CANCEL = constant(RequestKind.SUBMIT), constant(RequestKind.CANCEL)
MARKET, VALUE = constant(OrderType.MARKET), constant(OrderType.VALUE)
LIMIT, STOP = constant(OrderType.LIMIT), constant(OrderType.STOP)
GTC, FOK = constant(TimeInForce.GTC), constant(TimeInForce.FOK)
MAKER, TAKER, NEITHER = (
    constant(Liquidity.MAKER),
    constant(Liquidity.TAKER),
    constant(Liquidity.NONE),
)
ACCEPTED, FILLED = constant(FactKind.ACCEPTED), constant(FactKind.FILLED)
CANCELLED, REFUSED = constant(FactKind.CANCELLED), constant(FactKind.REFUSED)

NONE, TICK, LOT = constant(Reason.NONE), constant(Reason.TICK), constant(Reason.LOT)
VALUE_MIN, VALUE_MAX = constant(Reason.VALUE_MIN), constant(Reason.VALUE_MAX)
INSUFFICIENT_FUNDS, OVERFLOW = constant(Reason.INSUFFICIENT_FUNDS), constant(Reason.OVERFLOW)
REDUCE_ONLY, POST_ONLY = constant(Reason.REDUCE_ONLY), constant(Reason.POST_ONLY)
TIME_IN_FORCE, CANCEL_REQUESTED = constant(Reason.TIME_IN_FORCE), constant(Reason.CANCEL_REQUESTED)
EXPIRED, UNSUPPORTED = constant(Reason.EXPIRED), constant(Reason.UNSUPPORTED)

FIRST = constant(0)
GONE = constant(-1)
"""No resting order has that number."""
NO_CAP = constant(2**62)
"""More than any bar trades."""
A_HAIR_LESS = 1.0 - 1e-12
"""3 bps of 10,000 are 3, not the 4 that 3.0000000000000004 would be rounded up to."""


@njit
def set_rules(venue: Record, market: int, rules: Record) -> None:
    """Take new rules; orders already resting keep their price, as on the real venue."""
    venue.rules[market] = rules


@merged
def take(venue: Record, request: Record, mark_u: int, now_ns: int, inbox: Record) -> None:
    """Answer one request. `mark_u` is the last price, against which a market order is measured."""
    inbox.count = 0
    venue.now_ns = now_ns
    if request.kind == SUBMIT:
        reason = _objection(venue, request, mark_u)
        if reason == NONE:
            _rest(venue, request)
        kind = ACCEPTED if reason == NONE else REFUSED
        _tell(inbox, request.local_no, request.market, kind, reason, now_ns)
    elif request.kind == CANCEL:
        at = _find(venue, request.local_no)
        if at != GONE:  # an order that is gone has told its end already: nothing to add
            _end(venue, inbox, at, CANCEL_REQUESTED)
    else:
        _tell(inbox, request.local_no, request.market, REFUSED, UNSUPPORTED, now_ns)


@merged
def open_bar(venue: Record, market: int, bar: Record, inbox: Record) -> None:
    """Fill what the open of `bar` fills: market orders, what gapped, what arrives marketable."""
    inbox.count = 0
    venue.now_ns = bar.open_ts_ns
    venue.volume_u = bar.volume_u
    venue.volume_left_u[market] = _allowance(venue, market)
    at = FIRST
    while at < venue.open_count:
        local_no = venue.resting[at].local_no
        if venue.resting[at].market == market:
            _open_order(venue, inbox, at, bar)
        at = _next(venue, at, local_no)


@njit
def close_bar(venue: Record, market: int, bar: Record, now_ns: int, inbox: Record) -> None:
    """Fill what the inside of `bar` fills: first the stops, then the limits."""
    inbox.count = 0
    venue.now_ns = now_ns
    venue.volume_u = bar.volume_u
    for order_type in (STOP, LIMIT):
        at = FIRST
        while at < venue.open_count:
            order = venue.resting[at]
            local_no = order.local_no
            if order.market == market and order.order_type == order_type:
                _close_order(venue, inbox, at, bar)
            at = _next(venue, at, local_no)


@merged
def _open_order(venue: Record, inbox: Record, at: int, bar: Record) -> None:
    """Let one order meet the open of a bar."""
    order = venue.resting[at]
    fresh = order.fresh
    order.fresh = 0
    if order.expires_ns != 0 and order.expires_ns <= venue.now_ns:
        _end(venue, inbox, at, EXPIRED)
        return
    if order.order_type == STOP and _reached(order.side, bar.open_u, order.price_u):
        _trigger(order)
    if order.order_type == MARKET or order.order_type == VALUE:
        _fill_slipped(venue, inbox, at, bar.open_u)
    elif order.order_type == LIMIT and fresh:
        _arrive(venue, inbox, at, bar)


@njit
def _close_order(venue: Record, inbox: Record, at: int, bar: Record) -> None:
    """Let one stop or limit meet the inside of a bar."""
    order = venue.resting[at]
    if order.order_type == STOP:
        trigger_u = order.price_u
        if _reached(order.side, bar.high_u if order.side == BUY else bar.low_u, trigger_u):
            _trigger(order)
            _fill_slipped(venue, inbox, at, trigger_u)
    else:
        best_u = bar.low_u if order.side == BUY else bar.high_u
        if order.side * (order.price_u - best_u) > 0:  # through, not merely touched
            _fill(venue, inbox, at, order.price_u, MAKER)


@merged
def _objection(venue: Record, request: Record, mark_u: int) -> int:
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
    if request.order_type == VALUE:
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
def _rest(venue: Record, request: Record) -> None:
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
    order.left_u = 0 if request.order_type == VALUE else request.size_u
    order.value_left = request.value if request.order_type == VALUE else 0.0
    order.expires_ns = request.expires_ns
    venue.open_count += 1


@njit
def _allowance(venue: Record, market: int) -> int:
    """Return how much of the bar's volume may be ours, in whole lots."""
    share = venue.participation
    if share <= 0.0:
        return NO_CAP
    return floor_lot(int(venue.volume_u * share), venue.rules[market])


@njit
def _reached(side: int, price_u: int, trigger_u: int) -> bool:
    """Return whether a price has reached a stop: from below for a buy, from above for a sell."""
    return side * (price_u - trigger_u) >= 0


@njit
def _trigger(order: Record) -> None:
    """Turn a stop into the market order it stands for."""
    order.order_type = MARKET
    order.price_u = 0


@njit
def _arrive(venue: Record, inbox: Record, at: int, bar: Record) -> None:
    """Let a limit meet the first price after it was sent."""
    order = venue.resting[at]
    marketable = order.side * (order.price_u - bar.open_u) >= 0
    if marketable and order.post_only:
        _end(venue, inbox, at, POST_ONLY)
    elif marketable:
        _fill(venue, inbox, at, bar.open_u, TAKER)
    elif order.tif != GTC:
        _end(venue, inbox, at, TIME_IN_FORCE)


@merged
def _fill_slipped(venue: Record, inbox: Record, at: int, before_u: int) -> None:
    """Execute a market order at `before_u` and the slippage; keep what the slippage cost."""
    order = venue.resting[at]
    market, side = order.market, order.side
    price_u = _slipped(venue, market, side, before_u)
    held_u = venue.positions_u[market]
    _fill(venue, inbox, at, price_u, TAKER)
    filled_u = abs(venue.positions_u[market] - held_u)
    rules = venue.rules[market]
    moved = abs(price_u - before_u) * rules.price_scale
    venue.slippage_cost += moved * (filled_u * rules.size_scale)


@merged
def _slipped(venue: Record, market: int, side: int, price_u: int) -> int:
    """Return what a taker pays instead of `price_u`: the slippage, then outward to a tick.

    Without slippage the price is taken as printed, even off the grid: it was traded.
    """
    move = price_u * venue.slippage * A_HAIR_LESS
    if move <= 0.0:
        return price_u
    move_u = math.ceil(move)
    rules = venue.rules[market]
    if side == BUY:
        return ceil_tick(price_u + move_u, rules)
    return max(floor_tick(max(price_u - move_u, 0), rules), 1)


@njit
def _fill(venue: Record, inbox: Record, at: int, price_u: int, liquidity: int) -> None:
    """Execute an order at a price, as far as volume and balances go."""
    order = venue.resting[at]
    wanted_u = _wanted(venue, at, price_u)
    if wanted_u <= 0 and order.reduce_only:
        _end(venue, inbox, at, REDUCE_ONLY)
        return
    left_u = venue.volume_left_u[order.market]
    size_u = floor_lot(min(wanted_u, left_u), venue.rules[order.market])
    if order.tif == FOK and size_u < wanted_u:
        _end(venue, inbox, at, TIME_IN_FORCE)
        return
    if size_u > 0 and not _execute(venue, inbox, at, price_u, size_u, liquidity):
        _end(venue, inbox, at, INSUFFICIENT_FUNDS)
        return
    _after_fill(venue, inbox, at, size_u == wanted_u)


@merged
def _wanted(venue: Record, at: int, price_u: int) -> int:
    """Return how much an order would buy or sell at a price, volume and cash aside."""
    order = venue.resting[at]
    rules = venue.rules[order.market]
    if order.order_type == VALUE:
        return size_for(order.value_left, price_u * rules.price_scale, rules)
    if order.reduce_only:
        return min(order.left_u, venue.positions_u[order.market])
    return order.left_u


@merged
def _execute(
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
    venue.volume_left_u[order.market] -= size_u
    if order.order_type == VALUE:
        order.value_left -= value
    else:
        order.left_u -= size_u
    share = size_u / max(venue.volume_u, 1)  # a bar may trade nothing: then one unit
    venue.fill_share_max = max(venue.fill_share_max, share)
    _tell(inbox, order.local_no, order.market, FILLED, NONE, venue.now_ns)
    fact = inbox.facts[inbox.count - 1]
    venue.next_fill_id += 1
    fact.fill_id = venue.next_fill_id
    fact.liquidity = liquidity
    fact.price_u = price_u
    fact.size_u = size_u
    fact.fee = fee
    return True


@merged
def _after_fill(venue: Record, inbox: Record, at: int, all_wanted: bool) -> None:
    """Take an order off the book when it is done."""
    order = venue.resting[at]
    if order.order_type == VALUE and all_wanted:
        _end(venue, inbox, at, NONE)  # what is left buys less than a lot: returned, as Upbit does
    elif order.order_type != VALUE and order.left_u == 0:
        _remove(venue, at)
    elif order.reduce_only and venue.positions_u[order.market] == 0:
        _end(venue, inbox, at, REDUCE_ONLY)
    elif order.tif != GTC:
        _end(venue, inbox, at, TIME_IN_FORCE)


@njit
def _tell(inbox: Record, local_no: int, market: int, kind: int, reason: int, now_ns: int) -> None:
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
def _end(venue: Record, inbox: Record, at: int, reason: int) -> None:
    """Take an order off the book and say so."""
    order = venue.resting[at]
    _tell(inbox, order.local_no, order.market, CANCELLED, reason, venue.now_ns)
    _remove(venue, at)


@njit
def _find(venue: Record, local_no: int) -> int:
    for at in range(venue.open_count):
        if venue.resting[at].local_no == local_no:
            return at
    return GONE


@njit
def _next(venue: Record, at: int, local_no: int) -> int:
    """Return where the order after `local_no` is, which may have left its place `at`."""
    if at < venue.open_count and venue.resting[at].local_no == local_no:
        return at + 1
    return at


@njit
def _remove(venue: Record, at: int) -> None:
    """Close the gap, so that orders stay in order of arrival."""
    venue.open_count -= 1
    for i in range(at, venue.open_count):
        venue.resting[i] = venue.resting[i + 1]
