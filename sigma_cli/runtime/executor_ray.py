"""The executor of `executor.py` on a Ray cluster: the extra `ray`, imported only when asked for.

Ray starts on this machine, or joins the cluster that RAY_ADDRESS names. Every machine must have
the same version of sigma and see the store under the same path.
"""

from collections.abc import Generator, Sequence
from typing import Any, TypeVar

from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.runtime.executor import DEATHS_MAX, Job

T = TypeVar("T")
R = TypeVar("R")


class Ray:
    """Actors on the machines of a cluster, one task each at a time."""

    def __init__(self, workers: int = 0) -> None:
        """Join the cluster; 0 workers: one a CPU of it.

        Raises:
            UsageError: Ray is not installed.
            OutsideError: the cluster can't be reached.
        """
        self._ray = _ray()
        try:
            self._ray.init(ignore_reinit_error=True, log_to_driver=False)
        except (ConnectionError, RuntimeError) as error:
            raise OutsideError(
                f"the Ray cluster can't be reached: {error}",
                where="RAY_ADDRESS",
                fix="check the address, or unset it to start Ray on this machine",
            ) from error
        self.workers = workers or int(self._ray.cluster_resources().get("CPU", 1))

    def run(self, job: Job[T, R], tasks: Sequence[T]) -> Generator[tuple[int, R]]:
        """Hand tasks to idle actors until all are done; Ray replaces actors that die."""
        ray = self._ray
        options = {"max_restarts": -1, "max_task_retries": DEATHS_MAX}
        actor = ray.remote(**options)(_Actor)
        idle = [actor.remote(job) for _ in range(min(self.workers, len(tasks)))]
        todo = iter(enumerate(tasks))
        running: dict[Any, tuple[int, Any]] = {}
        while True:
            for worker in idle:
                for number, task in todo:
                    running[worker.do.remote(task)] = number, worker
                    break
            if not running:
                return
            (done,), _ = ray.wait(list(running))
            number, worker = running.pop(done)
            idle = [worker]
            yield number, self._result(done)

    def _result(self, done: Any) -> Any:
        try:
            return self._ray.get(done)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self._ray.exceptions.RayError as error:
            raise OutsideError(
                f"Ray gave a task up: {str(error).splitlines()[0]}",
                where="the Ray cluster",
                fix="look at its dashboard, then run the same command again: it resumes",
            ) from error


class _Actor:
    """A worker on some machine."""

    def __init__(self, job: Job[Any, Any]) -> None:
        self._work = job.prepare()

    def do(self, task: Any) -> Any:
        """Do one task."""
        return self._work(task)


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise UsageError(
            "Ray is not installed",
            where="sweep.executor = ray",
            fix="install the extra: pip install 'sigma-cli[ray]'; or sweep.executor=local",
        ) from error
    return ray
