"""The stored runs: list, show, remove."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigma_cli.domain.fidelities import BARS
from sigma_cli.store.runs import LATEST, StoredRun, find_run, list_runs, load_run, remove_run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One stored run in one line."""

    run_id: str
    kind: str
    """A backtest, or a sweep, of which the numbers are those of its best cell."""
    created_ts_ns: int
    strategy: str
    markets: tuple[str, ...]
    fidelity: str
    """What was simulated: bars, trades or book."""
    interval: str
    period: str
    fills: int
    total_return: float
    sharpe: float
    max_drawdown: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A run that is gone."""

    run_id: str


def listing(store: Path, skipped: Callable[[str], None]) -> tuple[RunLine, ...]:
    """Return the stored runs, the newest first; `skipped` hears of those that can't be read."""
    return tuple(_line(run) for run in list_runs(store, skipped))


def show(store: Path, name: str) -> dict[str, Any]:
    """Return everything that the summary of a run says."""
    return load_run(store, name).summary


def find(store: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the runs with these names, each once; all must exist, damaged or not."""
    found = (
        load_run(store, name).run_id if name == LATEST else find_run(store, name).name
        for name in names
    )
    return tuple(dict.fromkeys(found))


def remove(store: Path, run_ids: Sequence[str]) -> tuple[Removed, ...]:
    """Delete runs; return what was deleted."""
    folders = [find_run(store, run_id) for run_id in run_ids]
    for folder in folders:
        remove_run(folder)
    return tuple(Removed(run_id=folder.name) for folder in folders)


def _line(run: StoredRun) -> RunLine:
    summary = run.summary
    return RunLine(
        run_id=run.run_id,
        kind=run.kind,
        created_ts_ns=summary["created_ts_ns"],
        strategy=summary["strategy"],
        markets=tuple(market["market"] for market in summary["markets"]),
        fidelity=summary.get("fidelity", BARS),
        interval=summary["interval"],
        period=summary["period"]["text"],
        fills=summary["fills"],
        total_return=summary["total_return"],
        sharpe=summary["sharpe"],
        max_drawdown=summary["max_drawdown"],
    )
