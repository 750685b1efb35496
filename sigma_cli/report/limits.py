"""The limits that fired in a run, in words. `fired` is one entry of a summary's `switches`."""

from collections.abc import Mapping
from typing import Any, Final

from sigma_cli.domain.switches import SWITCHES, Action, Latch, Metric, Wake
from sigma_cli.report import text
from sigma_cli.report.fidelity import on_ticks

DRAWDOWN: Final = next(row.setting for row in SWITCHES if row.metric is Metric.DRAWDOWN)

_ROWS: Final = {row.setting: row for row in SWITCHES}


def name(fired: Mapping[str, Any]) -> str:
    """Return what people call it: drawdown limit; of a kill switch: losses pause switch."""
    kind = "limit" if _ROWS[fired["name"]].section == "limits" else "switch"
    name = fired["name"]
    for unit in ("_max", "_min", "_ms", "_s"):
        name = name.removesuffix(unit)
    return f"{name.replace('_', ' ')} {kind}"


def reached(summary: Mapping[str, Any], fired: Mapping[str, Any]) -> str:
    """Return how far the run had come when it fired."""
    if on_ticks(summary):
        return f"after {text.span(fired['fired_ts_ns'] - summary['period']['start_ns'])}"
    return f"at bar {text.number(fired['bar_no'])}"


def ended_run(fired: Mapping[str, Any]) -> bool:
    """Return whether no position could be opened after it fired."""
    return _ROWS[fired["name"]].latch is Latch.PERSON


def ended_day(fired: Mapping[str, Any]) -> bool:
    """Return whether no position could be opened for the rest of the day."""
    return _ROWS[fired["name"]].latch is Latch.DAY


def effect(fired: Mapping[str, Any]) -> str:
    """Return what the limit did, in a sentence."""
    if ended_run(fired):
        return "No new positions from here."
    times = text.counted(fired["count"], "time")
    if ended_day(fired):
        return f"No new positions until the next day; {times} in all."
    return f"{_said(fired['name'])}; {times} in all."


def _said(name: str) -> str:
    """Return what a row without a latch did."""
    row = _ROWS[name]
    if row.wake is Wake.ORDER and row.action == Action.VETO:
        return "This order was refused"
    return next(words for action, words in _EFFECTS.items() if action in row.action)


_EFFECTS: Final = {
    Action.PAUSE: "No new positions for a while",
    Action.VETO: "No new positions while it lasted",
    Action.TRIM: "Positions were trimmed",
    Action.SCALE: "Smaller positions while it lasted",
    Action.RAISE: "More was demanded of entries",
    Action.ADD: "More was demanded of entries",
    Action.NO_TAKING: "Entries had to wait for their price",
    Action.EXPEL: "Orders that were not ours were cancelled",
    Action.OBSERVE: "Nothing but this note",
}
"""What rows do that let go by themselves."""


def measured(fired: Mapping[str, Any]) -> str:
    """Return what was measured, and the limit."""
    shares = fired["name"] in _SHARES
    value, limit = (
        text.percent(fired[key]) if shares else f"{fired[key]:,.6g}" for key in ("value", "limit")
    )
    return f"measured {value}, limit {limit}"


_SHARES: Final = frozenset(
    row.setting
    for row in SWITCHES
    if row.metric in (Metric.DRAWDOWN, Metric.DAY_LOSS, Metric.WEEK_LOSS, Metric.MARKET_SHARE)
)
