"""The offline HTML page of one run: what a trader looks at first. One file, no network.

Order of the page: what came out, why to doubt it, what it looks like, what it cost, every detail.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Final

import numpy as np

from sigma_cli.report import details, text
from sigma_cli.report.candle_chart import MARKS_MAX, candle_figure, near, whole
from sigma_cli.report.costs import costs
from sigma_cli.report.equity_chart import equity_figure
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.table import toned
from sigma_cli.report.trades import closed_stats, market_table, trade_facts, trade_table
from sigma_cli.report.verdict import doubts, judge, synthetic

MARKETS_MAX: Final = 6
"""Markets drawn, those with most trades: a page has to stay small and be read to its end."""


def page(run: Run) -> str:
    """Return the whole page."""
    summary = run.summary
    title = f"{summary['strategy']} on {', '.join(m['market'] for m in summary['markets'])}"
    body = joined(
        _banner() if synthetic(summary) else Markup(""),
        tag("main", _header(run), _doubts(run), *_sections(run)),
        tag("footer", f"sigma run {summary['run_id']}. Past results promise nothing."),
        tag("script", Markup(_asset("page.js"))),
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"{tag('title', title)}\n{tag('style', Markup(_asset('page.css')))}\n</head>\n"
        f"{tag('body', body)}\n</html>\n"
    )


def _asset(name: str) -> str:
    return files("sigma_cli.report").joinpath(name).read_text(encoding="utf-8")


def _banner() -> Markup:
    return tag(
        "div",
        tag("strong", "Synthetic data"),
        tag("span", "Made by a random number generator. No real market moved like this."),
        class_="banner",
        role="alert",
    )


def _header(run: Run) -> Markup:
    summary, verdict = run.summary, judge(run.summary)
    settings = ", ".join(f"{name} {value}" for name, value in summary["params"].items())
    period = summary["period"]
    first, last = text.day(period["start_ns"]), text.day(period["end_ns"] - 1)
    parts = (
        tag("b", summary["strategy"]),
        f" ({settings})" if settings else "",
        " on ",
        *(joined(tag("b", market["market"]), ", ") for market in summary["markets"]),
        f"{summary['interval']} bars, ",
        tag("span", first),
        " to ",
        tag("span", last),
        " (UTC)",
    )
    return tag(
        "header",
        tag("p", "Backtest", class_="eyebrow"),
        tag(
            "h1",
            tag("span", verdict.result, class_="won" if verdict.made_money else "lost"),
            " ",
            verdict.comparison,
        ),
        tag("p", *parts, class_="subject"),
        _figures(run),
    )


def _figures(run: Run) -> Markup:
    summary, stats = run.summary, closed_stats(run.trades)
    gained = summary["total_return"]
    sharpe = float("nan") if summary["sharpe"] is None else summary["sharpe"]
    held = summary["buy_and_hold_return"]
    cells = (
        ("Return after costs", toned(gained, text.percent(gained, signed=True))),
        ("Buy and hold", text.percent(held, signed=True)),
        ("Deepest drawdown", text.percent(summary["max_drawdown"])),
        ("Sharpe ratio", text.number(sharpe, 2)),
        ("Closed trades", text.number(stats.closed)),
        ("Win rate", text.percent(stats.win_rate, 1)),
        ("Fees", text.money(summary["fees"], summary["currency"])),
        ("Final equity", text.money(summary["final_equity"], summary["currency"])),
    )
    return tag(
        "dl",
        *(tag("div", tag("dt", name), tag("dd", value)) for name, value in cells),
        class_="figures",
    )


def _doubts(run: Run) -> Markup:
    found = doubts(run.summary, closed_stats(run.trades).closed, run.notes)
    lines = (
        tag("li", tag("b", doubt.topic), " ", doubt.text, class_="grave" if doubt.grave else False)
        for doubt in found
    )
    return tag("section", tag("h2", "Before you believe it"), tag("ul", *lines, class_="doubts"))


def _sections(run: Run) -> Iterator[Markup]:
    yield _section("Equity", equity_figure(run))
    yield _section("Trades on candles", *_candles(run))
    yield _section("Costs", costs(run.summary))
    yield _section("Trades", trade_facts(run), market_table(run), trade_table(run))
    yield _section("Decisions", details.decisions(run))
    yield _section("Data", details.coverage(run))
    yield _section("How fills were made", details.assumptions(run.summary))
    yield _section("Make it again", details.reproduction(run))
    yield _section("What the numbers mean", details.definitions(run.summary))


def _section(title: str, *parts: Markup) -> Markup:
    return tag("section", tag("h2", title), *parts)


def _candles(run: Run) -> Iterator[Markup]:
    """Yield the candle figures of the markets with most trades."""
    markets = run.summary["markets"]
    counts = np.bincount(run.trades["market"], minlength=len(markets))
    order = np.argsort(-counts, kind="stable").tolist()
    missing = []
    for i in order[:MARKETS_MAX]:
        name, count = markets[i]["market"], int(counts[i])
        overview, close_up = whole(run, i), near(run, i)
        if overview is None:
            missing.append(name)
            continue
        marked = "marked" if count <= MARKS_MAX else "counted under the candles"
        yield candle_figure(
            overview, name, f"The whole period, {text.counted(count, 'trade')}, {marked}."
        )
        if close_up is not None:
            shown = len(close_up.trades["market"])
            note = f"From near: the last {shown} of {text.counted(count, 'trade')}."
            yield candle_figure(close_up, name, note)
    if missing:
        names = ", ".join(missing)
        yield tag("p", f"No candles of {names} are left in the store to draw.", class_="note")
    if len(markets) > MARKETS_MAX:
        note = f"Drawn: the {MARKETS_MAX} of {len(markets)} markets with most trades."
        yield tag("p", note, class_="note")
