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


_M, _C, _W, _A, _L, _R = Metric, Comparison, Wake, Action, Latch, Reason
# fmt: off
SWITCHES: Final = (
    Switch("drawdown_max",          _M.DRAWDOWN,     _C.AT_LEAST, _W.EQUITY, _A.VETO, _L.PERSON, _R.DRAWDOWN),
    Switch("day_loss_max",          _M.DAY_LOSS,     _C.AT_LEAST, _W.EQUITY, _A.VETO, _L.DAY,    _R.DAY_LOSS),
    Switch("market_share_max",      _M.MARKET_SHARE, _C.ABOVE,    _W.ORDER,  _A.VETO, _L.NONE,   _R.MARKET_SHARE),
    Switch("order_ratio_max",       _M.ORDER_RATIO,  _C.ABOVE,    _W.ORDER,  _A.VETO, _L.NONE,   _R.ORDER_RATIO),
    Switch("orders_per_minute_max", _M.ORDER_RATE,   _C.ABOVE,    _W.ORDER,  _A.VETO, _L.NONE,   _R.ORDERS_PER_MINUTE),
)
# fmt: on
"""Equity rows first: the kernel wakes each group as one range."""


class Sizer(IntEnum):
    """How a target becomes an order's size."""

    UNITS = 1
    """A fixed number of units of the base currency at target 1."""
    FRACTION = 2
    """A fixed fraction of equity at target 1."""
