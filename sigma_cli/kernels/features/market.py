"""Everything that the features of one market remember, and how its events change it.

Events come in the order of their arrival, and nothing of what arrives later is known earlier; what
they count for is the venue's own time (`seconds.py`). An event first lets the clock go on to the
last whole second before its arrival: the row of that second is over and can't change any more.
Where the venue says no time (Binance spot's bookTicker and snapshots), an event counts for when it
arrived, which is late by the way it took: a trade that overtook such a quote is measured by the one
before. An event without either time is refused.
What belongs to one market stands in one record, so no market can touch another's.
"""

import math
from typing import Final

import numpy as np

from sigma_cli.domain.books import NO_UPDATE
from sigma_cli.domain.dtypes.layout import Record, Records, record
from sigma_cli.domain.dtypes.tape import BOOK, RULES
from sigma_cli.domain.features import BOUND_PARTS, Family
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.features import bars
from sigma_cli.kernels.features.absorption import ABSORPTION, absorbed, absorption_minute
from sigma_cli.kernels.features.bars import BARS, GRACE, bars_advance, bars_tick, bars_trade
from sigma_cli.kernels.features.bounds import BOUNDS
from sigma_cli.kernels.features.cancels import (
    CANCELS,
    cancels_book,
    cancels_release,
    cancels_tick,
    cancels_trade,
)
from sigma_cli.kernels.features.flow import (
    FLOW,
    MINUTE,
    TEN,
    flow_tick,
    flow_trade,
    is_full,
)
from sigma_cli.kernels.features.hurst import SCALING, WINDOW, hurst_advance, hurst_forget
from sigma_cli.kernels.features.impact import IMPACT, STEP, impact_tick, impact_trade
from sigma_cli.kernels.features.moments import (
    MOMENT,
    MOMENTS,
    at,
    mid_change,
    moments_tick,
    moments_touch,
)
from sigma_cli.kernels.features.ofi import OFI, ofi_tick, ofi_touch
from sigma_cli.kernels.features.pulse import PULSE, pulse_touch
from sigma_cli.kernels.features.recent import RECENT, recent_trade
from sigma_cli.kernels.features.seconds import AHEAD, arrived_ns, happened_ns, second_of
from sigma_cli.kernels.features.signs import SIGNS, signs_touch, signs_trade
from sigma_cli.kernels.features.touch import TOUCH, copy_touch, microprice, normalise
from sigma_cli.kernels.features.toxicity import TOXICITY, toxicity_sample
from sigma_cli.kernels.features.vpin import BUCKETS, VPIN, vpin_trade
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.mathx import log
from sigma_cli.kernels.ticks import tick_at

SILENCE_MAX: Final = constant(10 * 366 * 86_400)
"""Seconds without an event that are a mistake in the data and no silence.

Taken as true, an arrival far in the future would make everything after it late.
"""
SIGNS_FAMILY: Final = constant(Family.SIGNS)
FLOW_FAMILY: Final = constant(Family.FLOW)
IMPACT_FAMILY: Final = constant(Family.IMPACT)
CANCELS_FAMILY: Final = constant(Family.CANCELS)
OFI_FAMILY: Final = constant(Family.OFI)
MOMENTS_FAMILY: Final = constant(Family.MOMENTS)
ALL: Final = ~Family(0)
_SECOND_NS: Final = constant(NS_PER_S)
AHEAD_NS: Final = constant((int(AHEAD) - 1) * NS_PER_S)
"""From `over_ns` on: an event that claims to be later is left out."""
_BUCKETS: Final = constant(BUCKETS)

FEATURES: Final = record(
    ("head", "i8"),  # the last whole second that is over; 0: nothing has come yet
    ("over_ns", "i8"),  # the end of the second after it: the clock goes on when that is passed
    ("ahead", "i8"),  # events left out: their venue time lay too far in the future
    ("families", "u4"),  # bits of Family: what is kept up to date
    ("makes_bars", "u1"),  # 1: bars are made of the trades, 0: they come by themselves
    ("has_book", "u1"),  # 0: no whole book is known
    ("rules", RULES),
    ("bounds", BOUNDS),  # of the day
    ("bars", BARS),
    ("flow", FLOW),
    ("recent", RECENT),
    ("pulse", PULSE),
    ("vpin", VPIN),
    ("impact", IMPACT),
    ("absorption", ABSORPTION),
    ("toxicity", TOXICITY),
    ("signs", SIGNS),
    ("touch", TOUCH),
    ("next_touch", TOUCH),
    ("moment", MOMENT),
    ("moments", MOMENTS),
    ("ofi", OFI),
    ("cancels", CANCELS),
    ("book", BOOK, (1,)),
    ("hurst", "f8"),
    ("scaling", SCALING),
    ("log_mids", "f8", (WINDOW,)),
)
"""The state of one market: some 150 kB, of which an event touches a few hundred bytes."""


def begin(
    rules: Records, day_volume_u: int, *, makes_bars: bool, families: Family = ALL
) -> Records:
    """Return FEATURES [1] of a market that knows nothing yet.

    Of `families` that are left out the columns are worthless, and cost nothing.

    `rules` is RULES [1]. `day_volume_u` is the mean volume of a day as known beforehand, for VPIN;
    less than a unit a bucket (`vpin.py`): unknown, and VPIN stays NaN.
    """
    assert day_volume_u >= 0
    state = np.zeros(1, FEATURES)
    s = state[0]
    s.makes_bars = makes_bars
    s.families = families
    s.touch.update_id = NO_UPDATE
    s.hurst = s.impact.slope = s.impact.t_statistic = s.signs.effective_spread = math.nan
    s.impact.moves[:] = math.nan
    for part in BOUND_PARTS:
        s.bounds[part] = math.nan
    bars.begin(s.bars)
    set_rules(s, rules[0])
    set_day_volume(s, day_volume_u)
    return state


@njit
def set_rules(f: Record, rules: Record) -> None:
    """Take the venue's RULES from now on; the scales of an instrument never change. f: FEATURES."""
    f.rules = rules


@njit
def set_bound(f: Record, bound: Record) -> None:
    """Take what a feature (BOUND) was like in the days before the one that begins. f: FEATURES."""
    bounds, column = f.bounds, bound.column
    bounds.median[column] = bound.median
    bounds.low[column], bounds.high[column] = bound.low, bound.high
    bounds["min"][column], bounds["max"][column] = bound["min"], bound["max"]


@njit
def set_day_volume(f: Record, day_volume_u: int) -> None:
    """Take the mean volume of a day, from the next bucket of VPIN on; 0: unknown. f: FEATURES."""
    f.vpin.next_u = day_volume_u // _BUCKETS


@njit
def on_bar(f: Record, bar: Record) -> None:
    """Take a closed one-minute bar (BAR) that did not come from our own trades. f: FEATURES."""
    assert f.makes_bars == 0
    bars_advance(f.bars, bar)


@njit
def on_trade(f: Record, trade: Record) -> None:
    """Take a trade (TRADE). f: FEATURES."""
    now_ns, then_ns = arrived_ns(trade), happened_ns(trade)
    if now_ns > f.over_ns:
        go_on(f, second_of(now_ns) - 1)
    if then_ns > f.over_ns + AHEAD_NS:
        f.ahead += 1
        return
    price_u, size_u = trade.price_u, trade.size_u
    sign, families = trade.side, f.families
    if families & SIGNS_FAMILY:
        sign = signs_trade(f.signs, then_ns, price_u, trade.side)
    recent_trade(f.recent, sign, size_u)
    if f.flow.since == 0:
        f.flow.since = f.head + 1
    if families & FLOW_FAMILY:
        flow_trade(f.flow, f.head, second_of(then_ns), sign, price_u, size_u)
    if families & IMPACT_FAMILY:
        value = float(price_u) * f.rules.price_scale * (float(size_u) * f.rules.size_scale)
        impact_trade(f.impact, f.head, second_of(then_ns), sign * value)
    vpin_trade(f.vpin, _BUCKETS, sign, size_u)
    if families & CANCELS_FAMILY:
        cancels_release(f.cancels, f.head, now_ns)
        cancels_trade(f.cancels, then_ns, -sign, price_u, size_u)
    if f.makes_bars == 1:
        bars_trade(f.bars, then_ns, price_u, size_u)


@njit
def on_quote(f: Record, quote: Record) -> None:
    """Take best bid and ask (QUOTE). f: FEATURES."""
    now_ns = arrived_ns(quote)
    if now_ns > f.over_ns:
        go_on(f, second_of(now_ns) - 1)
    touch = f.next_touch
    touch.update_id = quote.update_id
    touch.exch_ts_ns = happened_ns(quote)
    touch.bid_u = quote.bid_u
    touch.bid_size_u = quote.bid_size_u
    touch.ask_u = quote.ask_u
    touch.ask_size_u = quote.ask_size_u
    _take_touch(f, touch)


@njit
def on_book(f: Record, book: Record) -> None:
    """Take a whole book (BOOK); its first levels are a touch too. f: FEATURES."""
    now_ns = arrived_ns(book)
    go_on(f, second_of(now_ns) - 1)
    touch = f.next_touch
    touch.update_id = book.update_id
    touch.exch_ts_ns = happened_ns(book)
    touch.bid_u = book.bid_u[0]
    touch.bid_size_u = book.bid_size_u[0]
    touch.ask_u = book.ask_u[0]
    touch.ask_size_u = book.ask_size_u[0]
    _take_touch(f, touch)
    if second_of(happened_ns(book)) > f.head + AHEAD:
        return
    before = f.book[0]
    if f.cancels.since == 0:
        f.cancels.since = f.head + 1
    if f.has_book == 1:
        if NO_UPDATE < book.update_id < before.update_id:
            return
        if f.families & CANCELS_FAMILY:
            cancels_release(f.cancels, f.head, now_ns)
            cancels_book(f.cancels, before, book, now_ns)
    f.book[0] = book
    f.has_book = 1


@njit
def on_gap(f: Record, now_ns: int) -> None:
    """Forget the book: updates were missed, at `now_ns`, and the next whole one begins anew.

    Until then its columns are NaN, and then they warm up again; the effective spread stays that of
    the last trade, and NaN after the next one. Trades stay counted. f: FEATURES.
    """
    go_on(f, second_of(now_ns) - 1)
    f.has_book = f.touch.since = f.cancels.since = 0
    f.hurst = f.impact.slope = f.impact.t_statistic = math.nan
    hurst_forget(f.scaling)
    touch = f.next_touch
    touch.update_id = NO_UPDATE
    touch.exch_ts_ns = max(now_ns, f.touch.exch_ts_ns)
    touch.bid_u = touch.bid_size_u = touch.ask_u = touch.ask_size_u = 0
    _put_touch(f, touch)


@njit
def _take_touch(f: Record, touch: Record) -> None:
    """Take a touch if it is newer than the one that is known."""
    if touch.exch_ts_ns > f.over_ns + AHEAD_NS:
        f.ahead += 1
        return
    if touch.update_id > NO_UPDATE:
        if touch.update_id < f.touch.update_id:
            f.touch.stale += 1
            return
        if touch.update_id == f.touch.update_id and f.touch.bid_u > 0:
            return  # the same change of the book, told a second time
    if f.touch.since == 0:
        f.touch.since = f.head + 1
    normalise(touch)
    _put_touch(f, touch)


@njit
def _put_touch(f: Record, touch: Record) -> None:
    families = f.families
    if families & OFI_FAMILY:
        ofi_touch(f.ofi, f.head, second_of(touch.exch_ts_ns), f.touch, touch)
    if families & MOMENTS_FAMILY:
        moment = f.moment
        moment.exch_ts_ns = touch.exch_ts_ns
        moment.sum_u = touch.bid_u + touch.ask_u
        moment.micro = microprice(touch)
        moments_touch(f.moments, f.head, second_of(touch.exch_ts_ns), moment)
    if families & SIGNS_FAMILY:
        signs_touch(f.signs, touch.exch_ts_ns, touch.bid_u + touch.ask_u)
    pulse_touch(f.pulse, touch.exch_ts_ns, touch.bid_u + touch.ask_u)
    f.touch.update_id = touch.update_id
    f.touch.exch_ts_ns = touch.exch_ts_ns
    copy_touch(f.touch, touch)


@njit
def go_on(f: Record, second: int) -> None:
    """Let the clock go on to the end of `second`; it never goes back. f: FEATURES."""
    if f.head == 0 or (f.flow.since == 0 and f.touch.exch_ts_ns == 0):  # no trade, touch or gap
        _set_head(f, max(f.head, second))
        return
    assert second - f.head <= SILENCE_MAX, (
        "more than ten years without an event: check the arrival times"
    )
    for k in range(f.head + 1, second + 1):
        _tick(f, k)


@njit
def _set_head(f: Record, second: int) -> None:
    f.head = second
    f.over_ns = (second + 1) * _SECOND_NS


@njit
def _tick(f: Record, second: int) -> None:
    _set_head(f, second)
    flow_tick(f.flow, second)
    moments_tick(f.moments, second)
    ofi_tick(f.ofi, second)
    if f.families & CANCELS_FAMILY:
        cancels_tick(f.cancels, second)
        cancels_release(f.cancels, second, second * _SECOND_NS)
    if f.makes_bars == 1 and second % MINUTE == GRACE:
        bars_tick(f.bars, (second - GRACE) * _SECOND_NS)
    if second % STEP == 0:
        impact_tick(f.impact, second, mid_change(f.moments, second, STEP))
        if second % MINUTE == 0:
            _minute(f, second)


@njit
def _minute(f: Record, second: int) -> None:
    sum_u = at(f.moments, second).sum_u
    if sum_u > 0:
        f.hurst = hurst_advance(f.scaling, f.log_mids, log(float(sum_u)))
    seen = 0 < f.touch.since <= second - MINUTE or f.absorption.seen > 0  # then a gap counts as NaN
    if is_full(f.flow, second, MINUTE) and seen:
        absorption_minute(f.absorption, absorbed_now(f))
    if second % TEN == 0 and is_full(f.flow, second, TEN):
        toxicity_sample(f.toxicity, f.flow.ten.bought_u - f.flow.ten.sold_u)


@njit
def absorbed_now(f: Record) -> float:
    """Return the flow of the last minute for each tick that the mid gave way. f: FEATURES."""
    sum_u = at(f.moments, f.head).sum_u
    before_u = at(f.moments, f.head - MINUTE).sum_u
    net_u = f.flow.minute.bought_u - f.flow.minute.sold_u
    return absorbed(net_u, sum_u, before_u, tick_at(sum_u // 2, f.rules))
