"""The venue's grid: price ticks and size lots, under one set of RULES.

`rules` is a RULES record as it stands in a state. Prices and sizes are positive integers in units
of the instrument. A tick depends on the price: never add or subtract one.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.kernels.jit import njit

SIZE_MAX = 2.0**62
"""No size is larger: half of what int64 holds."""


@njit
def tick_at(price_u: int, rules: Record) -> int:
    """Return the price step, in units, that holds at `price_u`."""
    for i in range(rules.bands - 1):
        if price_u >= rules.band_from_u[i]:
            return rules.band_tick_u[i]
    return rules.band_tick_u[rules.bands - 1]


@njit
def floor_tick(price_u: int, rules: Record) -> int:
    """Return the highest price on the grid that is <= `price_u`."""
    return price_u - price_u % tick_at(price_u, rules)


@njit
def ceil_tick(price_u: int, rules: Record) -> int:
    """Return the lowest price on the grid that is >= `price_u`.

    A band begins on its own grid, so the step up from the band below lands on it.
    """
    floor_u = floor_tick(price_u, rules)
    return floor_u if floor_u == price_u else floor_u + tick_at(floor_u, rules)


@njit
def next_tick_up(price_u: int, rules: Record) -> int:
    """Return the lowest price on the grid that is > `price_u`."""
    return ceil_tick(price_u + 1, rules)


@njit
def next_tick_down(price_u: int, rules: Record) -> int:
    """Return the highest price on the grid that is < `price_u`; at the lowest price, 0."""
    return floor_tick(price_u - 1, rules)


@njit
def floor_lot(size_u: int, rules: Record) -> int:
    """Return the largest size in whole lots that is <= `size_u`."""
    return size_u - size_u % rules.lot_u


@njit
def size_for(value: float, price: float, rules: Record) -> int:
    """Return the largest size in whole lots that costs at most `value` at `price`, fee aside.

    `value` and `price` in quote currency. Truncated as Upbit truncates market buys: 10,000 KRW at
    30,000 buys 0.33333333 and the rest is returned.
    """
    size_u = floor_lot(int(min(value / (price * rules.size_scale), SIZE_MAX)), rules)
    # The division may have rounded across a whole lot, either way.
    if (size_u + rules.lot_u) * rules.size_scale * price <= value:
        size_u += rules.lot_u
    elif size_u * rules.size_scale * price > value:
        size_u -= rules.lot_u
    return max(size_u, 0)
