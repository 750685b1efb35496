"""sigma in a notebook: `import sigma_cli.notebook as sigma`, five functions, pandas frames.

Each is the subcommand of the same name: the same store, settings, hashes, look-ahead gate and
counted trials, and a run that is stored already is not computed again. Nothing is printed; a
mistake raises a `SigmaError` that says what, where and how to mend it. docs/notebook.md has
examples.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from sigma_cli.domain.fidelities import BARS
from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.runtime.arguments import OF_CANDLES, OF_RUNS, check

if TYPE_CHECKING:
    import pandas as pd

    from sigma_cli.runtime.backtest import Request
    from sigma_cli.settings import Loaded

__all__ = ["Run", "Sweep", "backtest", "load", "report", "runs", "sweep"]


class Asked(TypedDict, total=False):
    """What else a run may be asked for, each with the meaning of its option."""

    period: str
    """`2025-09-01..2025-09-21`, `2025-W36`, `30d`; everything unless given."""
    markets: str | Sequence[str]
    venue: str
    interval: str
    cash: float
    fee: str | float
    gate: bool
    fidelity: str
    """`bars`, `trades` or `book`; sweeps know bars alone."""
    settings: Mapping[str, Any]
    """Such as `{"fills.slippage_bps": 2}`; `sigma config show` lists them."""
    store: str | Path


@dataclass(frozen=True, slots=True)
class Run:
    """A stored backtest: its summary, and its tables as frames."""

    run_id: str
    summary: Mapping[str, Any]
    """Everything that `sigma runs show` says, with all tries up to now."""
    folder: Path

    @property
    def equity(self) -> "pd.DataFrame":
        """Equity, cash, exposure and drawdown by UTC time."""
        return _by_time(self.table("equity"), "ts_ns")

    @property
    def trades(self) -> "pd.DataFrame":
        """Round trips, with the names of their markets."""
        names = [market["market"] for market in self.summary["markets"]]
        frame = self.table("trades")
        return frame.assign(market=[names[i] for i in frame["market"]])

    def table(self, name: str) -> "pd.DataFrame":
        """Return a table as it is stored: facts, requests, decisions, trades, equity, signals.

        Of a run on trades or books there are two more: candles and orders.
        """
        return _table(self.folder, name)


@dataclass(frozen=True, slots=True)
class Sweep:
    """A stored sweep: its summary, and one row for each combination."""

    run_id: str
    summary: Mapping[str, Any]
    folder: Path

    @property
    def cells(self) -> "pd.DataFrame":
        """Parameters and metrics of every combination; `run_id` names the run that it is."""
        return _table(self.folder, "cells")

    def pivot(self, metric: str = "sharpe") -> "pd.DataFrame":
        """Return a metric by the first parameter down and the second across: a heat map's numbers.

        Of several cells with the same two values it is the mean.
        """
        swept, cells = list(self.summary["grid"]), self.cells
        if len(swept) < 2:
            raise UsageError(
                f"only {swept[0]} was swept, and a pivot has two sides",
                where=f"sweep {self.run_id}",
                fix=f"`sweep.cells.set_index({swept[0]!r})` has every metric by it",
            )
        metrics = [str(name) for name in cells if name not in swept and name != "run_id"]
        if metric not in metrics:
            raise UsageError(
                f"{metric!r} is not a metric of a sweep{did_you_mean(str(metric), metrics)}",
                where=f"sweep {self.run_id}",
                fix=f"choose one of: {', '.join(metrics)}",
            )
        return cells.pivot_table(index=swept[0], columns=swept[1], values=metric)


def load(market: str, **asked: Unpack[Asked]) -> "pd.DataFrame":
    """Return stored candles of a market by UTC time: open, high, low, close, volume.

    An interval longer than the stored one is made from it, of closed bars only.
    """
    check({"market": market, **asked}, ("market", *OF_CANDLES))
    from sigma_cli.runtime.selection import select
    from sigma_cli.store.lake import Lake
    from sigma_cli.strategies.features import SOURCES, column

    found = select(
        Lake(_store(asked)),
        [market],
        venue=asked.get("venue"),
        interval=asked.get("interval"),
        period=asked.get("period", "all"),
        fee=0.0,
    )
    (candles,) = found.candles
    columns = {source: column(source, candles) for source in SOURCES}
    return _by_time(_frame({"open_ts_ns": candles.open_ts_ns, **columns}), "open_ts_ns")


def backtest(strategy: str, params: Mapping[str, Any] | None = None, **asked: Unpack[Asked]) -> Run:
    """Run a strategy, an installed one or `path/to/file.py:Name`, on what is stored."""
    check({"strategy": strategy, "params": params or {}, **asked}, OF_RUNS)
    from sigma_cli.runtime import backtest as on_bars
    from sigma_cli.runtime import backtest_ticks as on_ticks
    from sigma_cli.runtime.progress import Silent

    store, request = _store(asked), _request(strategy, params, asked)
    run = on_bars.run if request.fidelity == BARS else on_ticks.run
    done = run(request, store, _settings, Silent())
    summary = {**_summary(store, done.run_id), "trials": done.trials}
    return Run(done.run_id, summary, Path(done.folder))


def sweep(
    strategy: str,
    grid: Mapping[str, str | Iterable[Any]],
    params: Mapping[str, Any] | None = None,
    **asked: Unpack[Asked],
) -> Sweep:
    """Run every combination of `grid`: values, a range, or text such as `5:50:5`."""
    given = {"strategy": strategy, "grid": grid, "params": params or {}, **asked}
    check(given, ("grid", *OF_RUNS))
    from sigma_cli.runtime import sweep as runtime
    from sigma_cli.runtime.progress import Silent

    store = _store(asked)
    request = _request(strategy, params, asked)
    done = runtime.run(request, _grid(grid), store, _settings, Silent())
    judged = {"trials": done.trials, "best": dict(done.best[0])}
    return Sweep(done.run_id, {**_summary(store, done.run_id), **judged}, Path(done.folder))


def runs(store: str | Path | None = None) -> "pd.DataFrame":
    """Return the stored backtests and sweeps, the newest first."""
    from sigma_cli.runtime import runs as runtime

    lines = runtime.listing(_root(store), lambda _: None)
    frame = _frame({name: [asdict(line)[name] for line in lines] for name in _RUN_COLUMNS})
    return _by_time(frame, "created_ts_ns").reset_index().set_index("run_id")


def report(run: str | Run | Sweep = "latest", store: str | Path | None = None) -> Path:
    """Write the offline page of a run and return its path; a `Run` knows its own store."""
    from sigma_cli.runtime.report import report as write

    if isinstance(run, Run | Sweep):
        return write(run.folder.parent.parent, [run.run_id]).path
    check({"run": run}, ("run",))
    return write(_root(store), [run]).path


_RUN_COLUMNS = (
    "run_id",
    "kind",
    "created_ts_ns",
    "strategy",
    "markets",
    "fidelity",
    "interval",
    "period",
    "fills",
    "total_return",
    "sharpe",
    "max_drawdown",
)


def _root(store: str | Path | None) -> Path:
    check({"store": store}, ("store",))
    from sigma_cli.runtime import paths

    return paths.store_root(None if store is None else Path(store), os.environ, Path.cwd())


def _store(asked: Asked) -> Path:
    return _root(asked.get("store"))


def _settings(overrides: Sequence[str]) -> "Loaded":
    """Read the settings as the command line does."""
    from sigma_cli import settings
    from sigma_cli.runtime import paths

    folder = paths.config_dir(None, os.environ, Path.cwd())
    profile = os.environ.get("SIGMA_PROFILE") or None
    return settings.load(profile, folder, os.environ, settings.parse_overrides(overrides))


def _request(strategy: str, params: Mapping[str, Any] | None, asked: Asked) -> "Request":
    from sigma_cli.runtime.backtest import Request, fidelity_of

    markets, cash, fee = asked.get("markets", ()), asked.get("cash"), asked.get("fee")
    return Request(
        strategy=strategy,
        period=asked.get("period", "all"),
        markets=[markets] if isinstance(markets, str) else list(markets),
        venue=asked.get("venue"),
        interval=asked.get("interval"),
        sets=[
            f"{key}={value}"
            for key, value in {**(params or {}), **asked.get("settings", {})}.items()
        ],
        cash=None if cash is None else float(cash),
        fee=None if fee is None else str(fee),
        gate=asked.get("gate", True),
        fidelity=fidelity_of(asked.get("fidelity", "bars")),
    )


def _grid(grid: Mapping[str, str | Iterable[Any]]) -> list[str]:
    """Return the words of `--sweep`."""
    words = []
    for name, values in grid.items():
        if not isinstance(values, Iterable):
            raise UsageError(
                f"{name} is to be swept, but has only one value",
                where=f"grid: {name}={values!r}",
                fix=f"give several, such as [{values!r}], or leave {name} to params",
            )
        text = values if isinstance(values, str) else ",".join(map(str, values))
        words.append(f"{name}={text}")
    return words


def _summary(store: Path, run_id: str) -> dict[str, Any]:
    from sigma_cli.store.runs import load_run

    return load_run(store, run_id).summary


def _table(folder: Path, name: str) -> "pd.DataFrame":
    from sigma_cli.store.runs import load_run

    return _frame(load_run(folder.parent.parent, folder.name).table(name))


def _frame(columns: Mapping[str, Any]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(dict(columns))


def _by_time(frame: "pd.DataFrame", column: str) -> "pd.DataFrame":
    """Return a frame indexed by its column of nanoseconds, as UTC times."""
    import pandas as pd

    times = pd.DatetimeIndex(
        pd.to_datetime(frame[column], utc=True), name=column[: -len("_ts_ns")] or "time"
    )
    return frame.drop(columns=column).set_index(times)
