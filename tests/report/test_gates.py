"""Go or no-go: nothing passes by not being known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sigma_cli.report.evidence import evidence, weigh
from sigma_cli.report.gates import Gate, State, decision, gates
from sigma_cli.report.inputs import Run
from sigma_cli.stats.equity import Sampled

MakeRun = Callable[..., Run]


def states(run: Run) -> dict[str, State]:
    found = gates(run, evidence(run))
    return dict(zip(NAMES, (gate.state for gate in found), strict=True))


NAMES = ("data", "gate", "drawdown", "wins", "fees", "dsr", "walk", "gap", "paper")


@pytest.mark.parametrize(
    ("changes", "name", "state"),
    [
        ({}, "data", State.MISSED),
        ({"gate": "absent"}, "gate", State.UNKNOWN),
        ({"gate": "skipped"}, "gate", State.MISSED),
        ({"gate": {"state": "passed"}}, "gate", State.MET),
        ({"max_drawdown": 0.0999}, "drawdown", State.MET),
        ({"max_drawdown": 0.1001}, "drawdown", State.MISSED),
        ({"final_equity": 11e6, "fees": 0.7e6}, "fees", State.MET),
        ({"final_equity": 11e6, "fees": 0.9e6}, "fees", State.MISSED),
        ({"final_equity": 9e6}, "fees", State.MISSED),
        ({}, "walk", State.UNKNOWN),
        ({}, "gap", State.UNKNOWN),
        ({}, "paper", State.UNKNOWN),
    ],
)
def test_each_gate(make_run: MakeRun, changes: dict[str, Any], name: str, state: State) -> None:
    assert states(make_run(**changes))[name] is state


@pytest.mark.parametrize(
    ("pnl", "state"),
    [
        ([1.0, -1.0] * 11 + [1.0, 1.0], State.MET),  # 54 %
        ([3.0, -1.0, -1.0], State.MET),  # a third, which the payoff explains
        ([1.0, -1.0, -1.0], State.MISSED),
        ([1.0, 1.0], State.MET),
        ([-1.0], State.MISSED),
        ([], State.UNKNOWN),
    ],
)
def test_the_win_rate_may_be_explained(make_run: MakeRun, pnl: list[float], state: State) -> None:
    run = make_run(("KRW-BTC",), minutes=3000)
    trades = {name: column[: len(pnl)].copy() for name, column in run.trades.items()}
    trades["pnl"], trades["exit_ts_ns"] = np.array(pnl), np.ones(len(pnl), np.int64)
    changed = Run(
        **{name: getattr(run, name) for name in Run.__dataclass_fields__ if name != "trades"},
        trades=trades,
    )
    assert states(changed)["wins"] is state


def test_skill_beyond_luck_is_met(make_run: MakeRun) -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.01, 500)
    sure = weigh(Sampled(returns=noise + 0.003, per_year=365.0, basis=""), 10, np.empty(0))
    assert gates(make_run(), sure)[5].state is State.MET


def test_the_decision_counts() -> None:
    met, unknown = (
        Gate(name="", needed="", measured="", state=s) for s in (State.MET, State.UNKNOWN)
    )
    assert decision([met, met]).startswith("Go:")
    assert decision([met, unknown]) == (
        "No go for live trading: 0 of 2 gates missed, 1 not known yet, 1 met."
    )
