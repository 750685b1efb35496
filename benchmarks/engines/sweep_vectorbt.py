"""The sweep in vectorbt, a hundred combinations at a time: more of them need more than 6 GB.

Run by bench_sweep.py as `python -m benchmarks.engines.sweep_vectorbt BARS.npz [--whole]`.
"""

import sys
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt

from benchmarks.engines.serving import serve
from benchmarks.engines.sweep_pairs import BARS, PAIRS

AT_ONCE = 100

bars = np.load(sys.argv[1])
index = pd.DatetimeIndex(bars["ts"].astype("datetime64[ns]"))[:BARS]
close = pd.Series(bars["close"][:BARS], index=index)
next_open = pd.Series(bars["open"][1 : BARS + 1], index=index)


def run() -> list[Any]:
    """Run once; keep what is needed to tell, nothing more."""
    return [_part(PAIRS[first : first + AT_ONCE]) for first in range(0, len(PAIRS), AT_ONCE)]


def tell(found: list[Any]) -> tuple[int, float]:
    """Return all fills and the best final equity."""
    return sum(fills for fills, _ in found), max(best for _, best in found)


def _part(pairs: list[tuple[int, int]]) -> tuple[int, float]:
    fast = vbt.MA.run(close, [pair[0] for pair in pairs], short_name="fast").ma.values
    slow = vbt.MA.run(close, [pair[1] for pair in pairs], short_name="slow").ma.values
    entries, exits = np.zeros(fast.shape, bool), np.zeros(fast.shape, bool)
    entries[1:] = (fast[1:] > slow[1:]) & (fast[:-1] <= slow[:-1])
    exits[1:] = (fast[1:] < slow[1:]) & (fast[:-1] >= slow[:-1])
    portfolio = vbt.Portfolio.from_signals(
        close, entries, exits, price=next_open, size=100, fees=0.0005, init_cash=1e6, freq="1min"
    )
    return len(portfolio.orders.values), float(portfolio.final_value().max())


serve(run, tell)
