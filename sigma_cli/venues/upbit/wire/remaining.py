"""The header `Remaining-Req`, which counts requests: on every REST answer, errors too.

`sec` is what is left in this second; `min` is deprecated filler (upbit.md 1.2, 2026-09-08).
pyupbit can read no answer without it.
"""

import re
from typing import Final

from msgspec import Struct

from sigma_cli.venues.upbit.wire.errors import WireError

HEADER: Final = "Remaining-Req"
_SHAPE: Final = re.compile(r"group=([a-z\-]{1,40}); min=([0-9]{1,9}); sec=([0-9]{1,9})")


class Remaining(Struct, frozen=True, kw_only=True):
    """How many requests of a group are left."""

    group: str
    """As seen live: market, candles, ticker, orderbook, crix-trades, default, order, origin."""
    min: int
    sec: int


def encode(remaining: Remaining) -> str:
    """Return the value of the header."""
    return f"group={remaining.group}; min={remaining.min}; sec={remaining.sec}"


def decode(header: str) -> Remaining:
    """Return what a header says.

    Raises:
        WireError: it is written in another way.
    """
    found = _SHAPE.fullmatch(header)
    if found is None:
        raise WireError(f"{header[:80]!r} is no count of requests", where=HEADER)
    return Remaining(group=found[1], min=int(found[2]), sec=int(found[3]))
