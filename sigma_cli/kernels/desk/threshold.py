"""What an entry must be expected to earn after all costs, as a share of its value.

    (least + wild) x volume x holiday x event x switches + belief + switches

`wild` counts where the market is volatile and its spread wide; `belief` falls with the chance to
win, (1 + wins) / (2 + wins + losses), the mean of a uniform prior after the last round trips. What
is not known changes nothing. Writes nothing.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.switches import MARKET_METRICS, Metric
from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.kernels.desk import memory, standing
from sigma_cli.kernels.features.touch import spread
from sigma_cli.kernels.jit import constant, njit

VOLUME_RATIO = constant(Metric.VOLUME_RATIO - MARKET_METRICS)
DAY_NS = constant(NS_PER_DAY)


@njit
def threshold(state: Record, params: Record, mind: Record, market: int) -> float:
    """Return what an entry in a market must be expected to earn now. mind: FEATURES."""
    t = params.threshold
    volatility, width = mind.bars.vol_regime, spread(mind.touch)
    is_wild = volatility > t.wild_volatility and width > t.wild_spread
    wins, trips = memory.wins(state, t.belief_trips)
    factor = by_volume(t, state.watch[market].metrics[VOLUME_RATIO])
    factor *= by_calendar(t, params.calendar, state.now_ns)
    factor *= standing.threshold_factor(state, params, market)
    least = t.least[market] + (t.wild if is_wild else 0.0)
    return (
        least * factor
        + by_belief(t, wins, trips - wins)
        + standing.threshold_addition(state, params, market)
    )


@njit
def by_volume(t: Record, ratio: float) -> float:
    """Return the factor for a volume of `ratio` of the usual one. t: THRESHOLD."""
    if ratio < t.idle_volume:
        return t.idle
    return t.slow if ratio < t.slow_volume else 1.0


@njit
def by_calendar(t: Record, calendar: Record, now_ns: int) -> float:
    """Return the factor for holidays and events. t: THRESHOLD, calendar: CALENDAR."""
    factor = 1.0
    for k in range(calendar.days):
        if 0 <= now_ns - calendar.day_ns[k] < DAY_NS:
            factor *= t.holiday
    for k in range(calendar.windows):
        if calendar.from_ns[k] <= now_ns < calendar.until_ns[k]:
            return factor * t.event
    return factor


@njit
def by_belief(t: Record, wins: int, losses: int) -> float:
    """Return what is added for the chance to win. t: THRESHOLD."""
    return t.belief * (0.5 - (1.0 + wins) / (2.0 + wins + losses))
