"""US equities: quoted in cents, traded in shares, open by day. Pure tables.

The tick is that of Reg NMS rule 612 (17 CFR 242.612): a cent from one dollar on, a hundredth of
a cent below. Prints between ticks are lawful (midpoints; 1/64 before 2001), so files show them.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sigma_cli.domain.instruments import EXP_MAX, Instrument, Rules
from sigma_cli.domain.units import NS_PER_HOUR, TsNs
from sigma_cli.venues.rulebook import ROOM, UNLIMITED, exact_digits, words

PRICE_EXP: Final = 6
"""Fewest digits kept: those of 1/64 dollar, which also hold every midpoint of a sub-penny tick."""
DAY_ORIGIN_NS: Final = 8 * NS_PER_HOUR
"""08:00 UTC is before 04:00 and after 20:00 in New York, in summer and in winter."""
RULES: Final = Rules(
    valid_from_ns=TsNs(0),
    ticks=((Decimal(1), Decimal("0.01")), (Decimal(0), Decimal("0.0001"))),
    lot=Decimal(1),
    value_min=Decimal(0),
    value_max=UNLIMITED,
    fee_maker=Decimal(0),
    fee_taker=Decimal(0),
)
"""No fee: commission is the broker's, and is given with --fee."""


@dataclass(frozen=True, slots=True)
class UsRules:
    """The rule book of US equities."""

    name: str = "us"
    always_open: bool = False
    zone: str = "America/New_York"
    fees_known: bool = True

    def market(self, name: str) -> str | None:
        """Return the ticker: `AAPL` for `aapl_1m`; share classes stay (`BRK.B`, `BF-B`)."""
        return "-".join(words(name)) or None

    def quote(self, market: str) -> str:
        """Return the dollar."""
        del market
        return "USD"

    def exponents(
        self, market: str, *, low: float, high: float, price_digits: int, size_digits: int
    ) -> tuple[int, int]:
        """Return 6 digits or what the file shows, and whole shares."""
        del market, low, size_digits
        return exact_digits(high * ROOM, min(EXP_MAX, max(PRICE_EXP, price_digits))), 0

    def instrument(self, market: str, price_exp: int, size_exp: int) -> Instrument:
        """Return `market` in cents and shares."""
        return Instrument(
            venue=self.name,
            market=market,
            price_exp=price_exp,
            size_exp=size_exp,
            rules=(RULES,),
            day_origin_ns=DAY_ORIGIN_NS,
        )


RULEBOOK: Final = UsRules()
