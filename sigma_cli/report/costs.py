"""What the trading cost: from the gross result to what is left, and how often money turned over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sigma_cli.domain.fidelities import BARS, BOOK, TRADES
from sigma_cli.report import text
from sigma_cli.report.definitions import term
from sigma_cli.report.fidelity import fidelity, on_ticks
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.shell import note
from sigma_cli.report.table import facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line from gross to net."""

    name: str
    amount: float
    kind: str


def costs(summary: Mapping[str, Any]) -> Markup:
    """Return the costs of a run as bars and facts."""
    return joined(_bars(summary), facts(_facts(summary)), *_notes(summary))


def _notes(summary: Mapping[str, Any]) -> Iterator[Markup]:
    if fidelity(summary) == TRADES:
        yield note(
            "Without a book, spread and impact can't be told: what they cost is in the prices of"
            " the fills, as far as the trades that they followed show it."
        )
    elif fidelity(summary) == BOOK and summary["cost_split"]["unknown_fills"]:
        fills = text.counted(summary["cost_split"]["unknown_fills"], "fill")
        yield note(f"{fills} left out: no bid and ask were known at the decision.")


def _steps(summary: Mapping[str, Any]) -> list[Step]:
    net = summary["final_equity"] - summary["start_cash"]
    name = fidelity(summary)
    if name == BOOK:
        parts = summary["cost_split"]
        prices = [
            Step(name=term(part), amount=-parts[part], kind="cost")
            for part in ("spread", "impact", "movement")
        ]
    elif name == BARS:
        prices = [Step(name="Slippage", amount=-summary["slippage_cost"], kind="cost")]
    else:
        prices = []
    return [
        Step(
            name=term("fair" if name == BOOK else "gross"),
            amount=summary["gross_pnl"],
            kind="total",
        ),
        *prices,
        Step(name="Fees", amount=-summary["fees"], kind="cost"),
        Step(name="After costs", amount=net, kind="total"),
    ]


def _bars(summary: Mapping[str, Any]) -> Markup:
    steps = _steps(summary)
    largest = max(*(abs(step.amount) for step in steps), 1e-12)
    rows = []
    for step in steps:
        tone = "won" if step.amount > 0 else "lost"
        width = 50 * abs(step.amount) / largest
        left = 50.0 if step.amount > 0 else 50 - width
        place = f"left:{left:.2f}%;width:{width:.2f}%"
        bar = tag("i", class_=f"{step.kind} {tone}", style=place) if step.amount else Markup("")
        amount = text.money(step.amount, summary["currency"], signed=True)
        rows.append(joined(tag("dt", step.name), tag("dd", bar), tag("dd", amount, class_="num")))
    return tag("dl", *rows, class_="waterfall")


def _facts(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    currency = summary["currency"]
    traded = sum(market["traded_value"] for market in summary["markets"])
    rows = [
        ("Fees, of the starting cash", text.percent(summary["fees"] / summary["start_cash"])),
        ("Value traded", text.money(traded, currency)),
    ]
    if summary["fills"]:
        each = text.money(traded / summary["fills"], currency)
        rows.append(("Value of a fill, on average", each))
    rows += _on_ticks(summary, traded) if on_ticks(summary) else _on_bars(summary)
    return rows


def _on_bars(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    slippage, share = summary["slippage_cost"], summary["fill_share_max"]
    assumed = text.money(slippage, summary["currency"]) if slippage else "none"
    return [
        ("Slippage assumed", assumed),
        ("Largest fill, of its bar's volume", text.percent(share) if share else "none"),
    ]


def _on_ticks(summary: Mapping[str, Any], traded: float) -> list[tuple[str, str]]:
    if fidelity(summary) != BOOK or not traded:
        return []
    bps = 1e4 * summary["cost_split"]["total"] / traded
    said = "Spread, impact and movement, of the value"
    return [(term("decision", said), f"{text.number(bps, 2, signed=True)} bps")]
