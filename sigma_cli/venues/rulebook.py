"""What sigma has to know of a venue before it can count in its markets: the Protocol.

A rule book turns names into markets, prices seen into exponents, and exponents into an instrument
with dated rules. Pure tables: it opens no file and no socket, and knows no order.
"""

import re
from decimal import Decimal
from typing import Final, Protocol

from sigma_cli.domain.instruments import EXP_MAX, Instrument
from sigma_cli.domain.units import EXACT_MAX

UNLIMITED: Final = Decimal("Infinity")
"""The largest order of a venue that names none."""
ROOM: Final = 10
"""Exponents for life leave room for a tenth of the lowest price, and ten times the highest."""

_NOT_A_MARKET: Final = re.compile(r"\d+[smhdwM]|\d+(min|hour|day)|\d{2,}", re.IGNORECASE)
"""Words of a file name that tell an interval or a date: `1m`, `1h`, `15min`, `2024`, `20250901`."""


class RuleBook(Protocol):
    """The rules of one venue; found by name through the entry points `sigma.venues`."""

    @property
    def name(self) -> str:
        """The venue, as typed after --venue."""

    @property
    def always_open(self) -> bool:
        """False: it closes at night, so that a missing candle is not yet a gap."""

    @property
    def zone(self) -> str:
        """The zone of files that give the venue's local time without saying so."""

    @property
    def fees_known(self) -> bool:
        """False: the rules say a fee of zero because nobody knows it; a backtest must be told."""

    def market(self, name: str) -> str | None:
        """Return the market that `name` (a file's stem, or a cell) means; None: none it knows."""

    def quote(self, market: str) -> str:
        """Return the currency that `market` is priced in; empty: nobody knows."""

    def exponents(
        self, market: str, *, low: float, high: float, price_digits: int, size_digits: int
    ) -> tuple[int, int]:
        """Return (price_exp, size_exp) for life, given what was seen of `market` first.

        More than EXP_MAX digits seen means that no exponent holds every value. `low` and `high`
        are prices that are no misprints; both must be exact in float64 when counted.
        """

    def instrument(self, market: str, price_exp: int, size_exp: int) -> Instrument:
        """Return `market` with its dated rules, counted in these exponents."""


def words(name: str) -> list[str]:
    """Split a file's stem or a cell into upper-case words, leaving out intervals and dates.

    >>> words("btc_krw-1m-2024"), words("005930")
    (['BTC', 'KRW'], ['005930'])
    """
    found = [word.upper() for word in re.split(r"[^A-Za-z0-9.^=]+", name) if word]
    if len(found) == 1:
        return found
    return [word for word in found if not _NOT_A_MARKET.fullmatch(word)]


def digits_of(step: Decimal) -> int:
    """Return how many decimal digits a tick or lot needs.

    >>> digits_of(Decimal("0.0500"))
    2
    """
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "a step is a finite number"
    return min(EXP_MAX, max(0, -exponent))


def exact_digits(largest: float, digits: int) -> int:
    """Return the most digits, at most `digits`, in which `largest` is still exact in float64.

    >>> exact_digits(150e6, 9)
    7
    """
    while digits > 0 and largest * 10**digits > EXACT_MAX:
        digits -= 1
    return digits
