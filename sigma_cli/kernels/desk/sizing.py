"""What a target exposure stands for, before any limit: one function a sizer. Writes nothing."""

from sigma_cli.domain.dtypes import Record
from sigma_cli.kernels.jit import njit
from sigma_cli.kernels.ticks import SIZE_MAX

A_HAIR_MORE = 1.0 + 1e-12
"""Undoes the error of a decimal in binary, so that 0.3 units counted in tenths are 3, not 2."""


@njit
def wanted_units(params: Record, rules: Record, target: float) -> int:
    """Return the size, not yet in lots, that `target` in [0, 1] stands for: fixed units."""
    return int(min(target * params.units / rules.size_scale * A_HAIR_MORE, SIZE_MAX))


@njit
def wanted_value(state: Record, params: Record, target: float) -> float:
    """Return the value in quote currency that `target` stands for: a fixed share of equity."""
    return target * params.fraction * state.account.equity
