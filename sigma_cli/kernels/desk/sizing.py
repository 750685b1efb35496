"""What a target exposure stands for, before any limit: one function a sizer. Writes nothing."""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.switches import Sizer
from sigma_cli.kernels.desk import ranges
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.ticks import SIZE_MAX

UNITS, FRACTION = constant(Sizer.UNITS), constant(Sizer.FRACTION)
VOLATILITY = constant(Sizer.VOLATILITY)
KELLY, CONFIDENCE = constant(Sizer.KELLY), constant(Sizer.CONFIDENCE)
A_HAIR_MORE = 1.0 + 1e-12
"""Undoes the error of a decimal in binary, so that 0.3 units counted in tenths are 3, not 2."""


@njit
def wanted_units(params: Record, rules: Record, target: float) -> int:
    """Return the size, not yet in lots, that `target` in [0, 1] stands for: fixed units."""
    return int(min(target * params.units / rules.size_scale * A_HAIR_MORE, SIZE_MAX))


@njit
def wanted_value(state: Record, params: Record, market: int, target: float) -> float:
    """Return the value in quote currency that `target` stands for: a share of equity."""
    return target * _share(state, params, market) * state.account.equity


@njit
def is_known(state: Record, params: Record, market: int) -> bool:
    """Return whether the sizer knows what it needs of a market."""
    if params.sizer == UNITS or params.sizer == FRACTION:
        return True
    return ranges.volatility(state, params, market) > 0.0


@njit
def has_caps(state: Record, params: Record) -> bool:
    """Return whether no market may hold more than its share of equity.

    Small accounts can't buy the least order otherwise, and the sizer `confidence` knows no caps.
    """
    return params.sizer != CONFIDENCE and not is_small(state, params)


@njit
def is_small(state: Record, params: Record) -> bool:
    """Return whether the rules of small accounts hold."""
    stakes = params.stakes
    is_little = state.account.equity <= stakes.small_equity
    return params.sizer == KELLY and stakes.has_small != 0 and is_little


@njit
def _share(state: Record, params: Record, market: int) -> float:
    """Return the share of equity that a target of 1 stands for: fixed, or by volatility."""
    if params.sizer == FRACTION:
        return params.fraction
    here = ranges.volatility(state, params, market)
    if here <= 0.0:
        return 0.0
    if params.sizer == VOLATILITY:
        return min(params.risk / (params.atr_multiple * here), params.fraction)
    calm = 0.0
    known = 0
    for m in range(state.market_count):
        there = ranges.volatility(state, params, m)
        if there > 0.0:
            calm += 1.0 / there
            known += 1
    return min(params.fraction * known / (here * calm), params.share_max)
