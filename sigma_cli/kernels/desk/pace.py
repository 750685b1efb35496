"""The orders that added risk, one against the others, and how fast they were answered.

Writes `state.pace` and the metrics that come of it. Must not decide anything.
"""

import math

from sigma_cli.domain.dtypes.bounds import ORDERS_REMEMBERED
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.orders import Phase
from sigma_cli.domain.switches import Metric
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.kernels.desk import ranked
from sigma_cli.kernels.jit import constant, njit

REPEATS, ENTRIES = constant(Metric.REPEATS), constant(Metric.ENTRIES)
MEDIAN_RATIO, COLLAR = constant(Metric.MEDIAN_RATIO), constant(Metric.COLLAR)
POSITION_VALUE, ROUND_TRIP = constant(Metric.POSITION_VALUE), constant(Metric.ROUND_TRIP)
ORDER_RATE = constant(Metric.ORDER_RATE)
FLAT = constant(Phase.FLAT)
_MS_NS = constant(NS_PER_MS)


@njit
def measure(state: Record) -> None:
    """Measure the candidate against the orders before it."""
    candidate, pace, metrics = state.candidate, state.pace, state.metrics
    position = state.positions[candidate.market]
    metrics[REPEATS] = float(_repeats(state))
    today = pace.entries if pace.day_end_ns == state.account.day_end_ns else 0
    metrics[ENTRIES] = float(today + _begins(state))
    usual = ranked.median(pace.values_ranked, pace.seen)
    metrics[MEDIAN_RATIO] = candidate.value / usual if usual > 0.0 else math.nan
    state.samples[MEDIAN_RATIO] = min(pace.seen, ORDERS_REMEMBERED)
    metrics[POSITION_VALUE] = position.value + candidate.value
    metrics[COLLAR] = 0.0  # without a price it takes the market's
    if candidate.price_u > 0 and position.mark > 0.0:
        price = candidate.price_u * position.rules.price_scale
        metrics[COLLAR] = abs(price - position.mark) / position.mark


@njit
def on_submit(state: Record, params: Record) -> None:
    """Remember the candidate: it was asked for."""
    candidate, pace = state.candidate, state.pace
    if pace.day_end_ns != state.account.day_end_ns:
        pace.day_end_ns = state.account.day_end_ns
        pace.entries = 0
    pace.entries += _begins(state)
    pace.repeats = _repeats(state)
    pace.market = candidate.market
    pace.price_u = candidate.price_u
    pace.size_u = candidate.size_u
    pace.value = candidate.value
    if candidate.value > _least(state, params):
        ranked.push(pace.values, pace.values_ranked, pace.seen, candidate.value)
        pace.seen += 1


@njit
def on_answer(state: Record, took_ns: int) -> None:
    """Remember how long an order waited, from the decision to its first fact."""
    pace = state.pace
    ranked.push(pace.answer_ms, pace.answer_ms_ranked, pace.answers, took_ns / _MS_NS)
    pace.answers += 1
    state.metrics[ROUND_TRIP] = ranked.percentile(pace.answer_ms_ranked, pace.answers, 95)
    state.samples[ROUND_TRIP] = min(pace.answers, ORDERS_REMEMBERED)


@njit
def _least(state: Record, params: Record) -> float:
    """Return the value of a least order, which says nothing of what is usual.

    A desk that only probes for a while would else refuse every order of its usual size for ever.
    """
    return params.stakes.order_min * state.positions[state.candidate.market].rules.value_min


@njit
def _begins(state: Record) -> int:
    """Return 1 if the candidate begins an entry, 0 if it goes on with one."""
    return int(state.trips[state.candidate.market].phase == FLAT)


@njit
def _repeats(state: Record) -> int:
    """Return how many orders of the rate window, up to the candidate, were the same in a row."""
    candidate, pace = state.candidate, state.pace
    same = (
        pace.market == candidate.market
        and pace.price_u == candidate.price_u
        and pace.size_u == candidate.size_u
        and pace.value == candidate.value
    )
    return min(pace.repeats + 1, int(state.metrics[ORDER_RATE]) - 1) if same else 0
