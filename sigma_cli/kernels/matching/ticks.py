"""The venue, simulated on trades and books: what would have happened to our orders, told as facts.

Events and requests come in the venue's order; `now_ns` is when. What they can't tell is resolved
against the trader:

- A resting limit is filled by trades at its price once those ahead of it are served (`queues.py`),
  by trades beyond its price, and by a book that comes to show the other side at its price: in each
  case for no more than was there to be had.
- Where nothing is known of the book, a limit is filled only by trades beyond its price, and a taker
  by the next trade of its own side, for no more than that trade was.
- Takers: see `takers.py`.

Where `venue.ticks.whole` is set, a fill takes the whole order, as simulators without partial fills
do: for comparisons. `venue` is a VENUE record, `inbox` an INBOX record to which facts are added.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, TimeInForce
from sigma_cli.kernels.jit import constant, inline, njit
from sigma_cli.kernels.matching.faults import loses
from sigma_cli.kernels.matching.orders import (
    FIRST,
    GONE,
    end,
    find,
    next_after,
    objection,
    rest,
    tell,
)
from sigma_cli.kernels.matching.queues import line_up, on_level, on_traded
from sigma_cli.kernels.matching.takers import ANY_PRICE, arrive, fill, follow
from sigma_cli.kernels.matching.views import (
    UNSEEN,
    best,
    drop_nearer,
    forget,
    merge_touch,
    show_touch,
    size_at,
    take_within,
    within,
)

SUBMIT, CANCEL = constant(RequestKind.SUBMIT), constant(RequestKind.CANCEL)
MARKET, LIMIT = constant(OrderType.MARKET), constant(OrderType.LIMIT)
STOP, BEST = constant(OrderType.STOP), constant(OrderType.BEST)
GTC, MAKER = constant(TimeInForce.GTC), constant(Liquidity.MAKER)
ACCEPTED, REFUSED = constant(FactKind.ACCEPTED), constant(FactKind.REFUSED)
NONE, CANCEL_REQUESTED = constant(Reason.NONE), constant(Reason.CANCEL_REQUESTED)
EXPIRED, UNSUPPORTED = constant(Reason.EXPIRED), constant(Reason.UNSUPPORTED)
NO_PRICE = constant(Reason.NO_PRICE)
TOUCH = constant(Depth.TOUCH)


@inline
def on_trade(venue: Record, market: int, trade: Record, now_ns: int, inbox: Record) -> None:
    """Let a trade (TRADE) fill what it fills; levels nearer than its price are gone."""
    venue.ticks.last_u[market] = trade.price_u
    side, view = trade.side, venue.ticks.views[market]
    best_u = best(view, -side)
    if best_u > 0 and (trade.price_u - best_u) * side > 0:
        drop_nearer(view, -side, trade.price_u)
    if venue.open_count > 0:
        venue.now_ns = now_ns
        _trade(venue, market, trade, inbox)


@inline
def on_quote(venue: Record, market: int, quote: Record, now_ns: int, inbox: Record) -> None:
    """Let the touch (QUOTE) change."""
    view = venue.ticks.views[market]
    if venue.ticks.has_levels[market] == 0:
        show_touch(view, quote)
    else:
        merge_touch(view, quote)
    if venue.open_count > 0:
        venue.now_ns = now_ns
        _look(venue, market, inbox)


@njit
def on_book(venue: Record, market: int, book: Record, now_ns: int, inbox: Record) -> None:
    """Let the book (BOOK) change; one that is older than a touch already shown tells nothing."""
    view = venue.ticks.views[market]
    if 0 <= book.update_id < view.update_id:
        return
    venue.ticks.views[market] = book
    venue.ticks.has_levels[market] = 1
    if venue.open_count > 0:
        venue.now_ns = now_ns
        _look(venue, market, inbox)


@njit
def on_gap(venue: Record, market: int) -> None:
    """Forget the book: nothing is known of it until it comes whole again."""
    forget(venue.ticks.views[market])
    venue.ticks.has_levels[market] = 0
    for at in range(venue.open_count):
        if venue.resting[at].market == market:
            line_up(venue.resting[at], UNSEEN)


@njit
def take(venue: Record, request: Record, now_ns: int, inbox: Record) -> None:
    """Answer a request that has reached the venue."""
    venue.now_ns = now_ns
    if request.kind == SUBMIT:
        reason = _objection(venue, request)
        is_lost = loses(venue, request, reason == NONE)
        if reason != NONE:
            if not is_lost:
                tell(inbox, request.local_no, request.market, REFUSED, reason, now_ns)
            return
        rest(venue, request)
        if not is_lost:
            tell(inbox, request.local_no, request.market, ACCEPTED, NONE, now_ns)
        arrive(venue, inbox, venue.open_count - 1)
    elif request.kind == CANCEL:
        at = find(venue, request.local_no)
        if at != GONE:  # an order that is gone has told its end already: nothing to add
            end(venue, inbox, at, CANCEL_REQUESTED)
    else:
        tell(inbox, request.local_no, request.market, REFUSED, UNSUPPORTED, now_ns)


@njit
def _objection(venue: Record, request: Record) -> int:
    """Return the Reason for which the venue refuses a submit, or NONE."""
    price_u = best(venue.ticks.views[request.market], -request.side)
    if request.order_type == BEST:
        if request.tif == GTC or venue.ticks.depth[request.market] < TOUCH:
            return UNSUPPORTED
    elif price_u == 0:
        price_u = venue.ticks.last_u[request.market]
    if price_u == 0 and request.order_type != LIMIT:
        return NO_PRICE
    return objection(venue, request, price_u)


@njit
def _trade(venue: Record, market: int, trade: Record, inbox: Record) -> None:
    """Let one trade meet the orders of its market: those beyond its price before those at it."""
    left_u = trade.size_u
    for beyond in (True, False):
        at = FIRST
        while at < venue.open_count:
            order = venue.resting[at]
            local_no = order.local_no
            if order.market == market and not _expired(venue, inbox, at):
                got_u = 0
                if beyond:
                    got_u = _before(venue, inbox, at, trade, left_u)
                elif order.order_type == LIMIT and order.price_u == trade.price_u:
                    got_u = _in_turn(venue, inbox, at, trade, left_u)
                if venue.ticks.whole == 0:
                    left_u -= got_u
            at = next_after(venue, at, local_no)


@njit
def _before(venue: Record, inbox: Record, at: int, trade: Record, left_u: int) -> int:
    """Let a trade meet an order that would have been served before it; return what that got."""
    order = venue.resting[at]
    side = order.side
    if order.order_type == STOP:
        if side * (trade.price_u - order.price_u) >= 0:
            order.order_type = MARKET
            order.price_u = ANY_PRICE
            order.fresh = 1
            arrive(venue, inbox, at)
        return 0
    if order.order_type == LIMIT and side * (order.price_u - trade.price_u) > 0:
        if trade.side != side and order.tif == GTC:  # else it waits to take, not to be taken
            return fill(venue, inbox, at, order.price_u, left_u, MAKER)
    if order.fresh and trade.side == side:
        return follow(venue, inbox, at, trade, left_u)
    return 0


@njit
def _in_turn(venue: Record, inbox: Record, at: int, trade: Record, left_u: int) -> int:
    """Let a trade at an order's price serve the queue there; return what the order got."""
    order = venue.resting[at]
    if trade.side == order.side or order.fresh:
        return 0  # it took from the other side of the book
    past_u = on_traded(order, trade.size_u, left_u)
    return fill(venue, inbox, at, order.price_u, past_u, MAKER) if past_u > 0 else 0


@njit
def _look(venue: Record, market: int, inbox: Record) -> None:
    """Let a changed book meet the orders of its market."""
    view = venue.ticks.views[market]
    at = FIRST
    while at < venue.open_count:
        order = venue.resting[at]
        local_no = order.local_no
        if order.market == market and not _expired(venue, inbox, at):
            if order.fresh:
                arrive(venue, inbox, at)
            elif order.order_type == LIMIT:
                _see(venue, inbox, at, view)
        at = next_after(venue, at, local_no)


@njit
def _see(venue: Record, inbox: Record, at: int, view: Record) -> None:
    """Let a resting limit see the book: it is filled where the other side has come to it."""
    order = venue.resting[at]
    side = order.side
    there_u = within(view, -side, order.price_u)
    if there_u > 0:
        got_u = fill(venue, inbox, at, order.price_u, there_u, MAKER)
        if venue.ticks.whole == 0:
            take_within(view, -side, got_u)
        return
    level_u = size_at(view, side, order.price_u)
    on_level(order, level_u, venue.ticks.queue, venue.ticks.queue_power)


@njit
def _expired(venue: Record, inbox: Record, at: int) -> bool:
    """End an order whose time is over; return whether it was."""
    expires_ns = venue.resting[at].expires_ns
    if expires_ns == 0 or expires_ns > venue.now_ns:
        return False
    end(venue, inbox, at, EXPIRED)
    return True
