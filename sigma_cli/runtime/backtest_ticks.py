"""`sigma backtest --fidelity trades|book`: a policy, or a strategy, on trades and books.

The same desk as on bars, with a venue that has queues, and latency on every way. A strategy's
signals come from candles that the trades make; what it asks for meets the book. Stored, named and
recognised as a backtest on bars is (`backtest.py`).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.dtypes import Records
from sigma_cli.errors import UsageError
from sigma_cli.kernels.simulate import Rows, Schedule
from sigma_cli.runtime import (
    backtest,
    choice,
    identity,
    outcome,
    tick_course,
    tick_gate,
    tick_outcome,
    tick_simulation,
    tick_world,
    world,
)
from sigma_cli.runtime.backtest import Request, Result
from sigma_cli.runtime.choice import Choice
from sigma_cli.runtime.progress import Progress, Silent
from sigma_cli.runtime.selection import Selection
from sigma_cli.runtime.tape import Tape, open_tape
from sigma_cli.runtime.tick_selection import TickSelection, select_ticks
from sigma_cli.runtime.tick_simulation import MinuteBars, Stage, TickTape
from sigma_cli.runtime.tries import tries, tries_of
from sigma_cli.settings import DEFAULT, Loaded
from sigma_cli.store.lake import Lake
from sigma_cli.store.runs import mark_latest, save_run

INTERVAL = "1m"
"""Of the candles that trades make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """All that a simulation needs besides its tape."""

    chosen: Choice
    selection: TickSelection
    loaded: Loaded
    schedule: Schedule
    rows: Rows
    recorded_ns: NDArray[np.int64]

    def run(self, chunks: Any, progress: Progress) -> TickTape:
        """Simulate a tape from its beginning."""
        period = self.selection.period
        stage = Stage(
            world=tick_world.build(self.loaded, self.selection, self.chosen, self.recorded_ns),
            minds=tick_world.minds(self.schedule, len(self.selection.series)),
            schedule=self.schedule,
            rows=self.rows,
            span_ns=(period.start_ns, period.end_ns),
        )
        return tick_simulation.run(chunks, stage, progress)


def run(
    request: Request, store: Path, load: Callable[[Sequence[str]], Loaded], progress: Progress
) -> Result:
    """Run a backtest on ticks and store it; `load` reads the settings with `--set` words on top.

    Raises:
        UsageError: an unknown strategy, parameter, setting, market or period.
        OutsideError: the store can't be read or written.
        CheckError: the strategy looked ahead, or the same run came out differently.
    """
    assert request.fidelity != "bars"
    fidelity = request.fidelity
    began = time.perf_counter(), time.process_time()
    chosen, sets = choice.choose(request.strategy, request.sets)
    if request.interval not in (None, INTERVAL):
        raise UsageError(
            "candles that trades make are of 1m",
            where=f"--interval {request.interval}",
            fix="leave --interval out; a strategy may name longer candles among its features",
        )
    loaded = _settings(load, [*sets, *backtest.short(request)], chosen)
    settings = loaded.settings
    selection = select_ticks(
        Lake(store),
        request.markets,
        venue=request.venue,
        period=request.period,
        fidelity=fidelity,
        fee=settings.fills.fee,
    )
    schedule = tick_world.schedule(selection)
    flat = {
        **identity.flat(settings, fidelity),
        "calendar": loaded.calendar.model_dump(mode="json"),
    }
    read = identity.tick_hashes(selection, schedule, fidelity)
    hashes = identity.run_hashes(chosen, flat, read, gate=request.gate)
    run_id = identity.run_id(hashes)
    stored = backtest.stored_run(store, run_id)
    if stored is not None and not request.again:
        mark_latest(store, run_id)
        told = {**stored.summary, "trials": tries_of(store, stored).count}
        return backtest.result(told, stored.folder, recognised=True)

    latency = tick_world.feed_latency(settings.latency)
    tape = open_tape(Lake(store), selection.names, selection.period, fidelity, latency)
    rows, gated = _signals(chosen, selection, tape, request, progress)
    setup = Setup(
        chosen=chosen,
        selection=selection,
        loaded=loaded,
        schedule=schedule,
        rows=rows,
        recorded_ns=tape.recorded_ns,
    )
    if chosen.is_policy and request.gate:
        gated = _look_ahead(setup, tape, progress)
    lived = setup.run(tape, progress)
    looked = _looked(selection, lived.bars)
    followed = tick_course.course(lived, looked.candles, setup.rows)
    tables = {**outcome.tables(looked, followed), **tick_outcome.tables(selection, lived)}
    summary = {
        "run_id": run_id,
        "created_ts_ns": time.time_ns(),
        "command": identity.shell(
            identity.command(chosen.text, chosen.given, loaded, looked, gate=request.gate)
        )
        + f" --fidelity {fidelity}",
        "strategy": chosen.name,
        "params": chosen.params,
        "fidelity": fidelity,
        **outcome.span(looked),
        **outcome.summary(looked, settings, followed, tables["trades"]),
        **tick_outcome.summary(selection, lived, tape.notes),
        "gate": gated,
        "hashes": hashes,
        "settings": flat,
        "fill_model": tick_outcome.fill_model(settings, fidelity),
        "notes": tick_outcome.notes(tape.notes, selection.depths, scores=chosen.is_policy),
        "splits": [],
        "wall_s": time.perf_counter() - began[0],
        "cpu_s": time.process_time() - began[1],
    }
    known = 0 if stored is None else stored.summary["trials"]
    summary["trials"] = tries(store, summary, {run_id: summary["sharpe"]}, known).count
    if stored is not None:
        backtest.compare(summary, stored)
        return backtest.result(summary, stored.folder, recognised=False)
    folder = save_run(store, summary, tables)
    mark_latest(store, run_id)
    return backtest.result(summary, folder, recognised=False)


def _settings(
    load: Callable[[Sequence[str]], Loaded], words: Sequence[str], chosen: Choice
) -> Loaded:
    """Read the settings; a policy is sized as it is made for, unless somebody says otherwise."""
    loaded = load(words)
    if chosen.is_policy and loaded.origins["sizing.kind"] == DEFAULT:
        return load([*words, f"sizing.kind={chosen.strategy.sizing}"])
    return loaded


def _signals(
    chosen: Choice, selection: TickSelection, tape: Tape, request: Request, progress: Progress
) -> tuple[Rows, Mapping[str, Any]]:
    """Return the bars with their signals, and what the look-ahead gate has to say of them."""
    if chosen.is_policy:
        empty = tick_simulation.candles(MinuteBars(len(selection.series)).all(), selection)
        return world.rows(empty, [np.empty(0) for _ in empty]), backtest.SKIPPED
    candles = _candles(selection, tape, progress)
    signals = [choice.signal(chosen, one, INTERVAL) for one in candles]
    gated: Mapping[str, Any] = backtest.SKIPPED
    if request.gate:
        gated = backtest.look_ahead(chosen, candles, INTERVAL, signals, progress)
    return world.rows(candles, signals), gated


def _look_ahead(setup: Setup, tape: Tape, progress: Progress) -> dict[str, Any]:
    """Return what the look-ahead gate has to say of a policy."""
    progress.begin("looking for look-ahead")
    first = next(iter(islice(tape, 1)))
    asked = tick_gate.check(first, lambda one: setup.run([one], Silent()), setup.chosen.text)
    progress.end()
    return {"state": "passed", "asked": asked}


def _candles(selection: TickSelection, tape: Tape, progress: Progress) -> list[Candles]:
    """Return the candles that the trades of a tape make."""
    progress.begin("making candles of trades")
    made = MinuteBars(len(selection.series))
    for chunk in tape:
        made.add(chunk)
    progress.end()
    return tick_simulation.candles(made.all(), selection)


def _looked(selection: TickSelection, bars: Records) -> Selection:
    """Return the candles that the trades made, as a run on bars would have read them."""
    return Selection(
        venue=selection.venue,
        currency=selection.currency,
        interval=INTERVAL,
        source_interval=INTERVAL,
        always_open=selection.series[0].always_open,
        period=selection.period,
        series=selection.series,
        candles=tuple(tick_simulation.candles(bars, selection)),
    )
