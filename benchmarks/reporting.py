"""What every benchmark says in the end: a table, work/NAME.json, and the floors that were missed.

Must not measure anything.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.install_peers import FOLDER, PINNED
from benchmarks.measuring import Samples

WORK: Final = Path(__file__).parent / "work"
MISSED: Final = 4
"""Exit code of `--check` when a floor is missed: the answer is no."""

Found = dict[str, Samples]


@dataclass(frozen=True, slots=True)
class Floor:
    """What `--check` demands of a median."""

    of: str
    limit: float
    at_least: bool = False

    def missed(self, found: Found) -> str | None:
        """Say how the floor was missed, or return None."""
        word = "at least" if self.at_least else "less than"
        if self.of not in found:
            return f"{self.of}: not measured, must be {word} {self.limit:g}"
        median = found[self.of].median
        met = median >= self.limit if self.at_least else median < self.limit
        return None if met else f"{self.of}: {median:.3f}, must be {word} {self.limit:g}"


def gathered(measured: Iterable[tuple[str, float]]) -> Found:
    """Return what was measured by name."""
    found: Found = {}
    for name, value in measured:
        found.setdefault(name, Samples()).add(value)
    return found


def run(
    name: str,
    doc: str | None,
    floors: tuple[Floor, ...],
    measure: Callable[[int, Path], Found],
    repeats: int,
) -> int:
    """Be the command line of a benchmark; return its exit code. `measure` takes repeats, peers."""
    parser = argparse.ArgumentParser(
        prog=f"bench_{name}", description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="exit with 4 when a floor is missed")
    parser.add_argument("--repeats", type=int, default=repeats, help="of everything that is quick")
    parser.add_argument("--peers", type=Path, default=FOLDER, help="where their environments are")
    args = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # peers are installed with bytecode, so are we
    WORK.mkdir(exist_ok=True)
    found = measure(args.repeats, args.peers)
    missed = [line for floor in floors if (line := floor.missed(found))]
    _print(found)
    _write(name, found, missed)
    for line in missed:
        print(f"floor missed: {line}", file=sys.stderr)
    return MISSED if missed and args.check else 0


def _print(found: Found) -> None:
    width = max(map(len, found))
    print(f"{'':{width}} {'median':>9} {'min':>9} {'max':>9}  n")
    for name, samples in found.items():
        low, high = min(samples.values), max(samples.values)
        print(
            f"{name:{width}} {samples.median:9.4g} {low:9.4g} {high:9.4g} {len(samples.values):2}"
        )


def _write(name: str, found: Found, missed: list[str]) -> None:
    result = {
        "machine": machine(),
        "samples": {name: samples.values for name, samples in found.items()},
        "missed": missed,
    }
    text = json.dumps(result, indent=2) + "\n"
    (WORK / f"{name}.json").write_text(text, encoding="utf-8")


def machine() -> dict[str, object]:
    """Return what the numbers depend on."""
    return {
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        **{name: version(name) for name in ("numba", "numpy", "pyarrow", "sigma-cli")},
        "peers": {name: packages[0] for name, packages in PINNED.items()},
    }
