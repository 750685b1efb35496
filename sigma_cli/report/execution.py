"""How the orders of a run on ticks fared: filled or not, how soon, at which price; what then."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sigma_cli.domain.fidelities import TRADES
from sigma_cli.report import reasons, text
from sigma_cli.report.definitions import term
from sigma_cli.report.markup import Markup, joined
from sigma_cli.report.shell import note
from sigma_cli.report.table import facts, meter, table, toned

QUANTILES: Final = ("p50", "p90", "p99")
_ENDS: Final = {"FILLED": "filled whole", "WORKING": "still at work at the end"}


def execution(summary: Mapping[str, Any]) -> Markup:
    """Return how entries and exits were filled, how they ended, and how they queued."""
    told = summary["execution"]
    sides = (told["entries"], told["exits"])
    return joined(_filled(sides), _ended(sides), _queue(summary))


def markouts(summary: Mapping[str, Any]) -> Markup:
    """Return where the price went after fills."""
    told = summary["execution"]["markouts_bps"]
    if not told:
        return note("Nothing was filled, or nothing was told of a market soon after a fill.")
    rows = [
        (f"{after.removesuffix('s')} s", *_markout(row, "maker"), *_markout(row, "taker"))
        for after, row in told.items()
    ]
    head = (term("markout", "After"), "As maker, bps", "Fills", "As taker, bps", "Fills")
    said = (
        "Below 0 the price went against what was just bought or sold. A maker whose fills are"
        " followed by losses was filled because the price was about to move: adverse selection."
    )
    return joined(table(head, rows), note(said))


def exits(summary: Mapping[str, Any]) -> Markup:
    """Return how many exits each rule made."""
    told = summary["exit_reasons"]
    if not told:
        return joined(note("No position was left."), _unsold(summary))
    total, most = sum(told.values()), max(told.values())
    rows = [
        (reasons.said(name), meter(n / most), text.number(n), text.percent(n / total, 1))
        for name, n in sorted(told.items(), key=lambda item: -item[1])
    ]
    head = (term("exit_rule", "Rule"), "", "Filled exits", "Share")
    return joined(table(head, rows, left=2, wrap=True), _unsold(summary))


def _unsold(summary: Mapping[str, Any]) -> Markup:
    """Return why the desk could not ask for some sales."""
    told = summary["sales_refused"]
    if not told:
        return Markup("")
    named = ", ".join(f"{reasons.said(name)}: {text.number(n)}" for name, n in told.items())
    return note(f"Sales that could not be asked for, by reason: {named}.")


def funnel(summary: Mapping[str, Any]) -> Markup:
    """Return how many wishes to enter became positions, and which rules kept the others back."""
    steps = summary["funnel"]
    wished = max(steps[0][1], 1)
    rows = [
        (name, meter(count / wished), text.number(count), text.percent(count / wished, 1))
        for name, count in steps
    ]
    head = (term("funnel", "Entries that were"), "", "Count", "Share")
    return joined(table(head, rows, left=2, wrap=True), _refusals(summary))


def _refusals(summary: Mapping[str, Any]) -> Markup:
    told = summary["refusals"]
    if not told:
        return note("The venue took every wish.")
    total, most = sum(told.values()), max(told.values())
    rows = [
        (reasons.said(name), meter(n / most), text.number(n), text.percent(n / total, 1))
        for name, n in sorted(told.items(), key=lambda item: -item[1])
    ]
    head = ("What kept the others back", "", "Wishes", "Share")
    return table(head, rows, left=2, wrap=True)


def _filled(sides: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [
        ("Orders asked for", *(text.number(one["asked"]) for one in sides)),
        ("Filled, in part at least", *(text.number(one["filled"]) for one in sides)),
        (term("fill_rate"), *(text.percent(one["fill_rate"], 1) for one in sides)),
        ("Filled in part only", *(text.number(one["partial"]) for one in sides)),
        (term("fill_time"), *(_spread(one["wait_ms"], _time) for one in sides)),
        (term("slipped"), *(_bps(one["slippage_bps"]) for one in sides)),
        (
            "the same, as quantiles",
            *(_spread(one["slippage_bps_quantiles"], _bps) for one in sides),
        ),
        (term("maker_share"), *(text.percent(one["maker_share"], 1) for one in sides)),
    ]
    note_ = "Three values are the median, and what 90 % and 99 % of the decisions stay below."
    return joined(table(("", "Entries", "Exits"), rows, wrap=True), note(note_))


def _ended(sides: Sequence[Mapping[str, Any]]) -> Markup:
    names = dict.fromkeys(name for one in sides for name in one["ended"])
    rows = [
        (
            _ENDS.get(name) or reasons.said(name),
            *(text.number(one["ended"].get(name, 0)) for one in sides),
        )
        for name in names
    ]
    return table(("Orders that ended", "Entries", "Exits"), rows, wrap=True)


def _queue(summary: Mapping[str, Any]) -> Markup:
    told = summary["execution"]["queue"]
    if summary["fidelity"] == TRADES:
        return note("Without a book nothing is known of queues.")
    rows = [
        (term("rested", "Limits that came to rest"), text.number(told["rested"])),
        ("of these filled as maker", text.number(told["filled"])),
        (
            term("ahead", "Ahead of them, in times their own size"),
            _spread(told["ahead_sizes"], lambda value: text.number(value, 1)),
        ),
        ("From resting to the first fill as maker", _spread(told["wait_ms"], _time)),
        ("Rested where the book did not reach", text.number(told["unseen"])),
        (
            "Filled beyond the known levels",
            "yes" if summary["execution"]["unknown_depth_fills_u"] else "never",
        ),
    ]
    return facts(rows)


def _markout(row: Mapping[str, Any], kind: str) -> tuple[str, str]:
    if kind not in row:
        return text.UNDEFINED, text.number(0)
    mean = row[kind]["mean"]
    return toned(mean, text.number(mean, 2, signed=True)), text.number(row[kind]["fills"])


def _spread(quantiles: Mapping[str, float], said: Any) -> str:
    if not quantiles:
        return text.UNDEFINED
    return " / ".join(said(quantiles[name]) for name in QUANTILES)


def _time(ms: float) -> str:
    return f"{text.number(ms)} ms" if ms < 1_000 else f"{text.number(ms / 1_000, 1)} s"


def _bps(value: float) -> str:
    said = text.number(value, 2, signed=True)
    return said if said == text.UNDEFINED else f"{said} bps"
