"""A venue that was saved goes on as if nothing had happened: the same answers to the last byte."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from sigma_cli.errors import OutsideError
from sigma_cli.exchange.log import Log
from sigma_cli.exchange.market import Market
from sigma_cli.exchange.upbit.behaviour import Behaviour
from sigma_cli.exchange.upbit.venue import Venue
from sigma_cli.venues.upbit.wire.orders import CancelAndNew
from sigma_cli.venues.upbit.wire.queries import ClosedOrdersQuery, OrderQuery
from tests.exchange.crowd import MARKETS, NAMES, Crowd, chunks, gather
from tests.exchange.fair import BTC, START_NS, Fair, Tape, instruments


def restored(crowd: Crowd) -> Venue:
    market = Market(instruments(*MARKETS), chunks(crowd.seed))
    return Venue.restore(crowd.venue.save(), market, crowd.venue.behaviour, Log())


@pytest.mark.prove
def test_a_crowd_does_not_notice_a_restart(depth: Callable[..., int]) -> None:
    steps = depth(quick=250, full=5_000)
    one, two = gather(3), gather(3)
    for n in range(4 * steps):
        one.step()
        two.step()
        if n % steps == steps // 2:
            two.venue = restored(two)
    assert one.answers == two.answers
    for name in NAMES:
        asked = [
            (venue.closed_orders(name, ClosedOrdersQuery(limit=1_000)), venue.balances(name))
            for venue in (one.venue, two.venue)
        ]
        assert msgspec.json.encode(asked[0]) == msgspec.json.encode(asked[1])
    for code in MARKETS:
        boards = [crowd.venue.market.boards[code] for crowd in (one, two)]
        assert boards[0].trades == boards[1].trades and boards[0].minutes == boards[1].minutes
        books = [board.book for board in boards]
        assert books[0] is not None and books[0] == books[1]


def tape() -> Tape:
    rows = Tape().book(0).trade(0, "100000000", "0.01").trade(10, "99000000", "1", -1)
    return rows.book(20).trade(30, "98000000", "1", -1)


def again(fair: Fair, rows: Tape | None = None, log: Log | None = None) -> Fair:
    data = fair.venue.save()
    fair.venue = Venue.restore(data, (rows or tape()).market(), fair.venue.behaviour, log or Log())
    return fair


def test_what_is_due_and_what_was_changed_is_remembered() -> None:
    fair = Fair(tape(), settle_delay_ns=5_000_000_000)
    old = fair.place("bid", price="90000000", volume="0.01")
    sold = fair.place("ask", "market", volume="0.1")
    follow = CancelAndNew(
        prev_order_uuid=old.uuid,
        new_ord_type="limit",
        new_price=Decimal(80_000_000),
        new_volume="remain_only",
        new_identifier="next",
    )
    told = fair.venue.cancel_and_new("ann", follow)
    rules = fair.venue.rules(BTC)
    again(fair).at(60)
    new = fair.venue.order("ann", OrderQuery(identifier="next"))
    assert (new.uuid, new.price) == (told.new_order_uuid, Decimal(80_000_000))
    assert fair.order(sold).trades_count == 1 and fair.venue.rules(BTC) == rules
    free = Decimal(fair.held("KRW")[0])
    fair.at(5_000)
    assert Decimal(fair.held("KRW")[0]) > free, "it was settled"


def test_a_halt_is_remembered_and_what_did_not_happen_then() -> None:
    fair = Fair(tape())
    fair.venue.set_state(BTC, "halted")
    fair.at(15)
    fair.venue.set_state(BTC, "active")
    fair.at(16)
    assert fair.venue.market.boards[BTC].book is None
    board = again(fair).venue.market.boards[BTC]
    assert [trade.price_u for trade in board.trades] == [100_000_000] and board.book is None
    fair.venue.set_state(BTC, "halted")
    again(fair).at(30)
    assert len(fair.venue.market.boards[BTC].trades) == 1
    assert fair.venue.state(BTC) == "halted"


def test_maintenance_is_remembered() -> None:
    fair = Fair(tape())
    fair.venue.maintenance(True)
    assert again(fair).venue.is_maintained
    assert fair.venue.accounts == ("ann",)


def test_a_log_of_a_restarted_venue_begins_with_what_is_held() -> None:
    log = Log()
    fair = Fair(tape())
    fair.place("bid", price="90000000", volume="0.01")
    again(fair, log=log)
    line = msgspec.json.decode(log.lines[0])
    assert (line["kind"], line["n"]) == ("begin", 1)
    assert line["held"]["ann:locked"]["KRW"] == "900450"


def test_bytes_that_are_no_venue_are_refused() -> None:
    for data in (b"", b"\x93\x01\x02\x03"):
        with pytest.raises(OutsideError, match="no saved exchange"):
            Venue.restore(data, tape().market(), Behaviour(), Log())
    fair = Fair(tape())
    saved = msgspec.msgpack.decode(fair.venue.save())
    saved["version"] = 0
    with pytest.raises(OutsideError, match="version 0"):
        Venue.restore(msgspec.msgpack.encode(saved), tape().market(), Behaviour(), Log())


def test_other_rows_are_refused() -> None:
    fair = Fair(tape()).at(30)
    with pytest.raises(OutsideError, match="5 had happened"):
        again(fair, Tape().book(0))


def test_the_market_s_time_is_the_venue_s() -> None:
    assert again(Fair(tape())).venue.now_ns == START_NS
