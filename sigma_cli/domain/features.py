"""The columns of a feature row: their order, what they need, and from when on they are known.

The order is part of every model's signature: add at the end, never move one. The first 20 are the
narrow set, the first 28 the wide one; what follows is optional. What each number is, and where it
was published, its kernel says (`kernels/features/`).
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any, Final

import numpy as np

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_S


class Column(IntEnum):
    """A column of a feature row."""

    RSI_14 = 0
    ROC_1M = 1
    ROC_5M = 2
    BB_WIDTH_20 = 3
    ATR_PCT_14 = 4
    ADX_14 = 5
    MFI_14 = 6
    OBV_SLOPE_20 = 7
    SPREAD_PCT = 8
    BID_ASK_IMBALANCE = 9
    LOB_DEPTH_IMBALANCE_10 = 10
    MICROPRICE = 11
    """As a log return over one minute, never the price."""
    MICROPRICE_DEV = 12
    """In bps of the mid."""
    CUMDELTA_5M = 13
    CANCEL_RATE_1M = 14
    VWMOMENTUM_1M = 15
    VOL_REGIME = 16
    TREND_REGIME = 17
    VOLUME_REGIME = 18
    TIME_REGIME = 19

    OFI_10S = 20
    EFFECTIVE_SPREAD = 21
    VPIN = 22
    KYLE_LAMBDA_15 = 23
    """In bps per unit of quote currency."""
    HURST = 24
    """Of 512 minutes: closer than 0.1 to 0.5 is noise."""
    TRADE_IMBALANCE_10S = 25
    """Of counts."""
    TAPE_ACCEL = 26
    FLOW_ABSORPTION = 27

    FLOW_TOXICITY = 28
    SIGN_ENTROPY = 29
    CUMDELTA_5M_RAW = 30
    """In base currency."""
    KYLE_LAMBDA_15_T = 31
    TRADE_IMBALANCE_10S_VOLUME = 32
    TRADE_IMBALANCE_60S = 33
    TRADE_IMBALANCE_60S_VOLUME = 34


class Scale(IntEnum):
    """How a value becomes a share of 1 (`kernels/features/bounds.py`)."""

    DAY = 0
    """By bounds of the days before."""
    SHARE = 1
    """It is one."""
    HUNDRED = 2
    """From 0 to 100."""
    SIGNED = 3
    """From -1 to 1."""
    CODE = 4
    """From 0 to 2."""
    SPREAD = 5
    """By the logarithm of bps, up to 100 %."""


SCALES: Final[dict[Column, Scale]] = {
    Column.RSI_14: Scale.HUNDRED,
    Column.ADX_14: Scale.HUNDRED,
    Column.MFI_14: Scale.HUNDRED,
    Column.SPREAD_PCT: Scale.SPREAD,
    Column.BID_ASK_IMBALANCE: Scale.SIGNED,
    Column.LOB_DEPTH_IMBALANCE_10: Scale.SIGNED,
    Column.CUMDELTA_5M: Scale.SIGNED,
    Column.CANCEL_RATE_1M: Scale.SHARE,
    Column.TREND_REGIME: Scale.SIGNED,
    Column.TIME_REGIME: Scale.CODE,
    Column.VPIN: Scale.SHARE,
    Column.HURST: Scale.SHARE,
    Column.TRADE_IMBALANCE_10S: Scale.SIGNED,
    Column.SIGN_ENTROPY: Scale.SHARE,
    Column.TRADE_IMBALANCE_10S_VOLUME: Scale.SIGNED,
    Column.TRADE_IMBALANCE_60S: Scale.SIGNED,
    Column.TRADE_IMBALANCE_60S_VOLUME: Scale.SIGNED,
}
"""Columns that are bounded by nature; all others by the bounds of the days before."""

BOUND_PARTS: Final = ("median", "low", "high", "min", "max")
"""What is known of a column for a day: low and high are the fences 1.5 IQR beyond the quartiles."""

FEATURE_COLUMNS: Final[dict[str, np.dtype[Any]]] = {
    "ts_ns": np.dtype(np.int64),  # a whole second: what had arrived by then
    **{column.name.lower(): np.dtype(np.float64) for column in Column},
}
"""The columns of a stored row and their types, in file order; NaN: not known."""

BOUND_COLUMNS: Final[dict[str, np.dtype[Any]]] = {
    "ts_ns": np.dtype(np.int64),  # when the day begins for which they hold
    **{
        f"{column.name.lower()}_{part}": np.dtype(np.float64)
        for column in Column
        for part in BOUND_PARTS
    },
}
"""The columns of the stored bounds of a day and their types, in file order; NaN: not known."""

NARROW: Final = 20
"""Columns of the narrow set."""
WIDE: Final = 28
"""Columns of the wide set."""


class Feed(IntFlag):
    """What a column is computed from. Without one of its feeds it is NaN in every row."""

    BARS = 1
    """One-minute bars, or the trades that make them.

    A bar made of trades is known one second after its minute, or at the first trade of a later one
    (`kernels/features/bars.py`): the row at the whole minute itself may still show the one before.
    """
    TRADES = 2
    TOUCH = 4
    """Best bid and ask, from quotes or whole books."""
    BOOK = 8
    """Whole books."""


class Family(IntFlag):
    """Features that are kept up to date together, each at a price on every event.

    A policy names those that it reads. The last trades and the pulse of the mid are always kept.
    """

    FLOW = 1
    """Trades by their aggressor: imbalances, momentum, entropy; and what is made of them."""
    IMPACT = 2
    """Kyle's lambda. Needs MOMENTS."""
    CANCELS = 4
    SIGNS = 8
    """The sides of trades whose venue tells none, and the effective spread."""
    OFI = 16
    MOMENTS = 32
    """The mid and the microprice by the second: returns, and what is made of them."""


NEEDS_BOOK: Final = Feed.TOUCH | Feed.BOOK
"""A column with one of these is NaN where no book was recorded."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What is declared about a column.

    It is NaN while it warms up, and known at the latest at the first mark of `every_ns` that is
    `warm_up_ns` after its feeds began, given a market that trades. `every_ns` is how often it is
    renewed. After a gap in the book, what needs it warms up again.
    """

    feeds: Feed
    warm_up_ns: int
    every_ns: int

    @property
    def needs_book(self) -> bool:
        """Whether it is NaN where no book was recorded."""
        return bool(self.feeds & NEEDS_BOOK)


def _bars(count: int) -> Traits:
    return Traits(Feed.BARS, count * NS_PER_MINUTE, NS_PER_MINUTE)


def _seconds(feeds: Feed, seconds: int) -> Traits:
    return Traits(feeds, seconds * NS_PER_S, NS_PER_S)


_IMPACT: Final = Traits(Feed.TRADES | Feed.TOUCH, 15 * NS_PER_MINUTE + 10 * NS_PER_S, 10 * NS_PER_S)

TRAITS: Final[dict[Column, Traits]] = {
    Column.RSI_14: _bars(15),
    Column.ROC_1M: _seconds(Feed.TOUCH, 60),
    Column.ROC_5M: _seconds(Feed.TOUCH, 300),
    Column.BB_WIDTH_20: _bars(20),
    Column.ATR_PCT_14: _bars(15),
    Column.ADX_14: _bars(28),
    Column.MFI_14: _bars(15),
    Column.OBV_SLOPE_20: _bars(20),
    Column.SPREAD_PCT: _seconds(Feed.TOUCH, 0),
    Column.BID_ASK_IMBALANCE: _seconds(Feed.TOUCH, 0),
    Column.LOB_DEPTH_IMBALANCE_10: _seconds(Feed.BOOK, 0),
    Column.MICROPRICE: _seconds(Feed.TOUCH, 60),
    Column.MICROPRICE_DEV: _seconds(Feed.TOUCH, 0),
    Column.CUMDELTA_5M: _seconds(Feed.TRADES, 300),
    Column.CANCEL_RATE_1M: _seconds(Feed.TRADES | Feed.BOOK, 60),
    Column.VWMOMENTUM_1M: _seconds(Feed.TRADES, 120),
    Column.VOL_REGIME: _bars(61),
    Column.TREND_REGIME: _bars(28),
    Column.VOLUME_REGIME: _bars(100),
    Column.TIME_REGIME: _seconds(Feed(0), 0),
    Column.OFI_10S: _seconds(Feed.TOUCH, 10),
    Column.EFFECTIVE_SPREAD: _seconds(Feed.TRADES | Feed.TOUCH, 0),
    Column.VPIN: Traits(Feed.TRADES, NS_PER_DAY, NS_PER_S),  # of mean volume
    Column.KYLE_LAMBDA_15: _IMPACT,
    Column.HURST: Traits(Feed.TOUCH, 511 * NS_PER_MINUTE, NS_PER_MINUTE),
    Column.TRADE_IMBALANCE_10S: _seconds(Feed.TRADES, 10),
    Column.TAPE_ACCEL: _seconds(Feed.TRADES, 60),
    Column.FLOW_ABSORPTION: Traits(
        Feed.TRADES | Feed.TOUCH, 60 * NS_PER_MINUTE, NS_PER_S
    ),  # known at the first whole minute after that
    Column.FLOW_TOXICITY: Traits(
        Feed.TRADES, 7 * NS_PER_DAY + 10 * NS_PER_MINUTE, NS_PER_S
    ),  # 7 days, and the way to the first mark of ten minutes
    Column.SIGN_ENTROPY: _seconds(Feed.TRADES, 300),
    Column.CUMDELTA_5M_RAW: _seconds(Feed.TRADES, 300),
    Column.KYLE_LAMBDA_15_T: _IMPACT,
    Column.TRADE_IMBALANCE_10S_VOLUME: _seconds(Feed.TRADES, 10),
    Column.TRADE_IMBALANCE_60S: _seconds(Feed.TRADES, 60),
    Column.TRADE_IMBALANCE_60S_VOLUME: _seconds(Feed.TRADES, 60),
}
"""What is declared about each column."""
