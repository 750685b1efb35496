"""What names a run: hashes of its code, configuration and data, and the command that asks for it.

Two runs with the same name are the same run. Computes no run.
"""

import hashlib
import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.domain.fidelities import BARS
from sigma_cli.kernels.simulate import Schedule
from sigma_cli.runtime import counting
from sigma_cli.runtime.choice import Choice
from sigma_cli.runtime.selection import Selection
from sigma_cli.runtime.tick_selection import TickSelection
from sigma_cli.settings import DEFAULT, Loaded, Settings

SECTIONS: Final = ("account", "sizing", "exits", "fills", "limits")
"""The settings that change a run's outcome, and so its name."""
OF_TICKS: Final = ("latency", "faults", "switches", "stakes", "threshold")
"""Those that change the outcome of runs on ticks besides."""
RUN_ID_LENGTH: Final = 16
"""Hex digits: 64 bits, no two runs alike before some billion."""


def run_id(hashes: Mapping[str, str]) -> str:
    """Return the name of the run with these hashes."""
    return _sha256(*hashes.values())[:RUN_ID_LENGTH]


def run_hashes(
    chosen: Choice, settings: Mapping[str, Any], read: Mapping[str, str], *, gate: bool
) -> dict[str, str]:
    """Return what names a run; `settings` are those of `flat`, `read` those of `read_hashes`."""
    config = {
        "settings": settings,
        "strategy": chosen.name,
        "params": chosen.params,
        "gate": gate,
    }
    return {"code": chosen.code_hash, "config": config_hash(config), **read}


def config_hash(config: Mapping[str, Any]) -> str:
    """Return the hash of plain values under their names."""
    return _sha256(json.dumps(config, sort_keys=True))


def tick_hashes(selection: TickSelection, schedule: Schedule, fidelity: str) -> dict[str, str]:
    """Return the hashes of the rules in force, and of all that a run on ticks may read."""
    changes = schedule.rules, schedule.valid_from_ns, schedule.day_volume_u
    rules = _sha256(*(rows.tobytes() for rows in (*changes, schedule.told, schedule.bounds)))
    return {"rules": rules, "data": _sha256(selection.data_hash, fidelity)}


def read_hashes(selection: Selection, schedule: Schedule) -> dict[str, str]:
    """Return the hashes of the rules in force, and of every row that a run reads."""
    data = hashlib.sha256(f"{selection.venue} {selection.interval}".encode())
    for one in selection.candles:
        data.update(f"\0{one.instrument.market}\0{one.synthetic}\0".encode())
        for name in CANDLE_COLUMNS:
            data.update(getattr(one, name))
    rules = _sha256(schedule.rules.tobytes(), schedule.valid_from_ns.tobytes())
    return {"rules": rules, "data": data.hexdigest()}


def flat(settings: Settings, fidelity: str = BARS) -> dict[str, Any]:
    """Return the settings that change an outcome by their dotted names."""
    tree = settings.model_dump(mode="json")
    sections = SECTIONS if fidelity == BARS else (*SECTIONS, *OF_TICKS)
    found = {f"{part}.{name}": value for part in sections for name, value in tree[part].items()}
    if fidelity != BARS:
        return found
    return {name: value for name, value in found.items() if counting.counts(name, counting.BARS)}


def command(
    strategy: str,
    given: Iterable[str],
    loaded: Loaded,
    selection: Selection | TickSelection,
    *,
    gate: bool,
    fidelity: str = BARS,
) -> list[str]:
    """Return the words that ask for the same run, whatever is stored or configured by then.

    `given` are the `--set` words that are parameters of the strategy.
    """
    words = ["sigma", "backtest", "--strategy", strategy, "--period", selection.period.text]
    for series in selection.series:
        words += ["--market", series.market]
    words += ["--venue", selection.venue]
    if isinstance(selection, Selection):
        words += ["--interval", selection.interval]
    else:
        words += ["--fidelity", fidelity]
    for word in given:
        words += ["--set", word]
    words += [] if gate else ["--no-gate"]
    for key, value in flat(loaded.settings, fidelity).items():
        if loaded.origins.get(key, DEFAULT) != DEFAULT:
            words += ["--set", f"{key}={value}"]
    return words


def shell(words: Iterable[str]) -> str:
    """Return words as one line for a shell."""
    return shlex.join(words)


def _sha256(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()
