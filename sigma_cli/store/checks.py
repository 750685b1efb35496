"""What can be wrong with rows of one market, and what is only worth a note. Pure numpy.

A row that breaks a rule is set aside with a `Reason`; the first rule it breaks counts. An open or
close that jumps is judged by what follows: if the market is back where it was (one or two rows
later), the row is a misprint and set aside; if it stays, the move is real or a split that nobody
adjusted for. Those rows, and ones of which only the high or low jumped, are kept with a note.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.store.sources.numbers import Flags, Floats

Times = NDArray[np.int64]


class Reason(StrEnum):
    """Why a row is in quarantine."""

    UNREADABLE = "unreadable"
    NO_MARKET = "no market"
    NOT_A_NUMBER = "not a number"
    NOT_POSITIVE = "price not positive"
    NEGATIVE_VOLUME = "negative volume"
    SIZE_NOT_POSITIVE = "size not positive"
    NO_ID = "no trade id"
    INCONSISTENT = "high or low inside open and close"
    OFF_GRID = "time off the interval's grid"
    FUTURE = "not closed yet"
    AHEAD = "in the future"
    TOO_FINE = "more digits than the market has"
    TOO_LARGE = "too large"
    CONFLICT = "differs from the row already at this time"
    SAME_ID = "differs from the trade already of this number"
    SAME_UPDATE = "differs from the update already of this number"
    CROSSED = "bid above ask"
    TWICE = "a price twice in one message"
    TORN = "another level of its message is bad"
    SPIKE = "price jumps and comes back"


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of one market, as floats, equally long."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats

    def __len__(self) -> int:
        return len(self.open)


class Verdict:
    """The first fault of each row, or none."""

    def __init__(self, count: int) -> None:
        self._reasons = list(Reason)
        self.code = np.zeros(count, np.int8)
        """0: fine; else one more than the place of the reason in `Reason`."""

    def add(self, faults: Iterable[tuple[Reason, Flags]]) -> None:
        """Note which rows break which rule; a row keeps the first one."""
        for reason, broken in faults:
            self.code[(self.code == 0) & broken] = self._reasons.index(reason) + 1

    @property
    def fine(self) -> Flags:
        """Rows without a fault."""
        fine: Flags = self.code == 0
        return fine

    def reason(self, row: int) -> Reason:
        """Return what is wrong with a row that is not fine."""
        assert self.code[row] > 0
        return self._reasons[int(self.code[row]) - 1]


def row_faults(
    open_ts_ns: Times, prices: Prices, volume: Floats, *, interval_ns: int, now_ns: int
) -> list[tuple[Reason, Flags]]:
    """Return what can be wrong with a row by itself, in the order in which it counts."""
    numbers = np.stack([prices.open, prices.high, prices.low, prices.close])
    inner_low = np.minimum(prices.open, prices.close)
    inner_high = np.maximum(prices.open, prices.close)
    return [
        (Reason.NOT_A_NUMBER, ~(np.isfinite(numbers).all(axis=0) & np.isfinite(volume))),
        (Reason.NOT_POSITIVE, (numbers <= 0).any(axis=0)),
        (Reason.NEGATIVE_VOLUME, volume < 0),
        (Reason.INCONSISTENT, (prices.high < inner_high) | (prices.low > inner_low)),
        (Reason.OFF_GRID, open_ts_ns % interval_ns != 0),
        (Reason.FUTURE, open_ts_ns > now_ns - interval_ns),
    ]


def disorder(times: Times, last_ns: int | None) -> int:
    """Count the rows that are earlier than the row before them; `last_ns` was before the first."""
    before = np.concatenate([[last_ns if last_ns is not None else times[0]], times[:-1]])
    return int(np.count_nonzero(times < before))


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows at a time, or of a number, that an earlier row of the file already has."""

    exact: Flags
    """Equal to an earlier row, be that the first at its time or not."""
    conflicting: Flags
    """Unlike every earlier row of its time or number."""
    first: NDArray[np.intp]
    """For each row, the first row of its time or number."""


def repeats(keys: NDArray[np.int64], columns: Sequence[NDArray[np.int64]]) -> Repeats:
    """Compare rows, given in file order, with the earlier ones of the same time or number."""
    order = np.argsort(keys, kind="stable")
    starts = np.ones(len(order), np.bool_)
    starts[1:] = np.diff(keys[order]) != 0
    first = np.empty(len(order), np.intp)
    first[order] = order[starts][np.cumsum(starts) - 1]
    again = first != np.arange(len(order))
    shared = np.flatnonzero(again | np.isin(np.arange(len(order)), first[again]))
    cells = [keys[shared], *(column[shared] for column in columns)]
    alike = np.lexsort(cells)  # stable: equal rows stay in file order
    same = np.ones(max(len(alike) - 1, 0), np.bool_)
    for cell in cells:
        same &= np.diff(cell[alike]) == 0
    exact = np.zeros(len(order), np.bool_)
    exact[shared[alike[1:][same]]] = True
    return Repeats(exact, again & ~exact, first)


# --- Jumps --------------------------------------------------------------------------------------

RETURN_SHARE: Final = 0.2
"""A market is back where it was when it is this share of `jump_max` away, or less."""
NEIGHBOURS: Final = 3
"""Closes before and after a row whose median says where the market was: one of them may be bad."""

SPLIT_SHARE: Final = 0.03
"""How near to a ratio of whole numbers the price must move."""
SPLIT_RATIOS: Final = (1.5, *range(2, 11), 12, 15, 20, 25, 30, 40, 50, 100)
SPLIT_SHARE_HALF: Final = 0.01
"""The same for 3:2, which an ordinary bad night also reaches."""
_SPLIT_MIN: Final = 1.4
"""Below every ratio, whatever its share."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A price that moved beyond `jump_max`, or that a split moved; in rows that are kept."""

    open_ts_ns: int
    close_before: float
    price: float
    """The open that moved, or the close where the open did not."""
    ratio: float
    """`price` over `close_before`."""
    split: float | None
    """New shares for one old share, where it looks like a split or the file says so."""
    is_declared: bool
    """The file itself has the split in a column."""
    is_wick: bool = False
    """Only the high or low moved."""


def spikes(prices: Prices, jump_max: float) -> Flags:
    """Find rows, in order of time, whose open or close jumps away and is back at once."""
    return _strays(prices.close, [prices.open, prices.close], jump_max)


def wicks(open_ts_ns: Times, prices: Prices, jump_max: float) -> list[Jump]:
    """Find where, in order of time, only the high or the low is as far away: rare, and real."""
    found = _strays(prices.close, [prices.high, prices.low], jump_max)
    wicked = []
    for place in np.flatnonzero(found & ~spikes(prices, jump_max)).tolist():
        before = float(prices.close[place - 1])
        low, high = float(prices.low[place]), float(prices.high[place])
        price = low if before / low > high / before else high
        ts_ns = int(open_ts_ns[place])
        wicked.append(Jump(ts_ns, before, price, price / before, None, False, is_wick=True))
    return wicked


def _strays(close: Floats, prices: Sequence[Floats], jump_max: float) -> Flags:
    """Find rows with a price below (1 - jump_max) or above (1 + jump_max) of the median closes.

    Of both, that before and that after, which must agree. The first and last row have but one side.
    """
    if len(close) < 3:
        return np.zeros(len(close), np.bool_)
    before, after = _medians_around(close)
    highest, lowest = np.maximum.reduce(prices), np.minimum.reduce(prices)
    found: Flags = highest > (1 + jump_max) * np.maximum(before, after)
    found |= lowest < (1 - jump_max) * np.minimum(before, after)
    found &= np.abs(after / before - 1) <= jump_max * RETURN_SHARE
    found[[0, -1]] = False
    return found


def jumps(
    open_ts_ns: Times,
    prices: Prices,
    splits: Floats | None,
    *,
    interval_ns: int,
    jump_max: float,
) -> list[Jump]:
    """Find where the price, in order of time, moved beyond `jump_max`, or as by a split.

    A split takes effect while the market is closed: it is looked for across gaps only, and between
    daily candles.
    """
    if len(prices) < 2:
        return []
    close_before = prices.close[:-1]
    by_open, by_close = prices.open[1:] / close_before, prices.close[1:] / close_before
    gap = (np.diff(open_ts_ns) > interval_ns) | (interval_ns >= NS_PER_DAY)
    likely = gap & (_is_split(by_open) | _is_split(by_close))
    moved = _is_beyond(by_open, jump_max) | _is_beyond(by_close, jump_max)
    declared = np.zeros(len(moved), np.bool_)
    if splits is not None:
        declared = (splits[1:] > 0) & (splits[1:] != 1)
    by_open_told = np.where(likely, _is_split(by_open), _is_beyond(by_open, jump_max)) | declared
    ratio = np.where(by_open_told, by_open, by_close)
    price = np.where(by_open_told, prices.open[1:], prices.close[1:])
    found = []
    for place in np.flatnonzero(moved | likely | declared).tolist():
        split = _nearest_split(float(ratio[place])) if likely[place] else None
        if declared[place] and splits is not None:
            split = float(splits[place + 1])
        found.append(
            Jump(
                open_ts_ns=int(open_ts_ns[place + 1]),
                close_before=float(close_before[place]),
                price=float(price[place]),
                ratio=float(ratio[place]),
                split=split,
                is_declared=bool(declared[place]),
            )
        )
    return found


def _is_beyond(ratio: Floats, jump_max: float) -> Flags:
    beyond: Flags = (ratio > 1 + jump_max) | (ratio < 1 - jump_max)
    return beyond


def _is_split(ratio: Floats) -> Flags:
    """Tell which moves are near those of a split or a reverse split."""
    size = np.maximum(ratio, 1 / ratio)
    found = size > _SPLIT_MIN  # few: only these are looked at closely
    near = np.zeros(np.count_nonzero(found), np.bool_)
    for whole in SPLIT_RATIOS:
        share = SPLIT_SHARE if whole >= 2 else SPLIT_SHARE_HALF
        near |= np.abs(size[found] / whole - 1) <= share
    found[found] = near
    return found


def _nearest_split(ratio: float) -> float:
    """Return the new shares for one old share that explain a price moving by `ratio`."""
    size = max(ratio, 1 / ratio)
    whole = min(SPLIT_RATIOS, key=lambda candidate: abs(size / candidate - 1))
    return float(whole) if ratio < 1 else 1.0 / whole


def _medians_around(close: Floats) -> tuple[Floats, Floats]:
    """Return the median of the closes before and after each row (of one side at either end)."""
    padded = np.concatenate(
        [np.repeat(close[:1], NEIGHBOURS), close, np.repeat(close[-1:], NEIGHBOURS)]
    )
    a, b, c = padded[:-2], padded[1:-1], padded[2:]
    median = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
    return median[: len(close)], median[NEIGHBOURS + 1 : NEIGHBOURS + 1 + len(close)]


# --- Ticks --------------------------------------------------------------------------------------


def off_tick(open_ts_ns: Times, price_u: NDArray[np.int64], instrument: Instrument) -> int:
    """Count the rows of [4, n] prices with one that is not on the venue's tick at the time.

    A note, no fault: orders placed under older rules go on trading.
    """
    count = 0
    starts = [rules.valid_from_ns for rules in instrument.rules]
    which = np.maximum(np.searchsorted(starts, open_ts_ns, side="right") - 1, 0)
    for place, rules in enumerate(instrument.rules):
        prices = price_u[:, which == place]
        if prices.size == 0:
            continue
        off = np.zeros(prices.shape, np.bool_)
        upper = np.inf
        for lower, tick in rules.ticks:
            lower_u = float(lower.scaleb(instrument.price_exp))
            tick_u = int(tick.scaleb(instrument.price_exp))
            if tick_u > 1:  # a tick finer than a unit can't be missed
                inside = (prices >= lower_u) & (prices < upper)
                off |= inside & (prices % tick_u != 0)
            upper = lower_u
        count += int(np.count_nonzero(off.any(axis=0)))
    return count
