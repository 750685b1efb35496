"""The reference in vectorbt. It makes every array of the whole run in turn.

Run by bench_bars.py as `python -m benchmarks.engines.bars_vectorbt BARS.npz [--whole]`.
"""

import sys
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt

from benchmarks.engines.serving import serve

bars = np.load(sys.argv[1])
index = pd.DatetimeIndex(bars["ts"].astype("datetime64[ns]"))
close = pd.Series(bars["close"], index=index)
next_open = pd.Series(np.append(bars["open"][1:], bars["close"][-1]), index=index)


def run() -> Any:
    """Cross two averages; buy and sell 100 units at the next open."""
    fast, slow = vbt.MA.run(close, 10), vbt.MA.run(close, 30)
    entries, exits = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
    return vbt.Portfolio.from_signals(
        close, entries, exits, price=next_open, size=100, fees=0.0005, init_cash=1e6, freq="1min"
    )


def tell(portfolio: Any) -> tuple[int, float]:
    """Return the fills and the final equity."""
    return int(portfolio.orders.count()), float(portfolio.final_value())


serve(run, tell)
