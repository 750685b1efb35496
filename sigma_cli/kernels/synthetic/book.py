"""Fifteen levels on each side, always on the grid, sorted, never crossed, never empty.

`side` is whose orders rest: 1 the bids, -1 the asks. Every change is one of four: a whole side is
laid anew, a level comes, a level goes, a size changes. A level's size is drawn around

    depth (0.4 + 0.1 level) / (1 + stress),          level 0 the touch, at most 8

so that depth is hump-shaped behind the touch and thins where flow has just hit (Bouchaud, Mezard
and Potters, "Statistical properties of stock order books", Quantitative Finance 2, 2002). The
touch is wanted `half_spread (1 + stress)` away from the fair price, on the grid.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.rng import draw, uniform
from sigma_cli.kernels.ticks import (
    ceil_tick,
    floor_lot,
    floor_tick,
    next_tick_down,
    next_tick_up,
    tick_at,
)

_LEVELS: Final = constant(BOOK_LEVELS)
_FAR: Final = constant(8)  # ticks that the touch may be wrong before its whole side is laid anew
_HALF_SPREAD_MAX: Final = 0.05
_WIDTHS_MAX: Final = constant(4)  # steps of the grid from one level to the next, at most
_SHAPE: Final = 0.25  # share of changes that leave the touch where it is, even if it is wrong
_GOES: Final = 0.1  # share of those in which a level behind the touch goes


@njit
def prices(m: Record, side: int) -> NDArray[np.int64]:
    """Return a side's prices, the touch first."""
    return m.book.bid_u if side > 0 else m.book.ask_u


@njit
def sizes(m: Record, side: int) -> NDArray[np.int64]:
    """Return a side's sizes, the touch first."""
    return m.book.bid_size_u if side > 0 else m.book.ask_size_u


@njit
def lay_both(m: Record) -> None:
    """Lay a new book around the fair price."""
    _lay(m, 1, _wanted(m, 1))
    _lay(m, -1, _wanted(m, -1))
    m.book.update_id += 1


@njit
def take(m: Record, side: int, size_u: int) -> int:
    """Take up to `size_u` from the touch of `side` and return how much that was."""
    resting = sizes(m, side)
    taken_u = min(size_u, resting[0])
    resting[0] -= taken_u
    if resting[0] == 0:
        _drop(m, side, 0)
    m.book.update_id += 1
    return taken_u


@njit
def change(m: Record) -> None:
    """Let somebody place or cancel."""
    dice = draw(m.dice)
    side = 1 if dice & 65_536 else -1
    m.book.update_id += 1
    if uniform(m.dice) >= _SHAPE and (_requote(m, side) or _requote(m, -side)):
        return
    _reshape(m, side, (dice % _LEVELS) * (dice // 131_072 % _LEVELS) // _LEVELS)


@njit
def _wanted(m: Record, side: int) -> int:
    """Return where the touch of `side` should be; the two sides never meet."""
    rules = m.rules[m.grid]
    half = min(m.half_spread * (1.0 + m.stress), _HALF_SPREAD_MAX)
    if side > 0:
        return floor_tick(int(m.fair * (1.0 - half)), rules)
    return ceil_tick(int(m.fair * (1.0 + half)) + 1, rules)


@njit
def _requote(m: Record, side: int) -> bool:
    """Move the touch of `side` towards where it should be; False: it is there."""
    rules = m.rules[m.grid]
    touch_u = prices(m, side)[0]
    wanted_u = _wanted(m, side)
    if side > 0:
        wanted_u = min(wanted_u, next_tick_down(prices(m, -1)[0], rules))
    else:
        wanted_u = max(wanted_u, next_tick_up(prices(m, 1)[0], rules))
    if wanted_u == touch_u:
        return False
    if abs(wanted_u - touch_u) > _FAR * tick_at(touch_u, rules):
        _lay(m, side, wanted_u)
    elif (touch_u - wanted_u) * side > 0:
        _drop(m, side, 0)
    else:
        _insert(m, side, 0, wanted_u)
    return True


@njit
def _reshape(m: Record, side: int, level: int) -> None:
    """Fill a hole behind `level`, or take the level away, or change its size."""
    levels_u = prices(m, side)
    choice = uniform(m.dice)
    behind_u = _behind(m, levels_u[level], side, 1)
    hole = level + 1 < _LEVELS and levels_u[level + 1] != behind_u
    if hole and choice >= m.character.gap:
        _insert(m, side, level + 1, behind_u)
    elif level > 0 and choice < _GOES:
        _drop(m, side, level)
    else:
        resting = sizes(m, side)
        moved_u = floor_lot((resting[level] + _fresh_size_u(m, level)) // 2, m.rules[m.grid])
        resting[level] = max(moved_u, m.rules[m.grid].lot_u)


@njit
def _lay(m: Record, side: int, touch_u: int) -> None:
    levels_u = prices(m, side)
    resting = sizes(m, side)
    levels_u[0] = touch_u
    for level in range(_LEVELS):
        if level > 0:
            levels_u[level] = _behind(m, levels_u[level - 1], side, _width(m))
        resting[level] = _fresh_size_u(m, level)


@njit
def _insert(m: Record, side: int, level: int, price_u: int) -> None:
    """Put a new level before `level`; the last one leaves the book."""
    levels_u = prices(m, side)
    resting = sizes(m, side)
    for i in range(_LEVELS - 1, level, -1):
        levels_u[i] = levels_u[i - 1]
        resting[i] = resting[i - 1]
    levels_u[level] = price_u
    resting[level] = _fresh_size_u(m, level)


@njit
def _drop(m: Record, side: int, level: int) -> None:
    """Take a level away; a new one is seen at the end."""
    levels_u = prices(m, side)
    resting = sizes(m, side)
    for i in range(level, _LEVELS - 1):
        levels_u[i] = levels_u[i + 1]
        resting[i] = resting[i + 1]
    # Where the last level itself went, the step starts at its old price: never the same again.
    levels_u[_LEVELS - 1] = _behind(m, levels_u[_LEVELS - 1], side, _width(m))
    resting[_LEVELS - 1] = _fresh_size_u(m, _LEVELS - 1)


@njit
def _width(m: Record) -> int:
    """Return how many steps of the grid the next level is away."""
    width = 1
    while width < _WIDTHS_MAX and uniform(m.dice) < m.character.gap:
        width += 1
    return width


@njit
def _behind(m: Record, price_u: int, side: int, steps: int) -> int:
    """Return the price so many steps of the grid behind `price_u`."""
    rules = m.rules[m.grid]
    for _ in range(steps):
        price_u = next_tick_down(price_u, rules) if side > 0 else next_tick_up(price_u, rules)
    return price_u


@njit
def _fresh_size_u(m: Record, level: int) -> int:
    rules = m.rules[m.grid]
    share = 0.33 / (uniform(m.dice) + 0.05)  # mean 1, from 0.31 to 6.6
    shape = 0.4 + 0.1 * min(level, 8)
    size_u = int(m.depth_u * shape * share / (1.0 + m.stress))
    return max(floor_lot(size_u, rules), rules.lot_u)
