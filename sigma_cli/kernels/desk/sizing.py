"""A wish in money: how much a target exposure is worth, before any limit. Writes nothing."""

from sigma_cli.domain.dtypes import Record
from sigma_cli.domain.switches import Sizer
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.ticks import SIZE_MAX

UNITS = constant(Sizer.UNITS)
A_HAIR_MORE = 1.0 + 1e-12
"""Undoes the error of a decimal in binary, so that 0.3 units counted in tenths are 3, not 2."""


@njit
def wanted_value(state: Record, params: Record, market: int, target: float) -> float:
    """Return the value, in quote currency at the mark, that `target` in [0, 1] stands for."""
    if params.sizer == UNITS:
        return target * params.units * state.positions[market].mark
    return target * params.fraction * state.account.equity


@njit
def wanted_units(params: Record, rules: Record, target: float) -> int:
    """Return the size in units that `target` stands for under the UNITS sizer, not yet in lots."""
    return int(min(target * params.units / rules.size_scale * A_HAIR_MORE, SIZE_MAX))
