"""A desk on ticks as its switches see it: money, orders and markets are what a test says.

Three markets, of which A is looked at; a coin is a hundred units, prices are in won.
"""

from typing import Any, Final

import numpy as np

from sigma_cli.domain.dtypes.desk import OUTBOX
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import EVENT, FACT
from sigma_cli.domain.switches import SWITCHES, Metric
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_S
from sigma_cli.kernels.desk import exits, standing, switchboard, watch
from sigma_cli.kernels.desk.switches import NO_ROW
from sigma_cli.kernels.features import market as features
from sigma_cli.runtime import world
from sigma_cli.settings import Settings
from tests.kernels.harness import NO_LIMITS, UNIT, instrument
from tests.market import START_NS

CASH: Final = 1_000_000.0
A, B, C = 0, 1, 2
MONDAY_NS: Final = START_NS
"""2025-09-01 was a Monday; in Korea it is 9 o'clock."""
LIMITS: Final = tuple(row.setting for row in SWITCHES if row.section == "switches")


def without_switches(chosen: Settings) -> Settings:
    """Return settings in which none of the kill switches that only ticks know is on."""
    return chosen.model_copy(update={"switches": settings().switches})


def with_switches(chosen: Settings, **on: Any) -> Settings:
    """Return settings in which no limit and no kill switch is on but those given."""
    wanted = settings(**on)
    return chosen.model_copy(update={"limits": wanted.limits, "switches": wanted.switches})


def settings(**on: Any) -> Settings:
    """Return settings in which no switch is on but those given, and what belongs to them."""
    off = dict.fromkeys(LIMITS)
    limits = {name: on.pop(name) for name in list(on) if name in NO_LIMITS}
    return Settings.model_validate({"limits": NO_LIMITS | limits, "switches": off | on})


class Tower:
    """What happens to the account, and what its switches make of it."""

    def __init__(self, chosen: Settings | None = None, *, cash: float = CASH) -> None:
        self.world = world.build(chosen or settings(), 3, ticks=True)
        self.state, self.params = self.world[0].state, self.world[0].params
        self.outbox = np.zeros(1, OUTBOX)
        one = instrument()
        rules = pack_rules(one, one.rules[0])
        self.minds = [features.begin(rules, 0, makes_bars=False) for _ in range(3)]
        for market in (A, B, C):
            position = self.state.positions[market]
            position.has_rules, position.rules = 1, rules[0]
            position.mark_u, position.mark = 10_000, 10_000.0
        self.now(MONDAY_NS)
        self.state.account.day_end_ns = MONDAY_NS + 15 * 3_600 * NS_PER_S
        self.state.account.equity_day_start = self.state.account.equity_peak = cash
        self.equity(cash, mark=False)
        switchboard.on_start(self.state, self.params)

    def now(self, ts_ns: int) -> None:
        self.state.now_ns = ts_ns
        self.state.seq += 1

    def wait(self, seconds: float) -> None:
        self.now(int(self.state.now_ns) + round(seconds * NS_PER_S))

    # --- What happens ---

    def equity(self, value: float, *, mark: bool = True) -> None:
        account = self.state.account
        account.equity = value
        account.equity_peak = max(account.equity_peak, value)
        self.state.metrics[Metric.DRAWDOWN] = 1.0 - value / account.equity_peak
        self.state.metrics[Metric.DAY_LOSS] = 1.0 - value / account.equity_day_start
        if mark:
            switchboard.on_mark(self.state, self.params)

    def new_day(self, days: int = 1) -> None:
        account = self.state.account
        self.now(int(account.day_end_ns) + (days - 1) * 86_400 * NS_PER_S + 1)
        account.day_end_ns += days * 86_400 * NS_PER_S
        account.equity_day_start = account.equity
        self.state.metrics[Metric.DAY_LOSS] = 0.0
        switchboard.on_new_day(self.state, self.params)

    def hold(self, value: float, market: int = A) -> None:
        position = self.state.positions[market]
        position.size_u = round(value / 10_000 * UNIT)
        position.value = position.size_u * 100.0

    def tick(self, price_u: int, market: int = A, *, after_s: float = 0.0) -> None:
        self.wait(after_s)
        switchboard.on_tick(self.state, self.params, self.minds[market][0], market, price_u)

    def timer(self, *, after_s: float = 1.0) -> None:
        self.wait(after_s)
        switchboard.on_timer(self.state, self.params)

    def closed(self, *nets: float, fees: float = 0.0) -> None:
        for net in nets:
            switchboard.on_closed(
                self.state, self.params, float(net + fees), float(fees), 100_000.0
            )

    def fact(self, size_u: int = 0, fee: float = 0.0, market: int = A) -> Any:
        made = np.zeros(1, FACT)
        made[0].market, made[0].size_u, made[0].fee = market, size_u, fee
        return made[0]

    def usual(self, spread: float, volume: float, market: int = A) -> None:
        """For a minute, this is what a market is usually like."""
        event = np.zeros(1, EVENT)
        event[0].market = market
        said = event[0].control.usual
        said.until_ns, said.spread, said.volume = self.state.now_ns + NS_PER_MINUTE, spread, volume
        watch.on_usual(self.state, event[0])

    # --- What is asked ---

    def want(self, value: float = 50_000.0, price_u: int = 10_000, market: int = A) -> int:
        """Want to buy; return the row that forbids it."""
        candidate = self.state.candidate
        candidate.market, candidate.side = market, 1
        candidate.price_u, candidate.value = price_u, value
        candidate.size_u = round(value / price_u * UNIT)
        mind = self.minds[market][0]
        standing.look_at_market(self.state, self.params, mind, market)
        return standing.refusing_row(self.state, self.params, market)

    def buy(self, value: float = 50_000.0, price_u: int = 10_000, market: int = A) -> int:
        """Buy, if nothing forbids it; return the row that does."""
        row = self.want(value, price_u, market)
        if row == NO_ROW:
            flow = self.state.flow
            flow.times_ns[flow.submits % len(flow.times_ns)] = self.state.now_ns
            flow.submits += 1
            flow.value_sum += value
            switchboard.on_submit(self.state, self.params)
        return row

    def sell(self, market: int = A) -> bool:
        """Ask to sell all of a position; return whether it was asked for."""
        self.outbox[0].request_count = self.outbox[0].decision_count = 0
        candidate = self.state.candidate
        candidate.market, candidate.strategy = market, 0
        size_u = self.state.positions[market].size_u
        return exits.sell(self.state, self.outbox[0], market, size_u, 0)

    def count(self, setting: str) -> int:
        """How often a switch fired."""
        return int(self.fired(setting).count)

    def fired(self, setting: str) -> Any:
        return self.state.fired[self.row(setting)]

    def row(self, setting: str) -> int:
        """The packed row of a switch."""
        rows = range(self.params.switch_rows)
        return next(i for i in rows if SWITCHES[self.params.switches[i].index].setting == setting)
