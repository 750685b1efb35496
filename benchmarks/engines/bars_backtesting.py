"""The reference in backtesting.py. It calls a Python method for each bar.

Run by bench_bars.py as `python -m benchmarks.engines.bars_backtesting BARS.npz [--whole]`.
"""

import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import crossover

from benchmarks.engines.serving import serve

warnings.simplefilter("ignore")  # it warns that prices are large against cash

bars = np.load(sys.argv[1])
table = pd.DataFrame(
    {name.title(): bars[name] for name in ("open", "high", "low", "close", "volume")},
    index=pd.DatetimeIndex(bars["ts"].astype("datetime64[ns]")),
)


def average(values: Any, window: int) -> Any:
    """Return the simple moving average."""
    return pd.Series(values).rolling(window).mean().to_numpy()


class Cross(Strategy):  # type: ignore[misc]  # it comes without types
    """Cross two averages; buy and sell 100 units at the next open."""

    def init(self) -> None:
        """Compute the averages."""
        self.fast = self.I(average, self.data.Close, 10)
        self.slow = self.I(average, self.data.Close, 30)

    def next(self) -> None:
        """Look at one bar."""
        if crossover(self.fast, self.slow):
            if not self.position:
                self.buy(size=100)
        elif crossover(self.slow, self.fast) and self.position:
            self.position.close()


def run() -> Any:
    """Run once."""
    test = Backtest(table, Cross, cash=1_000_000, commission=0.0005, finalize_trades=True)
    return test.run()


def tell(stats: Any) -> tuple[int, float]:
    """Return the fills and the final equity."""
    return 2 * int(stats["# Trades"]), float(stats["Equity Final [$]"])


serve(run, tell)
