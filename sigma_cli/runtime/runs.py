"""The stored runs: list, show, remove."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigma_cli.store.runs import StoredRun, list_runs, load_run, remove_run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One stored run in one line."""

    run_id: str
    created_ts_ns: int
    strategy: str
    markets: tuple[str, ...]
    interval: str
    period: str
    fills: int
    total_return: float
    sharpe: float
    max_drawdown: float


def listing(store: Path) -> tuple[RunLine, ...]:
    """Return the stored runs, the newest first."""
    return tuple(_line(run) for run in list_runs(store))


def show(store: Path, name: str) -> dict[str, Any]:
    """Return everything that the summary of a run says."""
    return load_run(store, name).summary


def find(store: Path, names: Sequence[str]) -> tuple[RunLine, ...]:
    """Return the runs with these names, each once; all of them must exist."""
    found = {run.run_id: run for run in (load_run(store, name) for name in names)}
    return tuple(_line(run) for run in found.values())


def remove(store: Path, run_ids: Sequence[str]) -> tuple[RunLine, ...]:
    """Delete runs; return what was deleted."""
    runs = [load_run(store, run_id) for run_id in run_ids]
    for run in runs:
        remove_run(run)
    return tuple(_line(run) for run in runs)


def _line(run: StoredRun) -> RunLine:
    summary = run.summary
    return RunLine(
        run_id=run.run_id,
        created_ts_ns=summary["created_ts_ns"],
        strategy=summary["strategy"],
        markets=tuple(market["market"] for market in summary["markets"]),
        interval=summary["interval"],
        period=summary["period"]["text"],
        fills=summary["fills"],
        total_return=summary["total_return"],
        sharpe=summary["sharpe"],
        max_drawdown=summary["max_drawdown"],
    )
