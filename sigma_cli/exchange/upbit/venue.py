"""The venue: accounts, their orders, and a market that fills them. It is told the time.

Accounts trade against the market as it was recorded, each on its own: what one takes is still there
for the others, two accounts never trade with each other, and the market's own trades and books do
not show what accounts did. Orders of one account that would meet do what their `smp_type` says.
What a market order wants beyond the levels that are known it gets a tick worse than the last.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from typing import TypeVar

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.instruments import Rules
from sigma_cli.exchange.log import Log
from sigma_cli.exchange.market import Look, Market
from sigma_cli.exchange.upbit import chances, counter, desk, opening, queries
from sigma_cli.exchange.upbit.accounts import Account
from sigma_cli.exchange.upbit.agenda import Change, Leave, Settle
from sigma_cli.exchange.upbit.behaviour import Behaviour
from sigma_cli.exchange.upbit.events import Event, MarketEvent
from sigma_cli.exchange.upbit.exact import EXACT
from sigma_cli.exchange.upbit.house import House
from sigma_cli.exchange.upbit.listings import State
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.venues.upbit.wire import queries as wire
from sigma_cli.venues.upbit.wire.account import Balance, Chance, WalletStatus
from sigma_cli.venues.upbit.wire.orders import BatchResult, CancelAndNew, NewOrder, Order

A = TypeVar("A")
Q = TypeVar("Q")


class Venue:
    """An exchange as its accounts find it; `account` is an account's name everywhere.

    Every request is answered at `now_ns`, and raises Refused where the venue would refuse it.
    """

    def __init__(
        self, market: Market, accounts: Sequence[Account], behaviour: Behaviour, log: Log
    ) -> None:
        with localcontext(EXACT):
            self._house = opening.begin(market, tuple(accounts), behaviour, log)

    @property
    def now_ns(self) -> int:
        """The venue's time."""
        return self._house.now_ns

    @property
    def market(self) -> Market:
        """What everybody sees."""
        return self._house.market

    @property
    def log(self) -> Log:
        """What happened."""
        return self._house.log

    @property
    def behaviour(self) -> Behaviour:
        """The switches; set others, and they hold for what comes from now on."""
        return self._house.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        assert behaviour.seed == self._house.behaviour.seed, "names go on from the same seed"
        self._change("behaviour", to=behaviour)
        self._house.behaviour = behaviour

    @property
    def is_maintained(self) -> bool:
        """Whether the venue is closed."""
        return self._house.listings.is_maintained

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of all accounts."""
        return self._house.names

    # --- Time ---

    def advance(self, now_ns: int, *, quietly: bool = False) -> None:
        """Let happen what is due until a time, which may not be before `now_ns`.

        Rows of the market, then cancels that were accepted, settlements and changes of rules, each
        at its time. Every row becomes an event, unless it is `quietly`: go by small steps and take
        the events between them, as nothing else bounds how many there are.
        """
        house = self._house
        assert now_ns >= house.now_ns, "time goes on"
        look = None if quietly else self._look
        with localcontext(EXACT):
            while True:
                due_ns = min(now_ns, house.agenda.due_ns)
                if self._rows_happen(due_ns, look):
                    continue
                house.at(due_ns)
                if house.agenda.due_ns > due_ns:
                    return
                self._do(house.agenda.take())

    def take_events(self) -> list[Event]:
        """Return what happened since the last call, in order, and forget it."""
        teller = self._house.teller
        events, teller.events = teller.events, []
        return events

    # --- Orders ---

    def place(self, account: str, request: NewOrder) -> Order:
        """Take a new order; the answer shows it as it came, before anything filled it."""
        return self._answer(counter.place, account, request)

    def test(self, account: str, request: NewOrder) -> Order:
        """Check a new order without taking it; its uuid and identifier lead nowhere."""
        return self._answer(counter.test, account, request)

    def cancel(self, account: str, query: wire.OrderQuery) -> Order:
        """Accept a cancel, which is done `cancel_delay_ns` later; the order as it is now."""
        return self._answer(counter.cancel, account, query)

    def cancel_and_new(self, account: str, request: CancelAndNew) -> Order:
        """Accept a cancel; when it is done the new order comes, unless the old one was filled.

        The answer is the old order, with the names of the new one. That is checked now, as if the
        old one were gone, and again when it comes: what then stands against it is in the log.
        """
        return self._answer(counter.cancel_and_new, account, request)

    def cancel_named(self, account: str, query: wire.NamedOrdersQuery) -> BatchResult:
        """Accept cancels by uuid or identifier, at most 20.

        Closed orders are told as failed; unknown names, of which no market is known, are not told.
        """
        return self._answer(counter.cancel_named, account, query)

    def cancel_open(self, account: str, query: wire.CancelOpenQuery) -> BatchResult:
        """Accept cancels of open orders, at most 300, by side and market."""
        return self._answer(counter.cancel_open, account, query)

    def order(self, account: str, query: wire.OrderQuery) -> Order:
        """Return one order with its trades."""
        return self._answer(queries.order, account, query)

    def open_orders(self, account: str, query: wire.OpenOrdersQuery) -> tuple[Order, ...]:
        """Return a page of open orders; beyond the last one there is an empty one."""
        return self._answer(queries.open_orders, account, query)

    def closed_orders(self, account: str, query: wire.ClosedOrdersQuery) -> tuple[Order, ...]:
        """Return closed orders that were created within 7 days at most."""
        return self._answer(queries.closed_orders, account, query)

    def named_orders(self, account: str, query: wire.NamedOrdersQuery) -> tuple[Order, ...]:
        """Return orders by uuid or identifier, at most 100; unknown ones are left out."""
        return self._answer(queries.named_orders, account, query)

    def old_orders(self, account: str, query: wire.OldOrdersQuery) -> tuple[Order, ...]:
        """Return a page of orders as the deprecated list does, open ones unless asked otherwise."""
        return self._answer(queries.old_orders, account, query)

    # --- Accounts ---

    def chance(self, account: str, query: wire.MarketQuery) -> Chance:
        """Return what may be ordered in a market, for which fees, and both balances."""
        return self._answer(chances.chance, account, query)

    def balances(self, account: str) -> tuple[Balance, ...]:
        """Return what an account holds; a currency of which it has nothing is left out."""
        return self._answer(chances.balances, account, None)

    def wallets(self, account: str) -> tuple[WalletStatus, ...]:
        """Return the wallets of every currency that is traded here: all of them work."""
        return self._answer(chances.wallets, account, None)

    # --- What a person may do to it; of what is not there each raises ValueError ---

    def adjust(self, account: str, currency: str, amount: Decimal, why: str) -> None:
        """Bring or take money or coins from outside; ValueError where less than nothing is left."""
        house = self._house
        with localcontext(EXACT):
            house.accounts.bring(account, currency, amount, why)
            house.teller.assets(account, (currency,), house.now_ns)

    def set_state(self, code: str, state: State) -> None:
        """Let a market stop or go on.

        preview, halted: no row of it happens and no order comes in (403 `market_offline`); cancels
        are accepted. delisted: as if there were no such market; its open orders are cancelled.
        When it is active again its book is unknown until the next one comes.
        """
        house = self._house
        house.listings.named(code).state = state
        self._change("state", code=code, to=state)
        opening.open_or_close(house)
        if state == "delisted":
            with localcontext(EXACT):
                for account in house.names:
                    for order in [each for each in house.shelf.open(account) if each.code == code]:
                        desk.withdraw(house, order)

    def set_rules(self, code: str, rules: Rules) -> None:
        """Let other ticks, minimums and fees hold in a market from `rules.valid_from_ns` on.

        At once, if that is over; what was to hold later is forgotten. Orders that are open keep
        their price and their fee.
        """
        house = self._house
        from_ns = house.listings.named(code).set_rules(rules, house.now_ns)
        self._change("rules", code=code, to=rules)
        if from_ns > house.now_ns:
            house.agenda.add(from_ns, Change(code))
        else:
            opening.use_rules(house, code)

    def rules(self, code: str) -> Rules:
        """Return what is in force in a market now."""
        return self._house.listings.named(code).rules_at(self.now_ns)

    def state(self, code: str) -> State:
        """Return the state of a market."""
        return self._house.listings.named(code).state

    def maintenance(self, on: bool) -> None:
        """Close the whole venue (403 `market_offline`, cancels too), or open it again.

        What was asked for before still happens; what is only looked at is answered.
        """
        house = self._house
        self._change("maintenance", to=on)
        house.listings.is_maintained = on
        opening.open_or_close(house)

    # --- Restart ---

    def save(self) -> bytes:
        """Return all that is needed to go on, but for the market's rows and untaken events."""
        return opening.save(self._house)

    @classmethod
    def restore(cls, data: bytes, market: Market, behaviour: Behaviour, log: Log) -> "Venue":
        """Return the venue that `save` described; `market` must not have begun.

        What the market showed is told again from its rows, without a word to anybody.

        Raises:
            OutsideError: it was saved by another version, or over other rows.
        """
        venue = cls.__new__(cls)
        with localcontext(EXACT):
            venue._house = opening.restore(data, market, behaviour, log)
        return venue

    # --- How ---

    def _answer(self, ask: Callable[[House, str, Q], A], account: str, request: Q) -> A:
        """Return the answer to a request, and log both."""
        house, what = self._house, ask.__name__
        house.log.add("request", house.now_ns, account=account, what=what, request=request)
        try:
            with localcontext(EXACT):
                answer = ask(house, account, request)
        except Refused as refused:
            house.log.add("refusal", house.now_ns, account=account, what=what, **refused.said)
            raise
        house.log.add("answer", house.now_ns, account=account, what=what, answer=answer)
        self.advance(house.now_ns)  # what is due at once
        return answer

    def _change(self, what: str, **said: object) -> None:
        self.log.add("change", self.now_ns, what=what, **said)

    def _rows_happen(self, until_ns: int, look: Look | None) -> bool:
        """Let rows happen until one of them moves an order; return whether any did."""
        house = self._house
        due = house.market.due(until_ns)
        if due is None:
            return False
        last = house.matching.feed(*due)
        house.at(max(self.now_ns, house.market.happen(last, house.matching.is_closed, look)))
        desk.on_facts(house, house.matching.facts())
        return True

    def _look(self, ts_ns: int, code: str, kind: EventKind, row: Record) -> None:
        self._house.teller.events.append(MarketEvent(ts_ns, code, kind, row))

    def _do(self, task: Leave | Settle | Change) -> None:
        house = self._house
        if isinstance(task, Leave):
            desk.leave(house, task)
        elif isinstance(task, Settle):
            house.accounts.settle(task.account, task.currency, task.amount)
            house.teller.assets(task.account, (task.currency,), house.now_ns)
        else:
            opening.use_rules(house, task.code)
