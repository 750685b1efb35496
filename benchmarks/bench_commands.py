"""Whole commands as a person waits for them, timed by hyperfine.

    python -m benchmarks.bench_commands [--check] [--repeats N]

hyperfine comes from your system (apt, brew, cargo), https://github.com/sharkdp/hyperfine. Commands
run on the store of `bench_bars`: a million bars and a stored run over them.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from benchmarks.bench_bars import BACKTEST, SIGMA, STORE, prepare
from benchmarks.measuring import Samples, whole_process
from benchmarks.reporting import MISSED, Floor, Found, run

COMMANDS: Final = {
    "sigma --help": ("--help",),
    "sigma config show": ("config", "show"),
    "sigma strategy list": ("strategy", "list"),
    "sigma data": ("data",),
    "sigma runs list": ("runs", "list"),
    "sigma sql": ("sql", "SELECT max(high) FROM candles"),
    "sigma backtest, recognised": ("backtest", *BACKTEST),
    "sigma backtest, computed": ("backtest", *BACKTEST, "--again"),
    "sigma report": ("report",),
}
FLOORS: Final = (Floor("sigma --help, wall s", 0.2),)


def measured(repeats: int, _peers: Path) -> Found:
    """Measure every command."""
    prepare()
    whole_process([SIGMA, "backtest", *BACKTEST, "--store", STORE])
    found: Found = {}
    for name, words in COMMANDS.items():
        timed = hyperfine([str(SIGMA), *words], repeats)
        found[f"{name}, wall s"] = Samples(timed["times"])
        found[f"{name}, CPU s"] = Samples([timed["user"] + timed["system"]])
    return found


def hyperfine(argv: list[str], repeats: int) -> dict[str, Any]:
    """Return what hyperfine says of one command."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said.json"
        quiet = ("--shell=none", "--style=none", "--warmup=1", f"--runs={repeats}")
        command = " ".join(f"'{word}'" for word in argv)
        subprocess.run(
            ["hyperfine", *quiet, f"--export-json={said}", command],
            check=True,
            env={**os.environ, "SIGMA_STORE": str(STORE)},
            stdout=subprocess.DEVNULL,
        )
        (result,) = json.loads(said.read_text())["results"]
    timed: dict[str, Any] = result
    return timed


if __name__ == "__main__":
    if shutil.which("hyperfine") is None:
        print("nothing measured: apt install hyperfine, or brew, or cargo", file=sys.stderr)
        raise SystemExit(MISSED if "--check" in sys.argv else 0)
    raise SystemExit(run("commands", __doc__, FLOORS, measured, repeats=10))
