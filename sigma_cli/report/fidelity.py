"""What a run was simulated on, and what the same run shows elsewhere: latencies and fidelities."""

from collections.abc import Mapping
from typing import Any, Final

from sigma_cli.domain.fidelities import BARS, BOOK, TRADES
from sigma_cli.report import text
from sigma_cli.report.definitions import term
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.shell import note
from sigma_cli.report.table import table, toned

NAMES: Final = {BARS: "bars", TRADES: "trades alone", BOOK: "trades and books"}
_HEAD: Final = ("Return", "Orders", "Fills", "Fees", "Sharpe ratio")


def fidelity(summary: Mapping[str, Any]) -> str:
    """Return what a run was simulated on; runs that don't say were on bars."""
    return str(summary.get("fidelity", BARS))


def on_ticks(summary: Mapping[str, Any]) -> bool:
    """Return whether a run was simulated on trades, or trades and books."""
    return fidelity(summary) != BARS


def simulated_on(summary: Mapping[str, Any]) -> str:
    """Return what a run was simulated on, in words."""
    name = fidelity(summary)
    return f"{summary['interval']} bars" if name == BARS else NAMES[name]


def latencies(summary: Mapping[str, Any]) -> Markup:
    """Return the same run with other latencies between desk and venue."""
    rows = summary.get("latency_table")
    if not rows:
        return _absent()
    own = next(row for row in rows if row["is_own"])
    lines = [
        (
            _named(_way(row), is_own=row["is_own"]),
            _gain(row["total_return"]),
            _difference(row["total_return"] - own["total_return"]),
            *_rest(summary, row),
        )
        for row in rows
    ]
    head = (term("latency"), _HEAD[0], "Against this run", *_HEAD[1:])
    return table(head, lines)


def fidelities(summary: Mapping[str, Any]) -> Markup:
    """Return the same strategy on bars, trades and books."""
    rows = summary.get("fidelities")
    if not rows:
        return _absent()
    lines = [
        (
            _named(NAMES[row["fidelity"]], is_own=row["fidelity"] == fidelity(summary)),
            _gain(row["total_return"]),
            _difference(row["lie"]),
            *_rest(summary, row),
        )
        for row in rows
        if not row["why_not"]
    ]
    absent = [
        note(f"No {NAMES[row['fidelity']]}: {row['why_not']}.") for row in rows if row["why_not"]
    ]
    head = ("Simulated on", _HEAD[0], term("lie", "Lie, against the book"), *_HEAD[1:])
    return joined(table(head, lines), *absent)


def _absent() -> Markup:
    said = "This run was not simulated a second time: `sigma backtest --compare` asks for it."
    return note(said)


def _named(name: str, *, is_own: bool) -> str:
    return tag("b", f"{name} (this run)") if is_own else name


def _way(row: Mapping[str, Any]) -> str:
    if row["order_ms"] is None:
        return "as the feed was recorded"
    if row["order_ms"] == row["answer_ms"]:
        return f"{row['order_ms']:g} ms each way"
    return f"{row['order_ms']:g} ms there, {row['answer_ms']:g} ms back"


def _gain(share: float) -> Markup:
    return toned(share, text.percent(share, 3, signed=True))


def _difference(share: float) -> Markup:
    said = text.number(1e4 * share, 2, signed=True)
    return toned(share, said if said == text.UNDEFINED else f"{said} bps")


def _rest(summary: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        text.number(row["orders"]),
        text.number(row["fills"]),
        text.amount(row["fees"], summary["currency"]),
        text.number(row["sharpe"], 2),
    )
