"""The numbers sigma counts in, as types, so that a price can't be passed for a size.

Prices and sizes are integers times a power of ten that is fixed for the life of an instrument
(`instruments.py`). Time is nanoseconds since 1970-01-01 UTC. Nothing here reads a clock.
"""

from typing import Final, NewType

PriceU = NewType("PriceU", int)
"""A price in 10^-price_exp of the quote currency."""
SizeU = NewType("SizeU", int)
"""A size in 10^-size_exp of the base currency."""
TsNs = NewType("TsNs", int)
"""Nanoseconds since 1970-01-01 UTC."""
LocalNo = NewType("LocalNo", int)
"""Our own number of an order; grows by at least one, never reused within a run."""

NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000
NS_PER_MINUTE: Final = 60 * NS_PER_S
NS_PER_HOUR: Final = 60 * NS_PER_MINUTE
NS_PER_DAY: Final = 24 * NS_PER_HOUR

EXACT_MAX: Final = 2**53
"""Largest integer up to which float64 represents every integer."""

INTERVALS_NS: Final[dict[str, int]] = {
    "1s": NS_PER_S,
    "1m": NS_PER_MINUTE,
    "3m": 3 * NS_PER_MINUTE,
    "5m": 5 * NS_PER_MINUTE,
    "10m": 10 * NS_PER_MINUTE,
    "15m": 15 * NS_PER_MINUTE,
    "30m": 30 * NS_PER_MINUTE,
    "1h": NS_PER_HOUR,
    "2h": 2 * NS_PER_HOUR,
    "4h": 4 * NS_PER_HOUR,
    "6h": 6 * NS_PER_HOUR,
    "8h": 8 * NS_PER_HOUR,
    "12h": 12 * NS_PER_HOUR,
    "1d": NS_PER_DAY,
}
"""The candle intervals sigma knows: those of fixed length (a month has none)."""
