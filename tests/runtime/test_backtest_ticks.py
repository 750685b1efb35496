"""Backtests on ticks, from a lake of made-up trades and books to a stored run and its page."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli import notebook
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.requests import Reason
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_MS, NS_PER_S
from sigma_cli.errors import CheckError, UsageError
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.runtime import (
    backtest,
    backtest_ticks,
    choice,
    report,
    runs,
    sweep,
    tick_gate,
    tick_world,
    world,
)
from sigma_cli.runtime.backtest import Request, Result
from sigma_cli.runtime.progress import Silent
from sigma_cli.runtime.selection import instrument_of
from sigma_cli.runtime.tape import open_tape
from sigma_cli.runtime.tape_clocks import FeedLatency
from sigma_cli.runtime.tick_selection import TickSelection, base_of, select_ticks
from sigma_cli.runtime.tick_setup import Setup
from sigma_cli.runtime.tick_simulation import MinuteBars, TickTape, candles
from sigma_cli.settings.switches import Switches
from sigma_cli.store.lake import Lake
from sigma_cli.store.runs import StoredRun, load_run, remove_run
from tests.market import START_NS
from tests.runtime.test_backtest import load
from tests.tick_market import fill

SMALL = ("sizing.kind=fraction", "sizing.fraction=0.2", "limits.orders_per_minute_max=1000")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    fill(Lake(root))
    return root


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that has trades, and no books."""
    root = tmp_path_factory.mktemp("blind")
    fill(Lake(root), books=False)
    return root


def asked(strategy: str = "imbalance", fidelity: str = "book", *sets: str, **rest: Any) -> Request:
    given: dict[str, Any] = {"cash": 1e8, "compare": False, "fee": "0.05%", **rest}
    return Request(
        strategy=strategy,
        period=given.pop("period", "all"),
        sets=[*SMALL, *sets],
        fidelity=backtest.fidelity_of(fidelity),
        **given,
    )


def run(store: Path, *words: Any, **rest: Any) -> Result:
    return backtest_ticks.run(asked(*words, **rest), store, load, Silent())


def stored(store: Path, *words: Any, **rest: Any) -> StoredRun:
    return load_run(store, run(store, *words, **rest).run_id)


@pytest.fixture(scope="module")
def on_book(store: Path) -> StoredRun:
    return stored(store, "imbalance", "book", "ticks=2", compare=True)


@pytest.fixture(scope="module")
def on_trades(store: Path) -> StoredRun:
    return stored(store, "imbalance", "trades", "ticks=2")


@pytest.fixture(scope="module")
def crossing(store: Path) -> StoredRun:
    return stored(store, "sma_cross", "book", "fast=1", "slow=2", compare=True)


# --- What is stored -----------------------------------------------------------------------------


@pytest.mark.compiles
def test_a_policy_trades_on_books(on_book: StoredRun) -> None:
    summary = on_book.summary
    assert summary["fidelity"] == "book"
    assert summary["fills"] >= 10
    asked = len(tick_gate.SHARES) + tick_gate.DECISIONS
    events = 720 * 4
    gate = {"state": "passed", "asked": asked, "chunks": 1, "events": events}
    assert summary["gate"] == gate, "a tape of one chunk"
    assert summary["sharpe_basis"].startswith("returns of single seconds")
    assert summary["tape"]["markets"][0]["books"] == 720


def test_only_what_is_on_the_hot_list_is_entered(store: Path, tmp_path: Path) -> None:
    market = str(load_run(store, run(store).run_id).summary["markets"][0]["market"])
    hot = tmp_path / "hot.csv"
    hot.write_text(f"time,market\n2025-09-01T00:00:30Z,{market}\n2025-09-01T00:01:00Z,\n")
    found = stored(store, hot_list=hot)
    bought = found.table("requests")["decision_ts_ns"][found.table("requests")["side"] == 1]
    assert len(bought) > 0
    assert (bought >= START_NS + 30 * NS_PER_S).all() and (bought < START_NS + NS_PER_MINUTE).all()
    assert found.summary["refusals"]["NOT_HOT"] > 0
    assert f"--hot-list {hot}" in found.summary["command"]
    assert found.run_id != run(store).run_id


def test_refusals_are_counted_by_the_minute(on_book: StoredRun) -> None:
    counted = on_book.table("refusals")
    kinds, times = counted["reason"], counted["ts_ns"]
    assert (times[:-1] <= times[1:]).all()
    assert len({*zip(times.tolist(), kinds.tolist(), strict=True)}) == len(times) > 3
    assert (counted["count"] > 0).all() and {Reason(kind) for kind in kinds.tolist()}


def test_a_strategy_of_bars_has_no_hot_list(store: Path) -> None:
    for strategy, fidelity in (("sma_cross", "book"), ("sma_cross", "bars")):
        with pytest.raises(UsageError) as found:
            asks = asked(strategy, fidelity, hot_list=Path("hot.csv"))
            runner = backtest if fidelity == "bars" else backtest_ticks
            runner.run(asks, store, load, Silent())
        assert found.value.where == "--hot-list hot.csv"


def test_sides_that_no_venue_told_are_inferred(on_book: StoredRun, tmp_path: Path) -> None:
    fill(Lake(tmp_path), sides=False)
    fills = run(tmp_path, "imbalance", "book", "ticks=2").fills
    assert fills == pytest.approx(on_book.summary["fills"], rel=0.5)


def test_fills_of_the_tables_are_those_of_the_summary(on_book: StoredRun) -> None:
    summary, orders, facts = on_book.summary, on_book.table("orders"), on_book.table("facts")
    filled = facts["kind"] == FactKind.FILLED
    assert summary["fills"] == int(filled.sum())
    assert orders["filled_u"].sum() == facts["size_u"][filled].sum()
    assert summary["orders"] == len(orders["local_no"])
    sides = [summary["execution"][side] for side in ("entries", "exits")]
    assert sum(one["asked"] for one in sides) == summary["orders"]
    assert sum(one["filled"] for one in sides) == int((orders["filled_u"] > 0).sum())
    for one in sides:
        assert sum(one["ended"].values()) == one["asked"], "every order ended somehow"
    assert orders["value"].sum() == pytest.approx(summary["markets"][0]["traded_value"])
    assert summary["fees"] == pytest.approx(facts["fee"][filled].sum())


def test_steps_of_the_funnel_narrow(on_book: StoredRun) -> None:
    counts = [count for _, count in on_book.summary["funnel"]]
    assert counts == sorted(counts, reverse=True)
    orders = on_book.table("orders")
    buys = orders["side"] > 0
    assert counts[1] == len(np.unique(orders["decision_no"][buys])) > 0
    filled = buys & (orders["filled_u"] > 0)
    assert counts[3] == len(np.unique(orders["decision_no"][filled])) > 0
    assert sum(on_book.summary["refusals"].values()) == counts[0] - counts[2]


def test_what_follows_a_fill_is_told(on_book: StoredRun) -> None:
    told = on_book.summary["execution"]["markouts_bps"]
    facts = on_book.table("facts")
    fills = int((facts["kind"] == FactKind.FILLED).sum())
    assert list(told) == ["1s", "5s", "60s"]
    assert 0 < sum(one["fills"] for one in told["1s"].values()) <= fills


def test_costs_add_up(on_book: StoredRun) -> None:
    summary = on_book.summary
    split = summary["cost_split"]
    parts = split["spread"] + split["impact"] + split["movement"]
    assert parts == pytest.approx(split["total"], abs=1e-9)
    assert split["unknown_fills"] == 0
    net = summary["final_equity"] - summary["start_cash"]
    assert summary["gross_pnl"] - summary["fees"] - split["total"] == pytest.approx(net, abs=1e-6)
    orders = on_book.table("orders")
    has = orders["filled_u"] > 0
    size = orders["filled_u"][has] * 1e-8
    worse = (orders["price"] - orders["decided_price"])[has] * orders["side"][has] * size
    assert worse.sum() == pytest.approx(split["total"], rel=1e-6), "the same, order by order"


def test_limits_rest_behind_what_is_there(on_book: StoredRun) -> None:
    queue, orders = on_book.summary["execution"]["queue"], on_book.table("orders")
    ahead = orders["ahead_u"]
    assert queue["rested"] == int((~np.isnan(ahead)).sum()) > 0
    assert (ahead[~np.isnan(ahead)] >= 0).all()
    assert queue["filled"] == int((~np.isnan(ahead) & (orders["maker_u"] > 0)).sum()) > 0


def test_nothing_is_filled_before_the_latency_has_passed(on_book: StoredRun) -> None:
    orders = on_book.table("orders")
    filled = orders["filled_u"] > 0
    waited = (orders["first_fill_ts_ns"] - orders["decision_ts_ns"])[filled]
    assert waited.min() >= 50 * NS_PER_MS
    accepted = orders["accepted_ts_ns"] > 0
    assert ((orders["accepted_ts_ns"] - orders["decision_ts_ns"])[accepted] == 50 * NS_PER_MS).all()


def test_without_a_book_nothing_is_split(on_trades: StoredRun) -> None:
    summary = on_trades.summary
    assert summary["fills"] > 0
    assert summary["cost_split"]["unknown_fills"] == summary["fills"]
    assert summary["cost_split"]["total"] == 0.0
    assert summary["execution"]["queue"]["rested"] == 0
    assert "conservative guess" in summary["fill_model"][0]
    assert not any("absent from the score" in note for note in summary["notes"])
    assert "latency_table" not in summary, "it was not asked for"


def test_a_score_without_a_book_says_what_it_lacks(blind: Path) -> None:
    found = stored(blind, "scalper", "trades", "weight_flow=1", gate=False)
    assert any("absent from the score" in note for note in found.summary["notes"])
    assert found.summary["settings"]["limits.market_share_max"] == 0.3, "what it is made for"
    assert {"spread_ratio_max", "volume_ratio_min"} <= set(found.summary["blind_switches"])


def test_a_strategy_of_bars_trades_on_books(crossing: StoredRun) -> None:
    summary = crossing.summary
    assert summary["fills"] > 0
    assert summary["gate"]["state"] == "passed"
    signals, requests = crossing.table("signals"), crossing.table("requests")
    first_ns = int(signals["open_ts_ns"][signals["value"] > 0][0])
    assert requests["decision_ts_ns"][0] >= first_ns + 61_000_000_000, "bar, and grace"


def test_a_stop_that_takes_several_fills_is_asked_for_once(store: Path) -> None:
    found = stored(store, "sma_cross", "trades", "fast=1", "slow=2", "exits.stop=0.00005")
    orders = found.table("orders")
    stops = orders["reason"] == Reason.EXIT_STOP
    entries = orders["side"] > 0
    assert 0 < stops.sum() <= entries.sum()
    assert found.summary["fills"] > found.summary["orders"], "takers get no more than a trade was"


def test_markets_are_told_apart(tmp_path: Path) -> None:
    fill(Lake(tmp_path), minutes=6)
    fill(Lake(tmp_path), minutes=6, market="KRW-ETH", seed=7)
    found = stored(tmp_path, "imbalance", "book", "ticks=2", gate=False)
    orders, summary = found.table("orders"), found.summary
    assert [one["market"] for one in summary["tape"]["markets"]] == ["KRW-BTC", "KRW-ETH"]
    assert set(orders["market"].tolist()) == {0, 1}
    for number, market in enumerate(summary["markets"]):
        value = orders["value"][orders["market"] == number].sum()
        assert value == pytest.approx(market["traded_value"])
    split = summary["cost_split"]
    parts = split["spread"] + split["impact"] + split["movement"]
    assert parts == pytest.approx(split["total"], abs=1e-9)


# --- Where nothing was recorded -----------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 8])
def test_nothing_happens_where_nothing_was_recorded(tmp_path: Path, days: int) -> None:
    """Two recordings with a hole between them, and a position that is held into it."""
    resumed_ns = days * NS_PER_DAY + 6 * NS_PER_HOUR
    fill(Lake(tmp_path), minutes=4)
    fill(Lake(tmp_path), minutes=4, after_ns=resumed_ns)
    words = ("ticks=100000", "wait_s=20", "hold_s=140")
    found = stored(tmp_path, "imbalance", "book", *words, gate=False)
    facts = found.table("facts")
    filled_ns = facts["exch_ts_ns"][facts["kind"] == FactKind.FILLED] - START_NS
    early = filled_ns < 4 * NS_PER_MINUTE
    assert (filled_ns[~early] >= resumed_ns).all()
    assert early.sum() % 2 == 1, "the position is held into the hole"
    (note,) = (one for one in found.summary["notes"] if "nothing was told" in one)
    assert note.startswith("KRW-BTC: nothing was told of its book for more than a minute 1 times")


def test_after_the_last_row_nothing_new_is_decided(tmp_path: Path) -> None:
    fill(Lake(tmp_path), minutes=4)
    found = stored(tmp_path, "imbalance", "book", "ticks=100000", "hold_s=30", gate=False)
    last_ns = START_NS + 4 * NS_PER_MINUTE
    assert found.table("requests")["decision_ts_ns"].max() <= last_ns
    assert found.table("equity")["ts_ns"].max() <= last_ns + 10 * NS_PER_S
    assert [one for one in found.summary["firings"] if one["ts_ns"] > last_ns] == []


# --- Other latencies and fidelities -------------------------------------------------------------


def test_other_latencies_stand_beside_the_run(on_book: StoredRun) -> None:
    rows = on_book.summary["latency_table"]
    assert [row["order_ms"] for row in rows] == [10.0, 50.0, 100.0, None]
    (own,) = [row for row in rows if row["is_own"]]
    assert own["order_ms"] == 50.0
    for name in ("total_return", "fills", "fees", "orders", "max_drawdown"):
        assert own[name] == on_book.summary[name]
    assert len({row["fees"] for row in rows}) > 1, "latency changes what happens"


def test_a_policy_has_no_bars_and_says_so(on_book: StoredRun, on_trades: StoredRun) -> None:
    bars, trades, book = on_book.summary["fidelities"]
    assert "policy" in bars["why_not"]
    assert book["lie"] == 0.0
    assert book["fills"] == on_book.summary["fills"]
    assert trades["fills"] == on_trades.summary["fills"], "as the run on trades itself"
    assert trades["total_return"] == on_trades.summary["total_return"]
    assert trades["lie"] == trades["total_return"] - book["total_return"]


def test_a_strategy_has_all_three(crossing: StoredRun) -> None:
    rows = crossing.summary["fidelities"]
    assert [row["fidelity"] for row in rows] == ["bars", "trades", "book"]
    assert all(not row["why_not"] and row["fills"] for row in rows)
    assert rows[0]["lie"] == rows[0]["total_return"] - rows[2]["total_return"]


def test_none_of_it_is_a_try_or_another_run(tmp_path: Path) -> None:
    fill(Lake(tmp_path), minutes=3)
    found = stored(tmp_path, "imbalance", "book", compare=None)
    assert len(found.summary["fidelities"]) == 3, "the tape is short"
    again = run(tmp_path, "imbalance", "book", compare=False)
    assert (again.run_id, again.recognised, again.trials) == (found.run_id, True, 1)


def test_where_no_books_are_stored_the_row_says_so(blind: Path) -> None:
    rows = stored(blind, "imbalance", "trades", compare=None).summary["fidelities"]
    assert "no quotes or books" in rows[2]["why_not"]
    assert rows[1]["lie"] != rows[1]["lie"], "there is nothing to compare with"


def test_its_own_latency_is_a_row_of_its_own(store: Path) -> None:
    rows = stored(
        store, "imbalance", "book", "latency.order_ms=5", compare=True, gate=False
    ).summary["latency_table"]
    assert (rows[0]["order_ms"], rows[0]["answer_ms"], rows[0]["is_own"]) == (5.0, 50.0, True)
    assert len(rows) == 5
    drawn = stored(
        store, "imbalance", "book", "latency.order=sampled", compare=True, gate=False
    ).summary["latency_table"]
    assert [row["is_own"] for row in drawn] == [False, False, False, True]


def test_a_comparison_that_is_not_stored_can_not_be_added(
    store: Path, on_trades: StoredRun
) -> None:
    with pytest.raises(UsageError, match="without other latencies") as caught:
        run(store, "imbalance", "trades", "ticks=2", compare=True)
    assert on_trades.run_id in str(caught.value.fix)


# --- The same again -----------------------------------------------------------------------------


def test_the_command_asks_for_the_same_run(store: Path, on_book: StoredRun) -> None:
    words = on_book.summary["command"].split()
    assert words[:4] == ["sigma", "backtest", "--strategy", "imbalance"]
    options = list(zip(words[2::2], words[3::2], strict=True))
    given = dict(options)
    request = Request(
        strategy=given["--strategy"],
        period=given["--period"],
        markets=[given["--market"]],
        venue=given["--venue"],
        fidelity=backtest.fidelity_of(given["--fidelity"]),
        sets=[value for name, value in options if name == "--set"],
    )
    done = backtest_ticks.run(request, store, load, Silent())
    assert (done.run_id, done.recognised) == (on_book.run_id, True)


def test_computed_again_it_is_the_same(store: Path, on_book: StoredRun) -> None:
    again = run(store, "imbalance", "book", "ticks=2", again=True)
    assert not again.recognised
    assert again.final_equity == on_book.summary["final_equity"]


def test_a_run_that_came_out_differently_is_refused(store: Path) -> None:
    made = stored(store, "imbalance", "book", "ticks=3", gate=False)
    path = made.folder / "run.json"
    path.write_text(json.dumps({**made.summary, "fees": 1.0}))
    with pytest.raises(CheckError, match="fees"):
        run(store, "imbalance", "book", "ticks=3", gate=False, again=True)
    remove_run(made.folder)


def test_settings_of_ticks_name_the_run(store: Path, on_book: StoredRun) -> None:
    other = stored(store, "imbalance", "book", "ticks=2", "fills.queue=log", gate=False)
    assert other.run_id != on_book.run_id
    assert "--set fills.queue=log" in other.summary["command"]


@pytest.mark.parametrize(
    ("market", "currency", "base"),
    [
        *(("KRW-BTC", "KRW", "BTC"), ("BTCUSDT", "USDT", "BTC"), ("BTCSTBTC", "BTC", "BTCST")),
        *(("BTCUSDT", "", "BTC"), ("BTC-USDT", "", "BTC"), ("KRW-BTC", "", "BTC")),
        *(("BTC-USDT-PERP", "", "BTC"), ("ETHTUSD", "", "ETH"), ("DOGE", "", "DOGE")),
    ],
)
def test_the_base_of_a_market_is_known_without_its_rule_book(
    market: str, currency: str, base: str
) -> None:
    assert base_of(market, currency) == base


@pytest.mark.parametrize(
    "market",
    [
        *("BTCUSD-PERP", "BTCUSDPERP", "BTCUSD_PERP", "BTCUSD_240628", "ETHUSD_240628"),
        *("BTC-USD-SWAP", "BTC-USD-240628"),
    ],
)
def test_inverse_contracts_are_refused(tmp_path: Path, market: str) -> None:
    series = replace(Lake(_filled(tmp_path)).series()[0], venue="futures", market=market)
    with pytest.raises(UsageError, match="inverse contract"):
        instrument_of(series, 0.0)


@pytest.mark.parametrize("market", ["BTCUSDT_240628", "BTC-USDT-240628", "BTC-USD", "KRW-BTC"])
def test_markets_settled_in_their_quote_are_none(tmp_path: Path, market: str) -> None:
    series = replace(Lake(_filled(tmp_path)).series()[0], venue="futures", market=market)
    assert instrument_of(series, 0.0).market == market


def test_a_book_that_was_told_long_before_the_period_names_the_run(tmp_path: Path) -> None:
    """However long ago: what a tape reads before its period shapes what comes."""
    lake, day_ns = Lake(tmp_path), 10 * NS_PER_DAY
    fill(lake, minutes=1)
    fill(lake, minutes=2, after_ns=day_ns)

    def read() -> str:
        selected = select_ticks(lake, [], venue=None, period="2025-09-11", fidelity="book", fee=0.0)
        return selected.data_hash

    before = read()
    fill(lake, minutes=1, after_ns=5 * NS_PER_DAY)
    assert read() != before


# --- What goes wrong on purpose -----------------------------------------------------------------


def test_a_venue_with_faults_is_another_run_and_says_so(on_book: StoredRun, store: Path) -> None:
    words = ("faults.lost=0.5", "faults.patience_s=1", "faults.verdict_s=2")
    more = ("faults.external=0.1", "faults.external_value=1000", "faults.report_every=3")
    made = stored(store, "imbalance", "book", "ticks=2", *words, *more)
    assert made.run_id != on_book.run_id
    assert made.summary["settings"]["faults.lost"] == 0.5
    assert "--set faults.lost=0.5" in made.summary["command"]
    kinds = set(made.table("facts")["kind"].tolist())
    wrong = {FactKind.UNKNOWN, FactKind.RESOLVED, FactKind.EXTERNAL, FactKind.BALANCE}
    assert {FactKind.UNKNOWN, FactKind.EXTERNAL, FactKind.BALANCE} <= kinds
    assert not wrong & set(on_book.table("facts")["kind"].tolist())
    assert "On purpose 50.0000% of the answers" in " ".join(made.summary["fill_model"])
    assert "50.0000% of the answers" in _page(store, made.run_id)


# --- The look-ahead gate ------------------------------------------------------------------------


def _engine(requests: Any, decisions: Any) -> TickTape:
    """Return what the gate looks at of a tape."""

    class Tape:
        def __init__(self) -> None:
            self.requests, self.decisions = requests, decisions

    return Tape()  # type: ignore[return-value]


def test_an_engine_that_is_told_the_future_is_caught(store: Path) -> None:
    seen: list[Chunk] = []

    def leaking(chunk: Chunk) -> TickTape:
        """Decide at once by the last price of the whole chunk."""
        seen.append(chunk)
        kinds = np.dtype([("decision_ts_ns", "i8"), ("price_u", "i8")])
        row = np.array([(chunk.start_ns, chunk.trades["price_u"][-1])], kinds)
        return _engine(row, np.zeros(0, np.dtype([("ts_ns", "i8")])))

    chunk = _first_chunk(store)
    with pytest.raises(CheckError, match="decided otherwise"):
        tick_gate.check(chunk, leaking, "leaking")
    assert len(seen) == 2, "the first future that was replaced showed it"


def test_an_engine_that_sees_nothing_passes(store: Path) -> None:
    def deaf(chunk: Chunk) -> TickTape:
        kinds = np.dtype([("decision_ts_ns", "i8"), ("price_u", "i8")])
        row = np.array([(chunk.start_ns, 1)], kinds)
        return _engine(row, np.zeros(0, np.dtype([("ts_ns", "i8")])))

    assert tick_gate.check(_first_chunk(store), deaf, "deaf") == len(tick_gate.SHARES) + 1


def test_moments_lie_where_the_rows_are(store: Path) -> None:
    """However short the data is in its period, most of it is replaced; after it nothing counts."""
    chunk = _first_chunk(store)
    chunk = chunk._replace(end_ns=chunk.end_ns + 30 * NS_PER_DAY)
    last_ns = int(chunk.desk_turns["ts_ns"][-1])
    replaced: list[int] = []

    def deaf(given: Chunk) -> TickTape:
        differ = given.desk_turns["row"] != chunk.desk_turns["row"]
        replaced.append(int(differ.sum()))
        row = np.array([(last_ns, 1)], np.dtype([("decision_ts_ns", "i8"), ("price_u", "i8")]))
        return _engine(row, np.zeros(0, np.dtype([("ts_ns", "i8")])))

    assert tick_gate.check(chunk, deaf, "deaf") == len(tick_gate.SHARES)
    shares = np.array(replaced[1:]) / len(chunk.desk_turns)
    assert np.allclose(shares, [0.75, 0.5, 0.25], atol=0.01)


def test_what_arrives_later_is_replaced_at_the_desk_alone(store: Path) -> None:
    chunk = _first_chunk(store)
    trades = chunk.trades
    at_ns = int(trades["recv_ts_ns"][100]) - 1
    assert trades["exch_ts_ns"][100] < at_ns, "it has happened and not arrived"
    other = tick_gate._with_other_future(chunk, at_ns)
    prices_u = []
    for turns in (other.venue_turns, other.desk_turns):
        rows = turns["row"][turns["kind"] == EventKind.TRADE]
        prices_u.append(int(other.trades["price_u"][rows[100]]))
    assert prices_u == [trades["price_u"][100], 3 * trades["price_u"][100]]


def test_the_engine_itself_is_caught_when_it_is_shown_rows_too_early(store: Path) -> None:
    setup = _setup(store)

    def early(chunk: Chunk) -> TickTape:
        turns = chunk.desk_turns.copy()
        turns["ts_ns"] = np.maximum(turns["ts_ns"] - 2 * NS_PER_S, chunk.start_ns)
        return setup.run([chunk._replace(desk_turns=turns)], Silent())

    with pytest.raises(CheckError, match="decided otherwise"):
        tick_gate.check(_first_chunk(store), early, "early")


@pytest.mark.parametrize(
    ("count", "kept"),
    [(1, [0]), (3, [0, 1, 2]), (4, [0, 2]), (6, [0, 2, 4]), (9, [0, 4, 8]), (1_000, [0, 512])],
)
def test_a_few_chunks_all_over_the_tape_are_asked_about(
    store: Path, count: int, kept: list[int]
) -> None:
    chunk = _first_chunk(store)
    empty = chunk._replace(desk_turns=chunk.desk_turns[:0])
    given = [chunk._replace(start_ns=n) for n in range(count)]
    spread = tick_gate.Spread()
    assert len([*spread.over([empty, *given])]) == count + 1, "the tape passes whole"
    assert [one.start_ns for one in spread.chunks] == kept


def test_an_engine_that_looks_ahead_late_on_the_tape_is_caught(store: Path) -> None:
    """The desk is shown rows too early in the second half alone."""
    setup, half_ns = _setup(store), START_NS + 6 * NS_PER_MINUTE

    def early(chunk: Chunk) -> TickTape:
        turns = chunk.desk_turns.copy()
        shown_ns = np.maximum(turns["ts_ns"] - 2 * NS_PER_S, max(half_ns, chunk.start_ns))
        turns["ts_ns"] = np.where(turns["ts_ns"] > half_ns, shown_ns, turns["ts_ns"])
        return setup.run([chunk._replace(desk_turns=turns)], Silent())

    spread, found = tick_gate.Spread(), _selected(store)
    latency = FeedLatency(kind="recorded")
    tape = open_tape(Lake(store), found.names, found.period, "book", latency, chunk_rows=4_000)
    assert len([*spread.over(tape)]) > 1
    first, *_, last = spread.chunks
    assert first.end_ns < half_ns < last.end_ns
    assert tick_gate.check(first, early, "early") > 0
    with pytest.raises(CheckError, match="decided otherwise"):
        tick_gate.check(last, early, "early")


def _page(store: Path, run_id: str) -> str:
    return report.report(store, [run_id], store / "page.html").path.read_text()


def _filled(store: Path) -> Path:
    fill(Lake(store), minutes=1)
    return store


def _selected(store: Path) -> TickSelection:
    return select_ticks(Lake(store), [], venue=None, period="all", fidelity="book", fee=0.0)


def _first_chunk(store: Path) -> Chunk:
    found = _selected(store)
    latency = FeedLatency(kind="recorded")
    return next(iter(open_tape(Lake(store), found.names, found.period, "book", latency)))


def _setup(store: Path) -> Setup:
    """Return what a run of the policy is made with."""
    chosen, _ = choice.choose("imbalance", ["ticks=2"])
    selection = _selected(store)
    none = candles(MinuteBars(1).all(), selection)
    return Setup(
        chosen=chosen,
        selection=selection,
        loaded=load([*SMALL, "account.cash=1e8"]),
        schedule=tick_world.schedule(Lake(store), selection, Switches()),
        rows=world.rows(none, [np.empty(0)]),
        recorded_ns=np.empty(0, np.int64),
    )


@pytest.mark.parametrize(("majors", "stop"), [("BTC,DOGE", 0.008), ("DOGE", 0.012)])
def test_who_is_a_major_is_a_setting(store: Path, majors: str, stop: float) -> None:
    chosen, _ = choice.choose("scalper", [])
    settings = load([f"stakes.majors={majors}"]).settings
    (plan,) = tick_world.plans(_selected(store), chosen, settings)
    assert plan.stop == stop


# --- Errors, as they are met --------------------------------------------------------------------


def test_a_policy_is_refused_on_bars(store: Path) -> None:
    with pytest.raises(UsageError, match="decides on trades and books") as caught:
        backtest.run(asked("scalper", "bars"), store, load, Silent())
    assert "--fidelity book" in str(caught.value.fix)


def test_bars_have_nothing_to_compare(store: Path) -> None:
    with pytest.raises(UsageError, match="no latency to compare"):
        backtest.run(asked("sma_cross", "bars", compare=True), store, load, Silent())


@pytest.mark.parametrize("fidelity", ["trades", "book"])
def test_sweeps_are_refused_on_ticks(store: Path, fidelity: str) -> None:
    with pytest.raises(UsageError, match="swept on bars only"):
        sweep.run(asked("sma_cross", fidelity), ["fast=1,2"], store, load, Silent())


def test_policies_can_not_be_swept(store: Path) -> None:
    with pytest.raises(UsageError, match="decides on trades and books"):
        sweep.run(asked("imbalance", "bars"), ["ticks=1,2"], store, load, Silent())


@pytest.mark.parametrize(
    ("words", "rest", "says", "fix"),
    [
        (("imbalance", "book"), {}, "no quotes or books", "--fidelity trades"),
        (("imbalance", "trades"), {"interval": "1h"}, "candles that trades make", "--interval"),
        (("imbalance", "trades"), {"markets": ["KRW-BTX"]}, "KRW-BTX", "sigma data"),
        (("imbalance", "trades"), {"venue": "binance"}, "no venue 'binance'", "sigma data"),
        (("imbalance", "trades"), {"period": "2024-01-01"}, "no trades of upbit", "period"),
        (("nothing", "trades"), {}, "no strategy named 'nothing'", ""),
        (("scalper", "trades", "weight_flow=0"), {}, "no weight left", "weight_flow"),
        (("scalper", "trades", "exits.stop=0.1"), {}, "do not know exits.stop", "strategies"),
        (("sma_cross", "trades", "stakes.open_max=2"), {}, "know stakes.open_max", "policies"),
    ],
)
def test_what_can_not_be_run_says_why(
    blind: Path, words: tuple[str, ...], rest: dict[str, Any], says: str, fix: str
) -> None:
    with pytest.raises(UsageError) as caught:
        run(blind, *words, **rest)
    assert says in caught.value.what
    assert fix in str(caught.value.fix)


def test_a_store_without_trades_says_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no trades yet"):
        run(tmp_path, "imbalance", "trades")


def test_latency_can_not_be_drawn_from_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    fill(lake, minutes=2, books=False, heard=False)
    with pytest.raises(UsageError, match="no latency to draw from"):
        run(tmp_path, "imbalance", "trades", "latency.order=sampled")


def test_an_unknown_fidelity_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean"):
        backtest.fidelity_of("books")


def test_late_trades_are_told(tmp_path: Path) -> None:
    fill(Lake(tmp_path), minutes=4, books=False, heard=False)
    late = stored(tmp_path, "sma_cross", "trades", "fast=1", "slow=2", "latency.feed_ms=5000")
    assert any("after their minute was over" in note for note in late.summary["notes"])
    soon = stored(tmp_path, "sma_cross", "trades", "fast=1", "slow=2")
    assert not any("after their minute was over" in note for note in soon.summary["notes"])


# --- What is shown ------------------------------------------------------------------------------

SECTIONS = (
    *("Execution", "After the fill", "From wish to fill", "Exits by rule", "Limits over time"),
    *("With other latencies", "On bars, trades and books", "The tape"),
)


@pytest.mark.parametrize("name", ["on_book", "on_trades", "crossing"])
def test_its_page_has_every_section(
    store: Path, name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    found: StoredRun = request.getfixturevalue(name)
    page = report.report(store, [found.run_id], tmp_path / "page.html").path.read_text()
    for title in SECTIONS:
        assert f"<h2>{title}</h2>" in page
    assert "No slippage" not in page
    assert ("Trades only" in page) == (name == "on_trades")
    assert ("Queue model" in page) == (name != "on_trades")


def test_documents_and_tables_know_it(store: Path, on_book: StoredRun, tmp_path: Path) -> None:
    made = report.report(store, [on_book.run_id], tmp_path / "page.html", export=tmp_path / "out")
    document = made.document()
    assert document["summary"]["fidelity"] == "book"
    lines = report.table(store, [on_book.run_id], "orders").splitlines()
    assert len(lines) == 1 + on_book.summary["orders"]
    assert lines[0].startswith("no,market,side,reason,decision_time")
    assert (tmp_path / "out" / "orders.csv").exists()
    assert len(report.table(store, [on_book.run_id], "trades").splitlines()) > 1


def test_runs_of_differing_fidelity_are_compared(
    store: Path, on_book: StoredRun, on_trades: StoredRun, tmp_path: Path
) -> None:
    names = [on_book.run_id, on_trades.run_id]
    made = report.report(store, names, tmp_path / "both.html")
    page = made.path.read_text()
    assert "trades and books" in page
    assert "trades alone" in page
    told = made.document()["differences"]["configuration"]
    assert {"name": "fidelity", "values": ("book", "trades")} in told


def test_lists_say_what_was_simulated(store: Path, on_book: StoredRun) -> None:
    lines = {line.run_id: line for line in runs.listing(store, lambda _: None)}
    assert lines[on_book.run_id].fidelity == "book"
    assert runs.show(store, on_book.run_id)["fidelity"] == "book"


def test_a_notebook_runs_on_ticks(
    store: Path, on_trades: StoredRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGMA_STORE", str(store))
    given = dict(word.split("=") for word in SMALL)
    found = notebook.backtest(
        "imbalance", {"ticks": 2}, fidelity="trades", cash=1e8, fee="0.05%", settings=given
    )
    assert found.summary["fills"] == on_trades.summary["fills"]
    assert len(found.table("orders")) == found.summary["orders"]
    assert notebook.runs()["fidelity"][found.run_id] == "trades"
    with pytest.raises(UsageError, match="did you mean"):
        notebook.backtest("imbalance", fidelity="trade")
