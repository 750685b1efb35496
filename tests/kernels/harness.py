"""A desk to talk to: each method lets one event enter `step` and returns what it caused.

Times count on by themselves; a bar is a minute. Prices are in won, sizes in hundredths.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from sigma_cli.domain.dtypes.bounds import ORDERS_MAX
from sigma_cli.domain.dtypes.desk import OUTBOX, STATE
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.params import PARAMS
from sigma_cli.domain.dtypes.tape import EVENT
from sigma_cli.domain.events import ControlKind, EventKind
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.instruments import Instrument, Rules
from sigma_cli.domain.requests import OrderType, Reason
from sigma_cli.domain.switches import Metric
from sigma_cli.domain.units import NS_PER_MINUTE, TsNs
from sigma_cli.kernels.desk.step import step
from sigma_cli.runtime import world
from sigma_cli.settings import Settings
from tests.market import START_NS

UNIT = 100
"""`size_u` of one whole coin."""

NO_LIMITS = {
    "day_loss_max": 1.0,
    "market_share_max": 1.0,
    "order_ratio_max": 1e9,
    "orders_per_minute_max": 1_000,
    "drawdown_max": 1.0,
}


def instrument(
    market: str = "M",
    *,
    tick: str = "1",
    lot: str = "0.01",
    value_min: str = "5000",
    value_max: str = "1e9",
    fee: str = "0",
) -> Instrument:
    """Return a market counted in won and hundredths of a coin."""
    rules = Rules(
        valid_from_ns=TsNs(0),
        ticks=((Decimal(0), Decimal(tick)),),
        lot=Decimal(lot),
        value_min=Decimal(value_min),
        value_max=Decimal(value_max),
        fee_maker=Decimal(fee),
        fee_taker=Decimal(fee),
    )
    return Instrument(venue="v", market=market, price_exp=0, size_exp=2, rules=(rules,))


def settings(
    cash: float = 1_000_000.0,
    *,
    units: float | None = None,
    fraction: float | None = None,
    fills: dict[str, float] | None = None,
    **limits: float,
) -> Settings:
    """Return settings without limits, but for those named; a tenth of equity a position."""
    sizing: dict[str, Any] = {"kind": "fraction", "fraction": fraction or 0.1}
    if units is not None:
        sizing = {"kind": "units", "units": units}
    return Settings.model_validate(
        {
            "account": {"cash": cash},
            "sizing": sizing,
            "fills": fills or {},
            "limits": NO_LIMITS | limits,
        }
    )


@dataclass(frozen=True)
class Caused:
    """What one event caused."""

    requests: tuple[Any, ...]
    decisions: tuple[Any, ...]

    @property
    def request(self) -> Any:
        """The only request."""
        (one,) = self.requests
        return one

    @property
    def reason(self) -> Reason:
        """The reason of the only decision."""
        (one,) = self.decisions
        return Reason(int(one.reason))

    @property
    def nothing(self) -> bool:
        return not self.requests and not self.decisions


class Desk:
    """A desk that has started, and knows the rules of its markets unless told otherwise."""

    def __init__(
        self,
        chosen: Settings | None = None,
        *,
        instruments: tuple[Instrument, ...] = (),
        knows_rules: bool = True,
        now_ns: int = START_NS,
    ) -> None:
        self.instruments = instruments or (instrument(),)
        built = world.build(chosen or settings(), len(self.instruments))
        self.state, self.params = np.zeros(1, STATE), np.zeros(1, PARAMS)
        self.state[:], self.params[:] = built["state"], built["params"]
        self.event = np.zeros(1, EVENT)
        self.outbox = np.zeros(1, OUTBOX)
        self.now_ns = now_ns
        self.seq = 0
        self.start()
        for market in range(len(self.instruments) if knows_rules else 0):
            self.rules(market)

    # --- Events ---

    def start(self) -> Caused:
        return self._enter(EventKind.START, 0)

    def rules(self, market: int = 0, new: Instrument | None = None) -> Caused:
        one = new or self.instruments[market]
        self.event[0].control.kind = ControlKind.RULES
        self.event[0].control.rules = pack_rules(one, one.rules[0])[0]
        return self._enter(EventKind.CONTROL, market)

    def halt(self) -> Caused:
        self.event[0].control.kind = ControlKind.HALT
        return self._enter(EventKind.CONTROL, 0)

    def rearm(self) -> Caused:
        self.event[0].control.kind = ControlKind.REARM
        return self._enter(EventKind.CONTROL, 0)

    def bar(self, close_u: int, market: int = 0, *, minutes: float = 1) -> Caused:
        """A bar closes `minutes` later (0: together with the one before)."""
        self.now_ns += int(minutes * NS_PER_MINUTE)
        self.event[0].bar.close_u = close_u
        return self._enter(EventKind.BAR, market)

    def signal(self, value: float, market: int = 0, strategy: int = 0) -> Caused:
        self.event[0].signal.strategy = strategy
        self.event[0].signal.value = value
        return self._enter(EventKind.SIGNAL, market)

    def accepted(self, no: int) -> Caused:
        return self.fact(FactKind.ACCEPTED, no)

    def filled(self, no: int, size_u: int, price_u: int, fee: float = 0.0) -> Caused:
        return self.fact(FactKind.FILLED, no, size_u=size_u, price_u=price_u, fee=fee)

    def cancelled(self, no: int, reason: Reason = Reason.NONE) -> Caused:
        return self.fact(FactKind.CANCELLED, no, reason=reason)

    def refused(self, no: int, reason: Reason = Reason.INSUFFICIENT_FUNDS) -> Caused:
        return self.fact(FactKind.REFUSED, no, reason=reason)

    def unknown(self, no: int) -> Caused:
        return self.fact(FactKind.UNKNOWN, no)

    def resolved(self, no: int) -> Caused:
        return self.fact(FactKind.RESOLVED, no)

    def external(self, *, size_u: int = 0, quote: float = 0.0, market: int = 0) -> Caused:
        """A change by hand: coins and won that came in, or, below zero, went out."""
        return self.fact(FactKind.EXTERNAL, 0, market, size_u=size_u, fee=-quote)

    def balance(self, size_u: int, market: int = 0) -> Caused:
        return self.fact(FactKind.BALANCE, 0, market, size_u=size_u)

    def fact(self, kind: FactKind, no: int, market: int | None = None, **fields: float) -> Caused:
        fact = self.event[0].fact
        fact.kind, fact.local_no = kind, no
        fact.market = self.order(no).market if market is None else market
        given = {"price_u": 0, "size_u": 0, "fee": 0.0, "reason": Reason.NONE} | fields
        for name, value in given.items():
            fact[name] = value
        fact.exch_ts_ns = fact.recv_ts_ns = self.now_ns
        fact.liquidity = Liquidity.TAKER if kind is FactKind.FILLED else Liquidity.NONE
        return self._enter(EventKind.FACT, int(fact.market))

    # --- Whole stories ---

    def hold(self, size_u: int, price_u: int, market: int = 0) -> int:
        """Let a buy be asked for, accepted and filled in full; return its number."""
        self.bar(price_u, market, minutes=0)
        request = self.signal(1.0, market).request
        no = int(request.local_no)
        self.accepted(no)
        self.filled(no, size_u, price_u)
        if request.order_type == OrderType.VALUE:
            self.cancelled(no)
        return no

    # --- What became of it ---

    @property
    def account(self) -> Any:
        return self.state[0].account

    def position(self, market: int = 0) -> Any:
        return self.state[0].positions[market]

    def order(self, no: int) -> Any:
        return self.state[0].orders[no % ORDERS_MAX]

    def fired(self, metric: Metric) -> Any:
        params = self.params[0]
        rows = range(params.switch_rows)
        row = next(i for i in rows if params.switches[i].metric == metric)
        return self.state[0].fired[row]

    def refusals(self, reason: Reason) -> int:
        return int(self.state[0].refusals[reason])

    @property
    def halted(self) -> bool:
        return bool(self.state[0].halted)

    def _enter(self, kind: EventKind, market: int) -> Caused:
        event = self.event[0]
        event.kind, event.market, event.seq = kind, market, self.seq
        event.exch_ts_ns = event.recv_ts_ns = self.now_ns
        self.seq += 1
        step(self.state, self.event, self.params, self.outbox)
        box = self.outbox[0]
        return Caused(
            tuple(row.copy() for row in box.requests[: box.request_count]),
            tuple(row.copy() for row in box.decisions[: box.decision_count]),
        )
