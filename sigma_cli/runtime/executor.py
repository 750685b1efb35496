"""Where the tasks of a long computation are worked on: in this process, or in several of them.

A job is a picklable description of the work. Each worker prepares it once, reading its inputs by
name and hash, and then takes one task at a time; a result comes back through the parent, which
alone writes. So a worker may live anywhere and die at any moment: its task is given to another.
Results arrive in any order; what they are must not depend on it. `executor_ray.py` is the same
on other machines.
"""

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Final, Protocol, TypeVar

from sigma_cli.errors import OutsideError

DEATHS_MAX: Final = 3
"""Workers that one task may take with it before it is given up."""

T = TypeVar("T", contravariant=True)
R = TypeVar("R", covariant=True)
T_ = TypeVar("T_")
R_ = TypeVar("R_")


class Job(Protocol[T, R]):
    """Work that can be sent to another process, and to another machine that sees the same store."""

    def prepare(self) -> Callable[[T], R]:
        """Read what every task needs; return what does one task. Called once in each worker."""


class Executor(Protocol):
    """Does the tasks of a job somewhere."""

    @property
    def workers(self) -> int:
        """How many tasks it can work on at once."""

    def run(self, job: Job[T_, R_], tasks: Sequence[T_]) -> Generator[tuple[int, R_]]:
        """Return the number and the result of each task, in the order in which they are done.

        Raises:
            OutsideError: workers keep dying.
            Exception: whatever a task raised, as it raised it.
        """


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Here:
    """No worker but this process: for little work, and for looking into it."""

    workers: int = 1

    def run(self, job: Job[T_, R_], tasks: Sequence[T_]) -> Generator[tuple[int, R_]]:
        """Do one task after the other."""
        work = job.prepare()
        for number, task in enumerate(tasks):
            yield number, work(task)


@dataclass(frozen=True, slots=True)
class Processes:
    """Worker processes on this machine, one task each at a time."""

    workers: int

    def run(self, job: Job[T_, R_], tasks: Sequence[T_]) -> Generator[tuple[int, R_]]:
        """Hand tasks to idle workers until all are done; replace workers that die."""
        todo = deque(enumerate(tasks))
        deaths = [0] * len(tasks)
        context = _context()
        with _crew() as crew:
            while todo or any(worker.task is not None for worker in crew):
                while todo and len(crew) < self.workers:
                    crew.append(_Worker(context, job))
                for worker in crew:
                    if worker.task is None and todo:
                        worker.give(*todo.popleft())
                for worker in _heard(crew):
                    number = worker.task
                    assert number is not None, "an idle worker says nothing"
                    answer = worker.take()
                    if answer is not None:
                        yield number, answer.result()
                        continue
                    crew.remove(worker)
                    deaths[number] += 1
                    if deaths[number] == DEATHS_MAX:
                        raise _hopeless(worker.exit_code())
                    todo.appendleft((number, tasks[number]))


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a task: a value, or what it raised."""

    value: Any
    error: Exception | None = None

    def result(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


class _Worker:
    """One process, as its parent sees it."""

    def __init__(self, context: BaseContext, job: Job[Any, Any]) -> None:
        self.ours, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=_serve, args=(theirs, self.ours, job), daemon=True
        )
        self._process.start()
        theirs.close()  # or the death of the worker would not end the pipe
        self.task: int | None = None

    def give(self, number: int, task: Any) -> None:
        """Hand out a task; a worker that has died already tells so when it is heard."""
        self.task = number
        with suppress(OSError):
            self.ours.send(task)

    def take(self) -> _Answer | None:
        """Return the answer to the task in hand, None if the worker died over it."""
        self.task = None
        try:
            answer: _Answer = self.ours.recv()
        except (EOFError, OSError):
            return None
        return answer

    def exit_code(self) -> int | None:
        """Wait for the end of a worker that died; return how it ended."""
        self._process.join()
        return self._process.exitcode

    def dismiss(self) -> None:
        """End the process; what it has in hand is lost."""
        self.ours.close()
        self._process.kill()
        self._process.join()


@contextmanager
def _crew() -> Iterator[list[_Worker]]:
    """Let no worker outlive the work, however that ends."""
    crew: list[_Worker] = []
    try:
        yield crew
    finally:
        for worker in crew:
            worker.dismiss()


def _heard(crew: Sequence[_Worker]) -> list[_Worker]:
    """Wait; return the workers with an answer, or whose end has come."""
    ready = wait([worker.ours for worker in crew if worker.task is not None])
    return [worker for worker in crew if worker.ours in ready]


def _serve(pipe: Connection, parents: Connection, job: Job[Any, Any]) -> None:
    """Be a worker: prepare, then answer tasks until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    parents.close()  # a fork has both ends: the parent's death must end the pipe
    work: Callable[[Any], Any] | None = None
    with suppress(EOFError, OSError):
        while True:
            task = pipe.recv()
            try:
                work = work or job.prepare()
                answer = _Answer(work(task))
            except Exception as error:
                answer = _Answer(None, error)
            pipe.send(answer)


def _context() -> BaseContext:
    """Fork where that is safe: a worker then starts in 10 ms, not in 600, and shares memory."""
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def _hopeless(exit_code: int | None) -> OutsideError:
    how = f"signal {-exit_code}" if exit_code is not None and exit_code < 0 else f"{exit_code}"
    return OutsideError(
        f"the same task ended {DEATHS_MAX} workers, the last with {how}",
        where="workers of this machine",
        fix="look for a lack of memory (dmesg); fewer at a time: --set sweep.workers=1",
    )
