"""What a person may do to the venue while it runs, by hand or at a time: not faults of the wire.

Maintenance, markets that stop or leave, other ticks and minimums, balances changed by hand, late
settlement and cancels, a wrong clock in answers, blocked callers, keys that come and expire.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Final, TypeAlias, assert_never

from msgspec import Meta, Struct

from sigma_cli.domain.units import NS_PER_S, TsNs
from sigma_cli.errors import UsageError
from sigma_cli.exchange.upbit.keys import SCOPES, Key, Keyring, Scope
from sigma_cli.exchange.upbit.limits import Limits
from sigma_cli.exchange.upbit.listings import State
from sigma_cli.exchange.upbit.venue import Venue
from sigma_cli.venues.upbit.wire.fields import Code, Currency, Id

Seconds = Annotated[float, Meta(ge=0, le=1e6)]
Amount = Annotated[str, Meta(pattern=r"^-?[0-9]{1,16}(\.[0-9]{1,8})?\Z")]
OFFSET_S_MAX: Final = 86_400
CHANGES_MAX: Final = 1_000


class _Change(Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    at_s: Seconds | None = None
    """Since the exchange began, by its clock; null: now."""


class Maintenance(_Change, frozen=True, kw_only=True, tag="maintenance"):
    """The venue closes, or opens again."""

    on: bool


class MarketState(_Change, frozen=True, kw_only=True, tag="state"):
    """A market stops, goes on or leaves."""

    code: Code
    state: State


class MarketRules(_Change, frozen=True, kw_only=True, tag="rules"):
    """Another tick, whatever the price, or other minimums and maximums; null: as before."""

    code: Code
    tick: Amount | None = None
    min_total: Amount | None = None
    max_total: Amount | None = None


class Adjust(_Change, frozen=True, kw_only=True, tag="adjust"):
    """A balance changes by hand: money comes, or goes where the amount is negative."""

    account: Id
    currency: Currency
    amount: Amount
    why: Annotated[str, Meta(max_length=256)] = "by hand"


class Delays(_Change, frozen=True, kw_only=True, tag="delays"):
    """From a fill until it can be used, from a cancel accepted until done; null: as before."""

    settle_s: Seconds | None = None
    cancel_s: Seconds | None = None


class Offset(_Change, frozen=True, kw_only=True, tag="offset"):
    """The Date of answers is wrong by so much."""

    by_s: Annotated[float, Meta(ge=-OFFSET_S_MAX, le=OFFSET_S_MAX)]


class Block(_Change, frozen=True, kw_only=True, tag="block"):
    """An account or an address gets 418 for so long."""

    who: Id
    for_s: Annotated[int, Meta(ge=1, le=86_400)]


class NewKey(_Change, frozen=True, kw_only=True, tag="key"):
    """A key comes, or one of the same name is replaced; `expires_s` is after the beginning."""

    access_key: Id
    secret: Id
    account: Id
    scopes: tuple[Scope, ...] = tuple(sorted(SCOPES))
    expires_s: Annotated[float, Meta(ge=0, le=1e9)]
    ips: tuple[Id, ...] = ()


Change: TypeAlias = (
    Maintenance | MarketState | MarketRules | Adjust | Delays | Offset | Block | NewKey
)


class Changes:
    """Does changes, now or when their time comes."""

    def __init__(self, venue: Venue, keyring: Keyring, limits: Limits, start_ns: int) -> None:
        self.offset_ns = 0
        self._venue = venue
        self._keyring = keyring
        self._limits = limits
        self._start_ns = start_ns
        self._waiting: list[tuple[int, Change]] = []

    def add(self, change: Change) -> None:
        """Do a change now, or keep it until its time.

        Raises:
            UsageError: it can't be done, or too many are waiting.
        """
        at_ns = self._start_ns + round((change.at_s or 0) * NS_PER_S)
        if change.at_s is None or at_ns <= self._venue.now_ns:
            self._do(change)
            return
        if len(self._waiting) >= CHANGES_MAX:
            raise UsageError(f"{CHANGES_MAX:,} changes are waiting already")
        self._waiting.append((at_ns, change))
        self._waiting.sort(key=lambda each: each[0])

    def next_ns(self) -> int | None:
        """Return when the next change is due."""
        return self._waiting[0][0] if self._waiting else None

    def do_due(self) -> list[str]:
        """Do what is due at the venue's time; return what could not be done any more."""
        failed = []
        while self._waiting and self._waiting[0][0] <= self._venue.now_ns:
            change = self._waiting.pop(0)[1]
            try:
                self._do(change)
            except UsageError as error:
                failed.append(error.what)
        return failed

    def _do(self, change: Change) -> None:
        try:
            self._done(change)
        except (ValueError, KeyError, AssertionError) as error:
            raise UsageError(f"this change can't be done: {error}") from error

    def _done(self, change: Change) -> None:
        venue = self._venue
        match change:
            case Maintenance():
                venue.maintenance(change.on)
            case MarketState():
                venue.set_state(change.code, change.state)
            case MarketRules():
                self._rules(change)
            case Adjust():
                amount = Decimal(change.amount)
                venue.adjust(change.account, change.currency, amount, change.why)
            case Delays():
                self._delays(change)
            case Offset():
                self.offset_ns = _ns(change.by_s)
            case Block():
                self._limits.block(change.who, change.for_s, venue.now_ns)
            case NewKey():
                if change.account not in venue.accounts:
                    raise ValueError(f"no account {change.account!r}")
                self._keyring.add(_key(change, self._start_ns))
            case _:
                assert_never(change)

    def _rules(self, change: MarketRules) -> None:
        """Let other rules hold from now on."""
        old = self._venue.rules(change.code)
        self._venue.set_rules(
            change.code,
            replace(
                old,
                valid_from_ns=TsNs(self._venue.now_ns),
                ticks=old.ticks if change.tick is None else ((Decimal(0), Decimal(change.tick)),),
                value_min=old.value_min if change.min_total is None else Decimal(change.min_total),
                value_max=old.value_max if change.max_total is None else Decimal(change.max_total),
            ),
        )

    def _delays(self, change: Delays) -> None:
        """Let settlements and cancels take longer, or not as long."""
        old = self._venue.behaviour
        settle_s, cancel_s = change.settle_s, change.cancel_s
        self._venue.behaviour = replace(
            old,
            settle_delay_ns=old.settle_delay_ns if settle_s is None else _ns(settle_s),
            cancel_delay_ns=old.cancel_delay_ns if cancel_s is None else _ns(cancel_s),
        )


def _key(change: NewKey, start_ns: int) -> Key:
    return Key(
        access_key=change.access_key,
        secret=change.secret,
        account=change.account,
        scopes=frozenset(change.scopes),
        expires_ns=start_ns + _ns(change.expires_s),
        ips=frozenset(change.ips),
    )


def _ns(seconds: float) -> int:
    return round(seconds * NS_PER_S)
