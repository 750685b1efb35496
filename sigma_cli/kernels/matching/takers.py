"""An order that arrives at a venue simulated on ticks, and what it takes at once.

Where books are known it meets what is shown, level by level. What a market order wants beyond the
known levels it gets at the last of them, worse by the slippage and by a tick at least:
`unknown_depth_u` counts that. Where no book is known at all it waits for the next trade of its own
side (`follow`); after a gap so does a market order, or for the book: whichever comes first. An
order never meets another of our own: the one that comes is ended there.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.facts import Liquidity
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.requests import OrderType, Reason, Side, TimeInForce
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.matching.orders import (
    after_fill,
    by_value,
    end,
    execute,
    stands,
    wanted,
)
from sigma_cli.kernels.matching.queues import line_up
from sigma_cli.kernels.matching.views import best, best_size, size_at, take_from
from sigma_cli.kernels.ticks import ceil_tick, floor_lot, floor_tick, tick_at

BUY = constant(Side.BUY)
LIMIT, STOP, BEST = constant(OrderType.LIMIT), constant(OrderType.STOP), constant(OrderType.BEST)
GTC, FOK = constant(TimeInForce.GTC), constant(TimeInForce.FOK)
TAKER = constant(Liquidity.TAKER)
NO_PRICE, INSUFFICIENT_FUNDS = constant(Reason.NO_PRICE), constant(Reason.INSUFFICIENT_FUNDS)
REDUCE_ONLY, POST_ONLY = constant(Reason.REDUCE_ONLY), constant(Reason.POST_ONLY)
TIME_IN_FORCE, SELF_MATCH = constant(Reason.TIME_IN_FORCE), constant(Reason.SELF_MATCH)
NO_DEPTH = constant(Depth.NONE)
ANY_PRICE: Final = constant(0)
ENDLESS: Final = constant(2**62)
SHOWN: Final = constant(BOOK_LEVELS)
A_HAIR_LESS: Final = 1.0 - 1e-12
"""3 bps of 10,000 are 3, not the 4 that 3.0000000000000004 would be rounded up to."""


@njit
def arrive(venue: Record, inbox: Record, at: int) -> None:
    """Let an order that has just come meet the book; what is left of it rests, or ends."""
    order = venue.resting[at]
    market = order.market
    if venue.ticks.depth[market] == NO_DEPTH:
        return  # it waits for the next trade: `fresh` says so
    order.fresh = 0
    if order.order_type == STOP:
        return
    other_u = best(venue.ticks.views[market], -order.side)
    if order.order_type == BEST:
        order.price_u = other_u
    elif order.order_type == LIMIT:
        if other_u == 0 or order.side * (order.price_u - other_u) < 0:
            _stay(venue, inbox, at)
            return
        if order.post_only:
            end(venue, inbox, at, POST_ONLY)
            return
    if order.tif == FOK and not _is_there(venue, at):
        end(venue, inbox, at, TIME_IN_FORCE)
        return
    _walk(venue, inbox, at)


@njit
def follow(venue: Record, inbox: Record, at: int, trade: Record, left_u: int) -> int:
    """Let an order that waits take what another of its side just took; return how much it got.

    `trade` is a TRADE whose aggressor was on the order's side, `left_u` what of it is left for us.
    """
    order = venue.resting[at]
    local_no, is_limit = order.local_no, order.order_type == LIMIT
    price_u = worse(trade.price_u, order.side, venue.slippage, 0, venue.rules[order.market])
    got_u = 0
    if not is_limit or order.side * (order.price_u - price_u) >= 0:
        if order.post_only:
            end(venue, inbox, at, POST_ONLY)
            return 0
        if _meets_own(venue, at, price_u):
            end(venue, inbox, at, SELF_MATCH)
            return 0
        is_enough = venue.ticks.whole == 1 or left_u >= wanted(venue, at, price_u)
        if order.tif != FOK or is_enough:
            got_u = fill(venue, inbox, at, price_u, left_u, TAKER)
            if not stands(venue, at, local_no):
                return got_u
    if order.tif != GTC:
        end(venue, inbox, at, TIME_IN_FORCE)
    elif is_limit:
        order.fresh = 0
        _stay(venue, inbox, at)
    return got_u


@njit
def fill(venue: Record, inbox: Record, at: int, price_u: int, there_u: int, liquidity: int) -> int:
    """Execute an order as far as `there_u` and the balances go; return the size that was filled.

    An order that is done is gone afterwards: ask `stands`.
    """
    order = venue.resting[at]
    wanted_u = wanted(venue, at, price_u)
    if wanted_u <= 0 and order.reduce_only:
        end(venue, inbox, at, REDUCE_ONLY)
        return 0
    size_u = wanted_u
    if venue.ticks.whole == 0:
        size_u = floor_lot(min(wanted_u, there_u), venue.rules[order.market])
    if size_u > 0 and not execute(venue, inbox, at, price_u, size_u, liquidity):
        end(venue, inbox, at, INSUFFICIENT_FUNDS)
        return 0
    after_fill(venue, inbox, at, size_u == wanted_u)
    return size_u


@njit
def worse(price_u: int, side: int, slippage: float, least_u: int, rules: Record) -> int:
    """Return a price that is worse for `side` by the slippage, at least `least_u`, on the grid.

    Without any of both the price is taken as printed, even off the grid: it was traded.
    """
    move_u = max(math.ceil(price_u * slippage * A_HAIR_LESS), least_u)
    if move_u <= 0:
        return price_u
    if side == BUY:
        return ceil_tick(price_u + move_u, rules)
    return max(floor_tick(max(price_u - move_u, 0), rules), 1)


@njit
def _meets_own(venue: Record, at: int, price_u: int) -> bool:
    """Return whether an order that trades at a price would trade with one of our own before."""
    order = venue.resting[at]
    for other_at in range(venue.open_count):
        other = venue.resting[other_at]
        if other.market == order.market and other.side == -order.side:
            if other.order_type == LIMIT and order.side * (price_u - other.price_u) >= 0:
                return True
    return False


@njit
def _stay(venue: Record, inbox: Record, at: int) -> None:
    """Let what is left of an order rest at the end of its queue, if it may."""
    order = venue.resting[at]
    if order.tif != GTC:
        end(venue, inbox, at, TIME_IN_FORCE)
    elif _meets_own(venue, at, order.price_u):
        end(venue, inbox, at, SELF_MATCH)
    else:
        view = venue.ticks.views[order.market]
        line_up(order, size_at(view, order.side, order.price_u))


@njit
def _is_there(venue: Record, at: int) -> bool:
    """Return whether the levels that are shown would fill an order whole."""
    order = venue.resting[at]
    view, side = venue.ticks.views[order.market], order.side
    rules = venue.rules[order.market]
    prices_u = view.ask_u if side == BUY else view.bid_u
    sizes_u = view.ask_size_u if side == BUY else view.bid_size_u
    size_u, value = 0, 0.0
    for n in range(SHOWN):
        if sizes_u[n] <= 0 or (
            order.price_u != ANY_PRICE and side * (order.price_u - prices_u[n]) < 0
        ):
            break
        if _meets_own(venue, at, prices_u[n]):
            break
        size_u += sizes_u[n]
        value += prices_u[n] * rules.price_scale * (sizes_u[n] * rules.size_scale)
    if by_value(order):
        return value >= order.value_left
    return size_u >= order.left_u


@njit
def _walk(venue: Record, inbox: Record, at: int) -> None:
    """Let a taker eat its way through the levels that are shown, as far as its limit lets it."""
    order = venue.resting[at]
    market, side, local_no, limit_u = order.market, order.side, order.local_no, order.price_u
    view, last_u = venue.ticks.views[market], venue.ticks.last_u[market]
    goes_on = True
    while goes_on:
        price_u = best(view, -side)
        if price_u == 0 or (limit_u != ANY_PRICE and side * (limit_u - price_u) < 0):
            break
        last_u = price_u
        goes_on = _bite(venue, inbox, at, view, price_u)
    if not stands(venue, at, local_no):
        return
    if limit_u != ANY_PRICE:
        _stay_or_end(venue, inbox, at)
        return
    if best(view, side) == 0 and best(view, -side) == 0:
        order.fresh = 1  # after a gap: the last trade may be old
        return
    _beyond(venue, inbox, at, last_u)
    if stands(venue, at, local_no):
        end(venue, inbox, at, NO_PRICE)


@njit
def _bite(venue: Record, inbox: Record, at: int, view: Record, price_u: int) -> bool:
    """Let a taker take what it wants of the nearest level; return whether it goes on to the next.

    It does not when it is done, or when what it still wants is less than a lot.
    """
    order = venue.resting[at]
    market, side, local_no = order.market, order.side, order.local_no
    if _meets_own(venue, at, price_u):
        end(venue, inbox, at, SELF_MATCH)
        return False
    there_u = best_size(view, -side)
    got_u = fill(venue, inbox, at, price_u, there_u, TAKER)
    if venue.ticks.whole == 0 and got_u > 0:
        take_from(view, -side, got_u)
    if not stands(venue, at, local_no) or got_u + venue.rules[market].lot_u <= there_u:
        return False
    if got_u < there_u:
        take_from(view, -side, there_u - got_u)  # less than a lot is of no use
    return True


@njit
def _stay_or_end(venue: Record, inbox: Record, at: int) -> None:
    if venue.resting[at].order_type == LIMIT:
        _stay(venue, inbox, at)
    else:
        end(venue, inbox, at, TIME_IN_FORCE)


@njit
def _beyond(venue: Record, inbox: Record, at: int, last_u: int) -> None:
    """Fill what a market order wants beyond the known levels, worse than the last of them."""
    order = venue.resting[at]
    rules = venue.rules[order.market]
    price_u = worse(last_u, order.side, venue.slippage, tick_at(last_u, rules), rules)
    if _meets_own(venue, at, price_u):
        end(venue, inbox, at, SELF_MATCH)
        return
    venue.ticks.unknown_depth_u += fill(venue, inbox, at, price_u, ENDLESS, TAKER)
