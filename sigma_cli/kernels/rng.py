"""Random numbers from integers alone: the same on every CPU, compiled or not.

MRG32k3a, two linear recurrences of order three whose difference is the output: period 2^191,
every product below 2^53, so int64 never overflows. Source: L'Ecuyer, "Good Parameters and
Implementations for Combined Multiple Recursive Random Number Generators", Operations Research
47 (1999). Not for secrets.

No logarithm and no exponential anywhere: their last bit differs between machines.
"""

from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.kernels.jit import njit

State = NDArray[np.int64]
"""The six numbers of one stream."""

M1: Final = 4_294_967_087
"""The largest output."""
_M2: Final = 4_294_944_443
_UNIT: Final = 1.0 / (M1 + 1.0)
_WARM_UP: Final = 32  # outputs thrown away, after which nearby seeds have nothing in common

_CELLS: Final = 256
_QUANTILES: Final = (
    np.array(  # -ln(1 - i / _CELLS), rounded correctly: Decimal's is the same anywhere
        [float(-(Decimal(_CELLS - i) / _CELLS).ln()) for i in range(_CELLS)]
    )
)


@njit
def stream(seed: int, number: int) -> State:
    """Return the start of stream `number` of `seed`; both from 0 to 2^31 - 1."""
    state = np.empty(6, np.int64)
    mixed = seed
    for i in range(6):
        mixed = (69_069 * mixed + 1_234_567 + number) % M1  # Knuth's line (D. E., vol. 2, 3.3.4)
        state[i] = 1 + mixed % (_M2 - 1)
    for _ in range(_WARM_UP):
        draw(state)
    return state


@njit
def draw(state: State) -> int:
    """Advance and return a whole number, uniform from 1 to M1."""
    first: int = (1_403_580 * state[1] - 810_728 * state[0]) % M1
    second: int = (527_612 * state[5] - 1_370_589 * state[3]) % _M2
    state[0], state[1], state[2] = state[1], state[2], first
    state[3], state[4], state[5] = state[4], state[5], second
    return first - second if first > second else first - second + M1


@njit
def uniform(state: State) -> float:
    """Return a number inside (0, 1): never 0, never 1."""
    return draw(state) * _UNIT


@njit
def normal(state: State) -> float:
    """Return a number with mean 0 and deviation 1: the sum of twelve uniform ones, less six.

    Nearly Gaussian to three deviations, never beyond six.
    """
    total = 0
    for _ in range(12):
        total += draw(state)
    return total * _UNIT - 6.0


@njit
def rough_normal(state: State) -> float:
    """Return a number with mean 0 and deviation 1, never beyond 3, from one draw.

    The sum of three uniform numbers of ten bits each, for steps of which many are added up.
    """
    bits = draw(state) >> 2
    total = (bits & 1_023) + ((bits >> 10) & 1_023) + (bits >> 20)
    return (total + 1.5) * (2.0 / 1_024) - 3.0


@njit
def exponential(state: State) -> float:
    """Return a waiting time with mean 1, without a memory.

    The quantile -ln(1 - u) from a table, straight between its entries; the tail beyond the last
    entry is that entry and another waiting time, which is exact because there is no memory.
    """
    total = 0.0
    while True:
        place = uniform(state) * _CELLS
        cell = int(place)
        if cell < _CELLS - 1:
            low: float = _QUANTILES[cell]
            return total + low + (place - cell) * (_QUANTILES[cell + 1] - low)
        total += _QUANTILES[_CELLS - 1]
