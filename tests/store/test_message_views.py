from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.books import BOOK_COLUMNS, NO_UPDATE
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.store.lake import Identity, Lake, Source
from sigma_cli.store.message_rows import BookRows, QuoteRows
from sigma_cli.store.query import ask

START_NS = int(np.datetime64("2025-01-31T00:00", "ns").astype(np.int64))
SOURCE = Source(name="a", sha256="a", layout="test")


def table(store: Path, statement: str) -> list[tuple[Any, ...]]:
    return list(ask(store, statement, rows_max=None, memory_mb=512, threads=2).rows)


def at(second: int) -> datetime:
    return datetime(2025, 1, 31, 0, 0, second)  # noqa: DTZ001 - a TIMESTAMP is UTC


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    lake.register_instrument("binance", "BTCUSDT", 2, 3, always_open=True)
    return lake


def store(lake: Lake, levels: list[tuple[int, ...]]) -> None:
    """Second, update id, first id, id before, form, side, price, size, ends."""
    second, *rest = (np.array(column) for column in zip(*levels, strict=True))
    columns = [START_NS + second * NS_PER_S, np.zeros(len(levels), np.int64), *rest]
    rows = {
        name: column.astype(kind)
        for (name, kind), column in zip(BOOK_COLUMNS.items(), columns, strict=True)
    }
    lake.merge_messages("binance", "BTCUSDT", rows, SOURCE, BookRows(Identity.UPDATE_ID))


def test_quotes_appear_in_units_people_read(lake: Lake) -> None:
    times = np.array([0, START_NS])
    rows = {
        "exch_ts_ns": times,
        "recv_ts_ns": START_NS + np.array([0, NS_PER_S]),
        "update_id": np.array([7, 8]),
        "bid_u": np.array([1234, 1235]),
        "bid_size_u": np.array([1500, 2]),
        "ask_u": np.array([1236, 1237]),
        "ask_size_u": np.array([1, 2000]),
    }
    lake.merge_messages("binance", "BTCUSDT", rows, SOURCE, QuoteRows(Identity.UPDATE_ID))
    assert table(lake.root, "FROM quotes ORDER BY update_id") == [
        ("binance", "BTCUSDT", None, 12.34, 1.5, 12.36, 0.001, 7, at(0), None, False),
        ("binance", "BTCUSDT", at(0), 12.35, 0.002, 12.37, 2.0, 8, at(1), START_NS, False),
    ]


def test_books_appear_level_by_level(lake: Lake) -> None:
    store(
        lake,
        [
            (0, 10, -1, -1, 1, 1, 1234, 500, 0),
            (0, 10, -1, -1, 1, -1, 1236, 600, 1),
            (1, 11, 11, 10, 0, 0, 0, 0, 1),
        ],
    )
    columns = "ts, update_id, first_id, before_id, form, side, price, size, ends, recv_ts"
    assert table(lake.root, f"SELECT {columns} FROM books ORDER BY update_id, price") == [
        (at(0), 10, None, None, "whole", "bid", 12.34, 0.5, False, None),
        (at(0), 10, None, None, "whole", "ask", 12.36, 0.6, True, None),
        (at(1), 11, 11, 10, "changes", None, 0.0, 0.0, True, None),
    ]


def test_from_a_gap_to_the_next_whole_book_nothing_is_known(lake: Lake) -> None:
    changes = (1, 100, 1, 1)
    store(
        lake,
        [
            (0, 10, NO_UPDATE, NO_UPDATE, 1, *changes),
            (1, 12, 11, NO_UPDATE, 0, *changes),
            (2, 15, 14, NO_UPDATE, 0, *changes),
            (3, 18, 16, NO_UPDATE, 0, *changes),
            (4, 19, NO_UPDATE, NO_UPDATE, 1, *changes),
            (5, 25, 22, 21, 0, *changes),
        ],
    )
    columns = "last_id, follows_id, next_id, invalid_from, seen, valid_again"
    assert table(lake.root, f"SELECT {columns} FROM book_gaps ORDER BY last_id") == [
        (12, 13, 15, at(1), at(2), at(4)),
        (19, 21, 25, at(4), at(5), None),
    ]
    assert lake.series()[0].gaps == 2


def test_a_store_without_any_has_empty_views(tmp_path: Path) -> None:
    for view in ("quotes", "books", "book_gaps"):
        assert table(tmp_path, f"FROM {view}") == []
