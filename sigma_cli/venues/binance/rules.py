"""Binance spot: how its markets are named and counted, where only candles are known.

Each symbol has its own fixed tick, lot and minimum in `exchangeInfo`; a file of candles does not
carry them. Until those rules are ingested, exponents are inferred from the file, tick and lot are
one unit (finer than the prices show), and the two numbers below are assumptions. Pure tables.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from sigma_cli.domain.instruments import Instrument
from sigma_cli.venues.plain import PlainRules, unit_rules
from sigma_cli.venues.rulebook import words

FEE: Final = Decimal("0.001")
"""An assumption: the regular rate of an account without discounts, maker and taker."""
VALUE_MIN: Final = Decimal(5)
"""An assumption: NOTIONAL.minNotional of the common USDT markets."""
DOLLARS: Final = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD")
"""Quote currencies for which the assumed minimum is meant; other quotes get none."""

QUOTES: Final = (*DOLLARS, "BTC", "ETH", "BNB", "EUR", "TRY", "BRL", "JPY")
"""What symbols end with; a name that does needs no second word."""


@dataclass(frozen=True, slots=True)
class BinanceRules:
    """The rule book of Binance spot."""

    name: str = "binance"
    always_open: bool = True
    zone: str = "UTC"
    fees_known: bool = True

    def market(self, name: str) -> str | None:
        """Return `BTCUSDT` for `btcusdt`, `BTC/USDT`, `BTC_USDT-5m`, `BTCUSDT-1m-2024-01`."""
        found = words(name)
        if found and found[0].endswith(QUOTES) and found[0] not in QUOTES:
            return found[0]
        return "".join(found[:2]) or None

    def quote(self, market: str) -> str:
        """Return the known currency that the symbol ends with: USDT for `BTCUSDT`."""
        return next((quote for quote in QUOTES if market.endswith(quote)), "")

    def exponents(
        self, market: str, *, low: float, high: float, price_digits: int, size_digits: int
    ) -> tuple[int, int]:
        """Return the digits seen, and some more."""
        return PlainRules(self.name).exponents(
            market, low=low, high=high, price_digits=price_digits, size_digits=size_digits
        )

    def instrument(self, market: str, price_exp: int, size_exp: int) -> Instrument:
        """Return `market` with steps of one unit, the assumed fee and the assumed minimum."""
        value_min = VALUE_MIN if market.endswith(DOLLARS) else Decimal(0)
        rules = replace(unit_rules(price_exp, size_exp, fee=FEE), value_min=value_min)
        return Instrument(
            venue=self.name, market=market, price_exp=price_exp, size_exp=size_exp, rules=(rules,)
        )


RULEBOOK: Final = BinanceRules()
