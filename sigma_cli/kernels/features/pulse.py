"""How much the mid moves now: an average of squared returns that forgets with time.

    v <- v w + r^2,    w = T / (T + dt)

r is the return of the mid from one touch to the next, dt the time between them and T = 60 s: what
an exponential average is to first order in dt / T (one step of backward Euler), without an
exponential on every event. sqrt(v) is the volatility over some T.
"""

from typing import Final

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.jit import inline

SPAN_NS: Final = 60.0 * NS_PER_S
"""T."""

PULSE: Final = record(
    ("exch_ts_ns", "i8"),
    ("sum_u", "i8"),  # bid + ask before; 0: unknown
    ("variance", "f8"),
)


@inline
def pulse_touch(s: Record, exch_ts_ns: int, sum_u: int) -> None:
    """Take the next touch, as bid + ask; 0: it is unknown. s: PULSE."""
    if sum_u != s.sum_u:
        if s.sum_u > 0 and sum_u > 0:
            move = (sum_u - s.sum_u) / s.sum_u
            passed_ns = max(exch_ts_ns - s.exch_ts_ns, 0)
            s.variance = s.variance * (SPAN_NS / (SPAN_NS + passed_ns)) + move * move
            s.exch_ts_ns = exch_ts_ns
        elif sum_u > 0:
            s.exch_ts_ns = exch_ts_ns
        s.sum_u = sum_u
