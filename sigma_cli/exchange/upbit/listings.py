"""Which markets there are, whether they trade, and the rules that hold in each."""

from dataclasses import replace
from decimal import Decimal
from typing import Literal

import msgspec

from sigma_cli.domain.instruments import Instrument, Rules
from sigma_cli.domain.units import TsNs
from sigma_cli.exchange.upbit.exact import DIGITS
from sigma_cli.exchange.upbit.refusals import Refused

State = Literal["active", "preview", "halted", "delisted"]


class Listing(msgspec.Struct):
    """A market: its number, its state, and its rules in the order in which they were set."""

    number: int
    code: str
    price_exp: int
    size_exp: int
    rules: list[Rules]
    state: State = "active"

    @property
    def digits(self) -> int:
        """Decimals of a volume: as many as the recording counts, 8 at most."""
        return min(DIGITS, self.size_exp)

    def rules_at(self, now_ns: int) -> Rules:
        """Return what was set last of what is in force; the first also holds before its time."""
        in_force = [rules for rules in self.rules if rules.valid_from_ns <= now_ns]
        return in_force[-1] if in_force else self.rules[0]

    def set_rules(self, rules: Rules, now_ns: int) -> int:
        """Let rules hold from their time on, now at the earliest; return from when."""
        valid_from_ns = max(rules.valid_from_ns, now_ns)
        self.rules.append(replace(rules, valid_from_ns=TsNs(valid_from_ns)))
        return valid_from_ns

    def price(self, price_u: int) -> Decimal:
        """Return a price in quote currency."""
        return Decimal(price_u).scaleb(-self.price_exp)

    def size(self, size_u: int) -> Decimal:
        """Return a size in base currency."""
        return Decimal(size_u).scaleb(-self.size_exp)

    def price_u(self, price: Decimal) -> int:
        """Return a price that is on the grid, in units."""
        return int(price.scaleb(self.price_exp))

    def size_u(self, size: Decimal) -> int:
        """Return a size with no more decimals than there may be, in units."""
        return int(size.scaleb(self.size_exp))


class Listings:
    """All markets, and whether the venue is open at all."""

    def __init__(self, listings: list[Listing]) -> None:
        self.all = listings
        self.by_code = {one.code: one for one in listings}
        self.is_maintained = False

    @classmethod
    def begin(cls, instruments: tuple[Instrument, ...]) -> "Listings":
        """Return markets that all trade."""
        return cls(
            [
                Listing(number, one.market, one.price_exp, one.size_exp, list(one.rules))
                for number, one in enumerate(instruments)
            ]
        )

    def find(self, code: str) -> Listing:
        """Return a market.

        Raises:
            Refused: there is none of that name, or it is delisted.
        """
        found = self.by_code.get(code)
        if found is None or found.state == "delisted":
            raise Refused("notfoundmarket", f"다음 마켓에 없는 종목입니다: {code[:40]}")
        return found

    def named(self, code: str) -> Listing:
        """Return a market, delisted or not.

        Raises:
            ValueError: there is none of that name.
        """
        found = self.by_code.get(code)
        if found is None:
            raise ValueError(f"no market is called {code!r}; there are {', '.join(self.by_code)}")
        return found

    def is_open(self, listing: Listing) -> bool:
        """Return whether a market trades now."""
        return listing.state == "active" and not self.is_maintained
