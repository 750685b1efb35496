"""What kind of market it is: volatile or calm, in a trend or not, busy or quiet, and what time.

    vol_regime     ATR20 / ATR60, both Wilder
    trend_regime   1 if ADX14 >= 25 and +DI > -DI, -1 if ADX14 >= 25 and -DI > +DI, else 0
    volume_regime  ln(SMA20 / SMA100) of volume, from exact integer sums
    time_regime    0 Korean day 09:00-15:00, 1 US session 22:30-05:00, 2 otherwise; Korean time

Korea has had no daylight saving time since 1988, so its time of day is UTC + 9 h.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.desk import ATR
from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.kernels.features.directional import minus_di, plus_di
from sigma_cli.kernels.features.rings import wrapped
from sigma_cli.kernels.features.wilder import atr_advance
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.mathx import log_ratio

SHORT: Final = 20
LONG: Final = 100
TREND_MIN: Final = 25.0
"""ADX from which Wilder calls it a trend."""
_ATR_SHORT: Final = constant(20)
_ATR_LONG: Final = constant(60)
_KOREA_NS: Final = constant(9 * NS_PER_HOUR)
_DAY_FROM_NS: Final = constant(9 * NS_PER_HOUR)
_DAY_UNTIL_NS: Final = constant(15 * NS_PER_HOUR)
_US_FROM_NS: Final = constant(22 * NS_PER_HOUR + 30 * NS_PER_MINUTE)
_US_UNTIL_NS: Final = constant(5 * NS_PER_HOUR)

VOLATILITY: Final = record(("short", ATR), ("long", ATR))
"""Two average true ranges."""

VOLUMES: Final = record(
    ("seen", "i8"),
    ("at", "i8"),
    ("short_u", "i8"),
    ("long_u", "i8"),
    ("ring", "i8", (LONG,)),
)
"""Bars seen (up to the window), next place, volume of the last 20 and of the last 100, and each."""


@njit
def volatility_advance(s: Record, high_u: int, low_u: int, close_u: int) -> float:
    """Take one bar; return ATR20 / ATR60, NaN for the first 60. s: VOLATILITY."""
    short = atr_advance(s.short, _ATR_SHORT, high_u, low_u, close_u)
    long = atr_advance(s.long, _ATR_LONG, high_u, low_u, close_u)
    return short / long if long > 0.0 else math.nan


@njit
def trend(s: Record, window: int, adx: float) -> float:
    """Return the direction of a trend, 0 where there is none, NaN without ADX. s: DIRECTIONAL."""
    if math.isnan(adx):
        return math.nan
    if adx < TREND_MIN:
        return 0.0
    ahead = plus_di(s, window) - minus_di(s, window)
    return 1.0 if ahead > 0.0 else -1.0 if ahead < 0.0 else 0.0


@njit
def volume_advance(s: Record, volume_u: int) -> float:
    """Take one bar's volume; return ln(SMA20 / SMA100), NaN for the first 99. s: VOLUMES."""
    ring = s.ring
    s.short_u += volume_u - ring[wrapped(s.at + LONG - SHORT, LONG)]
    s.long_u += volume_u - ring[s.at]
    ring[s.at] = volume_u
    s.at = wrapped(s.at + 1, LONG)
    s.seen = min(s.seen + 1, LONG)
    if s.seen < LONG:
        return math.nan
    return log_ratio(s.short_u / SHORT, s.long_u / LONG)


@njit
def time_regime(now_ns: int) -> float:
    """Return which part of the trading world's day it is."""
    of_day_ns = (now_ns + _KOREA_NS) % NS_PER_DAY
    if _DAY_FROM_NS <= of_day_ns < _DAY_UNTIL_NS:
        return 0.0
    if of_day_ns >= _US_FROM_NS or of_day_ns < _US_UNTIL_NS:
        return 1.0
    return 2.0
