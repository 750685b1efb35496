"""The top of a run's page: the verdict, what was run, and the numbers that are looked at first."""

from sigma_cli.report import text
from sigma_cli.report.definitions import term
from sigma_cli.report.doubts import Doubt
from sigma_cli.report.evidence import Evidence
from sigma_cli.report.fidelity import simulated_on
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.proof import plus_minus
from sigma_cli.report.shell import figures
from sigma_cli.report.table import toned
from sigma_cli.report.trades import closed_stats
from sigma_cli.report.verdict import judge


def headline(run: Run, found: Evidence) -> Markup:
    """Return the header of the page."""
    verdict = judge(run.summary, found)
    return tag(
        "header",
        tag("p", "Backtest", class_="eyebrow"),
        tag(
            "h1",
            tag("span", verdict.result, class_="won" if verdict.made_money else "lost"),
            " ",
            verdict.comparison,
            f" {verdict.luck}" if verdict.luck else "",
        ),
        tag("p", *_subject(run), class_="subject"),
        tag("p", run.said, class_="said") if run.said else Markup(""),
        figures(_cells(run, found)),
    )


def doubt_list(found: list[Doubt]) -> Markup:
    """Return the reasons to doubt, the grave ones marked."""
    lines = (
        tag("li", tag("b", doubt.topic), " ", doubt.text, class_="grave" if doubt.grave else False)
        for doubt in found
    )
    return tag("ul", *lines, class_="doubts")


def _subject(run: Run) -> tuple[str, ...]:
    summary, period = run.summary, run.summary["period"]
    settings = ", ".join(f"{name} {value}" for name, value in summary["params"].items())
    first, last = text.day(period["start_ns"]), text.day(period["end_ns"] - 1)
    return (
        tag("b", summary["strategy"]),
        f" ({settings})" if settings else "",
        " on ",
        *(joined(tag("b", market["market"]), ", ") for market in summary["markets"]),
        f"{simulated_on(summary)}, ",
        tag("span", first),
        " to ",
        tag("span", last),
        " (UTC)",
    )


def _cells(run: Run, found: Evidence) -> tuple[tuple[str, str], ...]:
    summary, stats = run.summary, closed_stats(run.trades)
    gained = summary["total_return"]
    return (
        (
            term("return", "Return after costs"),
            toned(gained, text.percent(gained, signed=True)),
        ),
        (term("held"), text.percent(summary["buy_and_hold_return"], signed=True)),
        (term("drawdown", "Deepest drawdown"), text.percent(summary["max_drawdown"])),
        (term("sharpe", "Sharpe ratio, with error"), plus_minus(found)),
        (term("dsr"), text.percent(found.deflated, 1)),
        (term("trade", "Closed trades"), text.number(stats.closed)),
        (term("win"), text.percent(stats.win_rate, 1)),
        ("Fees", text.money(summary["fees"], summary["currency"])),
    )
