"""A venue begins, is saved and restored; its markets open and close, and get other rules."""

from sigma_cli.exchange.log import Log
from sigma_cli.exchange.market import Market
from sigma_cli.exchange.matching import Matching
from sigma_cli.exchange.upbit import state
from sigma_cli.exchange.upbit.accounts import Account, Accounts
from sigma_cli.exchange.upbit.agenda import Agenda, Change
from sigma_cli.exchange.upbit.behaviour import Behaviour
from sigma_cli.exchange.upbit.house import House
from sigma_cli.exchange.upbit.listings import Listings
from sigma_cli.exchange.upbit.shelf import Shelf
from sigma_cli.exchange.upbit.teller import Teller


def begin(market: Market, accounts: tuple[Account, ...], behaviour: Behaviour, log: Log) -> House:
    """Return a venue where nobody has done anything yet.

    Raises:
        ValueError: an account's name is there twice, or an amount is none.
    """
    log.add("begin", 0, held={})
    ledger = Accounts.begin(accounts, log)
    names = tuple(account.name for account in accounts)
    shelf, listings, agenda = (
        Shelf(names, behaviour.seed),
        Listings.begin(market.instruments),
        Agenda(),
    )
    for instrument in market.instruments:
        for rules in instrument.rules[1:]:
            agenda.add(rules.valid_from_ns, Change(instrument.market))
    house = House(
        behaviour=behaviour,
        market=market,
        matching=Matching(market.instruments, len(names), market.depths),
        accounts=ledger,
        names=names,
        shelf=shelf,
        listings=listings,
        agenda=agenda,
        teller=Teller(ledger, shelf, log),
        log=log,
    )
    for instrument in market.instruments:
        use_rules(house, instrument.market)
    return house


def use_rules(house: House, code: str) -> None:
    """Let what is in force in a market now hold where orders are matched."""
    listing = house.listings.by_code[code]
    house.matching.set_rules(listing.number, listing.rules_at(house.now_ns))


def open_or_close(house: House) -> None:
    """Let rows happen in the markets that trade now, and in no other."""
    for listing in house.listings.all:
        closed = not house.listings.is_open(listing)
        if closed != house.matching.is_closed(listing.number):
            house.closures.append((house.market.happened, listing.number, closed))
            house.matching.close(listing.number, closed)
            if not closed:
                house.market.boards[listing.code].on_gap()


def save(house: House) -> bytes:
    """Return a venue as bytes; all that led to it is in the log by then."""
    house.log.flush()
    return state.pack(
        state.Saved(
            now_ns=house.now_ns,
            happened=house.market.happened,
            names=house.names,
            books=house.accounts.books,
            shelf=house.shelf.save(),
            listings=house.listings.all,
            is_maintained=house.listings.is_maintained,
            closures=house.closures,
            agenda=house.agenda.entries,
            agenda_count=house.agenda.count,
            matching=house.matching.save(),
        )
    )


def restore(data: bytes, market: Market, behaviour: Behaviour, log: Log) -> House:
    """Return the venue that bytes are, over the same rows.

    Raises:
        OutsideError: they are none of this version, or the rows are others.
    """
    saved = state.unpack(data)
    _replay(market, saved)
    ledger, shelf = Accounts(saved.books, log), Shelf(saved.names, behaviour.seed)
    ledger.at(saved.now_ns)
    shelf.load(saved.shelf)
    listings, agenda = Listings(saved.listings), Agenda()
    listings.is_maintained = saved.is_maintained
    agenda.entries, agenda.count = saved.agenda, saved.agenda_count
    matching = Matching(market.instruments, len(saved.names), market.depths)
    matching.load(saved.matching)
    log.add("begin", saved.now_ns, held=ledger.held())
    return House(
        behaviour=behaviour,
        market=market,
        matching=matching,
        accounts=ledger,
        names=saved.names,
        shelf=shelf,
        listings=listings,
        agenda=agenda,
        teller=Teller(ledger, shelf, log),
        log=log,
        closures=saved.closures,
        now_ns=saved.now_ns,
    )


def _replay(market: Market, saved: state.Saved) -> None:
    """Let the rows that had happened happen again, where markets were open."""
    boards = tuple(market.boards.values())
    closed: set[int] = set()
    for happened, number, is_closed in saved.closures:
        market.replay(happened, closed.__contains__)
        (closed.add if is_closed else closed.discard)(number)
        if not is_closed:
            boards[number].on_gap()
    market.replay(saved.happened, closed.__contains__)
