"""`sigma backtest --sweep`: one strategy with many combinations of parameters, each a real run.

Cells are named like the runs they are, by the hash of code, configuration and data: what an
earlier sweep computed is taken from there, and a sweep that was interrupted goes on where it was.
The number of combinations ever tried on these data is counted and held against the best of them.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from sigma_cli.domain.fidelities import BARS
from sigma_cli.errors import CheckError, UsageError
from sigma_cli.runtime import backtest, choice, counting, gate, identity, outcome, sweep_plan, world
from sigma_cli.runtime.backtest import Request
from sigma_cli.runtime.choice import Choice
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.selection import Selection, select
from sigma_cli.runtime.sweep_best import best, order, overfitting
from sigma_cli.runtime.sweep_cells import METRICS, Cells, CellsJob
from sigma_cli.runtime.sweep_plan import Plan
from sigma_cli.runtime.sweep_results import Results
from sigma_cli.runtime.sweep_work import compute
from sigma_cli.runtime.tries import Tries, tries, tries_of
from sigma_cli.settings import Loaded, Settings
from sigma_cli.store.lake import Lake
from sigma_cli.store.runs import SWEEP, StoredRun, load_run, mark_latest, save_run
from sigma_cli.strategies.strategy import columns_of

BEST_SHOWN: Final = 10
"""Cells that a sweep prints; all of them are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A sweep in short; `sigma report` tells the rest."""

    run_id: str
    recognised: bool
    """True: it was stored already, nothing was computed."""
    strategy: str
    markets: tuple[str, ...]
    interval: str
    period: str
    synthetic: bool
    bars: int
    cells: int
    skipped: int
    """Combinations that the strategy refuses."""
    reused: int
    """Cells that were computed before."""
    trials: int
    """Cells, and what else was ever tried with this strategy on these data."""
    gate: str
    start_cash: float
    buy_and_hold_return: float
    wall_s: float
    cpu_s: float
    folder: str
    overfitting: float
    """Probability that the best cell of one half of the time is a poor one in the other."""
    best: tuple[Mapping[str, Any], ...]
    """The cells with the highest Sharpe ratio, the best first."""


def run(
    request: Request,
    words: Sequence[str],
    store: Path,
    load: Callable[[Sequence[str]], Loaded],
    progress: Progress,
) -> Result:
    """Run every combination that `words` say and store the sweep.

    `load` reads the settings with `--set` words on top.

    Raises:
        UsageError: a grid that can't be read, or whatever a single run would refuse.
        OutsideError: the store can't be read or written, or workers keep dying.
        CheckError: the strategy looks ahead, or computed again the sweep came out differently.
    """
    began = time.perf_counter(), _cpu_s()
    if request.fidelity != BARS:
        raise UsageError(
            "parameters can be swept on bars only",
            where=f"--sweep with --fidelity {request.fidelity}",
            fix="leave --fidelity out; or run single parameters on ticks with --set",
        )
    wanted = sweep_plan.read_grid(request, words)
    base, others = sweep_plan.first(request, wanted)
    backtest.check_on_bars(base, request)
    loaded = load([*others, *backtest.short(request)])
    counting.check(loaded.settings, counting.BARS)
    selection = select(
        Lake(store),
        request.markets,
        venue=request.venue,
        interval=request.interval,
        period=request.period,
        fee=loaded.settings.fills.fee,
    )
    read = identity.read_hashes(selection, world.schedule(selection.candles))
    bars = sum(len(one) for one in selection.candles)
    plan = sweep_plan.make(request, wanted, base, identity.flat(loaded.settings), read)
    hashes = {
        "code": base.code_hash,
        "config": identity.config_hash({"swept": list(wanted), "cells": plan.run_ids}),
        **read,
    }
    sweep_id = identity.run_id(hashes)
    stored = load_run(store, sweep_id) if (store / "runs" / sweep_id).is_dir() else None
    if stored is not None and not request.again:
        mark_latest(store, sweep_id)
        return _recognised(store, stored)

    gated = _look_ahead(base, selection, progress) if request.gate else backtest.SKIPPED
    results = Results(store, hashes, again=request.again)
    todo = [i for i, run_id in enumerate(plan.run_ids) if run_id not in results]
    if todo:
        job = _job(request, store, plan, selection, loaded.settings, read)
        compute(job, plan, todo, bars, results, progress)
    cells = _table(plan, results)
    if request.gate:
        _look_at_the_best(plan, cells, selection)
    if stored is not None:
        _compare(cells, stored)
    data = {
        "strategy": base.name,
        **outcome.span(selection),
        "markets": [outcome.market_data(selection, i) for i in range(len(selection.candles))],
        "hashes": hashes,
    }
    ratios = dict(zip(plan.run_ids, cells["sharpe"].tolist(), strict=True))
    known = 0 if stored is None else stored.summary["trials"]
    tried = tries(store, data, ratios, known)
    summary = {
        "run_id": sweep_id,
        "kind": SWEEP,
        "created_ts_ns": time.time_ns(),
        "command": sweep_plan.command(request, plan, loaded, selection),
        **data,
        **_said_of(plan, cells, tried),
        "always_open": selection.always_open,
        "bars": bars,
        "start_cash": loaded.settings.account.cash,
        "buy_and_hold_return": outcome.held(selection),
        "reused": len(plan.run_ids) - len(todo),
        "gate": gated,
        "settings": identity.flat(loaded.settings),
        "fill_model": outcome.fill_model(loaded.settings),
        "wall_s": time.perf_counter() - began[0],
        "cpu_s": _cpu_s() - began[1],
    }
    folder = save_run(store, summary, {"cells": cells})
    results.forget()
    mark_latest(store, sweep_id)
    return _result(summary, best(cells, tried, BEST_SHOWN), folder, recognised=False)


def _recognised(store: Path, stored: StoredRun) -> Result:
    """Return what is stored, judged by all that was tried since."""
    tried = tries_of(store, stored)
    summary = {**stored.summary, "trials": tried.count}
    shown = best(stored.table("cells"), tried, BEST_SHOWN)
    return _result(summary, shown, stored.folder, recognised=True)


def _look_ahead(base: Choice, selection: Selection, progress: Progress) -> dict[str, Any]:
    """Ask the gate of the first combination; of the others their workers ask in a few rows."""
    signals = [choice.signal(base, one, selection.interval) for one in selection.candles]
    return backtest.look_ahead(base, selection.candles, selection.interval, signals, progress)


def _look_at_the_best(plan: Plan, cells: Cells, selection: Selection) -> None:
    """Ask the gate again of the combinations that are about to be shown, in many rows.

    Raises:
        CheckError: one of them knew the future.
    """
    for row in order(cells)[:BEST_SHOWN].tolist():
        values = dict(zip(plan.grid, plan.combinations[row], strict=True))
        chosen = choice.vary(plan.base, values)
        for one in selection.candles:
            columns = columns_of(one, chosen.strategy.features(), selection.interval)
            signal = choice.ask(chosen, columns, one)
            gate.check_windows(chosen, columns, one, signal, gate.WINDOWS)


def _job(
    request: Request,
    store: Path,
    plan: Plan,
    selection: Selection,
    settings: Settings,
    read: Mapping[str, str],
) -> CellsJob:
    return CellsJob(
        store=store.absolute(),
        markets=tuple(series.market for series in selection.series),
        venue=selection.venue,
        interval=selection.interval,
        period=selection.period.text,
        settings=settings,
        strategy=plan.base.text,
        sets=plan.fixed,
        names=tuple(plan.grid),
        code_hash=plan.base.code_hash,
        gate=request.gate,
        read=read,
    )


def _table(plan: Plan, results: Results) -> Cells:
    """Return the cells in the order of the grid: their parameters, metrics and names."""
    swept = {
        name: np.array([values[at] for values in plan.values]) for at, name in enumerate(plan.grid)
    }
    names = np.array(plan.run_ids, np.object_)
    return {**swept, **results.of(plan.run_ids), "run_id": names}


def _compare(cells: Cells, stored: StoredRun) -> None:
    """Demand that a sweep computed again is the stored one."""
    theirs = stored.table("cells")
    different = [name for name in METRICS if cells[name].tobytes() != theirs[name].tobytes()]
    if different:
        raise CheckError(
            f"sweep {stored.run_id} came out differently when computed again:"
            f" {', '.join(different)}",
            where=str(stored.folder),
            fix="does the strategy use randomness, the time or files? If not, please report it",
        )


def _said_of(plan: Plan, cells: Cells, tried: Tries) -> dict[str, Any]:
    """Return what a summary says of the combinations; in lists a sweep stands with its best."""
    first = best(cells, tried, 1)[0]
    return {
        "params": {
            name: value for name, value in plan.base.params.items() if name not in plan.grid
        },
        "grid": {name: _taken(plan, at) for at, name in enumerate(plan.grid)},
        "cells": len(plan.run_ids),
        "skipped": plan.skipped,
        "trials": tried.count,
        **{name: first[name] for name in ("fills", "total_return", "sharpe", "max_drawdown")},
        "overfitting": asdict(overfitting(cells)),
        "best": first,
    }


def _taken(plan: Plan, at: int) -> list[Any]:
    """Return the values of a parameter that some cell has, in the order of the grid."""
    return list(dict.fromkeys(values[at] for values in plan.values))


def _cpu_s() -> float:
    """Return the CPU time of this process and of the workers that ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _result(
    summary: Mapping[str, Any],
    shown: Sequence[Mapping[str, Any]],
    folder: Path,
    *,
    recognised: bool,
) -> Result:
    derived: dict[str, Any] = {
        "markets": tuple(market["market"] for market in summary["markets"]),
        "period": summary["period"]["text"],
        "synthetic": any(market["synthetic"] for market in summary["markets"]),
        "gate": summary["gate"]["state"],
        "folder": str(folder),
        "recognised": recognised,
        "overfitting": summary["overfitting"]["probability"],
        "best": tuple(shown),
    }
    values = {**summary, **derived}
    return Result(**{name: values[name] for name in Result.__dataclass_fields__})
