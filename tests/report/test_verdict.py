"""The verdict is one plain sentence; every reason to doubt is named."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sigma_cli.report.doubts import doubts
from sigma_cli.report.evidence import Evidence, evidence, weigh
from sigma_cli.report.inputs import Run
from sigma_cli.report.verdict import judge, luck
from sigma_cli.stats.equity import Sampled

MakeRun = Callable[..., Run]


def proof(mean: float, trials: int = 1, count: int = 500) -> Evidence:
    """Return the evidence in returns with this mean and a deviation of 1 %."""
    noise = np.random.default_rng(1).normal(0.0, 1.0, count)
    returns = (noise - noise.mean()) / noise.std() * 0.01 + mean
    return weigh(Sampled(returns=returns, per_year=365.0, basis=""), trials, np.empty(0))


NOTHING = weigh(Sampled(returns=np.zeros(50), per_year=365.0, basis=""), 1, np.empty(0))


def fired(name: str, count: int = 1) -> dict[str, Any]:
    return {
        "name": name,
        "limit": 0.15,
        "value": 0.16,
        "fired_ts_ns": 1_756_700_000 * 1_000_000_000,
        "bar_no": 802_243,
        "count": count,
    }


def topics(run: Run, closed: int = 100) -> set[str]:
    return {doubt.topic for doubt in doubts(run.summary, closed, evidence(run))}


@pytest.mark.parametrize(
    ("gained", "held", "said"),
    [
        (0.1234, -0.05, "Made 12.34 % after costs in 24 hours. Buying and holding lost 5.00 %;"),
        (-0.2, 0.0, "Lost 20.00 % after costs in 24 hours. Buying and holding broke even;"),
        (0.0, None, "Broke even after costs in 24 hours. Buying and holding has no known return;"),
    ],
)
def test_the_sentence(make_run: MakeRun, gained: float, held: float | None, said: str) -> None:
    run = make_run(total_return=gained, buy_and_hold_return=held)
    verdict = judge(run.summary, NOTHING)
    assert str(verdict).replace("\N{NARROW NO-BREAK SPACE}", " ") == f"{said} cash 0 %."
    assert verdict.made_money == (gained > 0)


def test_without_costs_the_sentence_says_so(make_run: MakeRun) -> None:
    free = make_run(fees=0.0).summary
    assert "without any costs" in judge(free, NOTHING).result
    assert "without a fee" in judge({**free, "fidelity": "book"}, NOTHING).result, "spread was paid"


def test_doubts_of_an_ordinary_run(make_run: MakeRun) -> None:
    expected = {"Synthetic data", "No slippage", "Look-ahead unknown", "Short period"}
    assert topics(make_run(("KRW-BTC",), gross_pnl=-1.0)) == expected


@pytest.mark.parametrize(
    ("changes", "topic"),
    [
        ({"fill_share_max": 0.4}, "Fills too large"),
        ({"fill_share_max": 4.0}, "Fills too large"),
        ({"fees": 0.0}, "No fees"),
        ({"gross_pnl": 5000.0, "fees": 6000.0}, "Costs ate the profit"),
        ({"gate": {"state": "skipped"}}, "Look-ahead gate skipped"),
        ({"gate": "absent"}, "Look-ahead unknown"),
        ({"targets_below_zero": 3}, "Short signals ignored"),
        ({"notes": ["The tape was cut."]}, "Note"),
        ({"switches": [fired("drawdown_max")]}, "A limit ended the run"),
        ({"switches": [fired("day_loss_max", count=3)]}, "A limit ended days"),
    ],
)
def test_each_doubt(make_run: MakeRun, changes: dict[str, Any], topic: str) -> None:
    assert topic in topics(make_run(**changes))


def test_few_trades_are_grave_and_come_first(make_run: MakeRun) -> None:
    found = doubts(make_run().summary, 4, NOTHING)
    assert [doubt.grave for doubt in found] == sorted((d.grave for d in found), reverse=True)
    assert "4 closed trades" in next(d.text for d in found if d.topic == "Few trades")


def test_the_limit_names_its_bar(make_run: MakeRun) -> None:
    found = doubts(make_run(switches=[fired("drawdown_max")]).summary, 100, NOTHING)
    assert any("Drawdown limit reached at bar 802,243" in doubt.text for doubt in found)


def test_a_limit_on_single_orders_is_no_doubt(make_run: MakeRun) -> None:
    run = make_run(("KRW-BTC",), switches=[fired("orders_per_minute_max")])
    assert not any("limit" in topic for topic in topics(run))


def test_missing_bars_are_named(make_run: MakeRun) -> None:
    assert "Missing data" in topics(make_run(("KRW-DOGE",)))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (proof(0.002), "Luck is an unlikely reason."),
        (proof(0.0004), "It can't be told from noise."),
        (proof(0.0004, trials=100), "This is noise: the best of 100 random tries would look"),
        (proof(0.002, trials=100), "Luck is an unlikely reason."),
        (proof(0.0012, trials=100), "It can't be told from noise."),
        (proof(-0.001), ""),
        (NOTHING, ""),
    ],
)
def test_luck_is_named(found: Evidence, said: str) -> None:
    assert luck(found).startswith(said) and bool(luck(found)) == bool(said)


def test_many_tries_and_luck_are_doubts(make_run: MakeRun) -> None:
    found = doubts(make_run().summary, 100, proof(0.0004, trials=100))
    told = {doubt.topic: doubt for doubt in found}
    assert "100 tries of this strategy" in told["Many tries"].text
    assert told["Luck"].grave
    assert "Luck" not in {d.topic for d in doubts(make_run().summary, 100, proof(0.002))}


def test_a_gate_that_passed_is_no_doubt(make_run: MakeRun) -> None:
    for gate in ("passed", {"state": "passed", "asked": 50}):
        assert not any("Look-ahead" in topic for topic in topics(make_run(gate=gate)))


def test_a_run_that_never_traded_is_no_result(make_run: MakeRun) -> None:
    run = make_run(fills=0, total_return=0.0, refusals={"VALUE_MIN": 631})
    assert judge(run.summary, NOTHING).result == "Never traded: all of its 631 wishes were refused."
    (found,) = [one for one in doubts(run.summary, 0, NOTHING) if one.topic == "Never traded"]
    assert found.grave
    assert "minimum order value" in found.text
    silent = make_run(fills=0, total_return=0.0, refusals={})
    assert "wished for nothing" in judge(silent.summary, NOTHING).result


def test_the_length_is_that_of_the_data(make_run: MakeRun) -> None:
    year_ns = 365 * 24 * 3_600_000_000_000
    run = make_run()
    period = run.summary["period"] | {"end_ns": run.summary["period"]["start_ns"] + year_ns}
    asked = make_run(period=period)
    assert "in 24 hours" in judge(asked.summary, NOTHING).result
    assert "Shorter than asked for" in topics(asked)
    assert "Shorter than asked for" not in topics(run)


def test_an_unadjusted_split_is_grave(make_run: MakeRun) -> None:
    split = {"market": "UGAZ", "ts_ns": 1, "text": "split 1:10 not adjusted"}
    found = doubts(make_run(splits=[split]).summary, 100, NOTHING)
    (about,) = [one for one in found if one.topic == "Unadjusted split"]
    assert about.grave
    assert "UGAZ" in about.text
