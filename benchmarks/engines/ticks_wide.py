"""Twenty made-up markets of fifteen levels on one desk: all features, all switches, a policy each.

Run by bench_ticks.py as `python -m benchmarks.engines.ticks_wide`. Prints the events as `fills`.
"""

from dataclasses import asdict
from typing import Any, Final

import numpy as np

from benchmarks.engines.serving import serve
from benchmarks.engines.ticks_running import through, unreachable
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import BOOK, QUOTE, RULES, TRADE, TURN
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_MS
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.features import market as features
from sigma_cli.kernels.simulate import Schedule
from sigma_cli.runtime import synthetic_market, world
from sigma_cli.runtime.choice import choose
from sigma_cli.settings import load, parse_overrides

MARKETS: Final = 20
MINUTES: Final = 60
START_NS: Final = 1_756_684_800_000_000_000
"""2025-09-01 00:00 UTC"""
FEED_NS: Final = NS_PER_MS
ROWS_MAX: Final = 65_536
SETTINGS: Final = ["cash=1e9", "fills.fee=0.0005", "latency.order_ms=10", "latency.answer_ms=10"]


def rows_of(market: int) -> tuple[Records, Records, Records]:
    """Return trades and books of one market, and its rules."""
    made = synthetic_market.begin(synthetic_market.find("KRW-BTC"), market + 1, START_NS, 1)
    trades, books = [], []
    until_ns = START_NS + MINUTES * NS_PER_MINUTE
    for piece in synthetic_market.stream(made, until_ns, books_max=ROWS_MAX):
        trades.append(piece.trades.copy())
        books.append(piece.books.copy())
    instrument = made.instrument
    return (
        arrived(joined(trades, TRADE)),
        arrived(joined(books, BOOK)),
        pack_rules(instrument, instrument.rules[-1]),
    )


def joined(parts: list[Records], dtype: np.dtype[Any]) -> Records:
    """Return all rows in one array: np.concatenate would lay their fields out anew."""
    found = np.empty(sum(map(len, parts)), dtype)
    np.concatenate([part.view(np.uint8) for part in parts], out=found.view(np.uint8))
    return found


def arrived(rows: Records) -> Records:
    """Return rows that arrive a little after they happened."""
    rows["recv_ts_ns"] = rows["exch_ts_ns"] + FEED_NS
    return rows


def turns(kinds: dict[EventKind, list[Records]], clock: str) -> Records:
    """Return TURN of all rows by one of their clocks."""
    parts = []
    for kind, markets in kinds.items():
        first = 0
        for market, rows in enumerate(markets):
            part = np.zeros(len(rows), TURN)
            part["ts_ns"], part["kind"], part["market"] = rows[clock], kind, market
            part["row"] = first + np.arange(len(rows))
            first += len(rows)
            parts.append(part)
    found = joined(parts, TURN)
    return found[np.lexsort((found["row"], found["market"], found["kind"], found["ts_ns"]))]


made = [rows_of(market) for market in range(MARKETS)]
kinds = {EventKind.TRADE: [one[0] for one in made], EventKind.BOOK: [one[1] for one in made]}
venue_turns = turns(kinds, "exch_ts_ns")
chunk = Chunk(
    trades=joined(kinds[EventKind.TRADE], TRADE),
    quotes=np.empty(0, QUOTE),
    books=joined(kinds[EventKind.BOOK], BOOK),
    venue_turns=venue_turns,
    desk_turns=turns(kinds, "recv_ts_ns"),
    start_ns=START_NS,
    end_ns=START_NS + (MINUTES + 1) * NS_PER_MINUTE,
)
rules = joined([one[2] for one in made], RULES)
schedule = Schedule(
    valid_from_ns=np.full(MARKETS, START_NS - 1),
    market=np.arange(MARKETS, dtype=np.uint32),
    rules=rules,
    day_volume_u=np.zeros(MARKETS, np.int64),
)
settings = load(None, None, {}, parse_overrides(SETTINGS)).settings
chosen, _ = choose("scalper", [])
day_volume_u = [int(one[0]["size_u"].sum()) * 24 * 60 // MINUTES for one in made]


def run() -> Records:
    """Run once; return the world."""
    built = world.build(settings, MARKETS, ticks=True)
    unreachable(built)
    ticks = built[0].venue.ticks
    ticks.depth[:MARKETS] = Depth.LEVELS
    ticks.request_delay.fixed_ns = ticks.fact_delay.fixed_ns = 10 * NS_PER_MS
    for market in range(MARKETS):
        for name, value in asdict(chosen.strategy.plan(is_major=True)).items():
            built[0].params.plans[market][name] = value
    minds = np.zeros(MARKETS, features.FEATURES)
    for m in range(MARKETS):
        minds[m] = features.begin(rules[m : m + 1], day_volume_u[m], makes_bars=True)[0]
    built[0].cursor.sample_every_ns = NS_PER_MINUTE
    through([chunk], schedule, built, minds)
    return built


def tell(built: Records) -> tuple[int, float]:
    """Return the events of both clocks that were taken, and the final equity."""
    assert int(built[0].state.seq) >= len(chunk.desk_turns), "events were left out"
    return len(venue_turns), float(built[0].state.account.equity)


serve(run, tell)
