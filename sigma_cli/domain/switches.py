"""The limits that stand before every order, and the kill switches: one table.

A switch watches a *metric*, of one market, of the account or of the order at hand. When the metric
trips its limit the switch fires, on the edge: it acts once, and stays on until its *latch* lets go
and the condition was false for its quiet time. Limits and all other numbers are settings: none
stands in a function, and a switch whose limit is none is not there. No switch blocks an order that
reduces a confirmed position.

The first rows, of section `limits`, stand before every desk's orders. The others are for desks that
trade on ticks. Numbers are those of the design's table of kill switches; those not here watch
processes, models and other machines. A new switch is a row here, its metric in `kernels/desk`, and
a test.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from functools import partial
from typing import Any, Final

from sigma_cli.domain.requests import Reason


class Metric(IntEnum):
    """What can be watched: an index into `state.metrics`, from MARKET_METRICS on into a market's.

    NaN where it is not known: then nothing fires, and what is on stays on.
    """

    DRAWDOWN = 0
    """1 - equity / highest equity so far."""
    DAY_LOSS = 1
    """1 - equity / equity at the beginning of the trading day."""
    MARKET_SHARE = 2
    """Value in one market after the order / equity; 0 where sizes know no caps."""
    ORDER_RATIO = 3
    """Value of the order / mean value of the orders before it."""
    ORDER_RATE = 4
    """Orders within the rate window, this one included."""
    WEEK_LOSS = 5
    """1 - equity / equity at the beginning of the week."""
    DAY_LOSS_VALUE = 6
    """Equity at the beginning of the trading day - equity."""
    REPEATS = 7
    """Orders of the rate window, up to this one, that were identical in a row, less one."""
    ENTRIES = 8
    """Entries of the trading day, this one included; orders that go on with one don't count."""
    MEDIAN_RATIO = 9
    """Value of the order / median value of the orders before it."""
    POSITION_VALUE = 10
    """Value in one market after the order."""
    COLLAR = 11
    """|price of the order / mark - 1|; 0 of an order without a price."""
    LOSSES = 12
    """Closed round trips in a row that lost."""
    SLIPPAGE = 13
    """Mean of how much worse than decided the last entries were filled."""
    SLIPPAGE_P95 = 14
    FEE_SHARE = 15
    """Fees / gross profit of the round trips remembered; infinite where there was no profit."""
    EXPOSURE = 16
    """Value of all positions / equity."""
    ROUND_TRIP = 17
    """p95 of the time from a decision to its first fact, in ms."""
    UNEXPLAINED = 18
    """Changes of balance within the window that no order explains / equity."""
    UNTRACKED = 19
    """Facts about orders that are not ours, but for their ends, since a person looked."""
    SAME_SCORES = 20
    """Markets whose scores of one second are identical."""

    POSITION_SHARE = 32
    """Value of the position / equity."""
    HURST_NOISE = 33
    """How far the band of Hurst's exponent reaches from the middle of what a random walk shows."""
    VPIN = 34
    LAMBDA_EXCESS = 35
    """Kyle's lambda less its own quantile so far."""
    SPREAD_RATIO = 36
    """Spread / usual spread of this minute of the day."""
    VOLUME_RATIO = 37
    """Volume of the last minute / usual volume of this minute of the day."""
    MOVE = 38
    """How far the price is from the highest or lowest of the window, as a share of that."""
    STILLNESS = 39
    """Seconds since anything arrived."""
    TOXICITY = 40
    """|z-score of the signed volume|."""


MARKET_METRICS: Final = 32
"""Metrics from here on are measured for each market."""


class Comparison(IntEnum):
    """When a metric trips its switch."""

    AT_LEAST = 1
    ABOVE = 2
    BELOW = 3
    AT_MOST = 4


class Wake(IntEnum):
    """What makes a row of the table be looked at."""

    EQUITY = 1
    """Equity moved."""
    ORDER = 2
    """An order that adds risk is about to be asked for."""
    MARKET = 3
    """The first event of a market in a second, and an order there."""
    TRADE_CLOSED = 4
    """A round trip was closed, or an entry filled."""
    TIMER = 5
    """A second of arrival time has passed, or what is measured changed."""


class Scope(IntEnum):
    """What a switch watches, and what its actions are for."""

    MARKET = 1
    ACCOUNT = 2
    ORDER = 3


class Latch(IntEnum):
    """How long a switch that tripped stays on."""

    NONE = 0
    """As long as the condition holds (for orders: this order only)."""
    DAY = 1
    """Until the trading day is over."""
    PERSON = 2
    """Until a named person re-arms it."""


class Action(IntFlag):
    """What a switch does: up to NO_TAKING, and EXPEL, while it is on; others once, as it fires."""

    VETO = 1
    """No order that adds risk."""
    SCALE = 2
    """Sizes times `amount`; of several the minimum."""
    OBSERVE = 4
    """Nothing but being told."""
    RAISE = 8
    """The entry threshold times `amount`; of several the maximum."""
    ADD = 16
    """The entry threshold plus `amount`; of several the maximum."""
    NO_TAKING = 32
    """Entries only at prices that wait."""
    PAUSE = 64
    """No order that adds risk for `amount` minutes."""
    CANCEL = 128
    """Be rid of resting orders that add risk."""
    TRIM = 256
    """Sell what is above the limit."""
    LIQUIDATE = 512
    """Sell everything."""
    HALT = 1024
    """No order that adds risk until a named person re-arms."""
    EXPEL = 2048
    """Cancel the orders that are not ours."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One row: `limit`, `amount`, `samples` and `quiet_s` are `section.name` of settings."""

    number: int
    limit: str
    metric: Metric
    comparison: Comparison
    action: Action
    wake: Wake
    latch: Latch = Latch.NONE
    amount: str | None = None
    samples: str | None = None
    """How many the metric is made of at least."""
    quiet_s: str | None = None
    """For how long the condition must have been false."""

    @property
    def setting(self) -> str:
        """Its name: the setting of its limit, without the section."""
        return self.limit.partition(".")[2]

    @property
    def section(self) -> str:
        """The section of its settings."""
        return self.limit.partition(".")[0]

    @property
    def reason(self) -> Reason:
        """A refusal is named by its metric."""
        return Reason[self.metric.name]

    @property
    def scope(self) -> Scope:
        """What it watches follows from its metric and its wake."""
        if self.wake is Wake.ORDER:
            return Scope.ORDER
        return Scope.MARKET if self.metric >= MARKET_METRICS else Scope.ACCOUNT


_VETO, _HALT, _CANCEL, _TRIM = Action.VETO, Action.HALT, Action.CANCEL, Action.TRIM
_SCALE, _PAUSE, _RAISE = Action.SCALE, Action.PAUSE, Action.RAISE
_CLOSE: Final = _CANCEL | Action.LIQUIDATE
_DAY, _PERSON = Latch.DAY, Latch.PERSON
_SIGNS: Final = {
    ">=": Comparison.AT_LEAST,
    ">": Comparison.ABOVE,
    "<": Comparison.BELOW,
    "<=": Comparison.AT_MOST,
}


def _row(wake: Wake, number: int, condition: str, action: Action, **more: Any) -> Switch:
    """Make a row of `metric sign limit`."""
    metric, sign, limit = condition.split()
    more |= {name: f"switches.{more[name]}" for name in _NAMED if name in more}
    limit = limit if "." in limit else f"switches.{limit}"
    return Switch(number, limit, Metric[metric], _SIGNS[sign], action, wake, **more)


_NAMED: Final = ("amount", "samples", "quiet_s")
_equity, _order, _market = (partial(_row, w) for w in (Wake.EQUITY, Wake.ORDER, Wake.MARKET))
_closed, _timer = partial(_row, Wake.TRADE_CLOSED), partial(_row, Wake.TIMER)

SWITCHES: Final = (
    _equity(5, "DRAWDOWN >= limits.drawdown_max", _VETO, latch=_PERSON),
    _equity(1, "DAY_LOSS >= limits.day_loss_max", _VETO, latch=_DAY),
    _equity(2, "DAY_LOSS >= day_loss_close", _CLOSE | _VETO, latch=_DAY),
    _equity(3, "DAY_LOSS >= day_loss_halt", _CLOSE | _HALT, latch=_PERSON),
    _equity(4, "WEEK_LOSS >= week_loss_halt", _HALT, latch=_PERSON),
    _equity(5, "DRAWDOWN >= drawdown_halt", _CLOSE | _HALT, latch=_PERSON),
    _equity(33, "DAY_LOSS_VALUE >= day_loss_value_veto", _VETO, latch=_DAY),
    _equity(33, "DAY_LOSS_VALUE >= day_loss_value_close", _CLOSE | _VETO, latch=_DAY),
    _order(11, "MARKET_SHARE > limits.market_share_max", _VETO),
    _order(18, "ORDER_RATIO > limits.order_ratio_max", _VETO),
    _order(17, "ORDER_RATE > limits.orders_per_minute_max", _VETO),
    _order(17, "ORDER_RATE > submits_pause", _PAUSE, amount="submits_pause_min"),
    _order(17, "REPEATS > repeats_halt", _HALT, latch=_PERSON),
    _order(17, "ENTRIES > entries_day_max", _VETO, latch=_DAY),
    _order(18, "MEDIAN_RATIO > median_ratio_max", _VETO, samples="median_orders_min"),
    _order(18, "POSITION_VALUE > position_value_max", _VETO),
    _order(18, "COLLAR > collar_max", _VETO),
    _market(9, "HURST_NOISE <= hurst_noise_max", Action.OBSERVE),
    _market(10, "VPIN > vpin_max", _SCALE, amount="vpin_scale"),
    _market(10, "LAMBDA_EXCESS > lambda_excess_max", _SCALE, amount="lambda_scale"),
    _market(13, "SPREAD_RATIO > spread_ratio_max", _VETO),
    _market(14, "VOLUME_RATIO < volume_ratio_min", _VETO),
    _market(15, "MOVE > move_max", _VETO | _CANCEL, quiet_s="move_window_s"),
    _market(32, "TOXICITY > toxicity_max", _VETO),
    _closed(7, "LOSSES >= losses_pause", _PAUSE, amount="losses_pause_min"),
    _closed(8, "LOSSES >= losses_shrink", _SCALE, amount="losses_scale"),
    _closed(
        25, "SLIPPAGE > slippage_max", Action.ADD, amount="slippage_add", samples="entries_min"
    ),
    _closed(25, "SLIPPAGE_P95 > slippage_p95_max", Action.NO_TAKING, samples="entries_min"),
    _closed(31, "FEE_SHARE > fee_share_max", _VETO, latch=_PERSON, samples="fee_trades_min"),
    _timer(11, "POSITION_SHARE > position_share_max", _VETO | _TRIM),
    _timer(21, "STILLNESS > stillness_veto_s", _VETO),
    _timer(21, "STILLNESS > stillness_close_s", _CANCEL | _PAUSE, amount="stillness_pause_min"),
    _timer(12, "EXPOSURE > exposure_max", _CANCEL | _TRIM),
    _timer(
        24,
        "ROUND_TRIP > round_trip_raise_ms",
        _RAISE,
        amount="round_trip_raise",
        samples="round_trips_min",
    ),
    _timer(
        24,
        "ROUND_TRIP > round_trip_shrink_ms",
        _SCALE,
        amount="round_trip_scale",
        samples="round_trips_min",
    ),
    _timer(
        24,
        "ROUND_TRIP > round_trip_more_ms",
        _RAISE,
        amount="round_trip_more",
        samples="round_trips_min",
    ),
    _timer(6, "UNEXPLAINED > unexplained_halt", _CANCEL | _HALT, latch=_PERSON),
    _timer(16, "UNTRACKED > untracked_cancel", Action.EXPEL),
    _timer(16, "UNTRACKED > untracked_halt", _CANCEL | _HALT, latch=_PERSON),
    _timer(34, "SAME_SCORES >= same_scores_min", _VETO, quiet_s="same_scores_quiet_s"),
)
"""In order of their wakes: the kernel wakes each group as one range."""


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
    KELLY = 5
    """On ticks: what closed round trips teach, by score, within the caps of `stakes`."""
    CONFIDENCE = 6
    """On ticks: all cash times the score. It breaks the caps."""
