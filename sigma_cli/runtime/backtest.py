"""`sigma backtest`: one strategy over stored candles, through the desk and the simulated venue.

A run is known by the hash of its code, configuration and data. The same run again is recognised
and not computed; whatever is shown was stored.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.fidelities import BARS, FIDELITIES, Fidelity
from sigma_cli.errors import CheckError, UsageError, did_you_mean
from sigma_cli.runtime import choice, counting, gate, identity, outcome, simulation, world
from sigma_cli.runtime.choice import Choice
from sigma_cli.runtime.course import course
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.selection import Selection, select
from sigma_cli.runtime.tries import tries, tries_of
from sigma_cli.settings import Loaded
from sigma_cli.store.lake import Lake
from sigma_cli.store.records import NoteKind
from sigma_cli.store.runs import StoredRun, load_run, mark_latest, save_run

SKIPPED: Final[Mapping[str, Any]] = {"state": "skipped", "asked": 0}
"""What is stored of a gate that was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was typed. `cash` and `fee` are short for two settings."""

    strategy: str
    period: str
    markets: Sequence[str] = ()
    venue: str | None = None
    interval: str | None = None
    sets: Sequence[str] = ()
    cash: float | None = None
    fee: str | None = None
    gate: bool = True
    """Refuse a strategy that looks ahead. Without the gate the report carries a banner."""
    fidelity: Fidelity = BARS
    """What is simulated: candles, trades, or trades and books."""
    compare: bool | None = None
    """On ticks: other latencies and fidelities beside it; None: where the tape is short."""
    hot_list: Path | None = None
    """A file that says which markets a policy may enter, and when; see `hot_list.py`."""
    again: bool = False
    """Compute even if the same run is stored, and compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A run in short; `sigma report` tells the rest."""

    run_id: str
    recognised: bool
    """True: it was stored already, nothing was computed."""
    strategy: str
    markets: tuple[str, ...]
    fidelity: str
    interval: str
    period: str
    synthetic: bool
    bars: int
    events: int
    orders: int
    fills: int
    start_cash: float
    final_equity: float
    total_return: float
    buy_and_hold_return: float
    sharpe: float
    max_drawdown: float
    fees: float
    trials: int
    gate: str
    refusals: Mapping[str, int]
    switches: tuple[str, ...]
    """Limits that fired."""
    wall_s: float
    cpu_s: float
    """Of the run itself: reading, gate, simulating. Starting Python and storing come on top."""
    folder: str


def run(
    request: Request, store: Path, load: Callable[[Sequence[str]], Loaded], progress: Progress
) -> Result:
    """Run a backtest and store it; `load` reads the settings with `--set` words on top.

    Raises:
        UsageError: an unknown strategy, parameter, setting, market or period; or one that would
            count for nothing.
        OutsideError: the store can't be read or written.
        CheckError: computed again, the same run came out differently.
    """
    began = time.perf_counter(), time.process_time()
    chosen, sets = choice.choose(request.strategy, request.sets)
    check_on_bars(chosen, request)
    loaded = load([*sets, *short(request)])
    settings = loaded.settings
    counting.check(settings, counting.BARS)
    selection = select(
        Lake(store),
        request.markets,
        venue=request.venue,
        interval=request.interval,
        period=request.period,
        fee=settings.fills.fee,
    )
    schedule = world.schedule(selection.candles)
    flat = identity.flat(settings)
    read = identity.read_hashes(selection, schedule)
    hashes = identity.run_hashes(chosen, flat, read, gate=request.gate)
    run_id = identity.run_id(hashes)
    stored = stored_run(store, run_id)
    if stored is not None and not request.again:
        mark_latest(store, run_id)
        told = {**stored.summary, "trials": tries_of(store, stored).count}
        return result(told, stored.folder, recognised=True)

    signals = [choice.signal(chosen, one, selection.interval) for one in selection.candles]
    gated: Mapping[str, Any] = SKIPPED
    if request.gate:
        gated = look_ahead(chosen, selection.candles, selection.interval, signals, progress)
    rows = world.rows(selection.candles, signals)
    built = world.build(settings, len(selection.candles))
    tape = simulation.run(rows, schedule, built, progress)
    followed = course(rows, tape)
    tables = outcome.tables(selection, followed)
    summary = {
        "run_id": run_id,
        "created_ts_ns": time.time_ns(),
        "command": identity.shell(
            identity.command(chosen.text, chosen.given, loaded, selection, gate=request.gate)
        ),
        "strategy": chosen.name,
        "params": chosen.params,
        **outcome.span(selection),
        **outcome.summary(selection, settings, followed, tables["trades"]),
        "gate": gated,
        "hashes": hashes,
        "settings": flat,
        "fill_model": outcome.fill_model(settings),
        "notes": outcome.notes(selection, chosen.strategy.features()),
        "splits": _splits(Lake(store), selection),
        "wall_s": time.perf_counter() - began[0],
        "cpu_s": time.process_time() - began[1],
    }
    known = 0 if stored is None else stored.summary["trials"]
    summary["trials"] = tries(store, summary, {run_id: summary["sharpe"]}, known).count
    if stored is not None:
        compare(summary, stored)
        return result(summary, stored.folder, recognised=False)
    folder = save_run(store, summary, tables)
    mark_latest(store, run_id)
    return result(summary, folder, recognised=False)


def check_on_bars(chosen: Choice, request: Request) -> None:
    """Demand what can be run on bars.

    Raises:
        UsageError: a policy, which needs ticks; or a comparison or a hot list, which only ticks
            have.
    """
    if chosen.is_policy:
        raise UsageError(
            f"{chosen.text} decides on trades and books, not on bars",
            where="--fidelity bars",
            fix="add --fidelity book, or --fidelity trades where no books are stored",
        )
    if request.hot_list:
        raise UsageError(
            "no strategy on bars asks for a hot list",
            where=f"--hot-list {request.hot_list}",
            fix="add --fidelity trades or --fidelity book, or leave --hot-list out",
        )
    if request.compare:
        raise UsageError(
            "bars know no latency to compare",
            where="--compare",
            fix="add --fidelity trades or --fidelity book, or leave --compare out",
        )


def fidelity_of(text: str) -> Fidelity:
    """Return the fidelity that is called so.

    Raises:
        UsageError: none is.
    """
    for one in FIDELITIES:
        if one == text:
            return one
    raise UsageError(
        f"{text!r} is not a fidelity{did_you_mean(text, FIDELITIES)}",
        where="fidelity",
        fix=f"use one of {', '.join(FIDELITIES)}",
    )


def _splits(lake: Lake, selection: Selection) -> list[dict[str, Any]]:
    """Return the splits inside the period that no source has adjusted prices for."""
    period = selection.period
    return [
        {"market": series.market, "ts_ns": note.ts_ns, "text": note.text}
        for series in selection.series
        for note in lake.notes(series.venue, series.market, selection.source_interval)
        if note.kind is NoteKind.UNADJUSTED_SPLIT and period.start_ns <= note.ts_ns < period.end_ns
    ]


def short(request: Request) -> list[str]:
    """Return `--cash` and `--fee` as the settings they are short for."""
    cash = [] if request.cash is None else [f"account.cash={request.cash!r}"]
    return cash if request.fee is None else [*cash, f"fills.fee={fee_fraction(request.fee)!r}"]


def fee_fraction(text: str) -> float:
    """Return a fee as a fraction of value: `0.05%`, `5bps` and `0.0005` are the same.

    Raises:
        UsageError: none of these.
    """
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*(%|bps|)", text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a fee", where="--fee", fix="write 0.05%, 5bps or 0.0005")
    return float(f"{match[1]}e{ {'%': -2, 'bps': -4, '': 0}[match[2]] }")


def look_ahead(
    chosen: Choice,
    candles: Sequence[Candles],
    interval: str,
    signals: Sequence[NDArray[np.float64]],
    progress: Progress,
) -> dict[str, Any]:
    """Return what the look-ahead gate has to say of the signals that would be traded.

    Raises:
        CheckError: some of them knew the future.
    """
    progress.begin("looking for look-ahead", len(candles), "markets")
    asked = 0
    for one, signal in zip(candles, signals, strict=True):
        asked += gate.check(chosen, one, interval, signal)
        progress.advance()
    progress.end()
    return {"state": "passed", "asked": asked}


def stored_run(store: Path, run_id: str) -> StoredRun | None:
    """Return the run if it is stored already."""
    return load_run(store, run_id) if (store / "runs" / run_id).is_dir() else None


_OUTCOME: Final = (
    "bars", "events", "orders", "fills", "final_equity", "fees", "max_drawdown", "refusals",
    "switches", "targets_below_zero", "slippage_cost",
)  # fmt: skip


_OF_TICKS: Final = ("cost_split", "exit_reasons", "funnel")


def compare(summary: Mapping[str, Any], stored: StoredRun) -> None:
    """Demand that a run computed again is the stored one."""
    mine = json.loads(json.dumps(summary))
    names = (*_OUTCOME, *_OF_TICKS)
    different = [key for key in names if mine.get(key) != stored.summary.get(key)]
    if different:
        raise CheckError(
            f"run {stored.run_id} came out differently when computed again: {', '.join(different)}",
            where=str(stored.folder),
            fix="does the strategy use randomness, the time or files? If not, please report it",
        )


def result(summary: Mapping[str, Any], folder: Path, *, recognised: bool) -> Result:
    """Return a run in short."""
    derived: dict[str, Any] = {
        "markets": tuple(market["market"] for market in summary["markets"]),
        "period": summary["period"]["text"],
        "synthetic": any(market["synthetic"] for market in summary["markets"]),
        "switches": tuple(switch["name"] for switch in summary["switches"]),
        "gate": summary["gate"]["state"],
        "folder": str(folder),
        "recognised": recognised,
    }
    values = {"fidelity": BARS, **summary, **derived}
    return Result(**{name: values[name] for name in Result.__dataclass_fields__})
