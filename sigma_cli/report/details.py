"""The small print of a run: refusals, limits, data, assumptions, and how to make it again."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sigma_cli.domain.requests import RequestKind
from sigma_cli.report import limits, reasons, text
from sigma_cli.report.fidelity import on_ticks
from sigma_cli.report.inputs import Run, Zone
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.table import facts, table


def decisions(run: Run) -> Markup:
    """Return what was asked for, what was refused and why, and the limits that fired."""
    summary = run.summary
    kinds = run.requests["kind"]
    asked = [
        (f"Requests to {kind.name.lower()}", text.number(int(np.count_nonzero(kinds == kind))))
        for kind in RequestKind
    ]
    refused = sum(summary["refusals"].values())
    rows = [*asked, ("Fills", text.number(summary["fills"]))]
    if on_ticks(summary):  # the rest has sections of its own: execution.py, switch_timeline.py
        return facts([*rows, ("Wishes kept back", text.number(refused))])
    rows.append(("Refused", text.number(refused)))
    parts = [facts(rows)]
    if summary["refusals"]:
        ordered = sorted(summary["refusals"].items(), key=lambda item: -item[1])
        named = ((reasons.said(name), text.number(count)) for name, count in ordered)
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
    if on_ticks(run.summary):
        note = f"The bars are made of the trades, to look at. {note}"
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


def _switches(summary: Mapping[str, Any], zone: Zone) -> Markup:
    if not summary["switches"]:
        return tag("p", "No limit fired.", class_="note")
    lines = [
        tag(
            "li",
            tag("b", limits.name(fired).capitalize()),
            f" reached {limits.reached(summary, fired)}"
            f" ({text.moment(fired['fired_ts_ns'], zone)} {zone.name}):"
            f" {limits.measured(fired)}. {limits.effect(fired)}",
        )
        for fired in summary["switches"]
    ]
    return tag("ul", *lines, class_="fired")
