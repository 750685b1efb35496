"""What a simulated venue shows of a market's book, and what a taker finds there.

A view is a BOOK record: the touch first, size 0 where no level is known. Beyond the last one
somebody may always be. What we take is taken out of it until the venue's next message says
otherwise: our own impact lasts no longer than that.
"""

from typing import Final

from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.requests import Side
from sigma_cli.kernels.jit import constant, njit

BUY: Final = constant(Side.BUY)
SHOWN: Final = constant(BOOK_LEVELS)
UNSEEN: Final = constant(-1)
"""The view does not reach to that price."""


@njit
def show_touch(view: Record, quote: Record) -> None:
    """Take best bid and ask (QUOTE) as all that is known."""
    view.update_id = quote.update_id
    view.bid_u[0] = quote.bid_u
    view.bid_size_u[0] = quote.bid_size_u
    view.ask_u[0] = quote.ask_u
    view.ask_size_u[0] = quote.ask_size_u


@njit
def merge_touch(view: Record, quote: Record) -> bool:
    """Let a newer best bid and ask (QUOTE) correct whole levels; False: it is not newer."""
    if 0 <= quote.update_id <= view.update_id:
        return False
    view.update_id = quote.update_id
    _merge_side(view.bid_u, view.bid_size_u, 1, quote.bid_u, quote.bid_size_u)
    _merge_side(view.ask_u, view.ask_size_u, -1, quote.ask_u, quote.ask_size_u)
    return True


@njit
def _merge_side(price_u: Record, size_u: Record, sign: int, best_u: int, best_size_u: int) -> None:
    """Drop the levels nearer than the best one, and put that first. `sign`: 1 for bids."""
    better = 0
    while better < SHOWN and size_u[better] > 0 and (price_u[better] - best_u) * sign > 0:
        better += 1
    there = better < SHOWN and size_u[better] > 0 and price_u[better] == best_u
    move = better if there else better - 1  # to the front; -1: one place back
    if move > 0:
        for n in range(SHOWN):
            known = n + move < SHOWN
            price_u[n] = price_u[n + move] if known else 0
            size_u[n] = size_u[n + move] if known else 0
    elif move < 0:
        for n in range(SHOWN - 1, 0, -1):
            price_u[n] = price_u[n - 1]
            size_u[n] = size_u[n - 1]
    price_u[0] = best_u
    size_u[0] = best_size_u


@njit
def size_at(view: Record, side: int, price_u: int) -> int:
    """Return the size that rests on `side` at a price, or UNSEEN where the view does not reach."""
    prices_u = view.bid_u if side == BUY else view.ask_u
    sizes_u = view.bid_size_u if side == BUY else view.ask_size_u
    for n in range(SHOWN):
        if sizes_u[n] <= 0:
            break
        if prices_u[n] == price_u:
            return int(sizes_u[n])
        if (price_u - prices_u[n]) * side > 0:  # nearer than this level: nobody is there
            return 0
    return UNSEEN


@njit
def best(view: Record, side: int) -> int:
    """Return the best price on `side`, 0 where there is none."""
    if side == BUY:
        return int(view.bid_u[0]) if view.bid_size_u[0] > 0 else 0
    return int(view.ask_u[0]) if view.ask_size_u[0] > 0 else 0


@njit
def best_size(view: Record, side: int) -> int:
    """Return the size that rests at the best price on `side`, 0 where there is none."""
    return int(view.bid_size_u[0]) if side == BUY else int(view.ask_size_u[0])


@njit
def within(view: Record, side: int, limit_u: int) -> int:
    """Return the size that rests on `side` at `limit_u` or nearer."""
    prices_u = view.bid_u if side == BUY else view.ask_u
    sizes_u = view.bid_size_u if side == BUY else view.ask_size_u
    total_u = 0
    for n in range(SHOWN):
        if sizes_u[n] <= 0 or (prices_u[n] - limit_u) * side < 0:
            break
        total_u += sizes_u[n]
    return total_u


@njit
def take_from(view: Record, side: int, size_u: int) -> None:
    """Take a size out of the best level of `side`; an empty level makes room for the next."""
    prices_u = view.bid_u if side == BUY else view.ask_u
    sizes_u = view.bid_size_u if side == BUY else view.ask_size_u
    sizes_u[0] -= size_u
    if sizes_u[0] > 0:
        return
    for n in range(SHOWN - 1):
        prices_u[n] = prices_u[n + 1]
        sizes_u[n] = sizes_u[n + 1]
    prices_u[SHOWN - 1] = 0
    sizes_u[SHOWN - 1] = 0


@njit
def take_within(view: Record, side: int, size_u: int) -> None:
    """Take a size out of the levels of `side`, the nearest first; so much must be there."""
    while size_u > 0:
        here_u = min(best_size(view, side), size_u)
        take_from(view, side, here_u)
        size_u -= here_u


@njit
def drop_nearer(view: Record, side: int, price_u: int) -> None:
    """Take out the levels of `side` nearer than a price at which somebody just traded with it."""
    while best(view, side) > 0 and (best(view, side) - price_u) * side > 0:
        take_from(view, side, best_size(view, side))


@njit
def forget(view: Record) -> None:
    """Show nothing."""
    view.update_id = UNSEEN
    for n in range(SHOWN):
        view.bid_u[n] = 0
        view.bid_size_u[n] = 0
        view.ask_u[n] = 0
        view.ask_size_u[n] = 0
