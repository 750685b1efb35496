"""The verdict is one plain sentence; every reason to doubt is named."""

from collections.abc import Callable
from typing import Any

import pytest

from sigma_cli.report.inputs import Run
from sigma_cli.report.verdict import doubts, judge

MakeRun = Callable[..., Run]


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
    return {doubt.topic for doubt in doubts(run.summary, closed)}


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
    verdict = judge(run.summary)
    assert str(verdict).replace("\N{NARROW NO-BREAK SPACE}", " ") == f"{said} cash 0 %."
    assert verdict.made_money == (gained > 0)


def test_without_costs_the_sentence_says_so(make_run: MakeRun) -> None:
    assert "without any costs" in judge(make_run(fees=0.0).summary).result


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
        ({"trials": 12}, "Many tries"),
        ({"targets_below_zero": 3}, "Short signals ignored"),
        ({"notes": ["The tape was cut."]}, "Note"),
        ({"switches": [fired("drawdown_max")]}, "A limit ended the run"),
        ({"switches": [fired("day_loss_max", count=3)]}, "A limit ended days"),
    ],
)
def test_each_doubt(make_run: MakeRun, changes: dict[str, Any], topic: str) -> None:
    assert topic in topics(make_run(**changes))


def test_few_trades_are_grave_and_come_first(make_run: MakeRun) -> None:
    found = doubts(make_run().summary, 4)
    assert [doubt.grave for doubt in found] == sorted((d.grave for d in found), reverse=True)
    assert "4 closed trades" in next(d.text for d in found if d.topic == "Few trades")


def test_the_limit_names_its_bar(make_run: MakeRun) -> None:
    found = doubts(make_run(switches=[fired("drawdown_max")]).summary, 100)
    assert any("Drawdown limit reached at bar 802,243" in doubt.text for doubt in found)


def test_a_limit_on_single_orders_is_no_doubt(make_run: MakeRun) -> None:
    run = make_run(("KRW-BTC",), switches=[fired("orders_per_minute_max")])
    assert not any("limit" in topic for topic in topics(run))


def test_missing_bars_are_named(make_run: MakeRun) -> None:
    assert "Missing data" in topics(make_run(("KRW-DOGE",)))
