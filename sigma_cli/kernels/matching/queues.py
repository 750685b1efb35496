"""Where a resting order stands in the queue at its price.

Nobody tells: it is estimated from what trades took and from how the level changed. What was traded
came off the front. When a level shrinks by more than that, somebody was cancelled; who, ahead of
us or behind, is the model's belief (`domain/fills.py`). Only what is seen counts: a price that the
view does not reach has an endless queue, until it is seen.

    front   size ahead of us; below 0: a trade went past us by so much
    level   size last seen at the price; what was traded since is not counted as cancelled again
"""

from typing import Final

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.fills import Queue
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.matching.views import UNSEEN
from sigma_cli.kernels.mathx import log

RISK_AVERSE: Final = constant(Queue.RISK_AVERSE)
POWER: Final = constant(Queue.POWER)
ENDLESS: Final = 2.0**62


@njit
def line_up(order: Record, level_u: int) -> None:
    """Put a new order at the end of the queue of its price; `level_u` may be UNSEEN."""
    order.level_u = level_u
    order.traded_u = 0
    order.front = ENDLESS if level_u == UNSEEN else float(level_u)


@njit
def on_traded(order: Record, size_u: int, left_u: int) -> int:
    """Take a trade at the order's price; return how much of it went past those ahead.

    `left_u` is what orders of our own, which were before this one, left of its `size_u`.
    """
    order.front -= left_u
    order.traded_u += size_u
    if order.front >= 0.0:
        return 0
    past_u = int(-order.front)
    order.front = 0.0
    return past_u


@njit
def on_level(order: Record, level_u: int, queue: int, power: int) -> None:
    """Take what is now seen at the order's price, which may be UNSEEN."""
    before_u, traded_u = order.level_u, order.traded_u
    if level_u == before_u:
        return  # the message was about something else: what was traded is yet to be seen here
    order.level_u = level_u
    order.traded_u = 0
    if level_u == UNSEEN:
        return
    if before_u != UNSEEN and queue != RISK_AVERSE:
        gone_u = before_u - level_u - traded_u
        if gone_u > 0:
            order.front = _without(order.front, float(before_u), float(gone_u), queue, power)
    order.front = min(order.front, float(level_u))


@njit
def _without(front: float, level: float, gone: float, queue: int, power: int) -> float:
    """Return the size ahead once `gone` of a level was cancelled, some of it ahead."""
    behind = level - front
    far, near = _weight(behind, queue, power), _weight(front, queue, power)
    from_behind = far / (far + near) if far + near > 0.0 else 1.0
    short = min(behind - from_behind * gone, 0.0)  # there were not so many behind
    return max(front - (1.0 - from_behind) * gone + short, 0.0)


@njit
def _weight(size: float, queue: int, power: int) -> float:
    size = max(size, 0.0)
    if queue != POWER:
        return log(1.0 + size)
    weight = 1.0
    for _ in range(power):
        weight *= size
    return weight
