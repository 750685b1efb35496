"""A desk on ticks to talk to: each method lets one event enter and returns what it asked for.

Requests come as short lines: `1 buy limit 9991 x 100 score`, `1 cancel entry_waited`. The score of
the policy is 1 from the first fifty trades on, until `sell_off`.
"""

from dataclasses import asdict, replace
from typing import Any

import numpy as np

from sigma_cli.domain.books import NO_UPDATE
from sigma_cli.domain.dtypes.desk import OUTBOX, STATE
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.params import PARAMS
from sigma_cli.domain.dtypes.tape import EVENT
from sigma_cli.domain.events import ControlKind, EventKind
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.orders import OrderState
from sigma_cli.domain.policies import Policy
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side, TimeInForce
from sigma_cli.domain.switches import Action, Comparison, Metric
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.kernels.desk import ticks
from sigma_cli.kernels.features import market as features
from sigma_cli.runtime import world
from sigma_cli.strategies.policy import Plan
from tests.kernels.desk.tower import with_switches
from tests.kernels.harness import instrument, settings
from tests.market import START_NS

PLAN = Plan(
    policy=Policy.IMBALANCE,
    threshold=0.6,
    entry_from=Side.BUY,
    entry_ticks=1,
    entry_rests=True,
    post_only=False,
    entry_wait_ns=1_000 * NS_PER_MS,
)
"""A limit a tick above the bid, given up after a second; no reason to leave."""


class TickDesk:
    """A desk whose markets show 9,990 and 10,000, and were bought fifty times; none is entered."""

    def __init__(
        self,
        *,
        markets: int = 1,
        one: Instrument | None = None,
        cash: float = 1e6,
        units: float | None = 1.0,
        knows_rules: bool = True,
        on: dict[str, Any] | None = None,
        **chosen: Any,
    ) -> None:
        one = one or instrument(value_min="1000")
        sizing: dict[str, Any] = {"units": units} if units else {"fraction": 0.5}
        wanted = with_switches(settings(cash, **sizing), **(on or {}))
        built = world.build(wanted, markets, ticks=True)
        self.state, self.params = np.zeros(1, STATE), np.zeros(1, PARAMS)
        self.state[:], self.params[:] = built["state"], built["params"]
        for name, value in asdict(replace(PLAN, **chosen)).items():
            for market in range(markets):
                self.params[0].plans[market][name] = value
        self.event, self.outbox = np.zeros(1, EVENT), np.zeros(1, OUTBOX)
        rules = pack_rules(one, one.rules[0])
        self.minds = np.zeros(markets, features.FEATURES)
        self.now_ns, self.seq = START_NS, 0
        stakes = self.params[0].stakes
        stakes.order_min, stakes.exit_min = 1.10, 1.02
        for market in range(markets):
            self.minds[market : market + 1] = features.begin(rules, 0, makes_bars=True)
        self._enter(EventKind.START, after_ms=0)
        for market in range(markets):
            if knows_rules:
                self.event[0].control.kind = ControlKind.RULES
                self.event[0].control.rules = rules[0]
                self._enter(EventKind.CONTROL, market, after_ms=0)
        for market in range(markets):
            for _ in range(50):
                self.trade(10_000, market=market)

    def trade(self, price_u: int, size_u: int = 10, side: Side = Side.BUY, market: int = 0) -> Any:
        row = self.event[0].trade
        row.price_u, row.size_u, row.side = price_u, size_u, side
        return self._enter(EventKind.TRADE, market, row)

    def quote(self, bid_u: int, ask_u: int, market: int = 0, after_ms: float = 1) -> list[str]:
        row = self.event[0].quote
        row.bid_u, row.ask_u, row.bid_size_u, row.ask_size_u = bid_u, ask_u, 100, 100
        row.update_id = NO_UPDATE
        return self._enter(EventKind.QUOTE, market, row, after_ms)

    def timer(self, after_ms: float = 100) -> list[str]:
        return self._enter(EventKind.TIMER, after_ms=after_ms)

    def gap(self, market: int = 0) -> None:
        self._enter(EventKind.GAP, market)

    def accepted(self, no: int) -> list[str]:
        return self.fact(FactKind.ACCEPTED, no)

    def filled(self, no: int, size_u: int, price_u: int, fee: float = 0.0) -> list[str]:
        return self.fact(FactKind.FILLED, no, size_u=size_u, price_u=price_u, fee=fee)

    def cancelled(self, no: int) -> list[str]:
        return self.fact(FactKind.CANCELLED, no)

    def signal(self, value: float, market: int = 0) -> list[str]:
        """Let a strategy's wish enter."""
        self.event[0].signal.value = value
        return self._enter(EventKind.SIGNAL, market)

    def usual(self, spread: float, volume: float, until_ms: float = 60_000) -> None:
        """Let the desk be told what the market is usually like."""
        control = self.event[0].control
        control.kind = ControlKind.USUAL
        control.usual.until_ns = self.now_ns + int(until_ms * NS_PER_MS)
        control.usual.spread, control.usual.volume = spread, volume
        self._enter(EventKind.CONTROL)

    def hot(self, is_hot: bool, market: int = 0) -> None:
        """Let a market join the hot list, or leave it."""
        self.event[0].control.kind = ControlKind.HOT
        self.event[0].control.hot = is_hot
        self._enter(EventKind.CONTROL, market)

    def rearm(self) -> None:
        """Let a person let go of what is latched."""
        self.event[0].control.kind = ControlKind.REARM
        self._enter(EventKind.CONTROL)

    def fact(
        self, kind: FactKind, no: int, market: int = 0, after_ms: float = 1, **fields: float
    ) -> list[str]:
        fact = self.event[0].fact
        fact.kind, fact.local_no, fact.market = kind, no, market
        for name, value in ({"price_u": 0, "size_u": 0, "fee": 0.0} | fields).items():
            fact[name] = value
        return self._enter(EventKind.FACT, market, None, after_ms)

    # --- Stories ---

    def sell_off(self, market: int = 0) -> list[str]:
        """Let the score fall to 0."""
        asked = []
        for _ in range(50):
            asked += self.trade(9_990, side=Side.SELL, market=market)
        return asked

    def hold(self, price_u: int = 9_991, size_u: int = 100) -> None:
        """Let an entry be asked for, accepted and filled; the score is 0 after it."""
        assert self.quote(9_990, 10_000) == ["1 buy limit 9991 x 100 score"]
        self.accepted(1)
        self.sell_off()
        self.filled(1, size_u, price_u)

    def charge(self, chores: int, market: int = 0) -> None:
        """Let a switch ask for something, as `tripping.py` does."""
        self.state[0].watch[market].due = int(chores)
        self.state[0].alarm.due += 1

    def trims_above(self, share: float) -> None:
        """Add a row that trims positions above a share of equity, each time that it is charged."""
        row = self.params[0].switches[int(self.params[0].switch_rows)]
        row.action, row.metric, row.limit = Action.TRIM, Metric.POSITION_SHARE, share
        row.comparison = Comparison.ABOVE
        self.params[0].switch_rows += 1

    def full(self, is_full: bool) -> None:
        """Let there be no room for another order, or again."""
        self.state[0].orders["state"] = OrderState.OPEN if is_full else OrderState.FREE

    # --- What became of it ---

    @property
    def share(self) -> float:
        """The value of the position / equity."""
        return float(self.state[0].positions[0].value / self.state[0].account.equity)

    def decided(self) -> list[tuple[str, float, float]]:
        """What the last event decided: reason, what was measured, and its limit."""
        box = self.outbox[0]
        return [
            (Reason(int(row.reason)).name.lower(), float(row.measured), float(row.limit))
            for row in box.decisions[: box.decision_count]
        ]

    @property
    def due(self) -> int:
        """In how many markets a switch waits for something."""
        return int(self.state[0].alarm.due)

    @property
    def trip(self) -> Any:
        return self.state[0].trips[0]

    @property
    def held_u(self) -> int:
        return int(self.state[0].positions[0].size_u)

    def refusals(self, reason: Reason) -> int:
        return int(self.state[0].refusals[reason])

    def _enter(
        self, kind: EventKind, market: int = 0, row: Any = None, after_ms: float = 1
    ) -> list[str]:
        self.now_ns += int(after_ms * NS_PER_MS)
        self.seq += 1
        event = self.event[0]
        event.kind, event.market, event.seq = kind, market, self.seq
        event.exch_ts_ns = event.recv_ts_ns = self.now_ns
        if row is not None:
            row.exch_ts_ns = row.recv_ts_ns = self.now_ns
        ticks.step_ticks(self.state, self.event, self.params, self.outbox, self.minds)
        box = self.outbox[0]
        return [line(request) for request in box.requests[: box.request_count]]


def line(request: Any) -> str:
    reason = Reason(int(request.reason)).name.lower()
    if request.kind == RequestKind.CANCEL:
        return f"{request.local_no} cancel {reason}"
    side, kind = Side(int(request.side)).name, OrderType(int(request.order_type)).name
    at = f" {request.price_u}" if request.price_u else ""
    tif = " ioc" if request.tif == TimeInForce.IOC else ""
    post = " post" if request.post_only else ""
    return (
        f"{request.local_no} {side} {kind}".lower() + f"{at} x {request.size_u}{tif}{post} {reason}"
    )
