"""Go or no-go: what has to hold before real money is risked, and what can't be known yet.

The limits are those agreed for the step from paper to live. Nothing passes by not being known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sigma_cli.report import text
from sigma_cli.report.definitions import term
from sigma_cli.report.evidence import SURE, Evidence
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.shell import note
from sigma_cli.report.table import table
from sigma_cli.report.trades import closed_stats
from sigma_cli.report.verdict import look_ahead, synthetic

DRAWDOWN_MAX: Final = 0.10
WIN_RATES: Final = (0.52, 0.58)
FEES_MAX: Final = 0.8
"""Fees, as a share of the net profit."""


class State(StrEnum):
    """What is known of a gate."""

    MET = "met"
    MISSED = "missed"
    UNKNOWN = "not known yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One condition."""

    name: str
    needed: str
    measured: str
    state: State


def gates(run: Run, found: Evidence) -> list[Gate]:
    """Return every gate of a run."""
    summary = run.summary
    return [
        _recorded(summary),
        _look_ahead(summary),
        _drawdown(summary),
        _wins(run),
        _fees(summary),
        _deflated(found),
        _later("Walk-forward Sharpe ratio", "1.3 or more in five weeks running", "a walk-forward"),
        _later("Gap between simulation and market", "below 3 % of traded value", "live trading"),
        _later("Paper trading", "48 hours with no invariant broken", "paper trading"),
    ]


def gate_table(found: list[Gate]) -> Markup:
    """Return the gates as a table with a sentence that sums them up."""
    rows = [
        (
            tag("b", gate.state, class_=f"gate {gate.state.name.lower()}"),
            gate.name,
            gate.needed,
            gate.measured,
        )
        for gate in found
    ]
    return joined(
        tag("p", decision(found), class_="decision"),
        table(("State", "Gate", "Needed", "Measured"), rows, left=4, wrap=True),
        note("What is needed before a strategy may trade live. A gate that isn't known isn't met."),
    )


def decision(found: list[Gate]) -> str:
    """Return go or no-go in a sentence."""
    counts = {state: sum(gate.state is state for gate in found) for state in State}
    if counts[State.MET] == len(found):
        return "Go: every gate is met."
    return (
        f"No go for live trading: {counts[State.MISSED]} of {len(found)} gates missed,"
        f" {counts[State.UNKNOWN]} not known yet, {counts[State.MET]} met."
    )


def _state(met: bool | None) -> State:
    if met is None:
        return State.UNKNOWN
    return State.MET if met else State.MISSED


def _recorded(summary: Mapping[str, Any]) -> Gate:
    made = synthetic(summary)
    measured = "synthetic" if made else "recorded"
    return Gate(name="Data", needed="recorded", measured=measured, state=_state(not made))


def _look_ahead(summary: Mapping[str, Any]) -> Gate:
    state = look_ahead(summary)
    met = True if state == "passed" else False if state == "skipped" else None
    measured = {"absent": "was not run"}.get(state, state)
    if met and "events" in summary["gate"]:
        measured += f" on {text.number(summary['gate']['events'])} events of the tape"
    return Gate(name="Look-ahead gate", needed="passed", measured=measured, state=_state(met))


def _drawdown(summary: Mapping[str, Any]) -> Gate:
    return Gate(
        name=term("drawdown", "Deepest drawdown"),
        needed=f"{text.percent(DRAWDOWN_MAX, 0)} or less",
        measured=text.percent(summary["max_drawdown"]),
        state=_state(bool(summary["max_drawdown"] <= DRAWDOWN_MAX)),
    )


def _wins(run: Run) -> Gate:
    stats = closed_stats(run.trades)
    low, high = WIN_RATES
    met = None
    if stats.closed:
        # Fewer wins, or more, are explained where they pay together for the losses.
        met = low <= stats.win_rate <= high or not stats.profit_factor <= 1.0
        met = met and stats.wins > 0
    rate, payoff = text.percent(stats.win_rate, 1), text.number(stats.payoff, 2)
    return Gate(
        name=term("win"),
        needed="52 to 58 %, or explained by the payoff",
        measured=f"{rate}, payoff {payoff}",
        state=_state(met),
    )


def _fees(summary: Mapping[str, Any]) -> Gate:
    net = summary["final_equity"] - summary["start_cash"]
    share = summary["fees"] / net if net > 0 else None
    measured = text.percent(share, 0) if share is not None else "there is no profit"
    return Gate(
        name="Fees, of the net profit",
        needed=f"below {text.percent(FEES_MAX, 0)}",
        measured=measured,
        state=_state(share is not None and share < FEES_MAX),
    )


def _deflated(found: Evidence) -> Gate:
    tries = text.counted(found.trials, "try", "tries")
    return Gate(
        name=term("dsr"),
        needed=f"above {text.percent(SURE, 0)}",
        measured=f"{text.percent(found.deflated, 1)} after {tries}",
        state=_state(found.deflated > SURE if found.known else None),
    )


def _later(name: str, needed: str, how: str) -> Gate:
    return Gate(name=name, needed=needed, measured=f"needs {how}", state=State.UNKNOWN)
