"""A market on a venue, the numbers it is counted in, and its rules as they changed over time.

A *tick* is the venue's price step at a price, a *lot* its size step. Neither has to be one unit:
`price_u` counts in 10^-price_exp whatever the tick is. Exponents are fixed for the life of an
instrument; rules are dated. Pure data: the venues' tables are in `venues/<name>/rules.py`, the
arithmetic on ticks and lots in `kernels/ticks.py`.
"""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from sigma_cli.domain.units import TsNs

EXP_MAX: Final = 9
"""Most decimal digits of a price or size (10^9 ticks of 1e-9 still leave room in int64)."""
BANDS_MAX: Final = 24
"""Most price bands in one tick table (Upbit KRW has 17)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a venue demands of an order, from `valid_from_ns` until the next `Rules`.

    `ticks` are (lower price bound, tick) pairs, highest bound first, the last bound 0.
    Fees are fractions of the traded value (0.0005 is 0.05 %).
    """

    valid_from_ns: TsNs
    ticks: tuple[tuple[Decimal, Decimal], ...]
    lot: Decimal
    value_min: Decimal
    value_max: Decimal
    fee_maker: Decimal
    fee_taker: Decimal

    def __post_init__(self) -> None:
        assert 0 < len(self.ticks) <= BANDS_MAX
        assert self.ticks[-1][0] == 0, "the last band reaches down to zero"
        assert all(high[0] > low[0] for high, low in pairwise(self.ticks)), "highest band first"
        assert all(tick > 0 for _, tick in self.ticks)
        assert self.lot > 0 and 0 <= self.value_min <= self.value_max


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A spot market on a venue.

    `rules` are in order of `valid_from_ns`; the first also holds for all time before.
    """

    venue: str
    market: str
    price_exp: int
    size_exp: int
    rules: tuple[Rules, ...]
    day_origin_ns: int = 0
    """When a day begins, after 00:00 UTC: longer candles begin at whole intervals from there."""

    def __post_init__(self) -> None:
        assert 0 <= self.price_exp <= EXP_MAX and 0 <= self.size_exp <= EXP_MAX
        assert self.rules, "an instrument has at least one set of rules"
        assert all(a.valid_from_ns < b.valid_from_ns for a, b in pairwise(self.rules))

    def rules_at(self, ts_ns: int) -> Rules:
        """Return the rules in force at `ts_ns`."""
        in_force = self.rules[0]
        for rules in self.rules[1:]:
            if rules.valid_from_ns > ts_ns:
                break
            in_force = rules
        return in_force
