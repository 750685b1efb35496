"""A small made-up market on ticks in a lake: whole books, and trades at their touch.

The price walks; bids are large before it rises, so that policies find something to do. Rows arrive
some milliseconds after they happened; nothing here is meant to look like anything.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.books import BOOK_COLUMNS, NO_UPDATE, BookForm, BookSide
from sigma_cli.domain.trades import TRADE_COLUMNS
from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.store.lake import Identity, Lake, Source
from sigma_cli.store.message_rows import BookRows
from tests.market import START_NS

VENUE, MARKET = "upbit", "KRW-BTC"
SOURCE = Source(name="made", sha256="0" * 64, layout="test")
TICK_U = 1_000
LEVELS = 4
LOT_U = 1_000_000  # 0.01 of the base currency

Columns = dict[str, NDArray[Any]]


def fill(  # noqa: PLR0913 - each of them is left out by nearly everybody
    lake: Lake,
    minutes: int = 12,
    *,
    books: bool = True,
    heard: bool = True,
    sides: bool = True,
    market: str = MARKET,
    seed: int = 5,
    after_ns: int = 0,
) -> None:
    """Store a market: a book a second, three trades between two books.

    `heard`: arrivals are; `sides`: who took is told. It begins `after_ns` later than START_NS:
    another recording of the same market, perhaps.
    """
    random = np.random.default_rng(seed)
    lake.register_instrument(VENUE, market, 0, 8, always_open=True)
    seconds = minutes * 60
    moves = np.repeat(random.integers(-1, 2, seconds // 20 + 1), 20)[:seconds]
    bid_u = 150_000_000 + np.cumsum(moves * (random.random(seconds) < 0.5)) * TICK_U
    ns = START_NS + after_ns + np.arange(seconds, dtype=np.int64) * NS_PER_S
    trades = _trades(random, ns, bid_u, moves)
    trades["recv_ts_ns"] *= heard
    trades["side"] *= sides
    lake.merge_trades(VENUE, market, trades, SOURCE, Identity.TRADE_ID)
    if books:
        rows = BookRows(Identity.ORDER)
        lake.merge_messages(VENUE, market, _books(random, ns, bid_u, moves), SOURCE, rows)


def _clocks(random: np.random.Generator, ns: NDArray[np.int64]) -> Columns:
    way_ns = random.integers(3, 30, len(ns)) * NS_PER_MS
    return {"exch_ts_ns": ns, "recv_ts_ns": ns + way_ns}


def _trades(
    random: np.random.Generator,
    ns: NDArray[np.int64],
    bid_u: NDArray[np.int64],
    moves: NDArray[np.int64],
) -> Columns:
    ns = np.repeat(ns, 3) + np.tile(np.array([200, 450, 700]) * NS_PER_MS, len(ns))
    bought = random.random(len(ns)) < 0.5 + 0.4 * np.repeat(moves, 3)
    columns = {
        **_clocks(random, ns),
        "trade_id": (ns - START_NS) // NS_PER_MS,
        "price_u": np.repeat(bid_u, 3) + np.where(bought, TICK_U, 0),
        "size_u": random.integers(1, 40, len(ns)) * LOT_U // 10,
        "side": np.where(bought, 1, -1),
    }
    return {name: columns[name].astype(kind) for name, kind in TRADE_COLUMNS.items()}


def _books(
    random: np.random.Generator,
    ns: NDArray[np.int64],
    bid_u: NDArray[np.int64],
    moves: NDArray[np.int64],
) -> Columns:
    level = np.tile(np.repeat(np.arange(LEVELS), 2), len(ns))
    side = np.tile(np.array([BookSide.BID, BookSide.ASK]), LEVELS * len(ns))
    touch_u = np.repeat(bid_u, 2 * LEVELS) + np.where(side == BookSide.ASK, TICK_U, 0)
    leaning = 1 + (side * np.repeat(moves, 2 * LEVELS) > 0) * 4
    clocks = _clocks(random, ns)
    columns = {name: np.repeat(column, 2 * LEVELS) for name, column in clocks.items()}
    columns |= {
        name: np.full(len(side), NO_UPDATE) for name in ("update_id", "first_id", "before_id")
    }
    columns |= {
        "form": np.full(len(side), BookForm.WHOLE),
        "side": side,
        "price_u": touch_u - side * level * TICK_U,
        "size_u": random.integers(1, 30, len(side)) * leaning * LOT_U // 10,
        "ends": np.tile(np.arange(2 * LEVELS) == 2 * LEVELS - 1, len(ns)),
    }
    return {name: columns[name].astype(kind) for name, kind in BOOK_COLUMNS.items()}
