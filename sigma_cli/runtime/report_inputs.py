"""What a report is made from: a stored run, its candles as they are now, and the other tries."""

import shlex
from pathlib import Path
from typing import Any, Final

import numpy as np

from sigma_cli.domain.fidelities import BARS
from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.errors import OutsideError
from sigma_cli.report.inputs import KST, UTC, Bars, Run, Sweep, Table, Zone
from sigma_cli.runtime.tries import tries_of
from sigma_cli.store.lake import Lake
from sigma_cli.store.run_notes import read_note
from sigma_cli.store.runs import SWEEP, StoredRun

_SIDES: Final = ("open", "high", "low", "close")


def is_sweep(stored: StoredRun) -> bool:
    """Return whether what is stored is a sweep."""
    return stored.kind == SWEEP


def run_of(store: Path, stored: StoredRun) -> Run:
    """Return a stored run with everything that its report needs.

    Raises:
        OutsideError: a table of the run can't be read.
    """
    orders: Table = {}
    if stored.summary.get("fidelity", BARS) == BARS:
        bars, notes = _bars(Lake(store), stored.summary)
    else:
        bars, notes, orders = _own_bars(stored), (), stored.table("orders")
    tried = tries_of(store, stored)
    return Run(
        summary={**stored.summary, "command": command(store, stored)},
        trades=stored.table("trades"),
        equity=stored.table("equity"),
        requests=stored.table("requests"),
        facts=stored.table("facts"),
        decisions=stored.table("decisions"),
        signals=stored.table("signals"),
        orders=orders,
        bars=bars,
        zone=_zone(stored),
        trials=tried.count,
        tried=tried.sharpe,
        said=read_note(stored.folder),
        notes=notes,
    )


def sweep_of(store: Path, stored: StoredRun) -> Sweep:
    """Return a stored sweep with everything that its report needs.

    Raises:
        OutsideError: its table can't be read.
    """
    tried = tries_of(store, stored)
    return Sweep(
        summary={**stored.summary, "command": command(store, stored)},
        cells=stored.table("cells"),
        trials=tried.count,
        tried=tried.sharpe,
        zone=_zone(stored),
        said=read_note(stored.folder),
    )


def _zone(stored: StoredRun) -> Zone:
    return KST if stored.summary["currency"] == "KRW" else UTC


def command(store: Path, stored: StoredRun) -> str:
    """Return the command that makes a run again in the same store."""
    return f"{stored.summary['command']} {shlex.join(['--store', str(store)])}"


def _own_bars(stored: StoredRun) -> tuple[Bars | None, ...]:
    """Return the candles that the trades of a run on ticks made: they are stored with it."""
    table = stored.table("candles")
    found: list[Bars | None] = []
    for number, market in enumerate(stored.summary["markets"]):
        mine = table["market"] == number
        scale = 10.0 ** market["price_exp"]
        sides = (table[f"{side}_u"][mine].astype(np.float64) / scale for side in _SIDES)
        open_ts_ns = table["open_ts_ns"][mine]
        found.append(Bars(open_ts_ns=open_ts_ns, **dict(zip(_SIDES, sides, strict=True))))
    return tuple(found)


def _bars(lake: Lake, summary: dict[str, Any]) -> tuple[tuple[Bars | None, ...], tuple[str, ...]]:
    """Return the candles of each market as they are now, and what differs from the run's."""
    found: list[Bars | None] = []
    notes = []
    for market in summary["markets"]:
        try:
            bars = _market_bars(lake, summary, market)
        except OutsideError as error:
            notes.append(f"The candles of {market['market']} can't be read: {error.what}.")
            bars = None
        if bars is not None and len(bars) != market["bars"]:
            notes.append(
                f"The store's candles of {market['market']} have changed since the run"
                f" ({market['bars']:,} bars then, {len(bars):,} now); the charts show today's."
            )
        found.append(bars if bars is not None and len(bars) else None)
    return tuple(found), tuple(notes)


def _market_bars(lake: Lake, summary: dict[str, Any], market: dict[str, Any]) -> Bars:
    period, interval = summary["period"], summary["interval"]
    source = summary.get("source_interval", interval)
    rows = lake.read_candles(
        market["venue"], market["market"], source, period["start_ns"], period["end_ns"]
    )
    scale = 10.0 ** market["price_exp"]
    sides = (rows[f"{side}_u"].astype(np.float64) / scale for side in _SIDES)
    bars = Bars(open_ts_ns=rows["open_ts_ns"], **dict(zip(_SIDES, sides, strict=True)))
    if source == interval:
        return bars
    # The run made its bars from shorter ones; only those that were closed count.
    made = bars.longer(INTERVALS_NS[interval], market["first_ts_ns"])
    ends_ns = (market["first_ts_ns"], market["last_ts_ns"] + 1)
    first, end = np.searchsorted(made.open_ts_ns, ends_ns)
    return made.part(int(first), int(end))
