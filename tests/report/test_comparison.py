"""Several runs side by side: what differs is named, what doesn't is not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sigma_cli.report.comparison import comparison_document, overfitting, verdict
from sigma_cli.report.comparison_page import comparison_page
from sigma_cli.report.differences import differences
from sigma_cli.report.inputs import Run
from tests.report.test_page import read

MakeRun = Callable[..., Run]


@pytest.fixture
def pair(make_run: MakeRun) -> list[Run]:
    one = make_run(("KRW-BTC",), minutes=3000, run_id="aaaaaa1")
    two = make_run(
        ("KRW-BTC", "KRW-ETH"),
        minutes=3000,
        fast=20,
        run_id="bbbbbb2",
        hashes={"code": "d" * 64, "config": "e" * 64, "data": "f" * 64},
        settings={**one.summary["settings"], "limits.drawdown_max": 0.5, "exits.stop": 0.02},
    )
    return [one, replace(two, said="the wider one")]


def test_what_differs_is_named(pair: list[Run]) -> None:
    found = differences([run.summary for run in pair])
    told = {row.name: row.values for rows in found.values() for row in rows}
    assert told["strategy: fast"] == ("10", "20")
    assert told["limits.drawdown_max"] == ("0.15", "0.5")
    assert told["exits.stop"] == ("not set", "0.02")
    assert told["markets"] == ("KRW-BTC", "KRW-BTC, KRW-ETH")
    assert told["hash of the code"] == ("a" * 64, "d" * 64)
    assert not {"strategy", "strategy: slow", "sizing.kind", "interval"} & set(told)


def test_the_same_run_differs_in_nothing(make_run: MakeRun) -> None:
    summary = make_run().summary
    assert differences([summary, summary]) == {"configuration": [], "data": [], "code": []}


def test_the_page_shows_it_all(pair: list[Run]) -> None:
    html = comparison_page(pair)
    said = read(html)
    for part in (
        *("The best of 2 runs", "sma_cross aaaaaa", "sma_cross bbbbbb", "the wider one"),
        *("What differs in the code", "dddddddddddd", "exits.stop", "Synthetic data"),
        *("Deflated Sharpe ratio", "KRW-BTC, KRW-ETH"),
    ):
        assert part in said, part
    assert html.count('class="curve') == 2
    assert len(html.encode()) < 200_000
    assert comparison_document(pair)["verdict"] in said


def test_many_runs_are_not_all_drawn(make_run: MakeRun) -> None:
    runs = [make_run(("KRW-BTC",), minutes=500, run_id=f"{i}") for i in range(8)]
    assert "The first 6 of 8 runs are drawn." in read(comparison_page(runs))


def test_choosing_among_runs_is_cross_validated(make_run: MakeRun) -> None:
    runs = [make_run(("KRW-BTC",), minutes=24 * 1440, fast=fast) for fast in (5, 10, 15, 20)]
    found = overfitting(runs)
    assert found is not None
    assert found.splits == 252
    assert overfitting(runs[:3]) is None
    assert "Probability of overfitting" in read(comparison_page(runs))


def test_the_best_is_told_from_luck(pair: list[Run]) -> None:
    assert "noise" in verdict(pair) or "earned nothing" in verdict(pair)
