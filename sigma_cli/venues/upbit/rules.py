"""Upbit (Korea): how its markets are named, counted and ruled.

The tick depends on the price, not on the market, and the KRW table was replaced on 2025-07-31.
These tables are for recorded data; what the venue itself tells goes before (`asked_rules.py`).
Pure tables.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sigma_cli.domain.instruments import EXP_MAX, Instrument, Rules
from sigma_cli.domain.units import TsNs
from sigma_cli.errors import OutsideError
from sigma_cli.venues.rulebook import ROOM, UNLIMITED, digits_of, exact_digits, words

Ticks = tuple[tuple[Decimal, Decimal], ...]

QUOTES: Final = ("KRW", "USDT", "BTC")
"""The currencies that markets are quoted in. Of two, the earlier one is the quote."""
SIZE_EXP: Final = 8
"""Volumes have 8 decimals (official order FAQ)."""
KRW_CHANGE_NS: Final = TsNs(1_753_887_600_000_000_000)
"""2025-07-31 00:00 KST, when the KRW table changed. The notice names the day; that it was midnight
in Korea is our reading. Old orders kept resting, so off-tick prints occur for weeks after."""


def _table(*bands: tuple[str, str]) -> Ticks:
    return tuple((Decimal(lower), Decimal(tick)) for lower, tick in bands)


KRW_TICKS: Final = _table(
    ("2000000", "1000"),
    ("1000000", "1000"),
    ("500000", "500"),
    ("100000", "100"),
    ("50000", "50"),
    ("10000", "10"),
    ("5000", "5"),
    ("1000", "1"),
    ("100", "1"),
    ("10", "0.1"),
    ("1", "0.01"),
    ("0.1", "0.001"),
    ("0.01", "0.0001"),
    ("0.001", "0.00001"),
    ("0.0001", "0.000001"),
    ("0.00001", "0.0000001"),
    ("0", "0.00000001"),
)
"""Since 2025-07-31 (docs.upbit.com/kr/docs/krw-market-info; changelog of 2025-07-31)."""

KRW_TICKS_BEFORE: Final = _table(
    ("2000000", "1000"),
    ("1000000", "500"),
    ("500000", "100"),
    ("100000", "50"),
    ("10000", "10"),
    ("1000", "1"),
    ("100", "0.1"),
    ("10", "0.01"),
    ("1", "0.001"),
    ("0.1", "0.0001"),
    ("0.01", "0.00001"),
    ("0.001", "0.000001"),
    ("0.0001", "0.0000001"),
    ("0", "0.00000001"),
)
"""2024-10 to 2025-07-30 (press note of 2024-09-10); some 16 assets between 100 and 1,000 KRW had a
tick of 1 already. Earlier tables were coarser and are not known here: this one stands for them."""

BTC_TICKS: Final = _table(("0", "0.00000001"))
USDT_TICKS: Final = _table(
    ("10", "0.01"),
    ("1", "0.001"),
    ("0.1", "0.0001"),
    ("0.01", "0.00001"),
    ("0.001", "0.000001"),
    ("0.0001", "0.0000001"),
    ("0", "0.00000001"),
)
"""Seen in third-party sources of 2026-10, not on an official page."""

KRW_FEE: Final = Decimal("0.0005")
"""Maker and taker alike (official `orders/chance` sample of 2026-08-20)."""
OTHER_FEE: Final = Decimal("0.0025")
"""BTC and USDT markets; events change it."""


def _rules(quote: str, ticks: Ticks, valid_from_ns: TsNs) -> Rules:
    """Return the rules of a quote currency with these ticks."""
    value_min = {"KRW": "5000", "USDT": "0.5", "BTC": "0.00005"}[quote]
    fee = KRW_FEE if quote == "KRW" else OTHER_FEE
    return Rules(
        valid_from_ns=valid_from_ns,
        ticks=ticks,
        lot=Decimal(1).scaleb(-SIZE_EXP),
        value_min=Decimal(value_min),
        value_max=Decimal(1_000_000_000) if quote == "KRW" else UNLIMITED,
        fee_maker=fee,
        fee_taker=fee,
    )


RULES: Final[dict[str, tuple[Rules, ...]]] = {
    "KRW": (_rules("KRW", KRW_TICKS_BEFORE, TsNs(0)), _rules("KRW", KRW_TICKS, KRW_CHANGE_NS)),
    "USDT": (_rules("USDT", USDT_TICKS, TsNs(0)),),
    "BTC": (_rules("BTC", BTC_TICKS, TsNs(0)),),
}
ORDER_VALUE_MAX: Final = {"KRW": 1e9, "USDT": 1e6, "BTC": 1e1}
"""Largest order whose size must count exactly: the KRW maximum, and about as much in the others."""


@dataclass(frozen=True, slots=True)
class UpbitRules:
    """The rule book of Upbit, Korea."""

    name: str = "upbit"
    always_open: bool = True
    zone: str = "UTC"
    fees_known: bool = True

    def market(self, name: str) -> str | None:
        """Return QUOTE-BASE for `KRW-BTC`, `BTC_KRW_1m`, `btckrw`, whichever way round."""
        found = words(name)
        if len(found) == 1:
            found = _unglued(found[0])
        if len(found) < 2:
            return None
        quotes = [word for word in QUOTES if word in found[:2]]
        if not quotes:
            return None
        base = found[1] if found[0] == quotes[0] else found[0]
        return f"{quotes[0]}-{base}" if base != quotes[0] else None

    def quote(self, market: str) -> str:
        """Return what stands before the hyphen: KRW for `KRW-BTC`."""
        return market.partition("-")[0]

    def exponents(
        self, market: str, *, low: float, high: float, price_digits: int, size_digits: int
    ) -> tuple[int, int]:
        """Return exponents that hold every tick, old and new, down to a tenth of `low`."""
        del size_digits
        quote = market.partition("-")[0]
        low_plausible = low / ROOM
        ticks = (tick_at(low_plausible, rules) for rules in RULES[quote])
        seen = exact_digits(high * ROOM, min(EXP_MAX, price_digits))
        price_exp = max(seen, *(digits_of(tick) for tick in ticks))
        return price_exp, exact_digits(ORDER_VALUE_MAX[quote] / low_plausible, SIZE_EXP)

    def instrument(self, market: str, price_exp: int, size_exp: int) -> Instrument:
        """Return `market` with the rules of its quote currency."""
        return Instrument(
            venue=self.name,
            market=market,
            price_exp=price_exp,
            size_exp=size_exp,
            rules=RULES[market.partition("-")[0]],
        )


def _unglued(word: str) -> list[str]:
    """Split `BTCKRW` into its base and its quote."""
    for quote in QUOTES:
        if word.endswith(quote) and word != quote:
            return [word.removesuffix(quote), quote]
    return [word]


RULEBOOK: Final = UpbitRules()


def rules_at(market: str, ts_ns: int) -> Rules:
    """Return the rules of a market at a time, by the tables.

    Raises:
        OutsideError: no table knows what the market is quoted in.
    """
    if RULEBOOK.quote(market) not in RULES:
        raise OutsideError(
            f"no rules are known of {market}",
            where="upbit",
            fix=f"name a market as QUOTE-BASE, quoted in one of {', '.join(RULES)}",
        )
    return RULEBOOK.instrument(market, EXP_MAX, SIZE_EXP).rules_at(ts_ns)


def tick_at(price: Decimal | float, rules: Rules) -> Decimal:
    """Return the price step at `price`."""
    return next(tick for lower, tick in rules.ticks if price >= lower)
