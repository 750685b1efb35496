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

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side, TimeInForce
from sigma_cli.kernels.jit import constant, merged, njit
from sigma_cli.kernels.matching.orders import (
    FIRST,
    GONE,
    after_fill,
    end,
    execute,
    find,
    next_after,
    objection,
    rest,
    tell,
    wanted,
)
from sigma_cli.kernels.ticks import ceil_tick, floor_lot, floor_tick

BUY = constant(Side.BUY)
SUBMIT, CANCEL = constant(RequestKind.SUBMIT), constant(RequestKind.CANCEL)
MARKET, VALUE = constant(OrderType.MARKET), constant(OrderType.VALUE)
LIMIT, STOP, BEST = constant(OrderType.LIMIT), constant(OrderType.STOP), constant(OrderType.BEST)
GTC, FOK = constant(TimeInForce.GTC), constant(TimeInForce.FOK)
MAKER, TAKER = constant(Liquidity.MAKER), constant(Liquidity.TAKER)
ACCEPTED, REFUSED = constant(FactKind.ACCEPTED), constant(FactKind.REFUSED)
NONE, INSUFFICIENT_FUNDS = constant(Reason.NONE), constant(Reason.INSUFFICIENT_FUNDS)
REDUCE_ONLY, POST_ONLY = constant(Reason.REDUCE_ONLY), constant(Reason.POST_ONLY)
TIME_IN_FORCE, CANCEL_REQUESTED = constant(Reason.TIME_IN_FORCE), constant(Reason.CANCEL_REQUESTED)
EXPIRED, UNSUPPORTED = constant(Reason.EXPIRED), constant(Reason.UNSUPPORTED)

NO_CAP = constant(2**62)
"""More than any bar trades."""
A_HAIR_LESS = 1.0 - 1e-12
"""3 bps of 10,000 are 3, not the 4 that 3.0000000000000004 would be rounded up to."""


@merged
def take(venue: Record, request: Record, mark_u: int, now_ns: int, inbox: Record) -> None:
    """Answer one request. `mark_u` is the last price, against which a market order is measured."""
    inbox.count = 0
    venue.now_ns = now_ns
    if request.kind == SUBMIT:
        reason = UNSUPPORTED  # a bar shows no best price
        if request.order_type != BEST:
            reason = objection(venue, request, mark_u)
        if reason == NONE:
            rest(venue, request)
        kind = ACCEPTED if reason == NONE else REFUSED
        tell(inbox, request.local_no, request.market, kind, reason, now_ns)
    elif request.kind == CANCEL:
        at = find(venue, request.local_no)
        if at != GONE:  # an order that is gone has told its end already: nothing to add
            end(venue, inbox, at, CANCEL_REQUESTED)
    else:
        tell(inbox, request.local_no, request.market, REFUSED, UNSUPPORTED, now_ns)


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
        at = next_after(venue, at, local_no)


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
            at = next_after(venue, at, local_no)


@merged
def _open_order(venue: Record, inbox: Record, at: int, bar: Record) -> None:
    """Let one order meet the open of a bar."""
    order = venue.resting[at]
    fresh = order.fresh
    order.fresh = 0
    if order.expires_ns != 0 and order.expires_ns <= venue.now_ns:
        end(venue, inbox, at, EXPIRED)
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
        end(venue, inbox, at, POST_ONLY)
    elif marketable:
        _fill(venue, inbox, at, bar.open_u, TAKER)
    elif order.tif != GTC:
        end(venue, inbox, at, TIME_IN_FORCE)


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
    wanted_u = wanted(venue, at, price_u)
    if wanted_u <= 0 and order.reduce_only:
        end(venue, inbox, at, REDUCE_ONLY)
        return
    left_u = venue.volume_left_u[order.market]
    size_u = floor_lot(min(wanted_u, left_u), venue.rules[order.market])
    if order.tif == FOK and size_u < wanted_u:
        end(venue, inbox, at, TIME_IN_FORCE)
        return
    if size_u > 0:
        if not execute(venue, inbox, at, price_u, size_u, liquidity):
            end(venue, inbox, at, INSUFFICIENT_FUNDS)
            return
        venue.volume_left_u[order.market] -= size_u
        share = size_u / max(venue.volume_u, 1)  # a bar may trade nothing: then one unit
        venue.fill_share_max = max(venue.fill_share_max, share)
    if not after_fill(venue, inbox, at, size_u == wanted_u) and order.tif != GTC:
        end(venue, inbox, at, TIME_IN_FORCE)
