"""Rules of a venue as kernels read them: whole units instead of decimals."""

from decimal import ROUND_CEILING, Decimal

import numpy as np

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import RULES
from sigma_cli.domain.instruments import Instrument, Rules


def scaled(value: Decimal, exponent: int) -> int:
    """Return `value` x 10^`exponent`, which must be whole.

    Raises:
        ValueError: `value` has more digits than `exponent`.
    """
    units = value.scaleb(exponent)
    if units != units.to_integral_value():
        raise ValueError(f"{value} has more than {exponent} decimal digits")
    return int(units)


def pack_rules(instrument: Instrument, rules: Rules) -> Records:
    """Return `rules` in the units of `instrument`, as RULES [1].

    A tick or lot finer than one unit becomes one unit: no price or size of ours can be finer.
    """
    packed = np.zeros(1, RULES)
    row = packed[0]
    row.price_scale = float(Decimal(1).scaleb(-instrument.price_exp))
    row.size_scale = float(Decimal(1).scaleb(-instrument.size_exp))
    row.lot_u = _whole_units(rules.lot, instrument.size_exp)
    row.value_min = float(rules.value_min)
    row.value_max = float(rules.value_max)
    row.fee_maker = float(rules.fee_maker)
    row.fee_taker = float(rules.fee_taker)
    row.bands = len(rules.ticks)
    for i, (lower, tick) in enumerate(rules.ticks):
        row.band_from_u[i] = int(
            lower.scaleb(instrument.price_exp).to_integral_value(ROUND_CEILING)
        )
        row.band_tick_u[i] = _whole_units(tick, instrument.price_exp)
    return packed


def _whole_units(step: Decimal, exponent: int) -> int:
    unit = Decimal(1).scaleb(-exponent)
    return 1 if step < unit else scaled(step, exponent)
