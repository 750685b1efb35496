"""What is on its way: as long as was said, or as was measured, and in the order it was sent."""

from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.dtypes.bounds import FLIGHT_MAX
from sigma_cli.domain.dtypes.tape import REQUEST
from sigma_cli.domain.dtypes.venue import INBOX, VENUE
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.requests import Reason
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.kernels.matching import flight
from sigma_cli.kernels.matching.orders import tell
from sigma_cli.kernels.rng import stream


def venue(**delays: Any) -> Any:
    """A venue whose delays are so many ms, or drawn from so many."""
    made = np.zeros(1, VENUE)[0]
    made.ticks.rng[:] = stream(1, 0)
    for name, delay in delays.items():
        way = made.ticks[name]
        if isinstance(delay, list):
            way.count = len(delay)
            way.measured_ns[: len(delay)] = np.array(delay) * NS_PER_MS
        else:
            way.fixed_ns = delay * NS_PER_MS
    return made


def send(made: Any, now_ms: int, no: int) -> None:
    request = np.zeros(1, REQUEST)[0]
    request.local_no = no
    flight.send(made, request, now_ms * NS_PER_MS)


def answer(made: Any, now_ms: int, *numbers: int) -> None:
    inbox = np.zeros(1, INBOX)[0]
    for no in numbers:
        tell(inbox, no, 0, FactKind.ACCEPTED, Reason.NONE, now_ms * NS_PER_MS)
    flight.answer(made, inbox)
    assert inbox.count == 0


def test_a_request_arrives_after_its_delay() -> None:
    made = venue(request_delay=10, fact_delay=25)
    assert flight.request_due_ns(made) == flight.NEVER
    send(made, 5, 1)
    assert flight.request_due_ns(made) == 15 * NS_PER_MS
    assert flight.next_request(made).local_no == 1
    assert flight.request_due_ns(made) == flight.NEVER


def test_a_fact_arrives_after_its_delay_and_says_when() -> None:
    made = venue(request_delay=10, fact_delay=25)
    assert flight.fact_due_ns(made) == flight.NEVER
    answer(made, 5, 1, 2)
    assert flight.fact_due_ns(made) == 30 * NS_PER_MS
    first, second = flight.next_fact(made).copy(), flight.next_fact(made).copy()
    assert (first.local_no, second.local_no) == (1, 2)
    assert (first.exch_ts_ns, first.recv_ts_ns) == (5 * NS_PER_MS, 30 * NS_PER_MS)
    assert flight.fact_due_ns(made) == flight.NEVER


def ways(every_ms: int) -> tuple[list[int], list[int]]:
    """Send 300 requests and facts; return how many ms each took."""
    made = venue(request_delay=[1, 7, 40], fact_delay=[1, 7, 40])
    requests, heard = [], []
    for no in range(300):
        send(made, no * every_ms, no)
        answer(made, no * every_ms, no)
    for no in range(300):
        requests.append(flight.request_due_ns(made) // NS_PER_MS - no * every_ms)
        assert flight.next_request(made).local_no == no
        heard.append(flight.fact_due_ns(made) // NS_PER_MS - no * every_ms)
        fact = flight.next_fact(made)
        assert (fact.local_no, fact.exch_ts_ns) == (no, no * every_ms * NS_PER_MS)
    return requests, heard


def test_a_delay_is_drawn_from_what_was_measured() -> None:
    requests, heard = ways(50)
    assert set(requests) == set(heard) == {1, 7, 40}
    assert requests != heard, "each message has a time of its own"


def test_what_was_sent_first_arrives_first_however_long_it_takes() -> None:
    for took in ways(2):
        due = [no * 2 + ms for no, ms in enumerate(took)]
        assert due == sorted(due)
        assert max(took) == 40
        assert len(set(took)) > 3, "some waited for one that took longer"


def test_the_ring_goes_round() -> None:
    made = venue()
    send(made, 0, 0)
    for no in range(2 * FLIGHT_MAX):
        send(made, no + 1, no + 1)
        answer(made, no, no)
        assert flight.next_request(made).local_no == no
        assert flight.next_fact(made).local_no == no
    assert flight.request_due_ns(made) == 2 * FLIGHT_MAX * NS_PER_MS


def test_no_more_is_on_its_way_than_there_is_room_for() -> None:
    made = venue()
    for no in range(FLIGHT_MAX):
        send(made, 0, no)
        answer(made, 0, no)
    with pytest.raises(AssertionError, match="more requests"):
        send(made, 0, 1)
    with pytest.raises(AssertionError, match="more facts"):
        answer(made, 0, 1)
