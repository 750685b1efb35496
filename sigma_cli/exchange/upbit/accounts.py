"""What everybody owns: free, locked and still coming; and where it came from.

Every change moves an amount from one holder to another, so that nothing is made or lost: beside the
accounts the market holds what was traded with it, `fees` what was paid for that, `outside` what was
brought. All are exact; what is shown is cut to 8 decimals. Conservation is checked at every change,
and every change is in the log.

The average buy price is the moving average of all buys in the currency of the first one; selling
leaves it alone. How the real venue averages is not documented.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import msgspec

from sigma_cli.exchange.log import Log
from sigma_cli.exchange.upbit.exact import DIGITS, ZERO, cut, plainly, quotient
from sigma_cli.venues.upbit.wire.account import Balance
from sigma_cli.venues.upbit.wire.stream import Asset

MARKET, FEES, OUTSIDE = "market", "fees", "outside"
"""Who else holds something. What the market and the outside gave away is negative."""
_UNIT: Final = "KRW"
"""In what the price of a currency is told that nobody bought."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it begins: its name, and what it owns by currency (`{"KRW": Decimal(10**7)}`).

    What a currency has must be finite and not negative, with 8 decimals at most.
    """

    name: str
    owns: Mapping[str, Decimal] = field(default_factory=dict)


class Holding(msgspec.Struct):
    """What an account owns of a currency."""

    free: Decimal = ZERO
    locked: Decimal = ZERO
    """What open orders may take."""
    coming: Decimal = ZERO
    """What was traded and is not settled: of no use yet, and not shown."""
    average: Decimal = ZERO
    """What one of it cost, in `unit`; 0 where nothing was bought."""
    unit: str = _UNIT

    @property
    def total(self) -> Decimal:
        """Everything, whatever it is tied to."""
        return self.free + self.locked + self.coming


class Books(msgspec.Struct):
    """The ledger as it is saved: holdings by account and currency, and what others hold."""

    accounts: dict[str, dict[str, Holding]]
    others: dict[str, dict[str, Decimal]]


class Accounts:
    """The ledger of several accounts."""

    def __init__(self, books: Books, log: Log) -> None:
        self.books = books
        self._log = log
        self._now_ns = 0

    @classmethod
    def begin(cls, accounts: tuple[Account, ...], log: Log) -> "Accounts":
        """Return a ledger in which every account holds what it begins with.

        Raises:
            ValueError: a name is there twice, or an amount is none.
        """
        names = [account.name for account in accounts]
        if len(set(names)) < len(names):
            raise ValueError(f"every account needs a name of its own: {', '.join(names)}")
        others: dict[str, dict[str, Decimal]] = {MARKET: {}, FEES: {}, OUTSIDE: {}}
        ledger = cls(Books({name: {} for name in names}, others), log)
        for account in accounts:
            for currency, amount in account.owns.items():
                ledger.bring(account.name, currency, amount, "begin")
        return ledger

    def at(self, now_ns: int) -> None:
        """Say what the time is, for the log."""
        self._now_ns = now_ns

    def free(self, account: str, currency: str) -> Decimal:
        """Return what an account may still lock."""
        holding = self.books.accounts[account].get(currency)
        return holding.free if holding else ZERO

    def lock(self, account: str, currency: str, amount: Decimal, why: str) -> None:
        """Tie an amount to an order."""
        holding = self._holding(account, currency)
        holding.free -= amount
        holding.locked += amount
        self._moved(currency, {f"{account}:free": -amount, f"{account}:locked": amount}, why)

    def unlock(self, account: str, currency: str, amount: Decimal, why: str) -> None:
        """Untie an amount from an order."""
        if amount:
            self.lock(account, currency, -amount, why)

    def pay(self, account: str, currency: str, amounts: Mapping[str, Decimal], why: str) -> None:
        """Give the market, or the fees, what was locked; so much each."""
        paid = sum(amounts.values(), ZERO)
        self._holding(account, currency).locked -= paid
        self._give(currency, {f"{account}:locked": -paid}, amounts, why)

    def receive(
        self, account: str, currency: str, amounts: Mapping[str, Decimal], why: str
    ) -> None:
        """Take what the market gives; the fees (negative) are taken out of it. It is `coming`."""
        got = -sum(amounts.values(), ZERO)
        self._holding(account, currency).coming += got
        self._give(currency, {f"{account}:coming": got}, amounts, why)

    def settle(self, account: str, currency: str, amount: Decimal) -> None:
        """Let what was coming be free."""
        holding = self._holding(account, currency)
        holding.coming -= amount
        holding.free += amount
        changes = {f"{account}:coming": -amount, f"{account}:free": amount}
        self._moved(currency, changes, "settle")

    def bring(self, account: str, currency: str, amount: Decimal, why: str) -> None:
        """Bring an amount from outside, or take one away.

        Raises:
            ValueError: there is no such account, it is no amount, or less than nothing is left.
        """
        if account not in self.books.accounts:
            raise ValueError(f"no account is called {account!r}")
        if not amount.is_finite() or amount != cut(amount, DIGITS):
            raise ValueError(f"{amount} {currency} is no amount with {DIGITS} decimals at most")
        if self.free(account, currency) + amount < 0:
            free = self.free(account, currency)
            raise ValueError(f"{account} has {free} {currency} free: {amount} would leave less")
        self._holding(account, currency).free += amount
        self._give(currency, {f"{account}:free": amount}, {OUTSIDE: -amount}, why)

    def bought(
        self, account: str, currency: str, volume: Decimal, cost: Decimal, unit: str
    ) -> None:
        """Average what was bought, before it is received, with what was held for the same unit."""
        holding = self._holding(account, currency)
        held = holding.total
        if held and holding.average and holding.unit != unit:
            return
        holding.unit = unit
        holding.average = quotient(holding.average * held + cost, held + volume)

    def balance(self, account: str, currency: str) -> Balance:
        """Return a balance as the venue shows it."""
        holding = self.books.accounts[account].get(currency) or Holding()
        return Balance(
            currency=currency,
            balance=cut(holding.free),
            locked=cut(holding.locked),
            avg_buy_price=holding.average,
            avg_buy_price_modified=not holding.average,
            unit_currency=holding.unit,
        )

    def balances(self, account: str) -> tuple[Balance, ...]:
        """Return what an account holds, in the order in which it first got it."""
        shown = (self.balance(account, currency) for currency in self.books.accounts[account])
        return tuple(one for one in shown if one.balance or one.locked)

    def asset(self, account: str, currency: str) -> Asset:
        """Return a balance as streams show it."""
        holding = self._holding(account, currency)
        return Asset(currency=currency, balance=cut(holding.free), locked=cut(holding.locked))

    def held(self) -> dict[str, dict[str, str]]:
        """Return what everybody holds, by owner and currency, as the log counts it."""
        held = {
            owner: {currency: plainly(amount) for currency, amount in pot.items()}
            for owner, pot in self.books.others.items()
        }
        for account, holdings in self.books.accounts.items():
            for part in ("free", "locked", "coming"):
                held[f"{account}:{part}"] = {
                    currency: plainly(getattr(holding, part))
                    for currency, holding in holdings.items()
                }
        return held

    def _holding(self, account: str, currency: str) -> Holding:
        return self.books.accounts[account].setdefault(currency, Holding())

    def _give(
        self,
        currency: str,
        changes: dict[str, Decimal],
        others: Mapping[str, Decimal],
        why: str,
    ) -> None:
        for other, amount in others.items():
            pot = self.books.others[other]
            pot[currency] = pot.get(currency, ZERO) + amount
        self._moved(currency, {**changes, **others}, why)

    def _moved(self, currency: str, changes: Mapping[str, Decimal], why: str) -> None:
        """Write a change down, once it is known that nothing was made or lost."""
        told = {owner: plainly(change) for owner, change in changes.items() if change}
        self._log.add("move", self._now_ns, currency=currency, changes=told, why=why)
        total = sum((pot.get(currency, ZERO) for pot in self.books.others.values()), ZERO)
        for holdings in self.books.accounts.values():
            holding = holdings.get(currency)
            if holding is not None:
                total += holding.total
                lowest = min(holding.free, holding.locked, holding.coming)
                assert lowest >= 0, f"{currency}: less than nothing is left ({why})"
        assert total == 0, f"{currency}: {total} came from nowhere ({why})"
