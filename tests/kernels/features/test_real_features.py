"""Ten recorded minutes of BTCUSDT, books rebuilt from snapshot and diffs: no row knows the future.

The recording's own clock is 1.27 s behind the exchange; quotes carry no time of the exchange.
"""

import heapq
import json
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import BOOK, QUOTE, TRADE
from sigma_cli.domain.features import TRAITS, Column
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_MS, NS_PER_S
from sigma_cli.kernels.features import chunks, market, rows
from sigma_cli.kernels.jit import DISABLED
from sigma_cli.venues.binance.rules import RULEBOOK
from tests.kernels.features.making import NO_CHANGES, Tape, reader, shaken, whole

pytestmark = [pytest.mark.real, pytest.mark.skipif(DISABLED, reason="100,000 events: compiled")]

FOLDER = "real_small/binance-spot-btcusdt-20240808"
CLOCK_OFFSET_NS = 1_270 * NS_PER_MS
PRICE, SIZE = 100, 10**8


def units(column: NDArray[np.float64], scale: int) -> NDArray[np.int64]:
    return np.rint(column * scale).astype(np.int64)


def columns_of(path: Path) -> dict[str, NDArray[np.float64]]:
    table = pq.read_table(path)
    return {name: table[name].to_numpy() for name in table.schema.names if name != "type"}


def trades(folder: Path) -> Records:
    t = columns_of(folder / "trades.parquet")
    made = np.zeros(len(t["trade_id"]), TRADE)
    made["exch_ts_ns"] = t["trade_ms"] * NS_PER_MS
    made["recv_ts_ns"] = t["recv_ns"] + CLOCK_OFFSET_NS
    made["trade_id"] = t["trade_id"]
    made["price_u"], made["size_u"] = units(t["price"], PRICE), units(t["qty"], SIZE)
    made["side"] = np.where(t["buyer_is_maker"], -1, 1)
    return made


def quotes(folder: Path) -> Records:
    q = columns_of(folder / "book_ticker.parquet")
    made = np.zeros(len(q["update_id"]), QUOTE)
    made["recv_ts_ns"] = q["recv_ns"] + CLOCK_OFFSET_NS
    made["update_id"] = q["update_id"]
    for side in ("bid", "ask"):
        made[f"{side}_u"] = units(q[side], PRICE)
        made[f"{side}_size_u"] = units(q[f"{side}_qty"], SIZE)
    return made


def books(folder: Path) -> Records:
    """Rebuild the book after each diff; the first is the first that follows the snapshot."""
    snapshot = json.loads((folder / "depth_snapshot.json").read_text())
    sides: list[dict[int, int]] = [
        {round(float(p) * PRICE): round(float(q) * SIZE) for p, q in snapshot[name]}
        for name in ("bids", "asks")
    ]
    d = columns_of(folder / "depth.parquet")
    price_u, size_u = units(d["price"], PRICE).tolist(), units(d["qty"], SIZE).tolist()
    made = []
    for update_id, group in groupby(range(len(price_u)), lambda i: int(d["u"][i])):
        changes = list(group)
        if update_id <= snapshot["lastUpdateId"]:
            continue
        for i in changes:
            side = sides[int(d["side"][i])]
            if size_u[i]:
                side[price_u[i]] = size_u[i]
            else:
                side.pop(price_u[i], None)
        book = np.zeros(1, BOOK)[0]
        book.exch_ts_ns = int(d["event_ms"][changes[0]]) * NS_PER_MS
        book.recv_ts_ns = int(d["recv_ns"][changes[0]]) + CLOCK_OFFSET_NS
        book.update_id = update_id
        book.bid_u[:] = heapq.nlargest(BOOK_LEVELS, sides[0])
        book.ask_u[:] = heapq.nsmallest(BOOK_LEVELS, sides[1])
        book.bid_size_u[:] = [sides[0][p] for p in book.bid_u.tolist()]
        book.ask_size_u[:] = [sides[1][p] for p in book.ask_u.tolist()]
        made.append(book)
    return np.array(made, BOOK)


def recording(folder: Path) -> Tape:
    return Tape(trades(folder), quotes(folder), books(folder))


def found(given: Tape, start_ns: int, rows_max: int) -> NDArray[np.float64]:
    instrument = RULEBOOK.instrument("BTCUSDT", 2, 8)
    rules = pack_rules(instrument, instrument.rules_at(start_ns))
    state = market.begin(rules, 20_000 * SIZE, makes_bars=True)
    out = np.full((rows_max, rows.COLUMNS), -7.0)
    count = chunks.read(state, whole(given), NO_CHANGES, reader(start_ns=start_ns), out)
    assert state[0].ahead == 0 and state[0].cancels.forgotten == 0
    return out[:count]


def test_no_row_of_a_real_market_knows_what_arrives_later(real_data: Path) -> None:
    given = recording(real_data / FOLDER)
    assert len(given.trades) + len(given.quotes) + len(given.books) > 95_000
    assert (given.books["bid_u"][:, 0] < given.books["ask_u"][:, 0]).all(), "never crossed"
    first_ns = int(given.trades["recv_ts_ns"][0])
    start_ns = first_ns - first_ns % NS_PER_S
    whole = found(given, start_ns, 10_000)
    assert len(whole) > 600
    for column, traits in TRAITS.items():
        if traits.warm_up_ns <= 5 * NS_PER_MINUTE:
            assert np.isfinite(whole[310:, column]).all(), column.name
    assert 0.3 < whole[100:, Column.CANCEL_RATE_1M].min() < 1.0
    for second in (60, 301, 555):
        other = found(shaken(given, start_ns + second * NS_PER_S), start_ns, second + 1)
        assert other.tobytes() == whole[: second + 1].tobytes()
