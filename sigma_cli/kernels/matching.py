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

Balances are the venue's own: the desk's may not be what is asked. `venue` is VENUE [1], `facts`
FACT [FACTS_MAX]; `venue[0].fact_count` rows of it are the answer to the last call.
"""

import math

from sigma_cli.domain.dtypes import ORDERS_MAX, Record
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side, TimeInForce
from sigma_cli.kernels.jit import njit
from sigma_cli.kernels.ticks import ceil_tick, floor_lot, floor_tick, size_for

BUY = int(Side.BUY)
SUBMIT, CANCEL = int(RequestKind.SUBMIT), int(RequestKind.CANCEL)
MARKET, VALUE = int(OrderType.MARKET), int(OrderType.VALUE)
LIMIT, STOP = int(OrderType.LIMIT), int(OrderType.STOP)
GTC, FOK = int(TimeInForce.GTC), int(TimeInForce.FOK)
MAKER, TAKER, NEITHER = int(Liquidity.MAKER), int(Liquidity.TAKER), int(Liquidity.NONE)
ACCEPTED, FILLED = int(FactKind.ACCEPTED), int(FactKind.FILLED)
CANCELLED, REFUSED = int(FactKind.CANCELLED), int(FactKind.REFUSED)

NONE, TICK, LOT = int(Reason.NONE), int(Reason.TICK), int(Reason.LOT)
VALUE_MIN, VALUE_MAX = int(Reason.VALUE_MIN), int(Reason.VALUE_MAX)
INSUFFICIENT_FUNDS, OVERFLOW = int(Reason.INSUFFICIENT_FUNDS), int(Reason.OVERFLOW)
REDUCE_ONLY, POST_ONLY = int(Reason.REDUCE_ONLY), int(Reason.POST_ONLY)
TIME_IN_FORCE, CANCEL_REQUESTED = int(Reason.TIME_IN_FORCE), int(Reason.CANCEL_REQUESTED)
EXPIRED, UNSUPPORTED = int(Reason.EXPIRED), int(Reason.UNSUPPORTED)

FREE = 0
"""A resting row with this local number is empty."""
NO_CAP = 2**62
"""More than any bar trades."""


@njit
def set_rules(venue: Record, market: int, rules: Record) -> None:
    """Take new rules; orders already resting keep their price, as on the real venue."""
    venue[0].rules[market] = rules


@njit
def take(venue: Record, request: Record, mark_u: int, now_ns: int, facts: Record) -> None:
    """Answer one request. `mark_u` is the last price, against which a market order is measured."""
    venue[0].fact_count = 0
    if request.kind == SUBMIT:
        reason = _objection(venue, request, mark_u)
        if reason == NONE:
            _rest(venue, request)
        kind = ACCEPTED if reason == NONE else REFUSED
        _tell(venue, facts, request.local_no, request.market, kind, reason, now_ns)
    elif request.kind == CANCEL:
        order = venue[0].resting[request.local_no % ORDERS_MAX]
        # An order that is gone has told its end already: nothing to add.
        if order.local_no == request.local_no:
            _end(venue, facts, request.local_no % ORDERS_MAX, CANCEL_REQUESTED, now_ns)
    else:
        local_no, market = request.local_no, request.market
        _tell(venue, facts, local_no, market, REFUSED, UNSUPPORTED, now_ns)


@njit
def open_bar(venue: Record, market: int, bar: Record, facts: Record) -> None:
    """Fill what the open of `bar` fills: market orders, what gapped, what arrives marketable."""
    v = venue[0]
    v.fact_count = 0
    v.volume_left_u[market] = _allowance(venue, market, bar)
    now_ns = bar.open_ts_ns
    for slot in range(ORDERS_MAX):
        order = v.resting[slot]
        if order.local_no == FREE or order.market != market:
            continue
        if order.expires_ns != 0 and order.expires_ns <= now_ns:
            _end(venue, facts, slot, EXPIRED, now_ns)
            continue
        if order.order_type == STOP and _reached(order.side, bar.open_u, order.price_u):
            order.order_type = MARKET
        if order.order_type == MARKET or order.order_type == VALUE:
            _fill(venue, facts, slot, bar, _slipped(venue, slot, bar.open_u), TAKER, now_ns)
        elif order.order_type == LIMIT and order.fresh:
            _arrive(venue, facts, slot, bar)
        order.fresh = 0


@njit
def close_bar(venue: Record, market: int, bar: Record, now_ns: int, facts: Record) -> None:
    """Fill what the inside of `bar` fills: first the stops, then the limits."""
    v = venue[0]
    v.fact_count = 0
    for slot in range(ORDERS_MAX):
        order = v.resting[slot]
        if order.local_no != FREE and order.market == market and order.order_type == STOP:
            worst_u = bar.high_u if order.side == BUY else bar.low_u
            if _reached(order.side, worst_u, order.price_u):
                order.order_type = MARKET
                price_u = _slipped(venue, slot, order.price_u)
                _fill(venue, facts, slot, bar, price_u, TAKER, now_ns)
    for slot in range(ORDERS_MAX):
        order = v.resting[slot]
        if order.local_no != FREE and order.market == market and order.order_type == LIMIT:
            best_u = bar.low_u if order.side == BUY else bar.high_u
            if order.side * (order.price_u - best_u) > 0:  # through, not merely touched
                _fill(venue, facts, slot, bar, order.price_u, MAKER, now_ns)


@njit
def _objection(venue: Record, request: Record, mark_u: int) -> int:
    """Return the Reason for which the venue refuses a submit, or NONE."""
    v = venue[0]
    rules = v.rules[request.market]
    if v.resting[request.local_no % ORDERS_MAX].local_no != FREE:
        return OVERFLOW
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


@njit
def _funds(venue: Record, request: Record, value: float) -> int:
    """Return INSUFFICIENT_FUNDS when resting orders leave too little for this one, or NONE."""
    v = venue[0]
    cash = v.cash
    position_u = v.positions_u[request.market]
    for slot in range(ORDERS_MAX):
        order = v.resting[slot]
        if order.local_no == FREE:
            continue
        if order.side == BUY:
            rules = v.rules[order.market]
            locked = order.price_u * rules.price_scale * (order.left_u * rules.size_scale)
            cash -= (locked + order.value_left) * (1.0 + rules.fee_taker)
        elif order.market == request.market and not order.reduce_only:
            position_u -= order.left_u
    if request.side == BUY:
        enough = value * (1.0 + v.rules[request.market].fee_taker) <= cash
    else:
        enough = request.reduce_only != 0 or request.size_u <= position_u
    return NONE if enough else INSUFFICIENT_FUNDS


@njit
def _rest(venue: Record, request: Record) -> None:
    order = venue[0].resting[request.local_no % ORDERS_MAX]
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
    venue[0].open_count += 1


@njit
def _allowance(venue: Record, market: int, bar: Record) -> int:
    """Return how much of the bar's volume may be ours, in whole lots."""
    share = venue[0].participation
    if share <= 0.0:
        return NO_CAP
    return floor_lot(int(bar.volume_u * share), venue[0].rules[market])


@njit
def _reached(side: int, price_u: int, trigger_u: int) -> bool:
    """Return whether a price has reached a stop: from below for a buy, from above for a sell."""
    return side * (price_u - trigger_u) >= 0


@njit
def _arrive(venue: Record, facts: Record, slot: int, bar: Record) -> None:
    """Let a limit meet the first price after it was sent."""
    order = venue[0].resting[slot]
    now_ns = bar.open_ts_ns
    marketable = order.side * (order.price_u - bar.open_u) >= 0
    if marketable and order.post_only:
        _end(venue, facts, slot, POST_ONLY, now_ns)
        return
    if marketable:
        _fill(venue, facts, slot, bar, bar.open_u, TAKER, now_ns)
    if order.local_no != FREE and order.tif != GTC:
        _end(venue, facts, slot, TIME_IN_FORCE, now_ns)


@njit
def _slipped(venue: Record, slot: int, price_u: int) -> int:
    """Return what a taker pays instead of `price_u`: the slippage, then outward to a tick.

    Without slippage the price is taken as printed, even off the grid: it was traded.
    """
    v = venue[0]
    order = v.resting[slot]
    move = price_u * v.slippage
    if move <= 0.0:
        return price_u
    move_u = int(move)
    if move_u < move:
        move_u += 1
    rules = v.rules[order.market]
    if order.side == BUY:
        return ceil_tick(price_u + move_u, rules)
    return max(floor_tick(max(price_u - move_u, 0), rules), 1)


@njit
def _fill(
    venue: Record, facts: Record, slot: int, bar: Record, price_u: int, liquidity: int, now_ns: int
) -> None:
    """Execute an order at a price, as far as volume and balances go."""
    v = venue[0]
    order = v.resting[slot]
    rules = v.rules[order.market]
    price = price_u * rules.price_scale
    wanted_u = order.left_u
    if order.order_type == VALUE:
        wanted_u = size_for(order.value_left, price, rules)
    if order.side != BUY and order.reduce_only:
        wanted_u = min(wanted_u, v.positions_u[order.market])
        if wanted_u <= 0:
            _end(venue, facts, slot, REDUCE_ONLY, now_ns)
            return
    size_u = floor_lot(min(wanted_u, v.volume_left_u[order.market]), rules)
    if order.tif == FOK and size_u < wanted_u:
        _end(venue, facts, slot, TIME_IN_FORCE, now_ns)
        return
    if size_u > 0:
        fee_rate = rules.fee_maker if liquidity == MAKER else rules.fee_taker
        fee = price * (size_u * rules.size_scale) * fee_rate
        if not _settle(venue, slot, price, size_u, fee):
            _end(venue, facts, slot, INSUFFICIENT_FUNDS, now_ns)
            return
        _measure(venue, slot, bar, price_u, size_u, liquidity)
        _tell_fill(venue, facts, slot, price_u, size_u, fee, liquidity, now_ns)
    if order.order_type == VALUE:
        order.value_left -= price * (size_u * rules.size_scale)
        if size_u == wanted_u:  # what is left is worth less than a lot: returned
            _end(venue, facts, slot, NONE, now_ns)
        return
    order.left_u -= size_u
    if order.left_u == 0:
        _free(venue, slot)
    elif order.reduce_only and v.positions_u[order.market] == 0:
        _end(venue, facts, slot, REDUCE_ONLY, now_ns)


@njit
def _settle(venue: Record, slot: int, price: float, size_u: int, fee: float) -> bool:
    """Move money and coins; return False, moving nothing, when there is too little of either."""
    v = venue[0]
    order = v.resting[slot]
    value = price * (size_u * v.rules[order.market].size_scale)
    if order.side == BUY:
        if value + fee > v.cash:
            return False
    elif size_u > v.positions_u[order.market]:
        return False
    v.cash -= order.side * value + fee
    v.positions_u[order.market] += order.side * size_u
    v.volume_left_u[order.market] -= size_u
    return True


@njit
def _measure(
    venue: Record, slot: int, bar: Record, price_u: int, size_u: int, liquidity: int
) -> None:
    """Keep what the report says of the model: its slippage, and how much of a bar was ours."""
    v = venue[0]
    order = v.resting[slot]
    if v.slippage > 0.0 and liquidity == TAKER and order.order_type != LIMIT:
        rules = v.rules[order.market]
        before_u = bar.open_u if order.price_u == 0 else order.price_u
        moved = abs(price_u - before_u) * rules.price_scale
        v.slippage_cost += moved * (size_u * rules.size_scale)
    if size_u > v.fill_share_max * bar.volume_u:
        v.fill_share_max = size_u / bar.volume_u if bar.volume_u > 0 else math.inf


@njit
def _tell(
    venue: Record, facts: Record, local_no: int, market: int, kind: int, reason: int, now_ns: int
) -> None:
    """Add one fact, on bars received the moment it happens."""
    fact = facts[venue[0].fact_count]
    venue[0].fact_count += 1
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
def _tell_fill(
    venue: Record,
    facts: Record,
    slot: int,
    price_u: int,
    size_u: int,
    fee: float,
    liquidity: int,
    now_ns: int,
) -> None:
    order = venue[0].resting[slot]
    _tell(venue, facts, order.local_no, order.market, FILLED, NONE, now_ns)
    fact = facts[venue[0].fact_count - 1]
    venue[0].next_fill_id += 1
    fact.fill_id = venue[0].next_fill_id
    fact.liquidity = liquidity
    fact.price_u = price_u
    fact.size_u = size_u
    fact.fee = fee


@njit
def _end(venue: Record, facts: Record, slot: int, reason: int, now_ns: int) -> None:
    """Take an order off the book and say so."""
    order = venue[0].resting[slot]
    _tell(venue, facts, order.local_no, order.market, CANCELLED, reason, now_ns)
    _free(venue, slot)


@njit
def _free(venue: Record, slot: int) -> None:
    venue[0].resting[slot].local_no = FREE
    venue[0].open_count -= 1
