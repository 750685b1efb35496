"""What switches know of each market: when it was last heard of, how far it moved, its features.

Writes `state.watch`, but for its switches. Must not decide anything. The window of a move is
made of MOVE_BUCKETS buckets, the one in hand included: it is up to a bucket longer than asked.
"""

import math

from sigma_cli.domain.dtypes.bounds import MINUTES_COMPARED, MOVE_BUCKETS
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.features import Family
from sigma_cli.domain.switches import MARKET_METRICS, Metric
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_S
from sigma_cli.kernels.desk import quantile, sizing
from sigma_cli.kernels.features.flow import MINUTE, is_full
from sigma_cli.kernels.features.impact import WINDOW
from sigma_cli.kernels.features.touch import spread
from sigma_cli.kernels.features.toxicity import toxicity
from sigma_cli.kernels.features.vpin import BUCKETS, vpin
from sigma_cli.kernels.jit import constant, njit

POSITION_SHARE = constant(Metric.POSITION_SHARE - MARKET_METRICS)
HURST_NOISE = constant(Metric.HURST_NOISE - MARKET_METRICS)
VPIN = constant(Metric.VPIN - MARKET_METRICS)
LAMBDA_EXCESS = constant(Metric.LAMBDA_EXCESS - MARKET_METRICS)
SPREAD_RATIO = constant(Metric.SPREAD_RATIO - MARKET_METRICS)
VOLUME_RATIO = constant(Metric.VOLUME_RATIO - MARKET_METRICS)
MOVE = constant(Metric.MOVE - MARKET_METRICS)
STILLNESS = constant(Metric.STILLNESS - MARKET_METRICS)
TOXICITY = constant(Metric.TOXICITY - MARKET_METRICS)

FLOW = constant(Family.FLOW)
_MOVE_BUCKETS = constant(MOVE_BUCKETS)
_VPIN_BUCKETS = constant(BUCKETS)
_MINUTES = constant(MINUTES_COMPARED)
_MINUTE_NS = constant(NS_PER_MINUTE)
_SECOND_NS = constant(NS_PER_S)


@njit
def on_usual(state: Record, event: Record) -> None:
    """Take what a market is usually like at this minute of the day."""
    state.watch[event.market].usual = event.control.usual


@njit
def on_hot(state: Record, event: Record) -> None:
    """Take whether a market is on the hot list from here on; without a list all are."""
    state.watch[event.market].cold = 1 - event.control.hot


@njit
def roll(w: Record, now_ns: int, bucket_ns: int) -> None:
    """Begin the bucket of `now_ns`; where nothing came, the last price stood. w: WATCH."""
    number = now_ns // bucket_ns
    w.roll_ns = (number + 1) * bucket_ns
    w.tops_u[w.bucket % _MOVE_BUCKETS] = w.top_u
    w.bottoms_u[w.bucket % _MOVE_BUCKETS] = w.bottom_u
    for back in range(min(number - w.bucket, _MOVE_BUCKETS)):
        w.tops_u[(number - back) % _MOVE_BUCKETS] = w.price_u
        w.bottoms_u[(number - back) % _MOVE_BUCKETS] = w.price_u
    w.bucket = number
    w.top_u = w.bottom_u = w.price_u
    w.high_u = w.low_u = w.price_u
    for k in range(_MOVE_BUCKETS):
        w.high_u = max(w.high_u, w.tops_u[k])
        w.low_u = min(w.low_u, w.bottoms_u[k])


@njit
def note_minutes(w: Record, now_ns: int) -> None:
    """Keep the price that stood as each minute began. w: WATCH."""
    minute = now_ns // _MINUTE_NS
    if w.price_u == 0 or minute == w.minute:
        return
    if w.first_minute == 0:
        w.first_minute = minute
        w.minute = minute - 1
    for back in range(min(minute - w.minute, _MINUTES)):
        w.minute_u[(minute - back) % _MINUTES] = w.price_u
    w.minute = minute


@njit
def price_at(w: Record, minute: int) -> int:
    """Return the price that stood as a minute began, 0 if that is not known. w: WATCH."""
    if minute > w.minute:
        return w.price_u
    if minute < w.first_minute or minute <= w.minute - _MINUTES:
        return 0
    return w.minute_u[minute % _MINUTES]


@njit
def stretch(w: Record, price_u: int) -> None:
    """Take a price beyond those of the bucket in hand. w: WATCH."""
    if w.price_u == 0:  # the first: the window knows no other
        w.top_u = w.bottom_u = w.high_u = w.low_u = price_u
        for k in range(_MOVE_BUCKETS):
            w.tops_u[k] = w.bottoms_u[k] = price_u
    w.price_u = price_u
    w.top_u = max(w.top_u, price_u)
    w.bottom_u = min(w.bottom_u, price_u)
    w.high_u = max(w.high_u, price_u)
    w.low_u = min(w.low_u, price_u)
    w.metrics[MOVE] = move(w)


@njit
def move(w: Record) -> float:
    """Return how far the price is from the window's highest or lowest, NaN of none. w: WATCH."""
    if w.price_u == 0:
        return math.nan
    return max((w.price_u - w.low_u) / w.low_u, (w.high_u - w.price_u) / w.high_u)


@njit
def measure(state: Record, params: Record, mind: Record, market: int) -> None:
    """Measure what the market's events tell. mind: FEATURES."""
    w = state.watch[market]
    metrics = w.metrics
    metrics[MOVE] = move(w)
    metrics[HURST_NOISE] = abs(mind.hurst - params.hurst_centre) + params.hurst_sd
    metrics[VPIN] = vpin(mind.vpin, _VPIN_BUCKETS)
    net_u = mind.flow.ten.bought_u - mind.flow.ten.sold_u
    metrics[TOXICITY] = abs(toxicity(mind.toxicity, net_u))
    _measure_impact(w, params, mind, state.now_ns)
    _measure_by_usual(w, mind, state.now_ns)


@njit
def _measure_by_usual(w: Record, mind: Record, now_ns: int) -> None:
    """Hold spread and volume against what is usual, as long as that is known."""
    usual, metrics = w.usual, w.metrics
    metrics[SPREAD_RATIO] = metrics[VOLUME_RATIO] = math.nan
    if now_ns > usual.until_ns:
        return
    if usual.spread > 0.0:
        metrics[SPREAD_RATIO] = spread(mind.touch) / usual.spread
    if usual.volume > 0.0 and mind.families & FLOW and is_full(mind.flow, mind.head, MINUTE):
        volume = mind.flow.minute.size_u * mind.rules.size_scale
        metrics[VOLUME_RATIO] = volume / usual.volume


@njit
def _measure_impact(w: Record, params: Record, mind: Record, now_ns: int) -> None:
    """Hold Kyle's lambda against its own quantile, of one value a minute so far."""
    w.metrics[LAMBDA_EXCESS] = math.nan
    if not is_full(mind.flow, mind.head, WINDOW) or math.isnan(mind.impact.slope):
        return
    if w.lambda_quantile.seen >= params.lambda_minutes_min:
        w.metrics[LAMBDA_EXCESS] = mind.impact.slope - quantile.value_of(w.lambda_quantile)
    if now_ns >= w.sample_ns:
        quantile.push(w.lambda_quantile, params.lambda_quantile, mind.impact.slope)
        w.sample_ns = now_ns + _MINUTE_NS


@njit
def measure_by_clock(state: Record, params: Record, market: int) -> None:
    """Measure what changes though nothing arrives."""
    w = state.watch[market]
    w.metrics[STILLNESS] = math.nan
    if w.seen_ns > 0:
        w.metrics[STILLNESS] = (state.now_ns - w.seen_ns) / _SECOND_NS
    w.metrics[POSITION_SHARE] = 0.0
    if state.positions[market].size_u > 0 and sizing.has_caps(state, params):
        equity = state.account.equity
        w.metrics[POSITION_SHARE] = (
            state.positions[market].value / equity if equity > 0.0 else math.inf
        )
