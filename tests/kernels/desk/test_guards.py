"""Stop, target, trailing stop and time: asked for once, moved with the position, gone with it."""

from typing import Any

import pytest

from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side
from sigma_cli.settings.tree import Exits
from tests.kernels.harness import Caused, Desk, instrument, settings


def guarded(units: float = 1.0, **exits: Any) -> Desk:
    chosen = settings(units=units).model_copy(update={"exits": Exits(**exits)})
    return Desk(chosen, instruments=(instrument(tick="10"),))


def bought(desk: Desk, size_u: int = 100, price_u: int = 10_000) -> Caused:
    """Let an entry be filled; return what the last fill caused."""
    desk.bar(price_u, minutes=0)
    no = int(desk.signal(1.0).request.local_no)
    desk.accepted(no)
    return desk.filled(no, size_u, price_u)


def test_stop_and_target_are_asked_for_once_the_entry_is_done() -> None:
    desk = guarded(stop=0.05, target=0.1)
    desk.bar(10_000)
    no = int(desk.signal(1.0).request.local_no)
    desk.accepted(no)
    assert desk.filled(no, 40, 10_000).nothing, "the rest of the entry still works"
    stop, target = desk.filled(no, 60, 10_100).requests
    for request in (stop, target):
        assert (request.kind, request.side) == (RequestKind.SUBMIT, Side.SELL)
        assert (request.size_u, request.reduce_only) == (100, 1)
    assert (stop.order_type, stop.reason) == (OrderType.STOP, Reason.EXIT_STOP)
    assert (target.order_type, target.reason) == (OrderType.LIMIT, Reason.EXIT_TARGET)
    mean = (40 * 10_000 + 60 * 10_100) / 100
    assert stop.price_u == 9_550 <= mean * 0.95, "on the grid, outward"
    assert target.price_u == 11_070 >= mean * 1.1


def test_the_target_goes_when_the_stop_ends_the_position() -> None:
    desk = guarded(stop=0.05, target=0.1)
    stop, target = bought(desk).requests
    desk.accepted(int(stop.local_no))
    desk.accepted(int(target.local_no))
    cancel = desk.filled(int(stop.local_no), 100, 9_500).request
    assert (cancel.kind, cancel.local_no) == (RequestKind.CANCEL, target.local_no)
    assert cancel.reason == Reason.PROTECTION_MOVED
    assert desk.cancelled(int(target.local_no), Reason.CANCEL_REQUESTED).nothing
    assert desk.position().size_u == 0
    assert not desk.halted


def test_a_stopped_position_is_entered_again_only_after_another_wish() -> None:
    desk = guarded(stop=0.05)
    stop = bought(desk).request
    desk.accepted(int(stop.local_no))
    desk.filled(int(stop.local_no), 100, 9_500)
    desk.bar(9_400)
    assert desk.signal(1.0).nothing, "the strategy has not changed its mind"
    assert desk.signal(0.0).nothing
    assert desk.signal(1.0).request.side == Side.BUY


def test_both_go_when_the_strategy_leaves() -> None:
    desk = guarded(stop=0.05, target=0.1)
    guards = {int(request.local_no) for request in bought(desk).requests}
    for no in guards:
        desk.accepted(no)
    exit_no = int(desk.signal(0.0).request.local_no)
    desk.accepted(exit_no)
    dropped = desk.filled(exit_no, 100, 10_200).requests
    assert {int(request.local_no) for request in dropped} == guards
    assert all(request.kind == RequestKind.CANCEL for request in dropped)


def test_they_move_with_the_size_of_the_position() -> None:
    desk = guarded(units=2.0, stop=0.05)
    desk.bar(10_000)
    no = int(desk.signal(0.5).request.local_no)
    desk.accepted(no)
    old = desk.filled(no, 100, 10_000).request
    desk.accepted(int(old.local_no))
    more = int(desk.signal(1.0).request.local_no)
    desk.accepted(more)
    cancel, new = desk.filled(more, 100, 12_000).requests
    assert (cancel.kind, cancel.local_no) == (RequestKind.CANCEL, old.local_no)
    assert (new.size_u, new.price_u) == (200, 10_450), "5 % below the mean entry of 11,000"


def test_a_stop_that_was_partly_filled_guards_what_is_left() -> None:
    desk = guarded(stop=0.05)
    stop = bought(desk).request
    desk.accepted(int(stop.local_no))
    assert desk.filled(int(stop.local_no), 30, 9_500).nothing, "it only reduces: it goes on"
    assert desk.state[0].guards[0].stop_no == stop.local_no
    assert desk.filled(int(stop.local_no), 70, 9_400).nothing
    assert desk.position().size_u == 0


def test_a_target_that_was_partly_filled_leaves_its_stop_alone_until_the_end() -> None:
    desk = guarded(stop=0.05, target=0.1)
    stop, target = bought(desk).requests
    desk.accepted(int(stop.local_no))
    desk.accepted(int(target.local_no))
    assert desk.filled(int(target.local_no), 60, 11_010).nothing
    cancel = desk.filled(int(target.local_no), 40, 11_010).request
    assert (cancel.kind, cancel.local_no) == (RequestKind.CANCEL, stop.local_no)


def test_a_trailing_stop_counts_from_the_highest_close_since_entry() -> None:
    desk = guarded(trailing=0.1)
    desk.bar(20_000)
    assert bought(desk).nothing
    assert desk.bar(12_000).nothing
    assert desk.bar(10_801).nothing
    left = desk.bar(10_800).request
    assert (left.order_type, left.side, left.size_u) == (OrderType.MARKET, Side.SELL, 100)
    assert left.reason == Reason.EXIT_TRAILING
    assert desk.bar(10_000).nothing, "one order at a time"


def test_a_close_before_the_entry_is_not_what_it_has_fallen_from() -> None:
    desk = guarded(trailing=0.02)
    desk.bar(10_300)
    assert bought(desk).nothing
    assert desk.bar(10_000).nothing, "as bought"
    assert desk.bar(9_801).nothing
    assert desk.bar(9_800).request.reason == Reason.EXIT_TRAILING


def test_a_position_lasts_so_many_bars() -> None:
    desk = guarded(time_bars=3)
    bought(desk)
    assert desk.bar(10_000).nothing
    assert desk.bar(10_000).nothing
    left = desk.bar(10_000).request
    assert left.reason == Reason.EXIT_TIME
    desk.accepted(int(left.local_no))
    desk.filled(int(left.local_no), 100, 10_000)
    assert desk.signal(0.0).nothing
    bought(desk)
    assert desk.bar(10_000).nothing, "the count begins anew"


def test_no_guards_no_requests() -> None:
    desk = Desk(settings(units=1.0))
    assert bought(desk).nothing
    for _ in range(10):
        assert desk.bar(1).nothing


def test_dust_is_not_guarded() -> None:
    desk = guarded(stop=0.05)
    assert bought(desk, size_u=100, price_u=10_000).requests
    small = guarded(stop=0.05, units=1.0)
    small.bar(10_000)
    no = int(small.signal(1.0).request.local_no)
    small.accepted(no)
    assert small.filled(no, 10, 10_000).nothing
    assert small.cancelled(no, Reason.INSUFFICIENT_FUNDS).nothing, "worth 1,000: below the minimum"


@pytest.mark.parametrize("ended", ["cancelled", "refused"])
def test_a_guard_that_the_venue_ends_is_forgotten(ended: str) -> None:
    desk = guarded(stop=0.05)
    stop = bought(desk).request
    assert getattr(desk, ended)(int(stop.local_no)).nothing
    assert desk.state[0].guards[0].stop_no == 0
    assert not desk.halted


def test_an_unknown_guard_vetoes_new_risk_until_it_is_known() -> None:
    desk = guarded(units=2.0, stop=0.05)
    desk.bar(10_000)
    no = int(desk.signal(0.5).request.local_no)
    desk.accepted(no)
    stop = desk.filled(no, 100, 10_000).request
    desk.unknown(int(stop.local_no))
    assert desk.signal(1.0).reason is Reason.UNKNOWN_ORDER
    desk.accepted(int(stop.local_no))
    assert desk.position().unknown == 0
    assert desk.signal(1.0).request.side == Side.BUY
