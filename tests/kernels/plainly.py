"""Calls a function in another process, where nothing is compiled.

    python -m tests.kernels.plainly CALL ANSWER

What to call, and what came of it, are pickled.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sigma_cli.kernels.jit import DISABLED

Given = TypeVar("Given")
Told = TypeVar("Told")


def plainly(f: Callable[[Given], Told], given: Given, folder: Path) -> Told:
    """Return `f(given)` as plain Python has it; `f` is a function of a module."""
    call, answer = folder / "call.pickle", folder / "answer.pickle"
    call.write_bytes(pickle.dumps((f, given)))
    subprocess.run(
        [sys.executable, "-m", "tests.kernels.plainly", str(call), str(answer)],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
        check=True,
    )
    told: Told = pickle.loads(answer.read_bytes())
    return told


def _main(call: Path, answer: Path) -> None:
    assert DISABLED
    f, given = pickle.loads(call.read_bytes())
    answer.write_bytes(pickle.dumps(f(given)))


if __name__ == "__main__":
    _main(*map(Path, sys.argv[1:]))
