"""Who computes the cells of a sweep that are missing, in which pieces. Decides nothing of them."""

from collections.abc import Sequence
from contextlib import closing
from math import ceil
from typing import Final

from sigma_cli.kernels import jit
from sigma_cli.runtime import executor
from sigma_cli.runtime.executor import Executor
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.sweep_cells import CellsJob
from sigma_cli.runtime.sweep_plan import Plan
from sigma_cli.runtime.sweep_results import Results
from sigma_cli.settings import Settings

TASK_ROWS: Final = 20_000_000
"""Bars of one task, times combinations: a quarter of a second or so, lost by an interruption."""
TASKS_A_WORKER: Final = 4
"""Tasks for each worker at least, so that all end at about the same time."""
ALONE_ROWS: Final = 4_000_000
"""Up to here other workers would start more slowly than the work is done."""


def compute(
    job: CellsJob,
    plan: Plan,
    todo: Sequence[int],
    bars: int,
    results: Results,
    progress: Progress,
) -> None:
    """Compute the cells `todo`; whatever stops it, what is done by then is kept.

    The first is computed here: workers that are forked then have what it loads or compiles, and a
    strategy that fails does so before any is started.
    """
    rest = executor_for(job.settings, bars * len(todo))
    stages: list[tuple[Executor, Sequence[int]]] = [(executor.Here(), todo[:1]), (rest, todo[1:])]
    done = 0
    ready = jit.DISABLED or jit.is_compiled("sweep.simulate_cell")
    what = "sweeping" if ready else "compiling once for this version of sigma, then sweeping"
    progress.begin(what, len(todo), "combinations")
    try:
        for where, cells in stages:
            tasks = _tasks(cells, bars, where.workers)
            work = [[plan.combinations[i] for i in task] for task in tasks]
            with closing(where.run(job, work)) as finished:
                for number, computed in finished:
                    results.add([plan.run_ids[i] for i in tasks[number]], computed)
                    done += len(tasks[number])
                    progress.advance(len(tasks[number]))
    except BaseException:
        results.keep()
        progress.note(f"{done:,} of {len(todo):,} combinations are done and kept")
        raise
    finally:
        progress.end()


def _tasks(cells: Sequence[int], bars: int, workers: int) -> list[Sequence[int]]:
    """Part cells into tasks: long enough to be worth sending, enough for every worker."""
    each = ceil(len(cells) / (workers * TASKS_A_WORKER))
    each = max(1, min(each, TASK_ROWS // bars))
    return [cells[start : start + each] for start in range(0, len(cells), each)]


def executor_for(settings: Settings, rows: int) -> Executor:
    """Return where a sweep of `rows` bars times combinations is computed.

    Raises:
        UsageError: Ray is asked for and not installed.
    """
    if settings.sweep.executor == "ray":
        from sigma_cli.runtime.executor_ray import Ray  # an extra

        return Ray(settings.sweep.workers)
    workers = settings.sweep.workers or (1 if rows <= ALONE_ROWS else executor.cores())
    return executor.Here() if workers == 1 else executor.Processes(workers)
