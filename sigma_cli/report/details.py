"""The small print of a run: refusals, limits, data, assumptions, and how to make it again."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sigma_cli.domain.requests import Reason, RequestKind
from sigma_cli.report import limits, text
from sigma_cli.report.inputs import Run, Zone
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.table import facts, table

REASONS: Final = {
    Reason.TICK: "price not on the venue's tick grid",
    Reason.LOT: "smaller than the venue's lot",
    Reason.VALUE_MIN: "below the venue's minimum order value",
    Reason.VALUE_MAX: "above the venue's maximum order value",
    Reason.NO_PRICE: "no price seen yet",
    Reason.NO_RULES: "no venue rules known",
    Reason.CASH: "not enough cash",
    Reason.DAY_LOSS: "daily loss limit",
    Reason.DRAWDOWN: "drawdown limit",
    Reason.MARKET_SHARE: "position in one market too large",
    Reason.ORDER_RATIO: "order much larger than the average one",
    Reason.ORDER_RATE: "too many orders in a minute",
    Reason.HALTED: "halted by a person",
    Reason.UNKNOWN_ORDER: "fate of an earlier order unknown",
    Reason.OVERFLOW: "too many orders at once",
    Reason.BAD_SIGNAL: "signal outside -1 to 1",
    Reason.INSUFFICIENT_FUNDS: "venue: not enough funds",
    Reason.PARTICIPATION: "bar traded too little for the participation cap",
}
"""Refusals as people say them; one without a sentence shows its name."""

DEFINITIONS: Final = (
    ("Return", "Final equity / cash at the start - 1; open positions count at the last close."),
    (
        "Buy and hold",
        "Equal parts of the starting cash in every market at its first close, less one fee, kept"
        " to the end.",
    ),
    ("Drawdown", "How far equity lies below its highest point so far, as a share of that high."),
    (
        "Sharpe ratio",
        "Mean / standard deviation of returns, times the square root of returns a year;"
        " riskless rate 0. It assumes that returns do not depend on each other, and it is not"
        " corrected for the number of things tried.",
    ),
    (
        "Trade",
        "From no position to no position in one market. Its result is after fees; its return is"
        " the result / value of the entry.",
    ),
    ("Win rate", "Share of closed trades with a result above 0."),
    ("Payoff", "Mean result of winning trades / mean loss of losing ones."),
    ("Profit factor", "Sum of wins / sum of losses. Below 1 the trades lost money together."),
    ("Exposure", "Value of all positions / equity."),
    ("Turnover", "Value of everything bought and sold / equity on average."),
    ("Before costs", "Result with the same fills, but no fee and no assumed slippage."),
)


def decisions(run: Run) -> Markup:
    """Return what was asked for, what was refused and why, and the limits that fired."""
    summary = run.summary
    kinds = run.requests["kind"]
    asked = [
        (f"Requests to {kind.name.lower()}", text.number(int(np.count_nonzero(kinds == kind))))
        for kind in RequestKind
    ]
    refused = sum(summary["refusals"].values())
    rows = [*asked, ("Fills", text.number(summary["fills"])), ("Refused", text.number(refused))]
    parts = [facts(rows)]
    if summary["refusals"]:
        ordered = sorted(summary["refusals"].items(), key=lambda item: -item[1])
        named = ((_reason(name), text.number(count)) for name, count in ordered)
        parts.append(table(("Why refused", "Times"), named))
    parts.append(_switches(summary, run.zone))
    return joined(*parts)


def coverage(run: Run) -> Markup:
    """Return where the data came from and what they lack, one line a market."""
    rows = []
    for market in run.summary["markets"]:
        due = market["bars"] + market["missing"]
        rows.append(
            (
                f"{market['venue']} {market['market']}",
                "synthetic" if market["synthetic"] else "recorded",
                text.moment(market["first_ts_ns"], run.zone),
                text.moment(market["last_ts_ns"], run.zone),
                text.number(market["bars"]),
                text.number(market["missing"]),
                text.percent(market["missing"] / due if due else float("nan")),
                text.number(market["gap_rows"]),
            )
        )
    head = ("Market", "Data", "First bar", "Last bar", "Bars", "Missing", "Share", "Gaps")
    sources = sorted({source for market in run.summary["markets"] for source in market["sources"]})
    note = "A minute without a trade has no bar; nothing is filled in. " * bool(rows)
    return joined(
        table(head, rows, left=4),
        tag("p", f"{note}Times are {run.zone.name}.", class_="note"),
        tag("p", "Sources: ", ", ".join(sources) or "unknown", class_="note"),
    )


def assumptions(summary: Mapping[str, Any]) -> Markup:
    """Return how fills were made, line by line."""
    return tag("ul", *(tag("li", line) for line in summary["fill_model"]), class_="assumed")


def reproduction(run: Run) -> Markup:
    """Return the command that makes this run again, the hashes it is known by, every setting."""
    summary = run.summary
    known_by = [(f"Hash of {name}", digest) for name, digest in summary["hashes"].items()]
    made = f"{text.moment(summary['created_ts_ns'], run.zone, seconds=True)} {run.zone.name}"
    cost = f"{text.number(summary['wall_s'], 2)} s, of CPU {text.number(summary['cpu_s'], 2)} s"
    settings = [(name, str(value)) for name, value in sorted(summary["settings"].items())]
    return joined(
        tag("pre", tag("code", summary["command"])),
        facts([("Run", summary["run_id"]), ("Made", made), ("Took", cost), *known_by], long=True),
        tag("details", tag("summary", "Every setting"), facts(settings)),
    )


def definitions(summary: Mapping[str, Any]) -> Markup:
    """Return what each number on the page means."""
    basis = ("This Sharpe ratio", f"From {summary['sharpe_basis']}.")
    pairs = (tag("div", tag("dt", n), tag("dd", said)) for n, said in (*DEFINITIONS, basis))
    return tag("dl", *pairs, class_="defined")


def _switches(summary: Mapping[str, Any], zone: Zone) -> Markup:
    if not summary["switches"]:
        return tag("p", "No limit fired.", class_="note")
    lines = [
        tag(
            "li",
            tag("b", limits.name(fired).capitalize()),
            f" reached at bar {text.number(fired['bar_no'])}"
            f" ({text.moment(fired['fired_ts_ns'], zone)} {zone.name}):"
            f" {limits.measured(fired)}. {limits.effect(fired)}",
        )
        for fired in summary["switches"]
    ]
    return tag("ul", *lines, class_="fired")


def _reason(name: str) -> str:
    plain = name.lower()
    said = {reason.name.lower(): words for reason, words in REASONS.items()}.get(plain)
    return f"{said} ({plain})" if said else plain
