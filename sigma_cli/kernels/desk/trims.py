"""How much of a position is too much, for a switch that trims. Writes nothing.

Where there are no caps (`sizing.py`), no share of equity in one market is too much.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.switches import Action, Metric
from sigma_cli.kernels.desk import dust, sizing
from sigma_cli.kernels.jit import constant, njit

TRIM = constant(Action.TRIM)
POSITION_SHARE = constant(Metric.POSITION_SHARE)


@njit
def surplus_u(state: Record, params: Record, market: int) -> int:
    """Return the size, in whole lots, that brings a market within every limit that trims.

    Of an exposure that is too high, each market gives the same share of its value. More than that
    where the venue would not take so little, or where the rest would be dust; 0: nothing can go.
    """
    equity = max(state.account.equity, 0.0)
    position = state.positions[market]
    if position.size_u <= 0 or position.value <= 0.0 or position.has_rules == 0:
        return 0
    held = 0.0
    for m in range(state.market_count):
        held += max(state.positions[m].value, 0.0)
    share = 0.0  # of the position
    for row in range(params.switch_rows):
        switch = params.switches[row]
        if switch.action & TRIM:
            is_of_one = switch.metric == POSITION_SHARE
            if is_of_one and not sizing.has_caps(state, params):
                continue
            value = position.value if is_of_one else held
            share = max(share, 1.0 - switch.limit * equity / value)
    wanted_u = int(share * position.size_u)
    lots_u = wanted_u + -wanted_u % position.rules.lot_u  # up: less would leave it above
    return dust.exit_u(lots_u, position.size_u, position.mark, position.rules)
