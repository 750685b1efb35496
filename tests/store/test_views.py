import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.dtypes.tape import DECISION, FACT, REQUEST
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.errors import OutsideError
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.quarantine import BadRow, Quarantine
from sigma_cli.store.query import ask
from sigma_cli.store.rows import Rows
from sigma_cli.store.runs import save_run

RowsAt = Callable[..., Rows]
START_NS = int(np.datetime64("2025-01-31T00:00", "ns").astype(np.int64))
VIEWS = [
    "candles",
    "decisions",
    "facts",
    "fills",
    "gaps",
    "notes",
    "quarantine",
    "requests",
    "runs",
    "trade_gaps",
    "trades",
]


def table(store: Path, statement: str) -> list[tuple[Any, ...]]:
    return list(ask(store, statement, rows_max=None, memory_mb=512, threads=2).rows)


class Recorder:
    """Merges candles of minutes after START, by market."""

    def __init__(self, store: Path, rows_at: RowsAt) -> None:
        self.lake = Lake(store)
        self.rows_at = rows_at

    def record(
        self, market: str, minutes: list[int], name: str = "a.csv", *, always_open: bool = True
    ) -> None:
        times = START_NS + np.array(minutes) * NS_PER_MINUTE
        self.lake.register_instrument("upbit", market, 2, 3, always_open=always_open)
        source = Source(name=name, sha256=name, layout="test")
        self.lake.merge_candles("upbit", market, "1m", self.rows_at(times), source)


@pytest.fixture
def recorder(tmp_path: Path, rows_at: RowsAt) -> Recorder:
    return Recorder(tmp_path, rows_at)


def gaps(store: Path, market: str = "M") -> list[tuple[int, int, int, str]]:
    """Return (first and last missing minute after START, missing, kind)."""
    zero = datetime(2025, 1, 31)  # noqa: DTZ001 - what DuckDB gives for a TIMESTAMP in UTC
    found = table(
        store,
        "SELECT first_missing, last_missing, missing, kind FROM gaps"
        f" WHERE market = '{market}' ORDER BY 1",
    )
    return [
        (round((a - zero).total_seconds() / 60), round((b - zero).total_seconds() / 60), n, kind)
        for a, b, n, kind in found
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_on_an_empty_store_every_view_exists_and_has_no_rows(tmp_path: Path, view: str) -> None:
    assert table(tmp_path / "none", f"SELECT * FROM {view}") == []
    assert not (tmp_path / "none").exists()


def test_candles_appear_in_units_people_read(tmp_path: Path, recorder: Recorder) -> None:
    recorder.record("BTC/USDT", [1])
    rows = recorder.lake.read_candles("upbit", "BTC/USDT", "1m")
    (found,) = table(tmp_path, "SELECT * FROM candles")
    assert found == (
        "upbit",
        "BTC/USDT",
        "1m",
        datetime(2025, 1, 31, 0, 1),  # noqa: DTZ001 - a TIMESTAMP without a zone is UTC
        rows["open_u"][0] / 100,
        rows["high_u"][0] / 100,
        rows["low_u"][0] / 100,
        rows["close_u"][0] / 100,
        rows["volume_u"][0] / 1000,
        False,
    )
    (types,) = table(tmp_path, "SELECT typeof(open_ts), typeof(open), typeof(volume) FROM candles")
    assert types == ("TIMESTAMP", "DOUBLE", "DOUBLE")


def test_many_series_of_many_parts_keep_apart(tmp_path: Path, recorder: Recorder) -> None:
    for i in range(40):
        recorder.record(f"M{i}", [0, i + 1, 2 * 1440 + i])
    found = table(
        tmp_path, "SELECT market, count(*), count(DISTINCT open_ts) FROM candles GROUP BY market"
    )
    assert sorted(found) == sorted((f"M{i}", 3, 3) for i in range(40))
    assert table(tmp_path, "SELECT count(*) FROM candles WHERE market = 'M7'") == [(3,)]
    assert table(tmp_path, "SELECT count(*) FROM candles WHERE market = 'none'") == [(0,)]


def test_gaps_count_every_missing_candle(tmp_path: Path, recorder: Recorder) -> None:
    recorder.record("M", [0, 1, 4, 5, 1439, 1442])
    assert [gap[:3] for gap in gaps(tmp_path)] == [(2, 3, 2), (6, 1438, 1433), (1440, 1441, 2)]
    (series,) = recorder.lake.series()
    assert (series.gaps, series.missing) == (3, 2 + 1433 + 2)


def test_a_missing_week_is_a_gap_where_nights_are_none(tmp_path: Path, recorder: Recorder) -> None:
    day = 1440
    recorder.record("M", [0, 3, 1000, 3 * day, 10 * day], always_open=False)
    missing = [(1, 2, 2), (3 * day + 1, 10 * day - 1, 4 * 390)]
    assert [gap[:3] for gap in gaps(tmp_path)] == missing
    (series,) = recorder.lake.series()
    assert (series.gaps, series.missing) == (2, 2 + 4 * 390)


def test_a_hole_between_two_recordings_was_not_downloaded(
    tmp_path: Path, recorder: Recorder
) -> None:
    recorder.record("M", [0, 1, 3], "a.csv")
    recorder.record("M", [10, 11, 20], "b.csv")
    recorder.record("M", [10, 15], "c.csv")
    recorder.record("OTHER", list(range(30)))
    assert gaps(tmp_path) == [
        (2, 2, 1, "no_trades"),
        (4, 9, 6, "not_downloaded"),
        (12, 14, 3, "no_trades"),
        (16, 19, 4, "no_trades"),
    ]


def test_a_hole_of_every_market_is_an_outage(tmp_path: Path, recorder: Recorder) -> None:
    recorder.record("M", [0, 5, 6, 9, 100, 105])
    recorder.record("OTHER", [0, 5, 6, 7, 9])
    assert gaps(tmp_path) == [
        (1, 4, 4, "outage"),
        (7, 8, 2, "no_trades"),
        (10, 99, 90, "unknown"),  # nobody else was recorded any more
        (101, 104, 4, "unknown"),
    ]


def test_alone_nothing_can_be_said_of_a_hole(tmp_path: Path, recorder: Recorder) -> None:
    recorder.record("M", [0, 5])
    assert gaps(tmp_path) == [(1, 4, 4, "unknown")]


def test_with_sessions_a_night_is_no_gap_and_a_silent_hour_no_outage(
    tmp_path: Path, recorder: Recorder
) -> None:
    for market in ("M", "OTHER"):
        recorder.record(market, [0, 1, 61, 62, 62 + 480, 62 + 482], always_open=False)
    assert [gap[2:] for gap in gaps(tmp_path)] == [(59, "unknown"), (1, "unknown")]
    assert recorder.lake.series()[0].missing == 60


def test_quarantined_rows_are_shown_with_their_reason(tmp_path: Path) -> None:
    with Quarantine(tmp_path, "a.csv", "upbit", ("aa", "1m")) as quarantine:
        quarantine.add(
            [
                BadRow(
                    row=7,
                    market="KRW-BTC",
                    exch_ts_ns=START_NS,
                    reason="nan",
                    detail="close is NaN",
                    raw="{}",
                )
            ]
        )
    assert table(tmp_path, "SELECT source, row, market, reason, exch_ts FROM quarantine") == [
        ("a.csv", 7, "KRW-BTC", "nan", datetime(2025, 1, 31))  # noqa: DTZ001 - UTC
    ]


SUMMARY: dict[str, Any] = {
    "run_id": "abc",
    "created_ts_ns": START_NS,
    "command": "sigma backtest",
    "strategy": "sma_cross",
    "params": {"fast": 10},
    "markets": [
        {"venue": "upbit", "market": "KRW-XRP", "price_exp": 0, "size_exp": 8},
        {"venue": "upbit", "market": "M", "price_exp": 1, "size_exp": 2},
    ],
    "interval": "1m",
    "period": {"start_ns": START_NS, "end_ns": START_NS + NS_PER_DAY, "text": "2025-01-31"},
    "bars": 1440,
    "events": 1450,
    "orders": 2,
    "fills": 1,
    "start_cash": 1e6,
    "final_equity": 999_000.5,
    "total_return": -0.001,
    "sharpe": float("nan"),
    "max_drawdown": 0.01,
    "fees": 12.5,
    "trials": 1,
    "gate": {"passed": False},
    "wall_s": 0.5,
    "cpu_s": 0.4,
    "hashes": {"code": "c0de", "config": "c0f", "data": "da7a"},
}


def with_seq(table: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    names = table.dtype.names or ()
    return {"seq": np.arange(len(table)), **{name: table[name] for name in names}}


@pytest.fixture
def run(tmp_path: Path, recorder: Recorder) -> Path:
    """A store with one run on two markets, of which the lake knows the second."""
    recorder.record("M", [0])
    facts, requests, decisions = (np.zeros(2, dtype) for dtype in (FACT, REQUEST, DECISION))
    for each in (facts, requests, decisions):
        each["market"] = 1
        each["price_u"], each["size_u"] = 1234, 5678
    facts["kind"] = [FactKind.ACCEPTED, FactKind.FILLED]
    facts["liquidity"] = Liquidity.TAKER
    facts["recv_ts_ns"] = [START_NS, START_NS + NS_PER_HOUR]
    for each in (facts, requests):
        each["local_no"] = [1, 2]
    requests["price_u"][1] = 0
    requests["kind"], requests["side"] = RequestKind.SUBMIT, Side.SELL
    requests["order_type"], requests["tif"] = OrderType.MARKET, 1
    decisions["reason"], decisions["side"] = [Reason.SIGNAL_ENTRY, 999], Side.BUY
    decisions["limit"] = 0.2
    trades = {"market": np.array([1]), "exit_ts_ns": np.array([0]), "pnl": np.array([1.5])}
    save_run(
        tmp_path,
        SUMMARY,
        {
            "facts": with_seq(facts),
            "requests": with_seq(requests),
            "decisions": with_seq(decisions),
            "trades": trades,
            "candles": {"market": np.array([1]), "close_u": np.array([12_340])},
        },
    )
    return tmp_path


def test_runs_show_their_summary(run: Path) -> None:
    (found,) = table(
        run,
        "SELECT run_id, strategy, params, markets, period_start, fills, sharpe, gate, data_hash"
        " FROM runs",
    )
    assert found[:4] == ("abc", "sma_cross", '{"fast": 10}', ["KRW-XRP", "M"])
    assert found[4] == datetime(2025, 1, 31)  # noqa: DTZ001 - UTC
    assert found[5] == 1
    assert np.isnan(found[6])
    assert json.loads(found[7]) == {"passed": False}
    assert found[8] == "da7a"


def test_fills_are_facts_in_words_and_units(run: Path) -> None:
    assert table(
        run,
        "SELECT run_id, seq, venue, market, side, price, size, recv_ts, exch_ts FROM fills",
    ) == [("abc", 1, "upbit", "M", "sell", 123.4, 56.78, datetime(2025, 1, 31, 1), None)]  # noqa: DTZ001 - UTC
    assert table(run, "SELECT kind FROM facts ORDER BY seq") == [("accepted",), ("filled",)]


def test_requests_and_decisions_have_words_for_numbers(run: Path) -> None:
    assert table(
        run,
        "SELECT kind, side, order_type, tif, post_only, price, expires FROM requests ORDER BY seq",
    ) == [
        ("submit", "sell", "market", "gtc", False, 123.4, None),
        ("submit", "sell", "market", "gtc", False, None, None),
    ]
    assert table(run, 'SELECT reason, side, "limit" FROM decisions ORDER BY seq') == [
        ("signal_entry", "buy", 0.2),
        ("999", "buy", 0.2),
    ]


def test_other_tables_of_a_run_have_views_too(run: Path) -> None:
    assert table(run, "SELECT run_id, market, exit_ts, pnl FROM round_trips") == [
        ("abc", "M", None, 1.5)
    ]


def test_candles_of_a_run_stand_beside_those_of_the_market(run: Path) -> None:
    assert table(run, "SELECT run_id, market, close FROM run_candles") == [("abc", "M", 123.4)]
    assert table(run, "SELECT count(*) > 0 FROM candles") == [(True,)]


def test_a_run_counts_as_it_did_whatever_the_lake_says(run: Path) -> None:
    (run / "catalogue.sqlite").unlink()
    assert table(run, "SELECT market, price, fee FROM fills") == [("M", 123.4, 0.0)]


def test_a_damaged_table_of_a_run_is_named(run: Path) -> None:
    path = run / "runs" / "abc" / "trades.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(OutsideError, match="a table of run abc") as caught:
        table(run, "SELECT * FROM round_trips")
    assert caught.value.where == str(path)
