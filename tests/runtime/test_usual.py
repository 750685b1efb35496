"""What is usual at a minute of the day: medians of the days before, of what was stored then."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from sigma_cli.domain.books import BOOK_COLUMNS, NO_UPDATE, QUOTE_COLUMNS, BookForm, BookSide
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.trades import TRADE_COLUMNS
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S
from sigma_cli.runtime import usual
from sigma_cli.runtime.tick_selection import select_ticks
from sigma_cli.settings.switches import Switches
from sigma_cli.store.lake import Identity, Lake, Source
from sigma_cli.store.message_rows import BookRows, QuoteRows
from tests.market import START_NS

SOURCE = Source(name="made", sha256="0" * 64, layout="test")
VENUE, MARKET = "upbit", "KRW-BTC"
COIN_U = 10**8
HOURS = 2
"""Of each day that are recorded, from 00:00 UTC."""


def minutes_of(*days: int) -> NDArray[np.int64]:
    """The minutes of the first hours of some days."""
    of_day = np.arange(HOURS * 60) * NS_PER_MINUTE
    return np.concatenate([START_NS + day * NS_PER_DAY + of_day for day in days])


def store_trades(lake: Lake, times: NDArray[np.int64], sizes_u: NDArray[np.int64]) -> None:
    rows = {name: np.ones(len(times), kind) for name, kind in TRADE_COLUMNS.items()}
    rows |= {"exch_ts_ns": times, "size_u": sizes_u, "trade_id": np.arange(len(times))}
    lake.register_instrument(VENUE, MARKET, 0, 8, always_open=True)
    lake.merge_trades(VENUE, MARKET, rows, SOURCE, Identity.TRADE_ID)


def store_quotes(lake: Lake, times: NDArray[np.int64], spread_u: NDArray[np.int64]) -> None:
    rows = {name: np.ones(len(times), kind) for name, kind in QUOTE_COLUMNS.items()}
    rows |= {"exch_ts_ns": np.zeros(len(times), np.int64), "recv_ts_ns": times}
    rows |= {"update_id": np.arange(len(times))}
    rows |= {"bid_u": 100_000 - spread_u, "ask_u": 100_000 + spread_u}
    lake.merge_messages(VENUE, MARKET, rows, SOURCE, QuoteRows(Identity.UPDATE_ID))


def store_books(
    lake: Lake, times: NDArray[np.int64], spread_u: NDArray[np.int64], form: BookForm
) -> None:
    """Books of two levels a side, and a bid of nothing above them."""
    count = len(times)
    rows: dict[str, NDArray[Any]] = {
        name: np.full(5 * count, NO_UPDATE) for name in ("update_id", "first_id", "before_id")
    }
    away = np.repeat(spread_u, 5) + np.tile([0, 7, 0, 7, -1], count)
    sides = np.array([BookSide.BID] * 2 + [BookSide.ASK] * 2 + [BookSide.BID])
    rows |= {
        "exch_ts_ns": np.repeat(times, 5),
        "recv_ts_ns": np.repeat(times, 5),
        "form": np.full(5 * count, form),
        "side": np.tile(sides, count),
        "price_u": 100_000 - np.tile(sides, count) * away,
        "size_u": np.tile([1, 1, 1, 1, 0], count),
        "ends": np.tile([0, 0, 0, 0, 1], count),
    }
    typed = {name: rows[name].astype(kind) for name, kind in BOOK_COLUMNS.items()}
    lake.merge_messages(VENUE, MARKET, typed, SOURCE, BookRows(Identity.ORDER))


def told(lake: Lake, period: str, **chosen: int) -> Records:
    selection = select_ticks(lake, [], venue=None, period=period, fidelity="trades", fee=None)
    return usual.told(lake, selection, Switches(**chosen))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_volumes_are_medians_of_the_days_before(lake: Lake) -> None:
    times = minutes_of(0, 1, 2, 3)
    day, minute = np.divmod((times - START_NS) // NS_PER_MINUTE, 1_440)
    store_trades(lake, times + 7 * NS_PER_S, (np.array([5, 1, 2, 70])[day] + minute) * COIN_U)
    found = told(lake, "2025-09-04")
    assert found["ts_ns"].tolist() == minutes_of(3).tolist()
    assert found["market"].tolist() == [0] * 120
    assert found["usual"]["volume"].tolist() == [2.0 + m for m in range(120)]
    assert np.isnan(found["usual"]["spread"]).all()
    assert (found["usual"]["until_ns"] - found["ts_ns"] == NS_PER_MINUTE).all()


def test_no_later_day_changes_what_was_usual(tmp_path: Path) -> None:
    one, more = Lake(tmp_path / "one"), Lake(tmp_path / "more")
    for lake, last in ((one, 4), (more, 9)):
        times = minutes_of(*range(last))
        store_trades(lake, times, 1 + np.arange(len(times)) * 7_919 % 1_000)
    found, with_more = told(one, "all"), told(more, "all")
    assert len(found) == 120
    assert found.tobytes() == with_more[:120].tobytes()


def test_what_was_stored_on_too_few_days_is_not_known(lake: Lake) -> None:
    times = minutes_of(0, 1, 2)
    store_trades(lake, times, np.ones(len(times), np.int64))
    assert len(told(lake, "all")) == 0
    assert len(told(lake, "all", usual_days_min=2)) == 120
    with pytest.raises(ValidationError, match="never be stored"):
        Switches(usual_days=2, usual_days_min=3)


def test_an_hour_without_trades_was_not_recorded_and_a_minute_was(lake: Lake) -> None:
    times = minutes_of(0, 1, 2, 3)
    hour = (times - START_NS) // NS_PER_HOUR
    minute = (times - START_NS) // NS_PER_MINUTE
    times = times[(hour != 24) & (minute % 1_440 != 90)]
    store_trades(lake, times, np.full(len(times), COIN_U))
    found = told(lake, "2025-09-04")
    assert found["ts_ns"].tolist() == minutes_of(3)[60:].tolist(), "an hour of the second day"
    volumes = found["usual"]["volume"].tolist()
    assert volumes == [1.0] * 30 + [0.0] + [1.0] * 29


def test_the_spread_is_that_of_the_last_quote_of_a_minute(lake: Lake) -> None:
    times = minutes_of(0, 1, 2, 3)
    store_trades(lake, times, np.ones(len(times), np.int64))
    day = (times - START_NS) // NS_PER_DAY
    store_quotes(
        lake,
        np.repeat(times, 2) + np.tile([NS_PER_S, 30 * NS_PER_S], len(times)),
        np.stack([np.full(len(times), 900), np.array([30, 10, 20, 400])[day]], axis=1).ravel(),
    )
    store_books(lake, times, np.full(len(times), 700), BookForm.WHOLE)
    found = told(lake, "2025-09-04")
    assert found["usual"]["spread"].tolist() == [40 / 100_000] * 120


def test_without_quotes_whole_books_say_the_spread(lake: Lake) -> None:
    times = minutes_of(0, 1, 2, 3)
    store_trades(lake, times, np.ones(len(times), np.int64))
    store_books(lake, np.sort(np.concatenate([times, times + 1])), np.full(960, 25), BookForm.WHOLE)
    found = told(lake, "2025-09-04")["usual"]["spread"]
    assert set(found[~np.isnan(found)].tolist()) == {50 / 100_000}


def test_messages_of_changes_say_no_spread(lake: Lake) -> None:
    times = minutes_of(0, 1, 2, 3)
    store_trades(lake, times, np.ones(len(times), np.int64))
    store_books(lake, times, np.full(len(times), 25), BookForm.CHANGES)
    assert np.isnan(told(lake, "2025-09-04")["usual"]["spread"]).all()


def test_a_batch_of_one_message_says_nothing(lake: Lake) -> None:
    times = minutes_of(0, 1, 2, 3)
    store_trades(lake, times, np.ones(len(times), np.int64))
    store_books(lake, times[::60], np.full(len(times[::60]), 25), BookForm.WHOLE)
    assert np.isnan(told(lake, "2025-09-04")["usual"]["spread"]).all()
