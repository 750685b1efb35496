"""What was there from second to second of a run on ticks, in the form of a run on bars. No I/O."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import Candles
from sigma_cli.kernels.simulate import Rows
from sigma_cli.runtime import world
from sigma_cli.runtime.course import Course
from sigma_cli.runtime.tick_simulation import TickTape


def course(lived: TickTape, candles: Sequence[Candles], rows: Rows) -> Course:
    """Return the course of a run; `rows` are the bars that had signals, none for a policy."""
    account, now_ns = lived.world[0].state.account, int(lived.world[0].state.now_ns)
    no_signals = [np.full(len(one), np.nan) for one in candles]

    def to_the_end(column: NDArray[np.float64], last: float) -> NDArray[np.float64]:
        return np.append(column, last)

    return Course(
        rows=rows if len(rows.open_ts_ns) else world.rows(candles, no_signals),
        tape=lived,
        close_ts_ns=np.append(lived.sample_ts_ns, max(now_ns, _last(lived) + 1)),
        equity=to_the_end(lived.sample_equity, float(account.equity)),
        cash=to_the_end(lived.sample_cash, float(account.cash)),
    )


def _last(lived: TickTape) -> int:
    return int(lived.sample_ts_ns[-1]) if len(lived.sample_ts_ns) else 0
