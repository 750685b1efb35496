"""The made-up markets that sigma knows, ready to run: their characters, and what befalls them.

`kernels/synthetic/` says what the numbers do. All markets of one seed share a part of their news,
one flash crash and one outage of the venue; one of them is listed late and one is delisted.
Nothing here writes a file, and nothing pretends to be real: whoever stores it marks it synthetic.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Final, NamedTuple

import numpy as np

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import BAR, BOOK, QUOTE, TRADE
from sigma_cli.domain.instruments import Instrument, Rules
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_S
from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.kernels import rng, trade_bars
from sigma_cli.kernels.synthetic import market, model
from sigma_cli.runtime import rulebooks

VENUE: Final = "upbit"
TRADES_MAX: Final = 65_536
"""Trades held in memory on the way to candles."""
_CALENDAR_STREAM: Final = model.COMMON_STREAM - 1
_CRASH_DEPTH: Final = 0.15
_OUTAGE_MAX_NS: Final = 45 * NS_PER_MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """One made-up market; the order of the numbers is that of `model.CHARACTER`."""

    price: float
    deviation: float
    together: float
    orders: float
    order_size: float
    changes: float
    depth: float
    spread: float
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A character with a name, random numbers of its own, and the part of the time it is listed."""

    name: str
    stream: int
    character: Character
    listed: tuple[float, float] = (0.0, 1.0)


MARKETS: Final = (
    Named(
        name="KRW-BTC",
        stream=0,
        character=Character(
            price=150e6, deviation=0.00035, together=0.7, orders=60, order_size=0.01,
            changes=6, depth=0.05, spread=0.00005, gap=0.3,
        ),
    ),
    Named(
        name="KRW-ETH",
        stream=1,
        character=Character(
            price=6.1e6, deviation=0.0006, together=0.6, orders=40, order_size=0.2,
            changes=6, depth=1.0, spread=0.00015, gap=0.15,
        ),
    ),
    Named(
        name="KRW-DOGE",
        stream=2,
        character=Character(
            price=300, deviation=0.0009, together=0.5, orders=20, order_size=3_000,
            changes=5, depth=150_000, spread=0.0005, gap=0.02,
        ),
    ),
    Named(
        name="KRW-DAWN",
        stream=3,
        character=Character(
            price=12.5, deviation=0.002, together=0.3, orders=2, order_size=40_000,
            changes=8, depth=1_500_000, spread=0.004, gap=0.05,
        ),
        listed=(0.3, 1.0),
    ),
    Named(
        name="KRW-DUSK",
        stream=4,
        character=Character(
            price=850, deviation=0.0015, together=0.3, orders=0.7, order_size=500,
            changes=10, depth=2_000, spread=0.003, gap=0.2,
        ),
        listed=(0.0, 0.7),
    ),
)  # fmt: skip
"""Three like their namesakes of September 2025; one that dawns, and one whose dusk comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A made-up market on its way from `start_ns` to `end_ns`; `state` is MARKET [1]."""

    instrument: Instrument
    state: Records
    start_ns: int
    end_ns: int


class Piece(NamedTuple):
    """Rows of TRADE, QUOTE and BOOK, each in order; together they are one stretch of time."""

    trades: Records
    quotes: Records
    books: Records


def find(name: str) -> Named:
    """Return the made-up market of that name.

    Raises:
        UsageError: there is none.
    """
    for known in MARKETS:
        if known.name == name:
            return known
    names = [known.name for known in MARKETS]
    raise UsageError(
        f"no made-up market is called {name!r}{did_you_mean(name, names)}",
        where="--market",
        fix=f"use one of {', '.join(names)}",
    )


def begin(named: Named, seed: int, start_ns: int, days: int) -> Simulation:
    """Return a market that is about to begin, at a whole second."""
    end_ns = start_ns + days * NS_PER_DAY
    book = rulebooks.find(VENUE)
    price = named.character.price
    price_exp, size_exp = book.exponents(
        named.name, low=price, high=price, price_digits=0, size_digits=8
    )
    instrument = book.instrument(named.name, price_exp, size_exp)
    grids = [
        (max(rules.valid_from_ns, start_ns), pack_rules(instrument, rules))
        for rules in _in_force(instrument, start_ns, end_ns)
    ]
    character = np.array([astuple(named.character)], model.CHARACTER)
    calendar = _calendar(seed, start_ns, end_ns, named.listed)
    state = model.begin(character[0], calendar[0], grids, (seed, named.stream))
    return Simulation(instrument=instrument, state=state, start_ns=start_ns, end_ns=end_ns)


def stream(
    simulation: Simulation, until_ns: int, *, quotes_max: int = 0, books_max: int = 0
) -> Iterator[Piece]:
    """Run on until `until_ns` and give what happens in pieces, each valid until the next.

    Memory is bounded: TRADES_MAX trades, and as many quotes and books as the caller wants to see
    at once; 0 means that it wants none.
    """
    trades = np.zeros(TRADES_MAX, TRADE)
    quotes, books = np.zeros(quotes_max, QUOTE), np.zeros(books_max, BOOK)
    state = simulation.state
    done = False
    while not done:
        done = market.advance(state, until_ns, trades, quotes, books)
        row = state[0]
        yield Piece(trades[: row.trade_rows], quotes[: row.quote_rows], books[: row.book_rows])


def candles(simulation: Simulation, interval_ns: int, until_ns: int, bar: Records) -> Records:
    """Run on until `until_ns` and return the candles (BAR) that its trades close.

    `bar` is the candle that stays open: `trade_bars.no_bar()`, kept from call to call.
    """
    closed = np.zeros(TRADES_MAX, BAR)
    found = [closed[:0]]
    for piece in stream(simulation, until_ns):
        count = trade_bars.add(piece.trades, interval_ns, bar, closed)
        found.append(closed[:count].copy())
    return np.concatenate(found)


def _in_force(instrument: Instrument, start_ns: int, end_ns: int) -> list[Rules]:
    later = [rules for rules in instrument.rules if start_ns < rules.valid_from_ns < end_ns]
    return [instrument.rules_at(start_ns), *later]


def _calendar(seed: int, start_ns: int, end_ns: int, listed: tuple[float, float]) -> Records:
    """Return CALENDAR [1]: the crash early, the outage late, both where the seed puts them."""
    dice = rng.stream(seed, _CALENDAR_STREAM)
    span_ns = end_ns - start_ns

    def at(share: float) -> int:
        return start_ns + int(span_ns * share) // NS_PER_S * NS_PER_S

    calendar = np.zeros(1, model.CALENDAR)
    row = calendar[0]
    row.listed_from_ns = at(listed[0])
    row.listed_until_ns = at(listed[1])
    row.crash_from_ns = at(0.32 + 0.15 * rng.uniform(dice))
    row.crash_depth = _CRASH_DEPTH
    row.outage_from_ns = at(0.5 + 0.15 * rng.uniform(dice))
    row.outage_until_ns = row.outage_from_ns + min(_OUTAGE_MAX_NS, span_ns // 32)
    return calendar
