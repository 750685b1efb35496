"""Nothing is made or lost: random orders of several accounts, and every step adds up."""

from collections.abc import Callable, Iterable
from decimal import Decimal, localcontext
from typing import Any

import msgspec
import pytest

from sigma_cli.exchange.log import Log
from sigma_cli.exchange.upbit.exact import EXACT, cut
from sigma_cli.venues.upbit.wire import frames, json
from sigma_cli.venues.upbit.wire.account import Balance
from sigma_cli.venues.upbit.wire.orders import BatchResult, Order
from sigma_cli.venues.upbit.wire.queries import OpenOrdersQuery
from sigma_cli.venues.upbit.wire.stream import MyAsset, MyOrder
from sigma_cli.venues.upbit.wire.stream_requests import Format
from tests.exchange.crowd import NAMES, OWNS, Crowd, gather

Held = dict[tuple[str, str], Decimal]


class Books:
    """The balances that the lines of a log add up to, read as they come."""

    def __init__(self, log: Log) -> None:
        self.held: Held = {}
        self._log, self._read = log, 0

    def follow(self) -> int:
        """Add up what was written since the last time; return how many lines moved something."""
        fresh = self._log.count - self._read
        assert fresh <= len(self._log.lines)
        lines = [msgspec.json.decode(line) for line in list(self._log.lines)[-fresh or None :]]
        self._read = self._log.count
        moves = [line for line in lines if line["kind"] == "move"] if fresh else []
        for line in moves:
            changes = {owner: Decimal(change) for owner, change in line["changes"].items()}
            assert sum(changes.values()) == 0, line
            for owner, change in changes.items():
                key = (owner, line["currency"])
                self.held[key] = self.held.get(key, Decimal()) + change
                assert self.held[key] >= 0 or ":" not in owner, line
        return len(moves)

    def total(self, currency: str, owners: Callable[[str], bool]) -> Decimal:
        found = (
            held for (owner, unit), held in self.held.items() if unit == currency and owners(owner)
        )
        return sum(found, Decimal())


def check(crowd: Crowd, books: Books) -> None:
    """Compare what the log adds up to with what the venue answers."""
    brought = {currency: amount * len(NAMES) for currency, amount in OWNS.items()}
    for currency, amount in brought.items():
        assert books.total(currency, lambda owner: owner != "outside") == amount
        assert books.total(currency, lambda _: True) == 0
    for name in NAMES:
        locked = _locked(crowd, name)
        for balance in crowd.venue.balances(name):
            free = books.held.get((f"{name}:free", balance.currency), Decimal())
            tied = books.held.get((f"{name}:locked", balance.currency), Decimal())
            assert (balance.balance, balance.locked) == (cut(free), cut(tied))
            assert tied == locked.get(balance.currency, 0), "what open orders lock"


def _locked(crowd: Crowd, name: str) -> dict[str, Decimal]:
    locked: dict[str, Decimal] = {}
    for page in range(1, 5):
        for order in crowd.venue.open_orders(name, OpenOrdersQuery(page=page)):
            quote, _, base = order.market.partition("-")
            currency = quote if order.side == "bid" else base
            locked[currency] = locked.get(currency, Decimal()) + order.locked
    return locked


def _kinds(answers: Iterable[bytes]) -> dict[str, int]:
    """Count what happened, so that a crowd that does nothing is noticed."""
    text = b"".join(answers)
    words = ("trade", "done", "cancel", "prevented")
    return {word: text.count(f'"state":"{word}"'.encode()) for word in words}


@pytest.mark.prove
@pytest.mark.parametrize("switches", [{}, {"smp_default": "none", "settle_delay_ns": 30_000_000}])
def test_every_step_of_a_random_crowd_adds_up(
    switches: dict[str, Any], depth: Callable[..., int]
) -> None:
    count = depth(quick=1_000, full=70_000)
    log = Log()
    crowd = gather(7, log, **switches)
    books = Books(log)
    moved = 0
    with localcontext(EXACT):
        for n in range(count):
            crowd.step()
            moved += books.follow()
            if n % 50 == 0:
                check(crowd, books)
                books.follow()
        check(crowd, books)
    kinds = _kinds(crowd.answers)
    assert moved > count
    assert all(kinds[word] > count // 200 for word in kinds), kinds


def test_whatever_is_told_is_read_by_the_codec_as_it_was() -> None:
    crowd = gather(11)
    told: list[Any] = []
    for _ in range(300):
        crowd.step(told)
    kinds = {type(message) for message in told}
    assert {Order, MyOrder, MyAsset, BatchResult, Balance} <= kinds
    for message in told:
        if isinstance(message, MyOrder | MyAsset):
            for form in Format:
                assert frames.decode(frames.encode(message, form)) == message
        else:
            assert json.decode(json.encode(message), type(message)) == message
