"""Made-up markets for the tests of the kernels: any character, on Upbit's real tick tables."""

from dataclasses import dataclass, field

import numpy as np

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import BOOK, QUOTE, TRADE
from sigma_cli.domain.instruments import Instrument, Rules
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_S
from sigma_cli.kernels.synthetic import market, model
from sigma_cli.venues.upbit.rules import KRW_CHANGE_NS, RULEBOOK

START_NS = 1_756_684_800 * NS_PER_S
BUSY = {
    "price": 999_900.0,  # where one tick table meets another
    "deviation": 0.002,
    "together": 0.5,
    "orders": 3_000.0,
    "order_size": 1.0,
    "changes": 4.0,
    "depth": 3.0,
    "spread": 0.0005,
    "gap": 0.3,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """What a market gave out."""

    trades: Records
    quotes: Records
    books: Records

    def tobytes(self) -> bytes:
        return self.trades.tobytes() + self.quotes.tobytes() + self.books.tobytes()


@dataclass(slots=True)
class Room:
    """Arrays to be filled again and again."""

    trades: int = 5_000
    quotes: int = 5_000
    books: int = 2_000
    found: list[Rows] = field(default_factory=list)

    def run(self, state: Records, until_ns: int) -> Rows:
        """Go on until then, however often the arrays fill up."""
        trades = np.zeros(self.trades, TRADE)
        quotes = np.zeros(self.quotes, QUOTE)
        books = np.zeros(self.books, BOOK)
        done = False
        while not done:
            done = market.advance(state, until_ns, trades, quotes, books)
            row = state[0]
            self.found.append(
                Rows(
                    trades[: row.trade_rows].copy(),
                    quotes[: row.quote_rows].copy(),
                    books[: row.book_rows].copy(),
                )
            )
        return Rows(
            np.concatenate([rows.trades for rows in self.found]),
            np.concatenate([rows.quotes for rows in self.found]),
            np.concatenate([rows.books for rows in self.found]),
        )


def instrument(price: float) -> Instrument:
    exponents = RULEBOOK.exponents("KRW-ETH", low=price, high=price, price_digits=0, size_digits=8)
    return RULEBOOK.instrument("KRW-ETH", *exponents)


def begun(
    character: dict[str, float] | None = None,
    calendar: dict[str, float] | None = None,
    *,
    seed: int = 7,
    stream: int = 0,
    start_ns: int = START_NS,
    every_change: bool = False,
) -> Records:
    """Return a market that is about to begin, listed for a day unless `calendar` differs."""
    numbers = BUSY | (character or {})
    traits = np.zeros(1, model.CHARACTER)
    for name, value in numbers.items():
        traits[name] = value
    plan = np.zeros(1, model.CALENDAR)
    dates = {"listed_from_ns": start_ns, "listed_until_ns": start_ns + NS_PER_DAY}
    for name, value in (dates | (calendar or {})).items():
        plan[name] = value
    made = instrument(numbers["price"])
    grids = [(start_ns, pack_rules(made, made.rules_at(start_ns)))]
    if start_ns < KRW_CHANGE_NS:
        grids.append((KRW_CHANGE_NS, pack_rules(made, made.rules_at(KRW_CHANGE_NS))))
    state = model.begin(traits[0], plan[0], grids, (seed, stream))
    state[0].every_change = every_change
    return state


def on_grid(prices_u: np.ndarray, price_exp: int, rules: Rules) -> bool:
    """Tell whether every price is a whole number of the ticks that hold at it."""
    bounds = [prices_u >= float(lower) * 10**price_exp for lower, _ in rules.ticks]
    ticks_u = [max(1, round(float(tick) * 10**price_exp)) for _, tick in rules.ticks]
    return bool((prices_u % np.select(bounds, ticks_u) == 0).all())
