"""The same run with other latencies, and at other fidelities: what each lie would have been worth.

Nothing of it is stored as a run, and none of it counts as a try.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any, Final

import numpy as np

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.fidelities import BARS, FIDELITIES, TRADES, Fidelity
from sigma_cli.domain.fills import Depth
from sigma_cli.errors import UsageError
from sigma_cli.report.metrics import summarise
from sigma_cli.runtime import simulation, tick_course, tick_world, world
from sigma_cli.runtime.course import Course
from sigma_cli.runtime.course import course as course_on_bars
from sigma_cli.runtime.progress import Progress, Silent
from sigma_cli.runtime.tape import Tape, TapeNotes, open_tape
from sigma_cli.runtime.tick_orders import fills, submits
from sigma_cli.runtime.tick_selection import TickSelection, select_ticks
from sigma_cli.runtime.tick_setup import Setup
from sigma_cli.settings import Latency
from sigma_cli.store.lake import Lake

ROWS_MAX: Final = 3_000_000
"""Rows of a tape up to which it is simulated several times without being asked to: seconds."""
EACH_WAY_MS: Final = (10.0, 50.0, 100.0)

Row = dict[str, Any]
_UNKNOWN: Final = {
    **dict.fromkeys(("total_return", "sharpe", "max_drawdown"), nan),
    "orders": 0,
    "fills": 0,
    "fees": nan,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run on ticks that was made, and the candles that its trades made."""

    setup: Setup
    tape: Tape
    fidelity: Fidelity
    course: Course
    candles: Sequence[Candles]


def row_count(notes: TapeNotes) -> int:
    """Return how many rows a tape has."""
    return sum(one.trades + one.quotes + one.books for one in notes.markets)


def latency_table(ran: Ran, progress: Progress) -> list[Row]:
    """Return what the run would have been with other latencies between desk and venue."""
    own = ran.setup.settings.latency
    variants = [
        own.model_copy(update={"order": "fixed", "order_ms": ms, "answer_ms": ms})
        for ms in EACH_WAY_MS
    ]
    if len(ran.setup.recorded_ns):
        variants.append(own.model_copy(update={"order": "sampled"}))
    if not any(_same(one, own) for one in variants):
        variants.insert(0, own)
    progress.begin("trying other latencies", len(variants), "runs")
    rows = []
    for latency in variants:
        is_own = _same(latency, own)
        course = ran.course if is_own else _with_latency(ran, latency)
        rows.append({**_ways(latency), "is_own": is_own, **_outcome(ran, course)})
        progress.advance()
    progress.end()
    return rows


def fidelities(ran: Ran, lake: Lake, progress: Progress) -> list[Row]:
    """Return what the same strategy shows on bars, trades and books of the same time.

    A fidelity that can't be had says why. `lie` is a return less that on the book; NaN: unknown.
    """
    progress.begin("trying other fidelities", len(FIDELITIES), "runs")
    rows: list[Row] = []
    for fidelity in FIDELITIES:
        try:
            course = _at(ran, lake, fidelity)
            rows.append({"fidelity": fidelity, "why_not": "", **_outcome(ran, course)})
        except UsageError as error:
            rows.append({"fidelity": fidelity, "why_not": error.what, **_UNKNOWN})
        progress.advance()
    progress.end()
    return [{**row, "lie": row["total_return"] - rows[-1]["total_return"]} for row in rows]


def _same(one: Latency, other: Latency) -> bool:
    if one.order != other.order:
        return False
    return one.order == "sampled" or (one.order_ms, one.answer_ms) == (
        other.order_ms,
        other.answer_ms,
    )


def _ways(latency: Latency) -> Row:
    """Return how long requests and answers take; None: as rows of the feed were recorded to."""
    if latency.order == "sampled":
        return {"order_ms": None, "answer_ms": None}
    return {"order_ms": latency.order_ms, "answer_ms": latency.answer_ms}


def _with_latency(ran: Ran, latency: Latency) -> Course:
    settings = ran.setup.settings.model_copy(update={"latency": latency})
    loaded = replace(ran.setup.loaded, settings=settings)
    return _ticks(ran, replace(ran.setup, loaded=loaded), ran.tape)


def _ticks(ran: Ran, setup: Setup, tape: Tape) -> Course:
    return tick_course.course(setup.run(tape, Silent()), ran.candles, setup.rows)


def _at(ran: Ran, lake: Lake, fidelity: Fidelity) -> Course:
    """Return the course of the run at a fidelity.

    Raises:
        UsageError: it can't be had.
    """
    if fidelity == ran.fidelity:
        return ran.course
    if fidelity == BARS:
        return _on_bars(ran)
    selection = _selection(ran.setup.selection, lake, fidelity)
    latency = tick_world.feed_latency(ran.setup.settings.latency)
    tape = open_tape(lake, selection.names, selection.period, fidelity, latency)
    setup = replace(ran.setup, selection=selection, recorded_ns=tape.recorded_ns)
    return _ticks(ran, setup, tape)


def _on_bars(ran: Ran) -> Course:
    if ran.setup.chosen.is_policy:
        raise UsageError("a policy decides on trades and books: bars can't ask it")
    built = world.build(ran.setup.settings, len(ran.candles))
    schedule = world.schedule(ran.candles)
    return course_on_bars(ran.setup.rows, simulation.run(ran.setup.rows, schedule, built, Silent()))


def _selection(own: TickSelection, lake: Lake, fidelity: Fidelity) -> TickSelection:
    """Return the same markets and time, with what another fidelity knows of the book."""
    if fidelity == TRADES:
        return replace(own, depths=(Depth.NONE,) * len(own.depths))
    found = select_ticks(
        lake,
        [one.market for one in own.series],
        venue=own.venue,
        period=own.period.text,
        fidelity=fidelity,
        fee=0.0,
    )
    return replace(own, depths=found.depths)


def _outcome(ran: Ran, course: Course) -> Row:
    """Return what a run amounts to, in one row."""
    cash = ran.setup.settings.account.cash
    always_open = ran.setup.selection.series[0].always_open
    metrics = summarise(course.close_ts_ns, course.equity, cash, always_open=always_open)
    return {
        "total_return": metrics.total_return,
        "sharpe": metrics.sharpe,
        "max_drawdown": metrics.max_drawdown,
        "orders": int(np.count_nonzero(submits(course.tape))),
        "fills": len(fills(course.tape)),
        "fees": float(course.tape.world[0].state.account.fees),
    }
