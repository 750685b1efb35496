"""Twenty markets, each at ten times the busiest second that was recorded, in a store.

The recording is `upbit-ws-raw-20210417.log.gz`, raw frames of Upbit's stream for 30 s. Its busiest
second of one market is 1618678286 by the clock that received it: KRW-LAMB, 47 trades and 3 books.
Here that second comes ten times over, in all markets at once, all the time: 10,000 rows a second.
Prices walk; nothing else here is meant to look like anything.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.books import BOOK_COLUMNS, NO_UPDATE, BookForm, BookSide
from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.trades import TRADE_COLUMNS
from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.exchange.upbit.times import moment
from sigma_cli.store.lake import Identity, Lake, Source
from sigma_cli.store.message_rows import BookRows

VENUE: Final = "upbit"
MARKETS: Final = tuple(f"KRW-{chr(ord('A') + n) * 3}" for n in range(20))
PEAK_TRADES, PEAK_BOOKS = 47, 3
TIMES: Final = 10
SECONDS: Final = 100
START_NS: Final = 1_756_684_800_000_000_000
"""2025-09-01 00:00 UTC."""
QUIET: Final = moment(START_NS // NS_PER_S + SECONDS - 1)
"""The last second: whoever begins here soon has markets in which nothing happens any more."""
LOT_U: Final = 100_000
TICK_U: Final = 1_000
_SOURCE: Final = Source(name="made", sha256="0" * 64, layout="benchmark")

Columns = dict[str, NDArray[Any]]


def write(store: Path) -> None:
    """Store the markets."""
    lake = Lake(store)
    for n, market in enumerate(MARKETS):
        random = np.random.default_rng(n)
        lake.register_instrument(VENUE, market, 0, 8, always_open=True)
        touch_u = 150_000_000 + np.cumsum(random.integers(-1, 2, SECONDS)) * TICK_U
        lake.merge_trades(VENUE, market, _trades(random, touch_u), _SOURCE, Identity.TRADE_ID)
        rows = BookRows(Identity.ORDER)
        lake.merge_messages(VENUE, market, _books(random, touch_u), _SOURCE, rows)


def _times(random: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Return so many times of the whole period, in order, in whole milliseconds."""
    return START_NS + np.sort(random.integers(0, SECONDS * 1_000, count)) * NS_PER_MS


def _trades(random: np.random.Generator, touch_u: NDArray[np.int64]) -> Columns:
    count = SECONDS * PEAK_TRADES * TIMES
    ts_ns = _times(random, count)
    is_bought = random.random(count) < 0.5
    columns = {
        "exch_ts_ns": ts_ns,
        "recv_ts_ns": np.zeros(count, np.int64),
        "trade_id": np.arange(1, count + 1),
        "price_u": touch_u[(ts_ns - START_NS) // NS_PER_S] + is_bought * TICK_U,
        "size_u": random.integers(1, 40, count) * LOT_U,
        "side": np.where(is_bought, 1, -1),
    }
    return {name: columns[name].astype(kind) for name, kind in TRADE_COLUMNS.items()}


def _books(random: np.random.Generator, touch_u: NDArray[np.int64]) -> Columns:
    count = SECONDS * PEAK_BOOKS * TIMES
    ts_ns = _times(random, count)
    ts_ns[0] = START_NS  # a market without a book takes no orders
    each = 2 * BOOK_LEVELS
    side = np.tile(np.repeat([BookSide.BID, BookSide.ASK], BOOK_LEVELS), count)
    level = np.tile(np.arange(BOOK_LEVELS), 2 * count)
    touches_u = np.repeat(touch_u[(ts_ns - START_NS) // NS_PER_S], each)
    columns = {
        "exch_ts_ns": np.repeat(ts_ns, each),
        "recv_ts_ns": np.zeros(each * count, np.int64),
        **{name: np.full(each * count, NO_UPDATE) for name in ("update_id", "first_id")},
        "before_id": np.full(each * count, NO_UPDATE),
        "form": np.full(each * count, BookForm.WHOLE),
        "side": side,
        "price_u": touches_u + (side == BookSide.ASK) * TICK_U - side * level * TICK_U,
        "size_u": random.integers(1, 3_000, each * count) * LOT_U,
        "ends": np.tile(np.arange(each) == each - 1, count),
    }
    return {name: columns[name].astype(kind) for name, kind in BOOK_COLUMNS.items()}
