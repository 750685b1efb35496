"""`sigma backtest`: one strategy over stored candles, through the desk and the simulated venue.

A run is known by the hash of its code, configuration and data. The same run again is recognised
and not computed; whatever is shown was stored.
"""

import hashlib
import json
import re
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.errors import CheckError, UsageError
from sigma_cli.kernels.simulate import Schedule
from sigma_cli.runtime import choice, gate, outcome, simulation, world
from sigma_cli.runtime.choice import Choice
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.selection import Selection, select
from sigma_cli.settings import DEFAULT, Loaded, Settings
from sigma_cli.store.lake import Lake
from sigma_cli.store.records import NoteKind
from sigma_cli.store.runs import StoredRun, list_runs, load_run, mark_latest, save_run

SECTIONS: Final = ("account", "sizing", "exits", "fills", "limits")
"""The settings that change a run's outcome, and so its name."""
RUN_ID_LENGTH: Final = 16
"""Hex digits: 64 bits, no two runs alike before some billion."""


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
        UsageError: an unknown strategy, parameter, setting, market or period.
        OutsideError: the store can't be read or written.
        CheckError: computed again, the same run came out differently.
    """
    began = time.perf_counter(), time.process_time()
    chosen, sets = choice.choose(request.strategy, request.sets)
    loaded = load([*sets, *_short(request)])
    settings = loaded.settings
    selection = select(
        Lake(store),
        request.markets,
        venue=request.venue,
        interval=request.interval,
        period=request.period,
        fee=settings.fills.fee,
    )
    schedule = world.schedule(selection.candles)
    hashes = _hashes(request, chosen, settings, selection, schedule)
    run_id = _sha256(*hashes.values())[:RUN_ID_LENGTH]
    stored = _stored(store, run_id)
    if stored is not None and not request.again:
        mark_latest(store, run_id)
        return _result(stored.summary, stored.folder, recognised=True)

    gated = _gate(request, chosen, selection, progress)
    signals = [choice.signal(chosen, one, selection.interval) for one in selection.candles]
    rows = world.rows(selection.candles, signals)
    built = world.build(settings, len(selection.candles))
    tape = simulation.run(rows, schedule, built, progress)
    tables = outcome.tables(selection, rows, tape)
    summary = {
        "run_id": run_id,
        "created_ts_ns": time.time_ns(),
        "command": _command(request, chosen, loaded, selection),
        "strategy": chosen.name,
        "params": chosen.params,
        "interval": selection.interval,
        "source_interval": selection.source_interval,
        "period": {
            "start_ns": selection.period.start_ns,
            "end_ns": selection.period.end_ns,
            "text": selection.period.text,
        },
        "currency": selection.currency,
        **outcome.summary(selection, settings, rows, tape, tables["trades"]),
        "trials": _trials(store, run_id, chosen.name, selection),
        "gate": gated,
        "hashes": hashes,
        "settings": _flat(settings),
        "fill_model": outcome.fill_model(settings),
        "notes": outcome.notes(selection, chosen.strategy.features()),
        "splits": _splits(Lake(store), selection),
        "wall_s": time.perf_counter() - began[0],
        "cpu_s": time.process_time() - began[1],
    }
    if stored is not None:
        _compare(summary, stored)
        return _result(summary, stored.folder, recognised=False)
    folder = save_run(store, summary, tables)
    mark_latest(store, run_id)
    return _result(summary, folder, recognised=False)


def _splits(lake: Lake, selection: Selection) -> list[dict[str, Any]]:
    """Return the splits inside the period that no source has adjusted prices for."""
    period = selection.period
    return [
        {"market": series.market, "ts_ns": note.ts_ns, "text": note.text}
        for series in selection.series
        for note in lake.notes(series.venue, series.market, selection.source_interval)
        if note.kind is NoteKind.UNADJUSTED_SPLIT and period.start_ns <= note.ts_ns < period.end_ns
    ]


def _short(request: Request) -> list[str]:
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


def _sha256(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def _gate(
    request: Request, chosen: Choice, selection: Selection, progress: Progress
) -> dict[str, Any]:
    """Return what the look-ahead gate has to say of a run: passed, or skipped on request."""
    if not request.gate:
        return {"state": "skipped", "cuts": 0}
    progress.begin("looking for look-ahead", len(selection.candles), "markets")
    cuts = 0
    for one in selection.candles:
        cuts += gate.check(chosen, one, selection.interval)
        progress.advance()
    progress.end()
    return {"state": "passed", "cuts": cuts}


def _hashes(
    request: Request,
    chosen: Choice,
    settings: Settings,
    selection: Selection,
    schedule: Schedule,
) -> dict[str, str]:
    """Return what names a run: its code, its configuration, and every row it reads."""
    config = {
        "settings": _flat(settings),
        "strategy": chosen.name,
        "params": chosen.params,
        "gate": request.gate,
    }
    data = hashlib.sha256(f"{selection.venue} {selection.interval}".encode())
    for one in selection.candles:
        data.update(f"\0{one.instrument.market}\0{one.synthetic}\0".encode())
        for name in CANDLE_COLUMNS:
            data.update(getattr(one, name))
    return {
        "code": chosen.code_hash,
        "config": _sha256(json.dumps(config, sort_keys=True)),
        "rules": _sha256(schedule.rules.tobytes(), schedule.valid_from_ns.tobytes()),
        "data": data.hexdigest(),
    }


def _flat(settings: Settings) -> dict[str, Any]:
    """Return the settings that change an outcome by their dotted names."""
    tree = settings.model_dump(mode="json")
    return {f"{part}.{name}": value for part in SECTIONS for name, value in tree[part].items()}


def _stored(store: Path, run_id: str) -> StoredRun | None:
    return load_run(store, run_id) if (store / "runs" / run_id).is_dir() else None


def _trials(store: Path, run_id: str, strategy: str, selection: Selection) -> int:
    """Return how many ways to run this strategy on these candles were tried, this included.

    Another fee, limit or parameter, part of the period or of the markets is another try.
    """
    markets = {(series.venue, series.market) for series in selection.series}

    def same(summary: Mapping[str, Any]) -> bool:
        theirs = {(market["venue"], market["market"]) for market in summary["markets"]}
        span, period = summary["period"], selection.period
        overlaps = span["start_ns"] < period.end_ns and period.start_ns < span["end_ns"]
        return summary["strategy"] == strategy and overlaps and bool(markets & theirs)

    return 1 + sum(same(one.summary) for one in list_runs(store) if one.run_id != run_id)


def _command(request: Request, chosen: Choice, loaded: Loaded, selection: Selection) -> str:
    """Return a command that asks for the same run, whatever is stored or configured by then."""
    words = ["sigma", "backtest", "--strategy", chosen.text, "--period", selection.period.text]
    for series in selection.series:
        words += ["--market", series.market]
    words += ["--venue", selection.venue, "--interval", selection.interval]
    for word in chosen.given:
        words += ["--set", word]
    words += [] if request.gate else ["--no-gate"]
    flat = _flat(loaded.settings)
    for key, value in flat.items():
        if loaded.origins.get(key, DEFAULT) != DEFAULT:
            words += ["--set", f"{key}={value}"]
    return shlex.join(words)


_OUTCOME: Final = (
    "bars", "events", "orders", "fills", "final_equity", "fees", "max_drawdown", "refusals",
    "switches", "targets_below_zero", "slippage_cost",
)  # fmt: skip


def _compare(summary: Mapping[str, Any], stored: StoredRun) -> None:
    """Demand that a run computed again is the stored one."""
    mine = json.loads(json.dumps(summary))
    different = [key for key in _OUTCOME if mine[key] != stored.summary.get(key)]
    if different:
        raise CheckError(
            f"run {stored.run_id} came out differently when computed again: {', '.join(different)}",
            where=str(stored.folder),
            fix="does the strategy use randomness, the time or files? If not, please report it",
        )


def _result(summary: Mapping[str, Any], folder: Path, *, recognised: bool) -> Result:
    derived: dict[str, Any] = {
        "markets": tuple(market["market"] for market in summary["markets"]),
        "period": summary["period"]["text"],
        "synthetic": any(market["synthetic"] for market in summary["markets"]),
        "switches": tuple(switch["name"] for switch in summary["switches"]),
        "gate": summary["gate"]["state"],
        "folder": str(folder),
        "recognised": recognised,
    }
    values = {**summary, **derived}
    return Result(**{name: values[name] for name in Result.__dataclass_fields__})
