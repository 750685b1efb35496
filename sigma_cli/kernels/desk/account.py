"""Cash, positions and equity, as far as facts confirm them. Float64: the ledger counts in Decimal.

Writes `state.account`, `state.positions` and the metrics of equity. Must not decide anything.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.switches import Metric
from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.kernels.jit import constant, inline, merged, njit

FILLED, EXTERNAL = constant(FactKind.FILLED), constant(FactKind.EXTERNAL)
DRAWDOWN, DAY_LOSS = constant(Metric.DRAWDOWN), constant(Metric.DAY_LOSS)


@njit
def on_start(state: Record, event: Record, params: Record) -> None:
    """Begin a segment: `state` is its checkpoint, brought in by the caller.

    A restart in the middle of a day does not open another: what was lost or latched stays so.
    """
    is_new = state.account.equity_peak == 0.0
    _value_all(state)
    if is_new:
        _open_day(state, event.recv_ts_ns, params)


@njit
def on_rearm(state: Record) -> None:
    """Count the drawdown from here, or it would trip its switch again at once."""
    state.account.equity_peak = state.account.equity
    _count_from_bases(state)
    _value_all(state)


@njit
def on_rules(state: Record, event: Record) -> None:
    """Take the venue's new rules of a market."""
    position = state.positions[event.market]
    position.has_rules = 1
    position.rules = event.control.rules
    position.mark = position.mark_u * position.rules.price_scale
    _value(state, event.market)


@inline
def on_close(state: Record, market: int, close_u: int, close_ts_ns: int, params: Record) -> bool:
    """Mark a position at a bar's close; return whether equity may have moved.

    A bar that closes on the boundary of a day is the last of the old day, whenever it arrives.
    """
    new_day = close_ts_ns > state.account.day_end_ns
    if new_day:
        _open_day(state, close_ts_ns, params)
    position = state.positions[market]
    position.mark_u = close_u
    position.mark = close_u * position.rules.price_scale
    if position.size_u == 0:
        return new_day
    _value(state, market)
    return True


@inline
def on_bid(state: Record, market: int, bid_u: int) -> bool:
    """Mark a position at what it could be sold for; return whether equity may have moved."""
    position = state.positions[market]
    if bid_u == position.mark_u:
        return False
    position.mark_u = bid_u
    position.mark = bid_u * position.rules.price_scale
    if position.size_u == 0:
        return False
    _value(state, market)
    return True


@njit
def on_time(state: Record, params: Record) -> bool:
    """Look at the clock; return whether another trading day has begun."""
    if state.now_ns <= state.account.day_end_ns:
        return False
    _open_day(state, state.now_ns, params)
    return True


@merged
def on_fill(state: Record, market: int, side: int, fact: Record) -> None:
    """Book an execution: cash and position move, the fee is paid."""
    position = state.positions[market]
    price = fact.price_u * position.rules.price_scale
    state.account.cash -= side * price * (fact.size_u * position.rules.size_scale) + fact.fee
    state.account.fees += fact.fee
    position.size_u += side * fact.size_u
    if position.mark_u == 0:
        position.mark_u = fact.price_u
        position.mark = price
    _value(state, market)


@njit
def on_external(state: Record, fact: Record) -> None:
    """Take a change of balance that no order explains: `size_u` base, minus `fee` quote.

    A transfer is neither gain nor loss: what both are counted from moves along.
    """
    account = state.account
    position = state.positions[fact.market]
    moved = fact.size_u * position.rules.size_scale * position.mark - fact.fee
    account.equity_peak += moved
    account.equity_day_start += moved
    _count_from_bases(state)
    position.size_u += fact.size_u
    account.cash -= fact.fee
    _value(state, fact.market)


@inline
def _value(state: Record, market: int) -> None:
    """Value one position anew, then equity and what is measured on it."""
    position = state.positions[market]
    position.value = position.size_u * position.rules.size_scale * position.mark
    _value_all(state)


@inline
def _value_all(state: Record) -> None:
    # Summed anew each time: a running sum would drift and depend on the order of events.
    equity = state.account.cash
    for m in range(state.market_count):
        equity += state.positions[m].value
    state.account.equity = equity
    if equity > state.account.equity_peak:
        state.account.equity_peak = equity
        state.account.per_peak = 1.0 / equity
    state.metrics[DRAWDOWN] = 1.0 - equity * state.account.per_peak
    state.metrics[DAY_LOSS] = 1.0 - equity * state.account.per_day_start


@njit
def _open_day(state: Record, now_ns: int, params: Record) -> None:
    """Begin the trading day of `now_ns`: its loss is counted from the equity at its boundary."""
    state.account.day_end_ns = now_ns + -(now_ns - params.day_offset_ns) % NS_PER_DAY
    state.account.equity_day_start = state.account.equity
    _count_from_bases(state)
    _value_all(state)


@njit
def _count_from_bases(state: Record) -> None:
    """Remember the inverses; without a base, all is lost."""
    account = state.account
    account.per_peak = 1.0 / account.equity_peak if account.equity_peak > 0.0 else 0.0
    account.per_day_start = (
        1.0 / account.equity_day_start if account.equity_day_start > 0.0 else 0.0
    )
