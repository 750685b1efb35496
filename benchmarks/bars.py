"""Write the reference market: 1,000,000 one-minute bars, the same numbers on every machine.

    python benchmarks/bars.py BARS-1m.parquet

A log price walks with volatility that comes in waves, jumps now and then, and is drawn back to 100;
prices stand on a grid of 0.01, so that averages of them are often exactly equal. The benchmarks
and the acceptance test read it. Must stay as it is: published results rest on these very numbers.
"""

import math
import sys
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

BARS: Final = 1_000_000
SEED: Final = 7
FIRST_NS: Final = 1_704_067_200_000_000_000
"""2024-01-01 00:00 UTC."""
MINUTE_NS: Final = 60_000_000_000

CENTRE: Final = math.log(100.0)
"""The log price to which the walk is drawn."""
CALM: Final = 0.0007
"""Standard deviation of a bar's return when volatility is usual."""


def prices(count: int, seed: int) -> NDArray[np.float64]:
    """Return open, high, low, close and volume of each bar, float64 [count, 5]."""
    # The old generator on purpose: its stream is frozen, a draw at a time in this order.
    random = np.random.RandomState(seed)
    normal, uniform = random.standard_normal, random.random_sample
    bars = np.empty((count, 5))
    log_price, wave, last = CENTRE, 0.0, 100.0
    for i in range(count):
        wave = 0.995 * wave + 0.08 * normal()
        deviation = min(CALM * math.exp(wave), 0.01)
        move = deviation * normal() + 1e-6 * (CENTRE - log_price) * 5
        if uniform() < 1e-4:
            move += deviation * 8 * normal()
        log_price += move
        close = round(math.exp(log_price) * 100) / 100
        above = abs(normal()) * deviation * last * 0.7
        below = abs(normal()) * deviation * last * 0.7
        high = round((max(last, close) + above) * 100) / 100
        low = round((min(last, close) - below) * 100) / 100
        volume = round(math.exp(normal() * 0.8 + 0.5 * wave + 3) * 1000) / 1000 + 0.001
        bars[i] = last, high, low, close, volume
        last = close
    return bars


def write(path: Path, count: int = BARS) -> None:
    """Write the bars as a Parquet file in the columns that `sigma ingest files` knows."""
    bars = prices(count, SEED)
    open_ns = FIRST_NS + MINUTE_NS * np.arange(count, dtype=np.int64)
    columns = {"ts": pa.array(open_ns, pa.timestamp("ns", "UTC"))}
    for name, column in zip(("open", "high", "low", "close", "volume"), bars.T, strict=True):
        columns[name] = pa.array(np.ascontiguousarray(column))
    pq.write_table(pa.table(columns), path, compression="zstd")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
