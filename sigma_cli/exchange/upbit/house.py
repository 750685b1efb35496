"""What the parts of the venue share: its time, its switches, and each other."""

from dataclasses import dataclass, field
from typing import TypeAlias

from sigma_cli.exchange.log import Log
from sigma_cli.exchange.market import Market
from sigma_cli.exchange.matching import Matching
from sigma_cli.exchange.upbit.accounts import Accounts
from sigma_cli.exchange.upbit.agenda import Agenda
from sigma_cli.exchange.upbit.behaviour import Behaviour
from sigma_cli.exchange.upbit.listings import Listings
from sigma_cli.exchange.upbit.shelf import Shelf
from sigma_cli.exchange.upbit.teller import Teller

Closure: TypeAlias = tuple[int, int, bool]
"""After how many rows a market, by its number, was closed or opened."""


@dataclass(slots=True)
class House:
    """All parts; each knows what it may do."""

    behaviour: Behaviour
    market: Market
    matching: Matching
    accounts: Accounts
    names: tuple[str, ...]
    """Of the accounts, in the order of their numbers where they are matched."""
    shelf: Shelf
    listings: Listings
    agenda: Agenda
    teller: Teller
    log: Log
    closures: list[Closure] = field(default_factory=list)
    """All of them; a person closes a market, so there are few."""
    now_ns: int = 0

    def at(self, now_ns: int) -> None:
        """Let it be a time; the ledger writes it down."""
        self.now_ns = now_ns
        self.accounts.at(now_ns)
