"""What is on its way between desk and venue: requests one way, facts the other.

Each way is a queue: what was sent first arrives first, however long each alone would have taken.
"""

from sigma_cli.domain.dtypes.bounds import FLIGHT_MAX
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.matching.faults import disturb
from sigma_cli.kernels.rng import draw

NEVER = constant(2**63 - 1)


@njit
def send(venue: Record, request: Record, now_ns: int) -> None:
    """Let a request leave the desk at `now_ns`.

    Raises:
        AssertionError: FLIGHT_MAX requests are on their way already.
    """
    flight = venue.ticks.flight
    assert flight.request_count < FLIGHT_MAX, "more requests are under way than there is room for"
    due_ns = now_ns + _delay_ns(venue.ticks.request_delay, venue)
    if flight.request_count > 0:
        before = (flight.request_head + flight.request_count - 1) % FLIGHT_MAX
        due_ns = max(due_ns, flight.request_due_ns[before])
    at = (flight.request_head + flight.request_count) % FLIGHT_MAX
    flight.requests[at] = request
    flight.request_due_ns[at] = due_ns
    flight.request_count += 1


@njit
def answer(venue: Record, inbox: Record) -> None:
    """Let the facts of `inbox`, one at least, leave the venue, and empty it.

    Raises:
        AssertionError: FLIGHT_MAX facts are on their way already.
    """
    flight = venue.ticks.flight
    disturb(venue, inbox)
    for i in range(inbox.count):
        assert flight.fact_count < FLIGHT_MAX, "more facts are under way than there is room for"
        fact = inbox.facts[i]
        due_ns = fact.exch_ts_ns + _delay_ns(venue.ticks.fact_delay, venue)
        if flight.fact_count > 0:
            before = (flight.fact_head + flight.fact_count - 1) % FLIGHT_MAX
            due_ns = max(due_ns, flight.facts[before].recv_ts_ns)
        at = (flight.fact_head + flight.fact_count) % FLIGHT_MAX
        flight.facts[at] = fact
        flight.facts[at].recv_ts_ns = due_ns
        flight.fact_count += 1
    inbox.count = 0


@njit
def request_due_ns(venue: Record) -> int:
    """Return when the next request reaches the venue, or NEVER."""
    flight = venue.ticks.flight
    return int(flight.request_due_ns[flight.request_head]) if flight.request_count > 0 else NEVER


@njit
def fact_due_ns(venue: Record) -> int:
    """Return when the next fact reaches the desk, or NEVER."""
    flight = venue.ticks.flight
    return int(flight.facts[flight.fact_head].recv_ts_ns) if flight.fact_count > 0 else NEVER


@njit
def next_request(venue: Record) -> Record:
    """Take the next request off its way."""
    flight = venue.ticks.flight
    request = flight.requests[flight.request_head]
    flight.request_head = (flight.request_head + 1) % FLIGHT_MAX
    flight.request_count -= 1
    return request


@njit
def next_fact(venue: Record) -> Record:
    """Take the next fact off its way."""
    flight = venue.ticks.flight
    fact = flight.facts[flight.fact_head]
    flight.fact_head = (flight.fact_head + 1) % FLIGHT_MAX
    flight.fact_count -= 1
    return fact


@njit
def _delay_ns(delay: Record, venue: Record) -> int:
    """Return how long one message takes."""
    if delay.count == 0:
        return int(delay.fixed_ns)
    return int(delay.measured_ns[draw(venue.ticks.rng) % delay.count])
