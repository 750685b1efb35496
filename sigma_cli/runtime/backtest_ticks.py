"""`sigma backtest --fidelity trades|book`: a policy, or a strategy, on trades and books.

The same desk as on bars, with a venue that has queues, and latency on every way. A strategy's
signals come from candles that the trades make; what it asks for meets the book. Stored, named and
recognised as a backtest on bars is (`backtest.py`).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.fidelities import BARS
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_S
from sigma_cli.errors import UsageError
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.simulate import Rows
from sigma_cli.kernels.tick_events import GRACE_NS
from sigma_cli.runtime import (
    backtest,
    choice,
    counting,
    identity,
    outcome,
    tick_course,
    tick_gate,
    tick_outcome,
    tick_simulation,
    tick_words,
    tick_world,
    world,
)
from sigma_cli.runtime.backtest import Request, Result
from sigma_cli.runtime.choice import Choice
from sigma_cli.runtime.outcome import Table
from sigma_cli.runtime.progress import Progress, Silent
from sigma_cli.runtime.selection import Selection
from sigma_cli.runtime.tape import Tape, open_tape
from sigma_cli.runtime.tick_compare import ROWS_MAX, Ran, fidelities, latency_table, row_count
from sigma_cli.runtime.tick_selection import TickSelection, select_ticks
from sigma_cli.runtime.tick_setup import Setup
from sigma_cli.runtime.tick_simulation import MinuteBars, TickTape
from sigma_cli.runtime.tries import tries, tries_of
from sigma_cli.settings import DEFAULT, Loaded
from sigma_cli.store.lake import Lake
from sigma_cli.store.runs import StoredRun, mark_latest, save_run

INTERVAL = "1m"
"""Of the candles that trades make."""


def run(
    request: Request, store: Path, load: Callable[[Sequence[str]], Loaded], progress: Progress
) -> Result:
    """Run a backtest on ticks and store it; `load` reads the settings with `--set` words on top.

    Raises:
        UsageError: an unknown strategy, parameter, setting, market or period; or one that would
            count for nothing.
        OutsideError: the store can't be read or written.
        CheckError: the strategy looked ahead, or the same run came out differently.
    """
    assert request.fidelity != BARS
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
    counting.check(settings, counting.POLICIES if chosen.is_policy else counting.STRATEGIES)
    selection = select_ticks(
        Lake(store),
        request.markets,
        venue=request.venue,
        period=request.period,
        fidelity=fidelity,
        fee=settings.fills.fee,
    )
    if request.hot_list and not chosen.is_policy:
        raise UsageError(
            f"{chosen.text} sends signals, and no hot list stands before them",
            where=f"--hot-list {request.hot_list}",
            fix="leave --hot-list out, or take a policy: scalper, imbalance",
        )
    schedule = tick_world.schedule(
        Lake(store),
        selection,
        settings.switches,
        hot=request.hot_list,
        reads_bounds=chosen.is_policy and chosen.strategy.reads_bounds,
    )
    flat = {
        **identity.flat(settings, fidelity),
        "calendar": loaded.calendar.model_dump(mode="json"),
    }
    read = identity.tick_hashes(selection, schedule, fidelity)
    hashes = identity.run_hashes(chosen, flat, read, gate=request.gate)
    run_id = identity.run_id(hashes)
    stored = backtest.stored_run(store, run_id)
    if stored is not None and not request.again:
        _check_compared(stored, request)
        mark_latest(store, run_id)
        told = {**stored.summary, "trials": tries_of(store, stored).count}
        return backtest.result(told, stored.folder, recognised=True)

    latency = tick_world.feed_latency(settings.latency)
    tape = open_tape(Lake(store), selection.names, selection.period, fidelity, latency)
    rows, gated, late = _signals(chosen, selection, tape, request, progress)
    setup = Setup(
        chosen=chosen,
        selection=selection,
        loaded=loaded,
        schedule=schedule,
        rows=rows,
        recorded_ns=tape.recorded_ns,
    )
    lived, looked = _live(setup, tape, progress, gate=chosen.is_policy and request.gate)
    words = identity.command(
        *(chosen.text, chosen.given, loaded, selection),
        gate=request.gate,
        fidelity=fidelity,
    )
    words += ["--hot-list", str(request.hot_list)] if request.hot_list else []
    tables, told = _told(setup, tape, lived, request, Lake(store), progress)
    summary = {
        "run_id": run_id,
        "created_ts_ns": time.time_ns(),
        "command": identity.shell(words),
        "strategy": chosen.name,
        "params": chosen.params,
        **told,
        "notes": [*told["notes"], *late],
        "gate": looked if chosen.is_policy else gated,
        "hashes": hashes,
        "settings": flat,
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
    """Read the settings; a policy has those that it is made for, unless somebody says others."""
    loaded = load(words)
    if not chosen.is_policy:
        return loaded
    wanted = chosen.strategy.settings.items()
    return load([*words, *(f"{k}={v}" for k, v in wanted if loaded.origins[k] == DEFAULT)])


def _told(
    setup: Setup, tape: Tape, lived: TickTape, request: Request, lake: Lake, progress: Progress
) -> tuple[dict[str, Table], dict[str, Any]]:
    """Return the tables of a run, and what its summary says of its outcome."""
    selection, settings, fidelity = setup.selection, setup.settings, request.fidelity
    looked = _looked(selection, lived.bars)
    followed = tick_course.course(lived, looked.candles, setup.rows)
    tables = {**outcome.tables(looked, followed), **tick_outcome.tables(selection, lived)}
    notes = tape.notes
    told = {
        "fidelity": fidelity,
        **outcome.span(looked),
        **outcome.summary(looked, settings, followed, tables["trades"]),
        **tick_outcome.summary(selection, lived, tables["orders"], notes),
        "fill_model": tick_words.fill_model(
            settings, fidelity, by_candles=not setup.chosen.is_policy
        ),
        "notes": [
            *tick_words.notes(notes, selection.depths, scores=setup.scores),
            *tick_words.caps(settings),
        ],
        "splits": [],
    }
    every = "seconds" if lived.world[0].cursor.sample_every_ns == NS_PER_S else "minutes"
    told["sharpe_basis"] = told["sharpe_basis"].replace("single bars", f"single {every}")
    told["gross_pnl"] = (
        told["final_equity"] - told["start_cash"] + told["fees"] + told["cost_split"]["total"]
    )
    ran = Ran(setup=setup, tape=tape, fidelity=fidelity, course=followed, candles=looked.candles)
    if request.compare or (request.compare is None and row_count(notes) <= ROWS_MAX):
        told["latency_table"] = latency_table(ran, progress)
        told["fidelities"] = fidelities(ran, lake, progress)
    return tables, told


def _check_compared(stored: StoredRun, request: Request) -> None:
    """Demand that a stored run has the comparison that is asked for: a run is stored only once.

    Raises:
        UsageError: it has not.
    """
    if request.compare and "fidelities" not in stored.summary:
        raise UsageError(
            f"run {stored.run_id} is stored without other latencies and fidelities",
            where="--compare",
            fix=f"`sigma runs rm {stored.run_id}`, then run it again with --compare",
        )


def _signals(
    chosen: Choice, selection: TickSelection, tape: Tape, request: Request, progress: Progress
) -> tuple[Rows, Mapping[str, Any], list[str]]:
    """Return the bars with their signals, what the look-ahead gate says of them, and notes."""
    if chosen.is_policy:
        empty = tick_simulation.candles(MinuteBars(len(selection.series)).all(), selection)
        return world.rows(empty, [np.empty(0) for _ in empty]), backtest.SKIPPED, []
    candles, late = _candles(selection, tape, progress)
    signals = [choice.signal(chosen, one, INTERVAL) for one in candles]
    gated: Mapping[str, Any] = backtest.SKIPPED
    if request.gate:
        gated = backtest.look_ahead(chosen, candles, INTERVAL, signals, progress)
    return world.rows(candles, signals), gated, tick_words.late_trades(late)


def _live(
    setup: Setup, tape: Tape, progress: Progress, *, gate: bool
) -> tuple[TickTape, Mapping[str, Any]]:
    """Simulate a tape; return what came of it, and what the look-ahead gate says of a policy."""
    spread = tick_gate.Spread()
    lived = setup.run(spread.over(tape), progress)
    if not gate:
        return lived, backtest.SKIPPED
    progress.begin("looking for look-ahead")
    asked = [
        tick_gate.check(chunk, lambda one: setup.run([one], Silent()), setup.chosen.text)
        for chunk in spread.chunks
    ]
    progress.end()
    if not sum(asked):
        return lived, backtest.SKIPPED
    events = sum(len(chunk.desk_turns) for chunk in spread.chunks)
    passed = {"state": "passed", "asked": sum(asked), "chunks": len(asked), "events": events}
    return lived, passed


def _candles(selection: TickSelection, tape: Tape, progress: Progress) -> tuple[list[Candles], int]:
    """Return the candles that the trades of a tape make, and how many came too late for theirs."""
    progress.begin("making candles of trades")
    made, late = MinuteBars(len(selection.series)), 0
    for chunk in tape:
        made.add(chunk)
        late += _late(chunk)
    progress.end()
    return tick_simulation.candles(made.all(), selection), late


def _late(chunk: Chunk) -> int:
    """Return how many trades arrive after the desk was told the candle of their minute."""
    turns = chunk.venue_turns[chunk.venue_turns["kind"] == EventKind.TRADE]
    trades = chunk.trades[turns["row"]]  # each once: a trade that is carried has no second turn
    due_ns = trades["exch_ts_ns"] // NS_PER_MINUTE * NS_PER_MINUTE + NS_PER_MINUTE + GRACE_NS
    return int((trades["recv_ts_ns"] > due_ns).sum())


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
