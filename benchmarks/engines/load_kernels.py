"""A process that only loads the compiled kernels from their cache, and runs one bar.

Collects no garbage on the way and starts no threads of BLAS, as `sigma` itself.
"""

import gc
import os
import sys

gc.set_threshold(500_000)
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402 - it reads the environment when it is imported

from sigma_cli.domain.dtypes.run import LOG, WORLD  # noqa: E402 - with numpy
from sigma_cli.domain.dtypes.tape import RULES  # noqa: E402 - with numpy
from sigma_cli.kernels.simulate import Rows, Schedule, simulate  # noqa: E402 - with numpy

nothing = np.zeros(1, np.int64)
bar = Rows(
    interval_ns=1,
    strategy=0,
    open_ts_ns=nothing,
    market=np.zeros(1, np.uint32),
    open_u=nothing,
    high_u=nothing,
    low_u=nothing,
    close_u=nothing,
    volume_u=nothing,
    signal=np.full(1, np.nan),
)
schedule = Schedule(
    valid_from_ns=np.empty(0, np.int64),
    market=np.empty(0, np.uint32),
    rules=np.empty(0, RULES),
    day_volume_u=np.empty(0, np.int64),
)
simulate(bar, schedule, np.zeros(1, WORLD), np.zeros(1, LOG), np.empty((1, 2)), 1)

gc.freeze()
stats = simulate.stats  # type: ignore[attr-defined]  # of numba's dispatcher
sys.exit(0 if sum(stats.cache_hits.values()) == 1 else "simulate was compiled, not loaded")
