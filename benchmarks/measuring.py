"""How to measure on a machine that others use as well: CPU seconds, in turns, and ratios of pairs.

What is compared runs in turns (A B A B), so that a slow minute slows both, and each ratio is taken
within one pair. Must not know what is measured.
"""

import json
import os
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

Argv: TypeAlias = list[str | Path]

CALIBRATION_STEPS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Samples:
    """Repeated measurements of one thing, in the order in which they were taken."""

    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    def add(self, value: float) -> None:
        """Take one more."""
        self.values.append(value)

    def per(self, other: "Samples") -> "Samples":
        """Return how many times `other` this is, pair by pair."""
        return Samples([a / b for a, b in zip(self.values, other.values, strict=True)])


@dataclass(frozen=True, slots=True)
class Spent:
    """What a whole process took, from its start to its end."""

    cpu_s: float
    wall_s: float
    memory_mb: float
    output: str


def whole_process(argv: Argv) -> Spent:
    """Run a process to its end.

    Raises:
        CalledProcessError: it failed.
    """
    began = time.perf_counter()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, argv)
    return Spent(
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.perf_counter() - began,
        memory_mb=usage.ru_maxrss / 1024,
        output=output,
    )


class Engine:
    """A process that has warmed up and runs once more each time it is asked."""

    def __init__(self, argv: Argv) -> None:
        self._process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.warm_up: dict[str, Any] = self._answer()

    def run(self) -> dict[str, Any]:
        """Return what one run took (`cpu_s`) and came to."""
        assert self._process.stdin is not None
        self._process.stdin.write("run\n")
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise subprocess.CalledProcessError(self._process.wait(), self._process.args)
        answer: dict[str, Any] = json.loads(line)
        return answer


def calibration() -> float:
    """Return the CPU seconds of a loop that never changes: how fast this machine is just now."""
    began = time.process_time()
    total = 0
    for i in range(CALIBRATION_STEPS):
        total += i & 7
    return time.process_time() - began
