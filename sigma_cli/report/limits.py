"""The limits that fired in a run, in words. `fired` is one entry of a summary's `switches`."""

from collections.abc import Mapping
from typing import Any, Final

from sigma_cli.domain.switches import SWITCHES, Latch, Metric
from sigma_cli.report import text

DRAWDOWN: Final = next(row.setting for row in SWITCHES if row.metric is Metric.DRAWDOWN)

_LATCHES: Final = {row.setting: row.latch for row in SWITCHES}


def name(fired: Mapping[str, Any]) -> str:
    """Return what people call the limit: drawdown limit."""
    return f"{fired['name'].removesuffix('_max').replace('_', ' ')} limit"


def ended_run(fired: Mapping[str, Any]) -> bool:
    """Return whether no position could be opened after it fired."""
    return _LATCHES[fired["name"]] is Latch.PERSON


def ended_day(fired: Mapping[str, Any]) -> bool:
    """Return whether no position could be opened for the rest of the day."""
    return _LATCHES[fired["name"]] is Latch.DAY


def effect(fired: Mapping[str, Any]) -> str:
    """Return what the limit did, in a sentence."""
    if ended_run(fired):
        return "No new positions from here."
    times = text.counted(fired["count"], "time")
    if ended_day(fired):
        return f"No new positions until the next day; {times} in all."
    return f"This order was refused; {times} in all."


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
    if row.metric in (Metric.DRAWDOWN, Metric.DAY_LOSS, Metric.MARKET_SHARE)
)
