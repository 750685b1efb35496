"""Working orders: their numbers, slots, promises, and the facts they may meet."""

from collections.abc import Callable

import pytest

from sigma_cli.domain.dtypes.bounds import DECISIONS_MAX, MARKETS_MAX, ORDERS_MAX, REQUESTS_MAX
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import TRANSITIONS, OrderState
from sigma_cli.domain.requests import Reason, Side
from sigma_cli.kernels.desk import orders
from tests.kernels.harness import UNIT, Desk, instrument, settings


def asked(size_u: int = 10 * UNIT) -> tuple[Desk, int]:
    """A buy by size that the venue has not answered."""
    desk = Desk(settings(units=size_u / UNIT))
    desk.bar(10_000)
    return desk, int(desk.signal(1.0).request.local_no)


STORIES: dict[OrderState, Callable[[Desk, int], object]] = {
    OrderState.REQUESTED: lambda _desk, _no: None,
    OrderState.OPEN: lambda desk, no: desk.accepted(no),
    OrderState.UNKNOWN: lambda desk, no: desk.unknown(no),
    OrderState.FILLED: lambda desk, no: desk.filled(no, 10 * UNIT, 10_000),
    OrderState.CANCELLED: lambda desk, no: desk.cancelled(no),
    OrderState.REFUSED: lambda desk, no: desk.refused(no),
    OrderState.RESOLVED: lambda desk, no: (desk.unknown(no), desk.resolved(no)),
}
OF_ORDERS = [kind for kind in FactKind if kind not in (FactKind.EXTERNAL, FactKind.BALANCE)]


@pytest.mark.parametrize("kind", OF_ORDERS)
@pytest.mark.parametrize("state", STORIES)
def test_an_order_lives_by_the_table(state: OrderState, kind: FactKind) -> None:
    desk, no = asked()
    STORIES[state](desk, no)
    assert desk.order(no).state == state
    desk.fact(kind, no, 0, size_u=UNIT if kind is FactKind.FILLED else 0, price_u=10_000)
    allowed = TRANSITIONS[state].get(kind)
    assert desk.order(no).state == (state if allowed is None else allowed)
    assert desk.halted == (allowed is None), "what the table forbids stops all new risk"


def test_a_full_fill_ends_an_order_by_size() -> None:
    desk, no = asked()
    desk.filled(no, 9 * UNIT, 10_000)
    assert desk.order(no).state == OrderState.OPEN
    desk.filled(no, 1 * UNIT, 10_000)
    assert desk.order(no).state == OrderState.FILLED


def test_an_order_by_value_ends_when_the_venue_says_so() -> None:
    desk = Desk()
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    desk.filled(no, 10 * UNIT, 10_000)
    assert desk.order(no).state == OrderState.OPEN
    desk.cancelled(no)
    assert desk.order(no).state == OrderState.CANCELLED


@pytest.mark.parametrize("no", [0, -1, 2, 1 + ORDERS_MAX, 2**40])
def test_a_fact_that_no_order_explains_stops_all_new_risk(no: int) -> None:
    desk, _ = asked()
    desk.fact(FactKind.FILLED, no, 0, size_u=UNIT, price_u=10_000)
    assert desk.halted
    assert desk.position().size_u == 0
    assert desk.account.cash == 1_000_000


# --- Promises ---------------------------------------------------------------------------------


def test_cash_that_a_buy_may_take_is_promised_until_it_is_taken_or_given_back() -> None:
    desk = Desk(settings(fraction=0.4), instruments=(instrument("A", fee="0.01"), instrument("B")))
    desk.bar(10_000, 0)
    desk.bar(10_000, 1, minutes=0)
    no = desk.signal(1.0).request.local_no
    assert desk.account.promised == pytest.approx(400_000)
    desk.accepted(no)
    desk.filled(no, 15 * UNIT, 10_000, fee=1_500.0)
    assert desk.account.promised == pytest.approx(248_500)
    other = desk.signal(1.0, 1).request.local_no
    desk.cancelled(no)
    assert desk.account.promised == pytest.approx(0.4 * desk.account.equity)
    desk.refused(other)
    assert desk.account.promised == 0.0
    assert desk.order(no).promise == desk.order(other).promise == 0.0


def test_a_fill_dearer_than_promised_takes_no_more_than_the_promise() -> None:
    desk, no = asked()
    desk.filled(no, 9 * UNIT, 20_000)
    assert desk.account.promised == 0.0
    desk.filled(no, 1 * UNIT, 20_000)
    assert desk.account.promised == 0.0


def test_a_late_fill_takes_nothing_from_the_promises_of_others() -> None:
    desk = Desk(settings(units=10), instruments=(instrument("A"), instrument("B")))
    desk.bar(10_000, 0)
    desk.bar(10_000, 1, minutes=0)
    late = desk.signal(1.0, 0).request.local_no
    desk.signal(1.0, 1)
    desk.cancelled(late)
    assert desk.account.promised == 100_000
    desk.filled(late, 4 * UNIT, 10_000)
    assert desk.account.promised == 100_000


def test_rounding_leaves_no_promise_behind() -> None:
    desk = Desk(settings(fraction=0.1), instruments=tuple(instrument(fee="0.0007") for _ in "ABC"))
    for _ in range(50):
        numbers = []
        for market in range(3):
            desk.bar(9_973 + market, market, minutes=0)
            numbers.append(desk.signal(1.0, market).request.local_no)
        for no in numbers:
            desk.filled(no, 331, 9_977, fee=23.117)
            desk.cancelled(no)
        assert desk.account.promised == 0.0
        for market in range(3):
            exit_no = desk.signal(0.0, market).request.local_no
            desk.filled(exit_no, int(desk.position(market).size_u), 9_977)


def test_a_sale_promises_nothing() -> None:
    desk = Desk()
    desk.hold(10 * UNIT, 10_000)
    no = desk.signal(0.0).request.local_no
    assert desk.account.promised == 0.0
    desk.cancelled(no)
    assert desk.account.promised == 0.0


# --- Numbers and slots ------------------------------------------------------------------------


def test_numbers_grow_and_slots_are_used_again() -> None:
    desk = Desk(settings(units=1))
    desk.bar(10_000)
    numbers = []
    for _ in range(2 * ORDERS_MAX):
        numbers.append(int(desk.signal(1.0).request.local_no))
        desk.refused(numbers[-1])
    assert numbers == list(range(1, 2 * ORDERS_MAX + 1))


def test_a_slot_that_still_works_is_skipped() -> None:
    desk = Desk(settings(units=1), instruments=(instrument("A"), instrument("B")))
    desk.bar(10_000, 0)
    desk.bar(10_000, 1, minutes=0)
    stays = desk.signal(1.0, 1).request.local_no
    for _ in range(ORDERS_MAX):
        desk.refused(
            desk.signal(1.0, 0).request.local_no,
        )
    assert desk.order(stays).local_no == stays
    assert desk.order(stays).state == OrderState.REQUESTED
    desk.filled(stays, UNIT, 10_000)
    assert desk.position(1).size_u == UNIT


def test_a_fact_about_an_order_long_forgotten_stops_all_new_risk() -> None:
    desk = Desk(settings(units=1))
    desk.bar(10_000)
    for _ in range(ORDERS_MAX + 1):
        desk.refused(desk.signal(1.0).request.local_no)
    desk.fact(FactKind.FILLED, 1, 0, size_u=UNIT, price_u=10_000)
    assert desk.halted


def test_with_every_slot_taken_a_new_order_is_refused_and_told() -> None:
    """Unknown orders keep their slots: 64 markets can pile up 256 of them by leaving each."""
    markets = tuple(instrument(str(market)) for market in range(MARKETS_MAX))
    desk = Desk(settings(units=0.5), instruments=markets)
    for market in range(MARKETS_MAX):
        desk.bar(10_000, market, minutes=0)
        desk.external(size_u=1_000, market=market)
        for target in (0.9, 0.8, 0.7, 0.6):
            no = desk.signal(target, market).request.local_no
            assert desk.order(no).side == Side.SELL
            desk.unknown(no)
    caused = desk.signal(0.0, 0)
    assert not caused.requests
    assert caused.reason is Reason.OVERFLOW
    freed = desk.resolved(ORDERS_MAX).request
    assert (freed.market, freed.side) == (MARKETS_MAX - 1, Side.SELL), "one slot, used at once"


def test_what_finds_no_room_in_the_outbox_is_counted() -> None:
    """One event never causes so much: this is the belt to the braces."""
    desk = Desk()
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    box = desk.outbox[0]
    box.request_count, box.decision_count = REQUESTS_MAX, DECISIONS_MAX
    assert not orders.submit(desk.state[0], box)
    assert desk.refusals(Reason.OVERFLOW) == 2, "no room for the request, none for the decision"
    assert not orders.cancel(desk.state[0], box, no, Reason.SIGNAL_REVERSED)
    assert not desk.order(no).cancelling, "so that it is asked for again"
    assert (box.request_count, box.decision_count) == (REQUESTS_MAX, DECISIONS_MAX)
