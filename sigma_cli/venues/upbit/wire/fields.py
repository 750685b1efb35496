"""What a cell of a message may hold: numbers with their digits, texts with their shape.

A number is written as a JSON number in public answers and in streams, and as a string in private
answers and in instruments (upbit.md 1.4, 1.6, 1.8, 1.10). Its digits are bounded per field; a
value is never a float, because a sum of volumes has more digits than a float holds.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta

WHOLE_DIGITS_MAX: Final = 20
"""Digits before the point; the largest sums seen (a day's KRW turnover) have 13."""
DIGITS_MAX: Final = 64
"""Digits as written, zeros among them, and the largest exponent of ten: both ways."""


@dataclass(frozen=True, slots=True)
class Digits:
    """How a number is written: most digits after the point, a sign or none, quoted or not.

    `quoted` None takes both.
    """

    decimals_max: int
    signed: bool = False
    quoted: bool | None = False


_STEP: Final = 8
"""Finest tick and lot of every market: 0.00000001 (tick tables; official order FAQ)."""
_PRODUCT: Final = 24
"""Price times volume times fee; also sums and rates, which the venue computes in float64."""

Price = Annotated[Decimal, Digits(_STEP)]
Size = Annotated[Decimal, Digits(_STEP)]
Sum = Annotated[Decimal, Digits(_PRODUCT)]
"""Totals, averages, turnover and fees."""
Change = Annotated[Decimal, Digits(_PRODUCT, signed=True)]
"""A difference or a rate that may be negative."""
PriceText = Annotated[Decimal, Digits(_STEP, quoted=True)]
SizeText = Annotated[Decimal, Digits(_STEP, quoted=True)]
SumText = Annotated[Decimal, Digits(_PRODUCT, quoted=True)]
AskedLevel = Annotated[Decimal, Digits(_STEP, quoted=None)]
"""The official SDK (1.1.0) sends a string, the documentation shows a number."""
VolumeWord = Annotated[str, Meta(pattern=r"^(remain_only|[0-9]{1,20}(\.[0-9]{1,8})?)\Z")]

TsMs = Annotated[int, Meta(ge=0, lt=2**53)]
"""Milliseconds since 1970-01-01 UTC."""
Count = Annotated[int, Meta(ge=0, lt=2**31)]
TradeId = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""16 or 17 digits: more than float64 holds, so it stays an integer (upbit.md 1.4)."""

Code = Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,16}-[A-Z0-9]{1,16}\Z")]
"""A market as QUOTE-BASE in capitals: `KRW-BTC`."""
Currency = Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,16}\Z")]
Identifier = Annotated[str, Meta(min_length=1, max_length=64)]
"""An order's name by its owner: at most 64 characters (upbit.md 1.7)."""
Id = Annotated[str, Meta(min_length=1, max_length=64)]
"""A name given by the venue, mostly a UUID."""
Name = Annotated[str, Meta(max_length=256)]
Said = Annotated[str, Meta(max_length=4096)]
"""Words for people."""

Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
DayPacked = Annotated[str, Meta(pattern=r"^[0-9]{8}\Z")]
Time = Annotated[str, Meta(pattern=r"^[0-9]{2}:[0-9]{2}:[0-9]{2}\Z")]
TimePacked = Annotated[str, Meta(pattern=r"^[0-9]{6}\Z")]
Moment = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\Z")]
"""Date and time without a zone: the field's name says which (`_utc`, `_kst`)."""
ZonedMoment = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})\Z"
    ),
]

TakerSide = Literal["ASK", "BID"]
"""Who crossed the spread: ASK is a seller, BID a buyer."""
Direction = Literal["RISE", "EVEN", "FALL"]
Side = Literal["ask", "bid"]
OrdType = Literal["limit", "price", "market", "best"]
"""`price` is a market buy by value, `market` a market sell by volume (upbit.md 1.7)."""
TimeInForce = Literal["ioc", "fok", "post_only"]
SmpType = Literal["cancel_maker", "cancel_taker", "reduce", "none"]
"""Self-match prevention; `none` exists since 2026-11-09 (upbit.md 1.9)."""
