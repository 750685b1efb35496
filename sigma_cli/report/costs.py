"""What the trading cost: from the gross result to what is left, and how often money turned over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sigma_cli.report import text
from sigma_cli.report.definitions import term
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.table import facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line from gross to net."""

    name: str
    amount: float
    kind: str


def costs(summary: Mapping[str, Any]) -> Markup:
    """Return the costs of a run as bars and facts."""
    return joined(_bars(summary), facts(_facts(summary)))


def _bars(summary: Mapping[str, Any]) -> Markup:
    net = summary["final_equity"] - summary["start_cash"]
    steps = (
        Step(name=term("gross"), amount=summary["gross_pnl"], kind="total"),
        Step(name="Slippage", amount=-summary["slippage_cost"], kind="cost"),
        Step(name="Fees", amount=-summary["fees"], kind="cost"),
        Step(name="After costs", amount=net, kind="total"),
    )
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
    currency, slippage = summary["currency"], summary["slippage_cost"]
    traded = sum(market["traded_value"] for market in summary["markets"])
    rows = [
        ("Fees, of the starting cash", text.percent(summary["fees"] / summary["start_cash"])),
        ("Slippage assumed", text.money(slippage, currency) if slippage else "none"),
        ("Value traded", text.money(traded, currency)),
    ]
    if summary["fills"]:
        each = text.money(traded / summary["fills"], currency)
        rows.append(("Value of a fill, on average", each))
    share = summary["fill_share_max"]
    rows.append(("Largest fill, of its bar's volume", text.percent(share) if share else "none"))
    return rows
