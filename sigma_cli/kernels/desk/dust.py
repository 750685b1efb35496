"""What a venue's least order value means for what is bought, held and sold. Writes nothing.

What is worth less than the least order can't be sold: dust. So no more is bought, and no less is
left, than can be sold later, even at the stop.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.kernels.jit import njit
from sigma_cli.kernels.ticks import floor_lot, size_for


@njit
def is_dust(size_u: int, price: float, rules: Record) -> bool:
    """Return whether a position is worth less than the venue takes."""
    return size_u * rules.size_scale * price < rules.value_min


@njit
def is_stuck(position: Record) -> bool:
    """Return whether a position can't be sold: it is none, less than a lot, or dust."""
    if position.size_u <= 0 or position.has_rules == 0:
        return bool(position.size_u <= 0)
    all_u = floor_lot(position.size_u, position.rules)
    return all_u <= 0 or is_dust(all_u, position.mark, position.rules)


@njit
def least_entry(rules: Record, margin: float, stop: float) -> float:
    """Return the least value to buy: at the stop it is still a `margin` of the venue's least."""
    return rules.value_min * margin / (1.0 - stop)


@njit
def can_leave(value: float, rules: Record, margin: float, stop: float) -> bool:
    """Return whether what is worth `value` now can be sold at the stop, with a `margin`."""
    return value * (1.0 - stop) >= rules.value_min * margin


@njit
def exit_u(wanted_u: int, held_u: int, price: float, rules: Record) -> int:
    """Return what to sell, in whole lots, of a position of which `wanted_u` should go.

    At least what the venue takes; all of it where the rest would be dust; 0 where all of it is.
    """
    all_u = floor_lot(held_u, rules)
    if wanted_u <= 0 or is_dust(all_u, price, rules):
        return 0
    least_u = size_for(rules.value_min, price, rules)
    if is_dust(least_u, price, rules):
        least_u += rules.lot_u
    part_u = max(floor_lot(wanted_u, rules), least_u)
    if part_u >= all_u or is_dust(all_u - part_u, price, rules):
        return all_u
    return part_u


@njit
def entry_u(value: float, price: float, rules: Record) -> int:
    """Return the largest size whose cost, fee included, is at most `value`; 0 if too little.

    What is returned the venue accepts: whole lots, and a value within its bounds.
    """
    affordable = min(value / (1.0 + rules.fee_taker), rules.value_max)
    size_u = size_for(affordable, price, rules)
    return 0 if is_dust(size_u, price, rules) else size_u
