"""`sigma report`: a stored run and its candles become one offline page and one document."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from sigma_cli.errors import OutsideError
from sigma_cli.report.document import document
from sigma_cli.report.inputs import KST, UTC, Bars, Run
from sigma_cli.report.page import page
from sigma_cli.store.files import publish
from sigma_cli.store.lake import Lake
from sigma_cli.store.runs import load_run

FILE: Final = "report.html"
"""The page's name in the folder of its run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Where the page is, and what it says."""

    path: Path
    document: dict[str, Any]


def report(store: Path, name: str, out: Path | None = None) -> Report:
    """Write the report of the run called `name` to `out`, or beside the run.

    Raises:
        UsageError: there is no such run.
        OutsideError: the run can't be read, or the page can't be written.
    """
    stored = load_run(store, name)
    bars, notes = _bars(Lake(store), stored.summary)
    command = f"{stored.summary['command']} {shlex.join(['--store', str(store)])}"
    run = Run(
        summary={**stored.summary, "command": command},
        trades=stored.table("trades"),
        equity=stored.table("equity"),
        requests=stored.table("requests"),
        bars=bars,
        zone=KST if stored.summary["currency"] == "KRW" else UTC,
        notes=notes,
    )
    path = (out or stored.folder / FILE).absolute()
    text = page(run)
    publish(path, lambda temporary: _write(temporary, text))
    return Report(path=path, document={"path": str(path), **document(run)})


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


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
    period = summary["period"]
    rows = lake.read_candles(
        market["venue"],
        market["market"],
        summary["interval"],
        period["start_ns"],
        period["end_ns"],
    )
    scale = 10.0 ** market["price_exp"]
    sides = (rows[f"{side}_u"].astype(np.float64) / scale for side in _SIDES)
    return Bars(open_ts_ns=rows["open_ts_ns"], **dict(zip(_SIDES, sides, strict=True)))


_SIDES: Final = ("open", "high", "low", "close")
