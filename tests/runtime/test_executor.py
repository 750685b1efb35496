"""Workers that die, fail or are interrupted; no result is lost, none is made up."""

import importlib.util
import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.runtime.executor import Executor, Here, Processes, cores
from sigma_cli.runtime.executor_ray import Ray

HAS_RAY = importlib.util.find_spec("ray") is not None


@dataclass(frozen=True)
class Squares:
    """Squares numbers; dies over some of them, once or each time."""

    folder: Path
    dies_at: int | None = None
    always: bool = False

    def prepare(self) -> Callable[[int], int]:
        (self.folder / f"prepared-{os.getpid()}").touch()
        return self._square

    def _square(self, number: int) -> int:
        mark = self.folder / f"died-{number}"
        if number == self.dies_at and (self.always or not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if number < 0:
            raise UsageError("no roots here", fix="start from 0")
        return number**2


def squares(executor: Executor, job: Squares, count: int = 20) -> dict[int, int]:
    return dict(executor.run(job, range(count)))


@pytest.mark.parametrize("executor", [Here(), Processes(1), Processes(3), Processes(30)])
def test_results_do_not_depend_on_where(executor: Executor, tmp_path: Path) -> None:
    found = squares(executor, Squares(tmp_path))
    assert found == {number: number**2 for number in range(20)}
    assert len(list(tmp_path.glob("prepared-*"))) <= executor.workers
    assert multiprocessing.active_children() == []


def test_a_killed_worker_is_replaced_and_its_task_done_again(tmp_path: Path) -> None:
    found = squares(Processes(2), Squares(tmp_path, dies_at=7))
    assert found == {number: number**2 for number in range(20)}
    assert (tmp_path / "died-7").exists()


def test_a_task_that_kills_every_worker_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="ended 3 workers, the last with signal 9"):
        squares(Processes(2), Squares(tmp_path, dies_at=7, always=True))
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("executor", [Here(), Processes(2)])
def test_what_a_task_raises_arrives(executor: Executor, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no roots here") as caught:
        list(executor.run(Squares(tmp_path), [1, -1]))
    assert caught.value.fix == "start from 0"
    assert multiprocessing.active_children() == []


def test_no_worker_outlives_an_interruption(tmp_path: Path) -> None:
    with closing(Processes(2).run(Squares(tmp_path), range(1_000))) as results:
        next(results)
        assert len(multiprocessing.active_children()) == 2
    assert multiprocessing.active_children() == []


def test_there_is_a_core() -> None:
    assert cores() >= 1


@pytest.mark.skipif(HAS_RAY, reason="Ray is installed")
def test_ray_is_an_extra_and_says_so() -> None:
    with pytest.raises(UsageError, match="not installed") as caught:
        Ray()
    assert "sigma-cli[ray]" in caught.value.fix


@pytest.mark.skipif(not HAS_RAY, reason="Ray is not installed")
def test_ray_does_the_same(tmp_path: Path) -> None:
    assert squares(Ray(2), Squares(tmp_path)) == {number: number**2 for number in range(20)}
    with pytest.raises(UsageError, match="no roots here"):
        list(Ray(2).run(Squares(tmp_path), [-1]))
