from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from sigma_cli.domain.trades import NO_ID
from sigma_cli.domain.units import NS_PER_HOUR, NS_PER_S
from sigma_cli.store.lake import Identity, Lake, Source
from sigma_cli.store.query import ask

START_NS = int(np.datetime64("2025-01-31T00:00", "ns").astype(np.int64))


def table(store: Path, statement: str) -> list[tuple[Any, ...]]:
    return list(ask(store, statement, rows_max=None, memory_mb=512, threads=2).rows)


def at(hour: int, second: int) -> datetime:
    return datetime(2025, 1, 31, hour, 0, second)  # noqa: DTZ001 - a TIMESTAMP is UTC


def record(
    store: Path, ids: list[int], market: str = "BTCUSDT", identity: Identity = Identity.TRADE_ID
) -> None:
    """Store a trade a second: the first four in one hour, the others in the next."""
    count = len(ids)
    seconds = np.arange(count) * NS_PER_S + np.where(np.arange(count) < 4, 0, NS_PER_HOUR)
    rows = {
        "exch_ts_ns": START_NS + seconds,
        "recv_ts_ns": np.where(np.arange(count) % 2, START_NS + seconds + NS_PER_S, 0),
        "trade_id": np.array(ids),
        "price_u": 12345 + np.arange(count),
        "size_u": 1500 + np.arange(count),
        "side": np.resize(np.array([1, -1, 0], np.int8), count),
    }
    lake = Lake(store)
    lake.register_instrument("binance", market, 2, 3, always_open=True)
    lake.merge_trades(
        "binance", market, rows, Source(name="a", sha256="a", layout="test"), identity
    )


def test_trades_appear_in_units_people_read(tmp_path: Path) -> None:
    record(tmp_path, [7, 8, 9])
    record(tmp_path, [NO_ID], market="ETHUSDT", identity=Identity.ORDER)
    found = table(tmp_path, "SELECT * EXCLUDE (exch_ts_ns) FROM trades ORDER BY market, ts")
    assert found == [
        ("binance", "BTCUSDT", at(0, 0), 123.45, 1.5, "buy", 7, None, False),
        ("binance", "BTCUSDT", at(0, 1), 123.46, 1.501, "sell", 8, at(0, 2), False),
        ("binance", "BTCUSDT", at(0, 2), 123.47, 1.502, "unknown", 9, None, False),
        ("binance", "ETHUSDT", at(0, 0), 123.45, 1.5, "buy", None, None, False),
    ]
    (types,) = table(
        tmp_path,
        "SELECT DISTINCT typeof(ts), typeof(price), typeof(side), typeof(trade_id) FROM trades",
    )
    assert types == ("TIMESTAMP", "DOUBLE", "VARCHAR", "BIGINT")


def test_holes_in_the_numbers_are_rows(tmp_path: Path) -> None:
    record(tmp_path, [1, 2, 5, 6, 9, 10])
    record(tmp_path, [1, 100], market="KRW-BTC", identity=Identity.UNIQUE_ID)
    assert table(tmp_path, "SELECT * FROM trade_gaps ORDER BY first_missing") == [
        ("binance", "BTCUSDT", 3, 4, 2, at(0, 1), at(0, 2)),
        ("binance", "BTCUSDT", 7, 8, 2, at(0, 3), at(1, 4)),
    ]


def test_candles_and_trades_of_a_market_do_not_meet(tmp_path: Path) -> None:
    record(tmp_path, [1, 2, 5])
    minutes = {
        name: np.array([START_NS if name == "open_ts_ns" else 1])
        for name in ("open_ts_ns", "open_u", "high_u", "low_u", "close_u", "volume_u")
    }
    source = Source(name="b", sha256="b", layout="test")
    Lake(tmp_path).merge_candles("binance", "BTCUSDT", "1m", minutes, source)
    (counts,) = table(
        tmp_path,
        "SELECT (SELECT count(*) FROM candles), (SELECT count(*) FROM trades),"
        " (SELECT count(*) FROM gaps), (SELECT count(*) FROM trade_gaps)",
    )
    assert counts == (1, 3, 0, 1)
