"""The limits that fired in a run, in words. `fired` is one entry of a summary's `switches`."""

from collections.abc import Mapping
from typing import Any, Final

from sigma_cli.domain.switches import SWITCHES, Action, Latch, Metric, Scope, Switch, Wake
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


def refuses(name: str) -> bool:
    """Return whether a row refuses orders, rather than only act or shrink them."""
    row = _ROWS[name]
    return row.wake is Wake.ORDER or Action.VETO in row.action


def ended_run(fired: Mapping[str, Any]) -> bool:
    """Return whether no position could be opened after it fired."""
    return _ROWS[fired["name"]].latch is Latch.PERSON


def ended_day(fired: Mapping[str, Any]) -> bool:
    """Return whether no position could be opened for the rest of the day."""
    return _ROWS[fired["name"]].latch is Latch.DAY


def effect(fired: Mapping[str, Any]) -> str:
    """Return what the limit did, in a sentence."""
    row = _ROWS[fired["name"]]
    words = [said for action, said in _AT_ONCE.items() if action in row.action]
    if held := _held(row):
        words.append(held)
    said = ", ".join(words)
    if row.scope is Scope.MARKET:
        said = f"in that market {said}"
    said = said[0].upper() + said[1:]
    if ended_run(fired):
        return f"{said}."
    return f"{said}; {text.counted(fired['count'], 'time')} in all."


def _held(row: Switch) -> str:
    """Return what a row did for as long as it was on; nothing where it only acted once."""
    if row.latch is Latch.PERSON:
        return "no new positions from here"
    if row.latch is Latch.DAY:
        return "no new positions until the next day"
    if row.wake is Wake.ORDER and row.action == Action.VETO:
        return "this order was refused"
    return next((words for action, words in _WHILE_ON.items() if action in row.action), "")


_AT_ONCE: Final = {
    Action.LIQUIDATE: "everything was sold",
    Action.CANCEL: "entries at work were called back",
    Action.TRIM: "what was above the limit was sold",
    Action.EXPEL: "orders that were not ours were cancelled",
}
"""What rows do as they fire."""
_WHILE_ON: Final = {
    Action.PAUSE: "no new positions for a while",
    Action.VETO: "no new positions while it lasted",
    Action.SCALE: "smaller positions while it lasted",
    Action.RAISE: "more was demanded of entries",
    Action.ADD: "more was demanded of entries",
    Action.NO_TAKING: "entries had to wait for their price",
    Action.OBSERVE: "nothing but this note",
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
