"""Whether two markets move as one: Pearson's correlation of their returns of the last minutes.

A price stands until another comes. Where a price is not known, or one market did not move, there is
no correlation. Writes nothing.
"""

import math

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.kernels.desk.dust import is_dust
from sigma_cli.kernels.desk.watch import price_at
from sigma_cli.kernels.jit import constant, njit

MINUTE_NS = constant(NS_PER_MINUTE)


@njit
def correlation(a: Record, b: Record, now_ns: int, minutes: int) -> float:
    """Return the correlation of two markets (WATCH) over so many minutes, NaN of none."""
    last = now_ns // MINUTE_NS
    sum_a = sum_b = sum_aa = sum_bb = sum_ab = 0.0
    for minute in range(last - minutes + 1, last + 1):
        before_a, before_b = price_at(a, minute - 1), price_at(b, minute - 1)
        if before_a == 0 or before_b == 0:
            return math.nan
        x = (price_at(a, minute) - before_a) / before_a
        y = (price_at(b, minute) - before_b) / before_b
        sum_a += x
        sum_b += y
        sum_aa += x * x
        sum_bb += y * y
        sum_ab += x * y
    var_a = minutes * sum_aa - sum_a * sum_a
    var_b = minutes * sum_bb - sum_b * sum_b
    if not (var_a > 0.0 and var_b > 0.0):
        return math.nan
    return (minutes * sum_ab - sum_a * sum_b) / math.sqrt(var_a * var_b)


@njit
def _is_held(position: Record) -> bool:
    """Return whether there is more than dust of a position."""
    held = position.size_u > 0 and position.has_rules != 0
    return held and not is_dust(position.size_u, position.mark, position.rules)


@njit
def is_held_elsewhere(state: Record, params: Record, market: int) -> bool:
    """Return whether a market is held that moves as this one."""
    stakes = params.stakes
    for m in range(state.market_count):
        if m != market and _is_held(state.positions[m]):
            a, b = state.watch[market], state.watch[m]
            if correlation(a, b, state.now_ns, stakes.kinship_minutes) > stakes.kinship_max:
                return True
    return False
