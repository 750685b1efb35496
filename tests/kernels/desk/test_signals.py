"""From a wish to an order: asked for once, retried when it was not served, never two at a time."""

import math

import pytest

from sigma_cli.domain.requests import Reason, RequestKind, Side
from tests.kernels.harness import UNIT, Caused, Desk, instrument, settings


def is_buy(caused: Caused) -> bool:
    return bool(caused.request.kind == RequestKind.SUBMIT and caused.request.side == Side.BUY)


def is_sell(caused: Caused) -> bool:
    return bool(caused.request.kind == RequestKind.SUBMIT and caused.request.side == Side.SELL)


def is_cancel(caused: Caused, no: int) -> bool:
    request = caused.request
    return bool(request.kind == RequestKind.CANCEL and request.local_no == no)


# --- What a value means -----------------------------------------------------------------------


def test_nan_changes_nothing() -> None:
    desk = Desk()
    desk.bar(10_000)
    assert desk.signal(math.nan).nothing
    desk.hold(10 * UNIT, 10_000)
    assert desk.signal(math.nan).nothing
    assert desk.state[0].wishes[0].target == 1.0


@pytest.mark.parametrize("value", [-1.0, -0.5, -1e-300])
def test_below_zero_is_flat_and_counted(value: float) -> None:
    desk = Desk()
    desk.hold(10 * UNIT, 10_000)
    assert is_sell(desk.signal(value))
    assert desk.state[0].below_zero == 1
    desk.signal(value)
    assert desk.state[0].below_zero == 2


def test_minus_zero_is_flat_and_not_below() -> None:
    desk = Desk()
    desk.hold(10 * UNIT, 10_000)
    assert is_sell(desk.signal(-0.0))
    assert desk.state[0].below_zero == 0


@pytest.mark.parametrize("value", [1.0000001, -1.0000001, 7.0, math.inf, -math.inf])
def test_what_is_no_exposure_is_refused(value: float) -> None:
    desk = Desk()
    desk.bar(10_000)
    caused = desk.signal(value, strategy=5)
    assert not caused.requests
    assert caused.reason is Reason.BAD_SIGNAL
    (decision,) = caused.decisions
    assert (decision.measured, decision.limit, decision.strategy) == (value, 1.0, 5)
    assert desk.signal(value).nothing
    assert desk.refusals(Reason.BAD_SIGNAL) == 2
    assert is_buy(desk.signal(1.0)), "and does no harm"


# --- Asked for once ---------------------------------------------------------------------------


def test_the_same_wish_is_asked_for_once() -> None:
    desk = Desk()
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    assert desk.signal(1.0).nothing, "while it works"
    desk.accepted(no)
    desk.filled(no, 10 * UNIT, 10_000)
    desk.cancelled(no)
    for close_u in (10_000, 5_000, 20_000):
        desk.bar(close_u)
        assert desk.signal(1.0).nothing, "and whatever the price does to it"
    assert is_sell(desk.signal(0.0))
    assert desk.signal(0.0).nothing


@pytest.mark.parametrize("end", ["refused", "cancelled"])
def test_a_wish_that_was_not_served_is_asked_for_again(end: str) -> None:
    desk = Desk()
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    caused = getattr(desk, end)(no)
    assert caused.nothing, "not at once: it might be refused without end"
    assert is_buy(desk.signal(1.0))


def test_a_refusal_of_the_desk_is_tried_again_and_recorded_once() -> None:
    desk = Desk(settings(fraction=0.004))
    desk.bar(10_000)
    assert desk.signal(1.0).reason is Reason.VALUE_MIN
    for _ in range(3):
        assert desk.signal(1.0).nothing
    assert desk.refusals(Reason.VALUE_MIN) == 4
    desk.rules(0, instrument(value_max="3000", value_min="1000"))
    assert desk.signal(1.0).reason is Reason.VALUE_MAX, "another reason is a change"
    desk.rules()
    assert desk.signal(1.0).reason is Reason.VALUE_MIN
    desk.rules(0, instrument(value_min="1000"))
    assert is_buy(desk.signal(1.0))
    assert desk.refusals(Reason.VALUE_MIN) == 5


def test_after_an_order_the_same_refusal_is_news_again() -> None:
    desk = Desk()
    desk.halt()
    desk.bar(10_000)
    assert desk.signal(1.0).reason is Reason.HALTED
    desk.rearm()
    desk.refused(desk.signal(1.0).request.local_no)
    desk.halt()
    assert desk.signal(1.0).reason is Reason.HALTED


def test_what_an_order_by_size_did_not_get_is_asked_for_again() -> None:
    desk = Desk(settings(units=10))
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    desk.filled(no, 400, 10_000)
    assert desk.cancelled(no, Reason.INSUFFICIENT_FUNDS).nothing
    caused = desk.signal(1.0)
    assert is_buy(caused)
    assert caused.request.size_u == 600


def test_an_exit_that_was_cut_short_goes_on_at_once() -> None:
    """A strategy may speak only when it changes its mind: nobody else would sell the rest."""
    desk = Desk()
    desk.hold(10 * UNIT, 10_000)
    no = desk.signal(0.0).request.local_no
    desk.filled(no, 4 * UNIT, 10_000)
    caused = desk.cancelled(no)
    assert is_sell(caused)
    assert caused.request.size_u == 6 * UNIT
    desk.filled(caused.request.local_no, 6 * UNIT, 10_000)
    assert desk.position().size_u == 0
    assert desk.signal(0.0).nothing


def test_an_exit_that_got_nothing_waits_for_the_next_signal() -> None:
    desk = Desk()
    desk.hold(10 * UNIT, 10_000)
    no = desk.signal(0.0).request.local_no
    assert desk.refused(no).nothing
    assert is_sell(desk.signal(0.0))


# --- One order at a time ----------------------------------------------------------------------


def test_a_reversal_cancels_the_working_order_and_pursues_the_new_wish_after_it() -> None:
    desk = Desk()
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    desk.accepted(no)
    desk.filled(no, 3 * UNIT, 10_000)
    caused = desk.signal(0.0)
    assert is_cancel(caused, no)
    assert caused.request.reason == Reason.SIGNAL_REVERSED
    assert desk.signal(0.0).nothing, "the cancel is asked for once"
    caused = desk.cancelled(no, Reason.CANCEL_REQUESTED)
    assert is_sell(caused)
    assert caused.request.size_u == 3 * UNIT


def test_an_order_that_was_filled_before_its_cancel_came() -> None:
    desk = Desk(settings(units=10))
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    desk.signal(0.0)
    caused = desk.filled(no, 10 * UNIT, 10_000)
    assert is_sell(caused)
    assert caused.request.size_u == 10 * UNIT


def test_a_wish_that_came_back_while_the_cancel_was_on_its_way() -> None:
    desk = Desk()
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    assert is_cancel(desk.signal(0.0), no)
    assert desk.signal(1.0).nothing
    assert is_buy(desk.cancelled(no))


def test_a_change_of_target_replaces_the_working_order() -> None:
    desk = Desk(settings(fraction=0.2))
    desk.bar(10_000)
    no = desk.signal(0.5).request.local_no
    assert is_cancel(desk.signal(1.0), no)
    caused = desk.cancelled(no)
    assert is_buy(caused)
    assert caused.request.value == pytest.approx(200_000)


def test_markets_have_wishes_of_their_own() -> None:
    desk = Desk(instruments=(instrument("A"), instrument("B")))
    desk.bar(10_000, 0)
    desk.bar(20_000, 1, minutes=0)
    first, second = (desk.signal(1.0, market).request for market in (0, 1))
    assert (first.market, second.market) == (0, 1)
    assert first.local_no != second.local_no
    before = desk.state[0].wishes[1].copy(), desk.state[0].positions[1].copy()
    desk.filled(first.local_no, 10 * UNIT, 10_000)
    desk.cancelled(first.local_no)
    desk.signal(0.0, 0)
    assert (desk.state[0].wishes[1], desk.state[0].positions[1]) == before


# --- What the venue does not know, or says late -----------------------------------------------


def test_a_buy_filled_after_its_cancel_is_sold_again() -> None:
    desk = Desk()
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    desk.signal(0.0)
    assert desk.cancelled(no).nothing, "flat, as wished"
    caused = desk.filled(no, 5 * UNIT, 10_000)
    assert not desk.halted
    assert is_sell(caused)
    assert caused.request.size_u == 5 * UNIT


def test_a_late_fill_beside_a_working_order_makes_it_think_again() -> None:
    desk = Desk(settings(units=10))
    desk.bar(10_000)
    late = desk.signal(0.5).request.local_no
    desk.signal(1.0)
    no = desk.cancelled(late).request.local_no  # of 10 coins
    assert is_cancel(desk.filled(late, 2 * UNIT, 10_000), no)
    caused = desk.cancelled(no)
    assert is_buy(caused)
    assert caused.request.size_u == 8 * UNIT


def test_a_late_fill_that_leaves_too_little_waits_for_a_signal() -> None:
    desk = Desk(settings(units=10))
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    desk.cancelled(no)
    assert desk.filled(no, 4 * UNIT, 10_000).nothing
    assert desk.signal(1.0).request.size_u == 6 * UNIT


def unknown_entry(fraction: float = 0.1) -> tuple[Desk, int]:
    desk = Desk(settings(fraction=fraction), instruments=(instrument("A"), instrument("B")))
    desk.hold(5 * UNIT, 10_000)
    desk.bar(10_000, 1, minutes=0)
    no = int(desk.signal(0.9).request.local_no)
    assert desk.unknown(no).nothing
    return desk, no


def test_an_unknown_order_vetoes_new_risk_in_its_market_only() -> None:
    desk, _ = unknown_entry()
    caused = desk.signal(0.95)
    assert not caused.requests
    assert caused.reason is Reason.UNKNOWN_ORDER
    assert is_buy(desk.signal(1.0, 1))


def test_an_unknown_order_counts_with_its_full_exposure() -> None:
    desk, _ = unknown_entry(fraction=0.6)
    assert desk.account.promised == pytest.approx(0.9 * 0.6 * 1_000_000 - 50_000)
    assert desk.signal(1.0, 1).reason is Reason.CASH


def test_an_unknown_order_does_not_hold_up_an_exit() -> None:
    desk, _ = unknown_entry()
    caused = desk.signal(0.0)
    assert is_sell(caused)
    assert caused.request.size_u == 5 * UNIT


def test_an_unknown_order_that_never_was_frees_its_market() -> None:
    desk, no = unknown_entry()
    assert desk.resolved(no).nothing, "a price of long ago is not pursued"
    assert desk.position().unknown == 0
    assert desk.account.promised == 0.0
    assert is_buy(desk.signal(0.9))


def test_an_exit_that_never_was_is_asked_for_at_once() -> None:
    desk = Desk()
    desk.hold(10 * UNIT, 10_000)
    no = desk.signal(0.0).request.local_no
    desk.unknown(no)
    assert desk.signal(0.0).nothing, "it may be working: nothing is sold twice"
    caused = desk.resolved(no)
    assert is_sell(caused)
    assert caused.request.size_u == 10 * UNIT


def test_an_unknown_order_that_works_is_taken_back() -> None:
    desk, no = unknown_entry()
    assert desk.accepted(no).nothing
    assert desk.signal(0.9).nothing, "it serves the wish"
    assert is_cancel(desk.signal(0.0), no)


def test_an_unknown_order_that_serves_no_wish_any_more_is_cancelled() -> None:
    desk, no = unknown_entry()
    exit_no = desk.signal(0.0).request.local_no
    desk.filled(exit_no, 5 * UNIT, 10_000)
    assert is_cancel(desk.accepted(no), no)
    assert desk.filled(no, 2 * UNIT, 10_000).nothing, "its end will tell how much"
    caused = desk.cancelled(no)
    assert is_sell(caused)
    assert caused.request.size_u == 2 * UNIT


def test_an_unknown_order_is_cancelled_when_another_works_in_its_place() -> None:
    desk, no = unknown_entry()
    exit_no = desk.signal(0.0).request.local_no
    assert is_cancel(desk.accepted(no), no)
    assert desk.cancelled(no).nothing
    desk.filled(exit_no, 5 * UNIT, 10_000)
    assert desk.position().size_u == 0


def test_an_unknown_order_that_was_filled_serves_or_is_sold() -> None:
    desk, no = unknown_entry()
    assert desk.filled(no, 4 * UNIT, 10_000).nothing
    assert desk.cancelled(no).nothing
    assert desk.signal(0.9).nothing
    desk, no = unknown_entry()
    desk.filled(desk.signal(0.0).request.local_no, 5 * UNIT, 10_000)
    assert is_cancel(desk.filled(no, 4 * UNIT, 10_000), no)
    assert desk.cancelled(no).request.size_u == 4 * UNIT


def test_an_unknown_order_by_size_that_was_filled_whole() -> None:
    desk = Desk(settings(units=10))
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    desk.unknown(no)
    desk.signal(0.0)
    assert desk.signal(1.0).reason is Reason.UNKNOWN_ORDER
    assert desk.filled(no, 10 * UNIT, 10_000).nothing
    assert desk.signal(1.0).nothing, "the wish is served"


def test_an_order_let_go_of_may_become_unknown_again() -> None:
    desk, no = unknown_entry()
    exit_no = desk.signal(0.0).request.local_no
    assert is_cancel(desk.accepted(no), no)
    assert desk.unknown(no).nothing
    assert desk.position().unknown == 1
    desk.filled(exit_no, 5 * UNIT, 10_000)
    assert is_cancel(desk.accepted(no), no)
    assert desk.cancelled(no).nothing
    assert desk.position().unknown == 0


def test_a_cancel_lost_with_its_order_is_asked_for_again() -> None:
    desk = Desk()
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    assert is_cancel(desk.signal(0.0), no)
    desk.unknown(no)
    assert is_cancel(desk.accepted(no), no)


def test_an_exit_need_not_wait_for_the_order_that_was_to_make_way() -> None:
    desk = Desk()
    desk.hold(10 * UNIT, 10_000)
    no = desk.signal(0.5).request.local_no  # sells half
    assert is_cancel(desk.signal(0.0), no)
    caused = desk.unknown(no)
    assert is_sell(caused)
    assert caused.request.size_u == 10 * UNIT


def test_a_refusal_proves_nothing_about_an_unknown_order() -> None:
    desk, no = unknown_entry()
    assert desk.refused(no).nothing
    assert desk.unknown(no).nothing
    assert desk.position().unknown == 1
    assert desk.signal(0.95).reason is Reason.UNKNOWN_ORDER
