"""Ten times a second: the fair price, volatility, the hour of the day, the crash, the calendar.

The *fair price* is what nobody sees; quotes follow it. Each beat it takes a step

    fair' = fair (1 + news (sqrt(w) common + sqrt(1 - w) own))
    news  = deviation sqrt(NEWS hour heat / BEATS_PER_MINUTE)

with w the market's `together`, so that markets of one seed correlate; every other hour it jumps
by minutes' worth. `heat` is variance that
comes and goes: the product of two diffusions whose noise grows with their level, one that forgets
in 20 minutes and one in 12 hours,

    x' = x + k (1 - x) + s x e          2 k / s^2 = STEADINESS

(Nelson, "ARCH Models as Diffusion Approximations", Journal of Econometrics 45, 1990: in the long
run 1/x is gamma distributed and returns have Student's fat tails. More than one scale of time:
Zumbach and Lynch, "Heterogeneous Volatility Cascade in Financial Markets", Physica A 298, 2001).
Orders come faster in the same measure: activity = hour sqrt(heat).
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.rng import draw, rough_normal
from sigma_cli.kernels.synthetic import book
from sigma_cli.kernels.synthetic.candles import HOURS
from sigma_cli.kernels.synthetic.model import BEAT_NS, BEATS_PER_MINUTE

NEWS: Final = 0.75
"""Share of variance that news makes; trades that move the fair price make the rest, about."""
_HOURS: Final = HOURS * (24.0 / math.fsum(HOURS))
_FAST: Final = 1.0 / 1_200.0  # k, per second
_SLOW: Final = 1.0 / 43_200.0
_STEADINESS: Final = 2.5
_FAST_NOISE: Final = math.sqrt(2.0 * _FAST / _STEADINESS)  # s; times 3, still far below 1
_SLOW_NOISE: Final = math.sqrt(2.0 * _SLOW / _STEADINESS)
_HEAT_MAX: Final = 40.0

_JUMP_S: Final = constant(7_200)  # seconds between two jumps, on average
_JUMP: Final = 3.0  # deviations of a minute, at most
_PRICE_MAX_U: Final = 2.0**50

_FALL_NS: Final = constant(90 * NS_PER_S)
_RECOVERY_NS: Final = constant(20 * NS_PER_MINUTE)
_RECOVERED: Final = 0.6
"""Share of the fall that comes back. Falls in minutes and comes back in tens of minutes, as on
2010-05-06 (CFTC and SEC, "Findings Regarding the Market Events of May 6, 2010")."""
_FALL_BEATS: Final = 900.0
_RECOVERY_BEATS: Final = 12_000.0
_PANIC: Final = 6.0  # market sells in the fall, in ordinary ones
_PANIC_STRESS: Final = 5.0


@njit
def beat(m: Record) -> None:
    """Move what moves without an order; `m.now_ns` is on a beat."""
    common = rough_normal(m.common_dice)
    if m.now_ns % NS_PER_S == 0:
        _second(m)
    w = m.character.together
    step = m.news * (math.sqrt(w) * common + math.sqrt(1.0 - w) * rough_normal(m.dice))
    m.fair = min(max(m.fair * (1.0 + step + _crash(m)), m.fair_min), _PRICE_MAX_U)
    _keep_calendar(m)


@njit
def _second(m: Record) -> None:
    m.heat_fast += _FAST * (1.0 - m.heat_fast) + _FAST_NOISE * m.heat_fast * rough_normal(m.dice)
    m.heat_slow += _SLOW * (1.0 - m.heat_slow) + _SLOW_NOISE * m.heat_slow * rough_normal(m.dice)
    heat = min(m.heat_fast * m.heat_slow, _HEAT_MAX)
    hour = _hour(m.now_ns)
    m.activity = hour * math.sqrt(heat)
    m.news = m.character.deviation * math.sqrt(NEWS * hour * heat / BEATS_PER_MINUTE)
    m.half_spread = 0.5 * m.character.spread * math.sqrt(heat)
    if draw(m.dice) % _JUMP_S == 0:
        m.fair *= 1.0 + m.character.deviation * _JUMP * rough_normal(m.dice)


@njit
def _hour(now_ns: int) -> float:
    """Return how busy this time of day is, on average 1; straight between the middles of hours."""
    of_day_ns = (now_ns - NS_PER_HOUR // 2) % NS_PER_DAY
    hour = of_day_ns // NS_PER_HOUR
    part = (of_day_ns % NS_PER_HOUR) / NS_PER_HOUR
    return _HOURS[hour] * (1.0 - part) + _HOURS[(hour + 1) % 24] * part


@njit
def _crash(m: Record) -> float:
    """Return the beat's step of the crash, 0 outside it."""
    age_ns = m.now_ns - m.calendar.crash_from_ns
    depth = m.calendar.crash_depth
    m.panic = 0.0
    if depth == 0.0 or age_ns < 0 or age_ns >= _FALL_NS + _RECOVERY_NS:
        return 0.0
    if age_ns >= _FALL_NS:
        return _RECOVERED * depth / (1.0 - depth) / _RECOVERY_BEATS
    m.panic = _PANIC * m.rate
    m.stress = max(m.stress, _PANIC_STRESS)
    return -depth / (1.0 - 0.5 * depth) / _FALL_BEATS


@njit
def _keep_calendar(m: Record) -> None:
    """Open and close the market, and change its grid."""
    calendar = m.calendar
    now_ns = m.now_ns
    listed = calendar.listed_from_ns <= now_ns < calendar.listed_until_ns
    trading = listed and not calendar.outage_from_ns <= now_ns < calendar.outage_until_ns
    if not trading:
        m.open = 0
        m.left_u = 0
        return
    before = m.grid
    while m.grid + 1 < m.grids and m.rules_from_ns[m.grid + 1] <= now_ns:
        m.grid += 1
    if m.open == 0 or m.grid != before:
        m.open = 1
        book.lay_both(m)


assert BEATS_PER_MINUTE * BEAT_NS == NS_PER_MINUTE
assert _FALL_BEATS * BEAT_NS == _FALL_NS and _RECOVERY_BEATS * BEAT_NS == _RECOVERY_NS
