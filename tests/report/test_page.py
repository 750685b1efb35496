"""The page: offline, small, complete, well-formed, and safe whatever the strings hold."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from sigma_cli.report.document import document
from sigma_cli.report.inputs import Run
from sigma_cli.report.page import page

MakeRun = Callable[..., Run]
VOID = {"meta", "br", "hr", "img", "link", "input"}
SWITCH = {
    "name": "drawdown_max",
    "count": 1,
    "limit": 0.15,
    "value": 0.1512,
    "fired_ts_ns": 1_756_700_000 * 1_000_000_000,
    "bar_no": 802_243,
}


class Checker(HTMLParser):
    """Collects the text, and fails on a tag that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)


def read(html: str) -> str:
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    return " ".join("".join(checker.words).replace("\N{NARROW NO-BREAK SPACE}", " ").split())


def test_the_page_says_everything_it_must(make_run: MakeRun) -> None:
    said = read(page(make_run(minutes=3000, switches=[SWITCH])))
    for part in (
        *("Synthetic data", "after costs", "Buying and holding", "Before you believe it"),
        *("look-ahead gate has not been run", "bar 802,243", "limit 15.00 %", "KRW-BTC"),
        *("Fees", "Slippage", "Win rate", "Deepest drawdown", "Sharpe ratio", "Gaps"),
        *("sigma backtest --strategy sma_cross", "Hash of code", "not enough cash (cash)"),
        *("Market orders fill at the open of the next bar.", "limits.drawdown_max"),
        *("Profit factor", "riskless rate 0", "synthetic/KRW-BTC.csv", "KST"),
    ):
        assert part in said, part


def test_the_page_is_offline_and_small(make_run: MakeRun) -> None:
    html = page(make_run(("KRW-BTC", "KRW-ETH", "KRW-DOGE"), minutes=20_000))
    assert len(html.encode()) < 600_000
    assert not re.search(r"https?:|//[a-z]|@import|url\(|<link|<img|srcdoc|src=", html)


def test_recorded_data_have_no_banner(make_run: MakeRun) -> None:
    run = make_run()
    for market in run.summary["markets"]:
        market["synthetic"] = False
    said = read(page(run))
    assert "Synthetic" not in said
    assert "recorded" in said


def test_a_gate_that_was_switched_off_has_a_banner(make_run: MakeRun) -> None:
    assert "Look-ahead gate off" in read(page(make_run(gate={"state": "skipped"})))
    for state in ("passed", "absent"):
        assert "Look-ahead gate off" not in read(page(make_run(gate={"state": state})))


def test_every_string_is_escaped(make_run: MakeRun) -> None:
    evil = "<script>alert('1')</script>\"&"
    run = make_run(
        strategy=evil,
        command=evil,
        notes=[evil],
        fill_model=[evil],
        refusals={evil: 1},
        params={evil: evil},
        settings={evil: evil},
        run_id=evil,
    )
    run.summary["markets"][0]["market"] = evil
    run.summary["markets"][0]["sources"] = [evil]
    html = page(run)
    assert "<script>alert" not in html
    assert read(html).count("<script>alert('1')</script>\"&") > 10


def test_many_trades_are_counted_not_marked(make_run: MakeRun) -> None:
    said = read(page(make_run(("KRW-BTC",), minutes=5000)))
    count = len(make_run(("KRW-BTC",), minutes=5000).trades["pnl"])
    assert f"{count} trades, counted under the candles" in said
    assert f"the last 12 of {count} trades" in said
    assert f"The first 12 and the last 12 of {count} trades." in said


def test_few_trades_are_marked(make_run: MakeRun) -> None:
    run = make_run(("KRW-BTC",), minutes=1500, fast=60, slow=240)
    count = len(run.trades["pnl"])
    assert 0 < count <= 12
    html = page(run)
    assert html.count('class="mark entry"') == count
    assert f"All {count} trades." in read(html) or count == 1


def test_a_run_without_trades_still_has_a_page(make_run: MakeRun) -> None:
    run = make_run(fast=10, slow=20_000, sharpe=None, buy_and_hold_return=0.01)
    said = read(page(run))
    assert "The strategy never traded." in said
    assert "Never traded" in said


def test_a_run_whose_candles_are_gone_says_so(make_run: MakeRun) -> None:
    run = replace(make_run(), bars=(None, None))
    said = read(page(run))
    assert "Buy-and-hold is not drawn" in said
    assert "No candles of" in said


@pytest.mark.parametrize("points", [1, 2])
def test_a_very_short_run(make_run: MakeRun, points: int) -> None:
    run = make_run(minutes=200)
    equity = {name: column[:points] for name, column in run.equity.items()}
    assert "after costs" in read(page(replace(run, equity=equity)))


def test_unequal_markets_and_many_of_them(make_run: MakeRun) -> None:
    run = make_run(("KRW-BTC", "KRW-ETH", "KRW-DOGE"), minutes=300)
    many = replace(
        run,
        summary={**run.summary, "markets": run.summary["markets"] * 3},
        bars=run.bars * 3,
    )
    assert "Drawn: the 6 of 9 markets with most trades." in read(page(many))


def test_the_document_agrees_with_the_page(make_run: MakeRun) -> None:
    run = make_run()
    found = document(run)
    assert found["summary"] == dict(run.summary)
    assert found["synthetic"] is True
    assert found["trades"]["count"] == len(run.trades["pnl"])
    assert found["trades"]["closed"] == int(np.count_nonzero(run.trades["exit_ts_ns"]))
    assert len(found["trades"]["first"]) == 12
    assert found["verdict"] in read(page(run))
    assert all(doubt["text"] in read(page(run)) for doubt in found["doubts"])
