"""What was there after each instant of a run: the course of its equity, and what is stored of it.

No I/O, and no judgement: `outcome.py` says what it amounts to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.kernels.simulate import Rows
from sigma_cli.runtime.simulation import Tape
from sigma_cli.stats.days import last_of_days
from sigma_cli.stats.equity import drawdowns

EQUITY_POINTS_MAX: Final = 20_000
"""Stored points of the equity curve; metrics come from all of them. More than any screen shows."""


class Lived(Protocol):
    """What every run leaves behind, on bars or on ticks. `*_seq` is the event that caused a row."""

    @property
    def world(self) -> Records:
        """WORLD [1] after the last event."""

    @property
    def facts(self) -> Records:
        """All facts, FACT [n]."""

    @property
    def fact_seq(self) -> NDArray[np.int64]:
        """Of each fact."""

    @property
    def requests(self) -> Records:
        """All requests, REQUEST [n]."""

    @property
    def request_seq(self) -> NDArray[np.int64]:
        """Of each request."""

    @property
    def decisions(self) -> Records:
        """All decisions, DECISION [n]."""

    @property
    def events(self) -> int:
        """How many entered the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A run, and what was there after each instant: its tables and summary come from this."""

    rows: Rows
    tape: Lived
    close_ts_ns: NDArray[np.int64]
    equity: NDArray[np.float64]
    cash: NDArray[np.float64]


def course(rows: Rows, tape: Tape) -> Course:
    """Return the course of a run."""
    last = last_of_instants(rows)
    # Of one market every row is the last: then nothing is copied.
    picked = slice(None) if len(last) == len(rows.open_ts_ns) else last
    return Course(
        rows=rows,
        tape=tape,
        close_ts_ns=rows.open_ts_ns[picked] + rows.interval_ns,
        equity=tape.equity[picked, 0],
        cash=tape.equity[picked, 1],
    )


def last_of_instants(rows: Rows) -> NDArray[np.intp]:
    """Return the last row of each instant: only then all markets are marked."""
    return np.flatnonzero(np.append(rows.open_ts_ns[1:] != rows.open_ts_ns[:-1], True))


def equity_table(run: Course) -> Mapping[str, NDArray[Any]]:
    """Return the points of the curve that are stored."""
    count = len(run.equity)
    # Of each stretch the deepest point is kept, so that no loss is smoothed away.
    every = ceil(count / EQUITY_POINTS_MAX)
    whole = count - count % every
    deepest = np.arange(0, whole, every) + run.equity[:whole].reshape(-1, every).argmin(axis=1)
    tail = [whole + int(run.equity[whole:].argmin())] if whole < count else []
    # So is what each UTC day ends with: days and months are judged by that.
    days = last_of_days(run.close_ts_ns, always_open=True)
    ends = [0, int(np.argmax(run.equity)), count - 1]
    kept = np.unique(np.concatenate((deepest, tail, days, ends)).astype(np.intp))
    return {
        "ts_ns": run.close_ts_ns[kept],
        "equity": run.equity[kept],
        "cash": run.cash[kept],
        "exposure": 1.0 - run.cash[kept] / run.equity[kept],
        "drawdown": drawdowns(run.equity)[kept],
    }
