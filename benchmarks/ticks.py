"""Write the reference market of ticks: 5,000,000 trades and as many touches, always the same.

    python -m benchmarks.ticks TICKS.npz [EVENTS]

Order flow whose side persists eats the touch, which moves when it is gone; somebody improves it,
or pulls a level. Prices are whole ticks and sizes whole lots. Must stay as it is: published results
rest on these very numbers.
"""

import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.kernels.jit import njit

EVENTS: Final = 10_000_000
SEED: Final = 11
FIRST_NS: Final = 1_700_000_000_000_000_000
GAP_NS: Final = 8_000_000
"""Mean time between two events where activity is usual."""
TICK: Final = 0.01
LOT: Final = 0.01
NAMES: Final = ("ts", "kind", "side", "price", "size", "bid", "ask", "bid_size", "ask_size")
"""Time, kind (1 trade, 2 touch), side, price and size of a trade, and the touch after the event."""
TRADE: Final = 1


def write(path: Path, count: int = EVENTS) -> None:
    """Write `count` events as arrays by name, int64 each."""
    rows = np.empty((len(NAMES), count), np.int64)
    _fill(rows, SEED)
    named: dict[str, Any] = dict(zip(NAMES, rows, strict=True))
    np.savez(path, **named)


@njit
def _fill(rows: NDArray[np.int64], seed: int) -> None:  # noqa: C901, PLR0915 - frozen as it is
    np.random.seed(seed)  # of the compiled code's own generator: its stream is frozen
    count = rows.shape[1]
    bid, ask, bid_size, ask_size = 50_000, 50_002, 500, 500
    now_ns, sign, trades, touches, activity = FIRST_NS, 1, 0, 0, 1.0
    for i in range(count):
        activity += 0.02 * (1 - activity) + 0.03 * np.random.randn()
        activity = max(0.2, min(5.0, activity))
        now_ns += 1000 + int(np.random.exponential() * GAP_NS / activity)
        is_trade = np.random.rand() < 0.5
        if i == 0 or trades >= count // 2:
            is_trade = False
        elif touches >= count // 2:
            is_trade = True
        side, price, size = 0, 0, 0
        if is_trade:
            trades += 1
            if np.random.rand() < 0.08:
                sign = -sign
            side = sign if np.random.rand() < 0.9 else -sign
            size = 1 + int(np.exp(np.random.randn() * 1.3 + 3.0))
            if side > 0:
                price = ask
                ask_size -= size
                if ask_size <= 0:
                    if np.random.rand() < 0.55:
                        ask += 1
                        if ask - bid > 2 and np.random.rand() < 0.8:
                            bid += 1
                            bid_size = 20 + int(np.random.exponential() * 400)
                    ask_size = 20 + int(np.random.exponential() * 400)
            else:
                price = bid
                bid_size -= size
                if bid_size <= 0:
                    if np.random.rand() < 0.55:
                        bid -= 1
                        if ask - bid > 2 and np.random.rand() < 0.8:
                            ask -= 1
                            ask_size = 20 + int(np.random.exponential() * 400)
                    bid_size = 20 + int(np.random.exponential() * 400)
        else:
            touches += 1
            dice, width = np.random.rand(), ask - bid
            if width >= 2 and dice < 0.10 * (width - 1):  # somebody improves it
                if np.random.rand() < 0.5:
                    bid += 1
                    bid_size = 5 + int(np.random.exponential() * 200)
                else:
                    ask -= 1
                    ask_size = 5 + int(np.random.exponential() * 200)
            elif dice > 0.97 and width <= 4:  # a level is pulled
                if np.random.rand() < 0.5 + 0.05 * (1 if bid > 50_000 else -1):
                    bid -= 1
                    bid_size = 20 + int(np.random.exponential() * 400)
                else:
                    ask += 1
                    ask_size = 20 + int(np.random.exponential() * 400)
            else:
                change = int(np.random.randn() * 60)
                if np.random.rand() < 0.5:
                    bid_size = max(1, min(5000, bid_size + change))
                else:
                    ask_size = max(1, min(5000, ask_size + change))
        rows[0, i] = now_ns
        rows[1, i] = 1 if is_trade else 2
        rows[2, i] = side
        rows[3, i] = price
        rows[4, i] = size
        rows[5, i] = bid
        rows[6, i] = ask
        rows[7, i] = bid_size
        rows[8, i] = ask_size


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
