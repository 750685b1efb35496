"""Markets of which only the prices are known: exponents inferred, one unit a step, no minimum.

What a venue gets that no rule book knows. Its fee is unknown and said to be so: zero stands in the
rules only because a number must.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sigma_cli.domain.instruments import EXP_MAX, Instrument, Rules
from sigma_cli.domain.units import TsNs
from sigma_cli.venues.rulebook import ROOM, UNLIMITED, exact_digits, words

PRICE_ROOM: Final = 2
"""Digits beyond those seen: a market's first file rarely shows its finest price."""
SIZE_EXP: Final = 8
"""Most digits of a size that are kept: no spot venue takes more."""
ORDER_VALUE_MAX: Final = 1e9
"""Largest order, in the quote currency, that must count exactly where no maximum is known."""


@dataclass(frozen=True, slots=True)
class PlainRules:
    """The rule book of a venue that sigma does not know."""

    name: str
    always_open: bool = True
    """Without a calendar every missing candle is shown as a gap, rather than hidden."""
    zone: str = "UTC"
    fees_known: bool = False

    def market(self, name: str) -> str | None:
        """Return `name` in capitals, its words joined by hyphens."""
        return "-".join(words(name)) or None

    def quote(self, market: str) -> str:
        """Return nothing: a name alone does not tell."""
        del market
        return ""

    def exponents(
        self, market: str, *, low: float, high: float, price_digits: int, size_digits: int
    ) -> tuple[int, int]:
        """Return more digits than were seen, so that it does not matter which file comes first."""
        del market, size_digits
        price_exp = exact_digits(high * ROOM, min(price_digits + PRICE_ROOM, EXP_MAX))
        return price_exp, exact_digits(ORDER_VALUE_MAX / (low / ROOM), SIZE_EXP)

    def instrument(self, market: str, price_exp: int, size_exp: int) -> Instrument:
        """Return `market` with a tick and a lot of one unit."""
        rules = unit_rules(price_exp, size_exp, fee=Decimal(0))
        return Instrument(
            venue=self.name, market=market, price_exp=price_exp, size_exp=size_exp, rules=(rules,)
        )


def unit_rules(price_exp: int, size_exp: int, *, fee: Decimal) -> Rules:
    """Return rules in which a tick and a lot are one unit, and no order is too small or large."""
    return Rules(
        valid_from_ns=TsNs(0),
        ticks=((Decimal(0), Decimal(1).scaleb(-price_exp)),),
        lot=Decimal(1).scaleb(-size_exp),
        value_min=Decimal(0),
        value_max=UNLIMITED,
        fee_maker=fee,
        fee_taker=fee,
    )
