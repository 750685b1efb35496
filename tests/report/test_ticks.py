"""What only runs on ticks show: orders, costs, wishes, limits over time, latencies, the tape."""

from collections.abc import Callable
from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.requests import Reason
from sigma_cli.report import columns, limits, text
from sigma_cli.report.banners import banners
from sigma_cli.report.costs import costs
from sigma_cli.report.definitions import ON_TICKS, TERMS, definitions
from sigma_cli.report.doubts import doubts
from sigma_cli.report.excursions import trade_excursions
from sigma_cli.report.execution import execution, exits, funnel, markouts
from sigma_cli.report.fidelity import fidelities, fidelity, latencies, simulated_on
from sigma_cli.report.inputs import Run
from sigma_cli.report.page import page
from sigma_cli.report.recording import recording
from sigma_cli.report.switch_timeline import ROWS_MAX, switch_timeline, times_ns

HOUR_NS = 3_600_000_000_000
SIDE = {
    "asked": 5,
    "filled": 4,
    "fill_rate": 0.8,
    "partial": 1,
    "maker_share": 0.25,
    "wait_ms": {"p50": 50.0, "p90": 1_500.0, "p99": 20_000.0},
    "slippage_bps": 0.5,
    "slippage_bps_quantiles": {"p50": 0.4, "p90": 1.0, "p99": 2.0},
    "ended": {"FILLED": 3, "CANCEL_REQUESTED": 1, "WORKING": 1},
}
OUTCOME = {"total_return": 0.01, "sharpe": 2.0, "max_drawdown": 0.1, "fees": 12.0}
OTHER = {**OUTCOME, "orders": 3, "fills": 4}
UNKNOWN = {**dict.fromkeys(OUTCOME, nan), "orders": 0, "fills": 0, "lie": nan}
MARKET = {
    "venue": "upbit",
    "market": "KRW-BTC",
    "kinds": ["trades", "books"],
    "offset_ns": -1_276_000_000,
    "quantiles_ns": [0, 4_000_000, 35_000_000, 209_000_000, 218_000_000],
    "unheard": 10,
    "untimed": 0,
    "trades": 60,
    "quotes": 0,
    "books": 40,
    "gaps": 2,
    "left_out": 1,
    "moved": 3,
    "silent": 0,
}


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    made = make_run(("KRW-BTC",), minutes=600)
    told: dict[str, Any] = {
        "fidelity": "book",
        "settings": {**made.summary["settings"], "fills.queue": "risk_averse"},
        "execution": {
            "entries": SIDE,
            "exits": SIDE,
            "queue": {
                "rested": 4,
                "unseen": 1,
                "filled": 2,
                "ahead_sizes": {"p50": 1.5, "p90": 3.0, "p99": 9.0},
                "wait_ms": {"p50": 10.0, "p90": 20.0, "p99": 30.0},
            },
            "markouts_bps": {
                "1s": {"maker": {"mean": -1.25, "fills": 7}, "taker": {"mean": 0.5, "fills": 3}},
                "60s": {"maker": {"mean": -3.0, "fills": 6}},
            },
            "unknown_depth_fills_u": 0,
        },
        "cost_split": {
            "total": 9.0,
            "spread": -2.0,
            "impact": 8.0,
            "movement": 3.0,
            "unknown_fills": 0,
        },
        "exit_reasons": {"EXIT_STOP": 3, "EXIT_TARGET": 1},
        "funnel": [("wished", 20), ("asked for", 5), ("taken by the venue", 5), ("filled", 4)],
        "firings": [],
        "blind_switches": [],
        "latency_table": [
            {"order_ms": 10.0, "answer_ms": 10.0, "is_own": False, **OTHER},
            {"order_ms": 5.0, "answer_ms": 50.0, "is_own": True, **OTHER, "total_return": 0.02},
            {"order_ms": None, "answer_ms": None, "is_own": False, **OTHER},
        ],
        "fidelities": [
            {"fidelity": "bars", "why_not": "bars can't ask a policy", **UNKNOWN},
            {"fidelity": "trades", "why_not": "", **OTHER, "lie": 0.0012},
            {"fidelity": "book", "why_not": "", **OTHER, "lie": 0.0},
        ],
        "tape": {
            "latency": {"kind": "fixed", "fixed_ns": 20_000_000, "seed": 1, "floor_ns": 0},
            "markets": [MARKET],
        },
    }
    return replace(made, summary={**made.summary, **told})


def changed(run: Run, **changes: Any) -> Run:
    return replace(run, summary={**run.summary, **changes})


def test_every_number_of_the_page_can_be_looked_up(run: Run) -> None:
    made = page(run)
    for key in ON_TICKS:
        assert f'id="def-{key}"' in made
    links = {part.split('"')[0] for part in made.split('href="#def-')[1:]}
    assert links <= {*TERMS, *ON_TICKS, "basis"}
    assert set(ON_TICKS) - links == {"fair", "limit"} - links, "each term is linked where it counts"
    assert "def-spread" not in definitions("nothing"), "bars have none of them"


def test_spread_impact_and_movement_stand_beside_fees(run: Run) -> None:
    told = text.plain(costs(run.summary))
    assert "Spread2.00KRW" in told.replace(" ", "") or "+2KRW" in told.replace(" ", "")
    assert "\N{MINUS SIGN}8KRW" in told.replace(" ", "")
    assert "Slippage assumed" not in told
    assert "left out" not in told
    some = {**run.summary["cost_split"], "unknown_fills": 2}
    assert "2 fills left out" in text.plain(costs(changed(run, cost_split=some).summary))


def test_without_a_book_spread_and_impact_are_not_made_up(run: Run) -> None:
    told = text.plain(costs(changed(run, fidelity="trades").summary))
    assert "Impact" not in told
    assert "can't be told" in told


def test_orders_are_told_by_side(run: Run) -> None:
    told = text.plain(execution(run.summary))
    assert "80.0 %" in told
    assert "50 ms / 1.5 s / 20.0 s" in told
    assert "filled whole" in told
    assert "cancelled by us" in told
    assert "still at work at the end" in told
    assert "1.5 / 3.0 / 9.0" in told
    blind = text.plain(execution(changed(run, fidelity="trades").summary))
    assert "Without a book nothing is known of queues." in blind


def test_what_was_never_filled_has_no_times(run: Run) -> None:
    none = {**SIDE, "wait_ms": {}, "slippage_bps": nan, "slippage_bps_quantiles": {}}
    told = {**run.summary["execution"], "entries": none, "exits": none}
    said = text.plain(execution(changed(run, execution=told).summary))
    assert text.UNDEFINED in said
    assert "nan" not in said


def test_markouts_are_told_by_liquidity(run: Run) -> None:
    told = text.plain(markouts(run.summary))
    assert "\N{MINUS SIGN}1.25" in told
    assert "+0.50" in told
    assert "adverse selection" in told
    none = {**run.summary["execution"], "markouts_bps": {}}
    assert "Nothing was filled" in markouts(changed(run, execution=none).summary)


def test_the_funnel_names_who_refused(run: Run) -> None:
    told = text.plain(funnel(run.summary))
    assert "25.0 %" in told, "5 of 20 were asked for"
    assert "not enough cash (cash)" in told
    empty = [(name, 0) for name, _ in run.summary["funnel"]]
    assert "Nothing was refused" in funnel(changed(run, funnel=empty, refusals={}).summary)


def test_exits_are_shared_out_among_the_rules(run: Run) -> None:
    told = text.plain(exits(run.summary))
    assert "stop (exit_stop)" in told
    assert "75.0 %" in told
    assert "No position was left" in exits(changed(run, exit_reasons={}).summary)


def test_other_latencies_are_held_against_this_run(run: Run) -> None:
    told = text.plain(latencies(run.summary))
    assert "5 ms there, 50 ms back (this run)" in told
    assert "as the feed was recorded" in told
    assert "\N{MINUS SIGN}100.00 bps" in told
    absent = changed(run, latency_table=None).summary
    assert "--compare" in latencies(absent)


def test_a_lie_is_told_against_the_book(run: Run) -> None:
    told = text.plain(fidelities(run.summary))
    assert "+12.00 bps" in told
    assert "No bars: bars can't ask a policy." in told
    assert "trades and books (this run)" in told
    assert "--compare" in fidelities(changed(run, fidelities=[]).summary)
    no_book = [*run.summary["fidelities"][:1], {**run.summary["fidelities"][1], "lie": nan}]
    assert "nan" not in fidelities(changed(run, fidelities=no_book).summary)


def test_the_tape_says_what_it_is(run: Run) -> None:
    told = text.plain(recording(run.summary))
    assert "\N{MINUS SIGN}1,276.0 ms" in told
    assert "0 / 4 / 35 / 209 / 218 ms" in told
    assert "10 (10.0 %)" in told
    assert "after 20 ms" in told
    assert "Quotes" not in told, "there are none"
    unheard = {**MARKET, "offset_ns": None, "quantiles_ns": [], "unheard": 0}
    tape = {**run.summary["tape"], "markets": [unheard]}
    told = text.plain(recording(changed(run, tape=tape).summary))
    assert "not known" in told
    assert "not recorded" in told


def fired(run: Run, count: int) -> Run:
    start_ns = run.summary["period"]["start_ns"]
    one = {"name": "orders_per_minute_max", "limit": 10.0, "value": 11.0, "bar_no": 3}
    times = [start_ns + i * HOUR_NS // 10 for i in range(count)]
    return changed(
        run,
        switches=[{**one, "fired_ts_ns": times[0], "count": count, "stays": False}],
        firings=[
            {**one, "number": 17, "market": i % 2 or None, "ts_ns": t} for i, t in enumerate(times)
        ],
        markets=[*run.summary["markets"], *run.summary["markets"]],
    )


def test_limits_are_shown_over_time(run: Run) -> None:
    some = fired(run, 3)
    told = text.plain(switch_timeline(some))
    assert "Orders per minute limit" in told
    assert "measured 11, limit 10" in told
    assert "All 3 firings" in told
    assert limits.reached(some.summary, some.summary["switches"][0]).startswith("after")
    many = text.plain(switch_timeline(fired(run, 2 * ROWS_MAX + 1)))
    assert f"The first {ROWS_MAX} and the last {ROWS_MAX} of 25" in many
    assert "No limit fired" in switch_timeline(run)
    blind = changed(run, blind_switches=["market_share_max"])
    assert "blind the whole time" in switch_timeline(blind)


def test_trades_alone_are_called_guesswork_and_books_name_their_queue(run: Run) -> None:
    found = {one.topic: one for one in doubts(run.summary, 40, evidence_of(run))}
    assert "risk_averse" in found["Queue model"].text
    assert "No slippage" not in found
    blind = changed(run, fidelity="trades")
    found = {one.topic: one for one in doubts(blind.summary, 40, evidence_of(run))}
    assert found["Fills are guesswork"].grave
    assert any("Trades only" in one for one in banners([blind.summary]))
    assert not any("Trades only" in one for one in banners([run.summary]))


def test_orders_larger_than_the_book_are_a_grave_doubt(run: Run) -> None:
    told = {**run.summary["execution"], "unknown_depth_fills_u": 7}
    large = changed(run, execution=told)
    found = {one.topic: one for one in doubts(large.summary, 40, evidence_of(run))}
    assert found["Larger than the book"].grave


def evidence_of(run: Run) -> Any:
    from sigma_cli.report.evidence import evidence

    return evidence(run)


def test_a_policy_is_not_said_to_have_had_no_signal(run: Run) -> None:
    silent = replace(run, signals={name: column[:0] for name, column in run.signals.items()})
    made = page(silent)
    assert "A policy has no wish between its entries" in made
    assert "no signal yet" not in made


def test_runs_on_bars_are_as_they_were(make_run: Callable[..., Run]) -> None:
    run = make_run(("KRW-BTC",), minutes=300)
    assert (fidelity(run.summary), simulated_on(run.summary)) == ("bars", "1m bars")
    assert "orders" not in columns.tables(run)
    assert "<h2>Execution</h2>" not in page(run)


def test_orders_are_a_table_for_other_programs(run: Run) -> None:
    at_ns = run.summary["period"]["start_ns"]
    orders = {
        "local_no": np.array([1, 2]),
        "market": np.array([0, 0]),
        "side": np.array([1, -1]),
        "reason": np.array([9, 4]),
        "decision_ts_ns": np.array([at_ns, at_ns]),
        "accepted_ts_ns": np.array([at_ns, 0]),
        "first_fill_ts_ns": np.array([at_ns, 0]),
        "size_u": np.array([100, 0]),
        "filled_u": np.array([100, 0]),
        "maker_u": np.array([50, 0]),
        "value": np.array([1.5, 0.0]),
        "ahead_u": np.array([nan, np.inf]),
        "price": np.array([2.0, nan]),
        "decided_price": np.array([2.0, 3.0]),
        "ended": np.array([0, 23]),
    }
    made = columns.tables(replace(run, orders=orders))["orders"](replace(run, orders=orders))
    first, second = (dict(zip(made.head, row, strict=True)) for row in made.rows)
    assert (first["side"], first["reason"], first["ended"]) == ("buy", "score", "")
    assert (second["side"], second["first_fill_time"], second["size"]) == ("sell", "", "")
    assert second["ended"] == "value_max"


def test_refusals_mark_a_limit_whose_firings_nobody_remembers(run: Run) -> None:
    some = fired(run, 2)
    start_ns = some.summary["period"]["start_ns"]
    refused = {
        "ts_ns": np.array([start_ns + HOUR_NS, start_ns + 2 * HOUR_NS]),
        "market": np.zeros(2, np.int64),
        "local_no": np.array([0, 7]),
        "reason": np.full(2, Reason.ORDER_RATE),
    }
    some = replace(changed(some, firings=[]), decisions=refused)
    assert times_ns(some, "orders_per_minute_max").tolist() == [start_ns + HOUR_NS]
    assert "remembered" not in switch_timeline(some)


def test_how_far_a_trade_went_leaves_out_the_candles_of_its_fills(run: Run) -> None:
    bars = run.bars[0]
    assert bars is not None
    late = {**run.trades, "entry_ts_ns": run.trades["entry_ts_ns"] + 30_000_000_000}
    spiked = replace(bars, high=bars.high.copy())
    at = np.searchsorted(bars.open_ts_ns, late["entry_ts_ns"], side="right") - 1
    spiked.high[at] *= 10
    on_book = replace(run, trades=late, bars=(spiked,))
    assert trade_excursions(on_book).favourable.max() < 1.0
    on_bars = changed(on_book, fidelity="bars")
    assert trade_excursions(on_bars).favourable.max() > 1.0, "a bar's order fills at its open"
