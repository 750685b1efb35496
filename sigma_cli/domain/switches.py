"""The limits that stand before every order, and the kill switches: one table.

A switch watches a *metric* and, when it trips, takes *actions* until its *latch* lets go. No
switch blocks an order that reduces a confirmed position. The rows follow STRATEGIES.md section 4;
a new switch is a row here, its metric in `kernels/desk`, and a test. Limits come from the
settings: no number stands in a function.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from sigma_cli.domain.requests import Reason


class Metric(IntEnum):
    """What can be watched; the index into `state.metrics`."""

    DRAWDOWN = 0
    """1 - equity / highest equity so far."""
    DAY_LOSS = 1
    """1 - equity / equity at the beginning of the trading day."""
    MARKET_SHARE = 2
    """Value in one market after the order / equity."""
    ORDER_RATIO = 3
    """Value of the order / mean value of the orders before it."""
    ORDER_RATE = 4
    """Orders within the rate window, this one included."""


class Comparison(IntEnum):
    """When a metric trips its switch."""

    AT_LEAST = 1
    ABOVE = 2


class Wake(IntEnum):
    """What makes a row of the table be looked at."""

    EQUITY = 1
    """Equity moved."""
    ORDER = 2
    """An order that adds risk is about to be asked for."""


class Latch(IntEnum):
    """How long a switch that tripped stays on."""

    NONE = 0
    """As long as the condition holds (for orders: this order only)."""
    DAY = 1
    """Until the trading day is over."""
    PERSON = 2
    """Until a named person re-arms it."""


class Action(IntFlag):
    """What a switch does while it is on."""

    VETO = 1
    """No order that adds risk."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One row: `setting` names the field of `Settings.limits` that holds the limit."""

    setting: str
    metric: Metric
    comparison: Comparison
    wake: Wake
    action: Action
    latch: Latch
    reason: Reason


def _row(setting: str, metric: Metric, comparison: Comparison, wake: Wake, latch: Latch) -> Switch:
    return Switch(setting, metric, comparison, wake, Action.VETO, latch, Reason[metric.name])


SWITCHES: Final = (
    _row("drawdown_max", Metric.DRAWDOWN, Comparison.AT_LEAST, Wake.EQUITY, Latch.PERSON),
    _row("day_loss_max", Metric.DAY_LOSS, Comparison.AT_LEAST, Wake.EQUITY, Latch.DAY),
    _row("market_share_max", Metric.MARKET_SHARE, Comparison.ABOVE, Wake.ORDER, Latch.NONE),
    _row("order_ratio_max", Metric.ORDER_RATIO, Comparison.ABOVE, Wake.ORDER, Latch.NONE),
    _row("orders_per_minute_max", Metric.ORDER_RATE, Comparison.ABOVE, Wake.ORDER, Latch.NONE),
)
"""Equity rows first: the kernel wakes each group as one range. A refusal is named by its metric."""


ORDER_SAMPLES_MIN: Final = 5
"""Orders before their mean value says what a usual order is."""


class Sizer(IntEnum):
    """How a target becomes an order's size."""

    UNITS = 1
    """A fixed number of units of the base currency at target 1."""
    FRACTION = 2
    """A fixed fraction of equity at target 1."""
    VOLATILITY = 3
    """So much that a move of `atr_multiple` ATR costs `risk` of equity; `fraction` at most."""
    RISK_PARITY = 4
    """`fraction` of equity on average, more of the calm markets: weights as 1 / (ATR / price)."""
