"""Market orders: when they come, on which side, how large, and what their trades do.

Arrivals excite arrivals (Hawkes, "Spectra of some self-exciting and mutually exciting point
processes", Biometrika 58, 1971; on order flow: Bacry, Mastromatteo and Muzy, "Hawkes processes in
finance", Market Microstructure and Liquidity 1, 2015). For buys, and likewise for sells:

    rate_buy(t) = rate (1 - BRANCHING) activity (1/2 + tilt) + fast_buy + slow_buy
    each buy:     fast_buy += FAST_SAME,  fast_sell += FAST_OTHER,  and so on
    each beat:    fast *= FAST_DECAY,     slow *= SLOW_DECAY

An exponential kernel that decays ten times a second instead of all the time: between two beats
every rate is constant, waiting times are exponential, and no exponential function is needed. The
two memories last 1 s and 50 s; one order sets off BRANCHING others in all, on its own side mostly,
so signs persist (Lillo and Farmer, "The long memory of the efficient market", 2004). `tilt` is the
pull of the fair price: informed orders buy below and sell above it.

A trade pulls the fair price towards its own, by the share of the touch that it took (Glosten and
Milgrom, "Bid, ask and transaction prices", Journal of Financial Economics 14, 1985), and adds to
`stress`, which widens the spread and thins the book until it is forgotten (20 s).
"""

from typing import Final

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.rng import exponential, uniform
from sigma_cli.kernels.synthetic import book
from sigma_cli.kernels.synthetic.model import BEAT_NS
from sigma_cli.kernels.ticks import floor_lot

BRANCHING: Final = 0.7
"""Orders that one order sets off, in the long run."""
_FAST_DECAY: Final = 0.9  # a beat
_SLOW_DECAY: Final = 0.998
_FAST_SAME: Final = 0.35 * (1.0 - _FAST_DECAY) * 0.8
_FAST_OTHER: Final = 0.35 * (1.0 - _FAST_DECAY) * 0.2
_SLOW_SAME: Final = 0.35 * (1.0 - _SLOW_DECAY) * 0.8
_SLOW_OTHER: Final = 0.35 * (1.0 - _SLOW_DECAY) * 0.2
_RATE_MAX: Final = 40.0  # excited orders a beat and side: 400 a second

_TILT: Final = 0.8  # per spread
_TILT_MAX: Final = 0.4
_PULL: Final = 0.3  # towards a trade's price, but never further than a minute's deviation
_STRESS: Final = 0.12
_STRESS_DECAY: Final = 0.995
_STRESS_MAX: Final = 8.0
_PRINTS_MAX: Final = constant(10)  # levels that one order walks; the rest of it goes back
_REACH: Final = 0.1  # no order trades further than this from the fair price
_PRINT_NS: Final = constant(1_000)  # from one level to the next


@njit
def forget(m: Record) -> None:
    """Let a beat pass."""
    m.fast_buy *= _FAST_DECAY
    m.fast_sell *= _FAST_DECAY
    m.slow_buy *= _SLOW_DECAY
    m.slow_sell *= _SLOW_DECAY
    m.stress *= _STRESS_DECAY


@njit
def wait_ns(m: Record) -> int:
    """Return how long it is until the next order or change, should nothing else happen before."""
    if m.left_u > 0:
        return _PRINT_NS
    _set_rates(m)
    # Never at once: two events never share their time.
    return int(exponential(m.dice) * BEAT_NS / (m.buys + m.sells + m.changes)) + 1


@njit
def happen(m: Record) -> None:
    """Let the next order, or the next trade of the order at work, or the next change come."""
    if m.left_u == 0:
        which = uniform(m.dice) * (m.buys + m.sells + m.changes)
        side = 1 if which < m.buys else -1
        if which >= m.buys + m.sells or _out_of_reach(m, side):
            book.change(m)
            return
        _arrive(m, side)
    _trade(m)


@njit
def _set_rates(m: Record) -> None:
    """Say how many of each kind come a beat, until something happens."""
    bid_u, ask_u = m.book.bid_u[0], m.book.ask_u[0]
    off = (m.fair - 0.5 * (bid_u + ask_u)) / (ask_u - bid_u)
    tilt = min(max(_TILT * off, -_TILT_MAX), _TILT_MAX)
    usual = m.rate * m.activity
    base = (1.0 - BRANCHING) * usual
    m.buys = base * (0.5 + tilt) + min(m.fast_buy + m.slow_buy, _RATE_MAX)
    m.sells = base * (0.5 - tilt) + min(m.fast_sell + m.slow_sell, _RATE_MAX) + m.panic
    # Half as steady as the hour, half as lively as the flow.
    m.changes = 0.5 * m.character.changes * (usual + m.buys + m.sells)


@njit
def _out_of_reach(m: Record, side: int) -> bool:
    """Tell whether the touch that an order would take is too bad a price."""
    return (book.prices(m, -side)[0] - m.fair) * side > _REACH * m.fair


@njit
def _arrive(m: Record, side: int) -> None:
    """Put a new market order to work."""
    if side > 0:
        m.fast_buy += _FAST_SAME
        m.fast_sell += _FAST_OTHER
        m.slow_buy += _SLOW_SAME
        m.slow_sell += _SLOW_OTHER
    else:
        m.fast_sell += _FAST_SAME
        m.fast_buy += _FAST_OTHER
        m.slow_sell += _SLOW_SAME
        m.slow_buy += _SLOW_OTHER
    rules = m.rules[m.grid]
    share = 0.2167 / (uniform(m.dice) + 0.01)  # mean 1, from 0.21 to 21.7
    value = book.prices(m, -side)[0] * rules.price_scale * rules.size_scale  # of one unit of size
    size_u = floor_lot(int(max(m.size_u * share, rules.value_min / value)), rules) + rules.lot_u
    m.side = side
    m.left_u = size_u
    m.prints = 0


@njit
def _trade(m: Record) -> None:
    """Let the order at work take from the touch."""
    price_u = book.prices(m, -m.side)[0]
    size_u = book.take(m, -m.side, m.left_u)
    m.left_u -= size_u
    m.prints += 1
    if m.prints == _PRINTS_MAX or _out_of_reach(m, m.side):
        m.left_u = 0
    taken = min(size_u / m.depth_u, 1.0)
    towards = min((price_u - m.fair) * m.side, m.character.deviation * m.fair)
    if towards > 0.0:
        m.fair += _PULL * taken * towards * m.side
    m.stress = min(m.stress + _STRESS * taken, _STRESS_MAX)
    m.trade.exch_ts_ns = m.now_ns
    m.trade.trade_id += 1
    m.trade.price_u = price_u
    m.trade.size_u = size_u
    m.trade.side = m.side
    m.traded = 1
