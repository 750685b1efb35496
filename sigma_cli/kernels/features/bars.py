"""Everything that is computed from one-minute bars, side by side: one record, one update.

The values stand in the record until the next bar: a row between two bars takes the last one
("as-of"). A minute without a trade has no bar, so windows count bars.

Bars made of trades stay open for `GRACE` seconds after their minute, for trades that arrive late;
one of a later minute closes them at once, because trades of a market come in the venue's order. So
they are the venue's own bars, but for trades that come later still (`outside`).
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.desk import ATR
from sigma_cli.domain.dtypes.layout import Record, Records, record
from sigma_cli.domain.dtypes.tape import BAR
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.kernels.features.balance import BALANCE, slope_advance
from sigma_cli.kernels.features.bands import BANDS, width_advance
from sigma_cli.kernels.features.directional import DIRECTIONAL, adx_advance
from sigma_cli.kernels.features.money import MONEY, mfi_advance
from sigma_cli.kernels.features.regimes import (
    VOLATILITY,
    VOLUMES,
    trend,
    volatility_advance,
    volume_advance,
)
from sigma_cli.kernels.features.wilder import RSI, atr_advance, rsi_advance
from sigma_cli.kernels.jit import constant, njit

GRACE: Final = constant(1)
"""Seconds for which a bar waits for the last trades of its minute."""
_WILDER: Final = constant(14)
_MINUTE_NS: Final = constant(NS_PER_MINUTE)

BARS: Final = record(
    ("closed_ns", "i8"),  # end of the last bar that was closed
    ("outside", "i8"),  # trades in no bar: of the minute that was not seen whole, or too late
    ("open", BAR, (1,)),  # the bar that trades are counted into; volume 0: none
    # The last values; NaN while warming up.
    ("rsi_14", "f8"),
    ("bb_width_20", "f8"),
    ("atr_pct_14", "f8"),
    ("adx_14", "f8"),
    ("mfi_14", "f8"),
    ("obv_slope_20", "f8"),
    ("vol_regime", "f8"),
    ("trend_regime", "f8"),
    ("volume_regime", "f8"),
    # What they come from.
    ("rsi", RSI),
    ("bands", BANDS),
    ("atr", ATR),
    ("directional", DIRECTIONAL),
    ("money", MONEY),
    ("balance", BALANCE),
    ("volatility", VOLATILITY),
    ("volumes", VOLUMES),
)
"""The bar features of one market."""

COLUMNS: Final = (
    "rsi_14",
    "bb_width_20",
    "atr_pct_14",
    "adx_14",
    "mfi_14",
    "obv_slope_20",
    "vol_regime",
    "trend_regime",
    "volume_regime",
)
"""The values above, in the order of the record."""


def begin(s: Record) -> None:
    """Make a BARS of zeros ready: nothing is known yet."""
    for name in COLUMNS:
        s[name] = math.nan


@njit
def bars_advance(s: Record, bar: Record) -> None:
    """Take one closed bar (BAR) into every feature. s: BARS."""
    s.closed_ns = bar.open_ts_ns + _MINUTE_NS
    high_u, low_u, close_u = bar.high_u, bar.low_u, bar.close_u
    s.rsi_14 = rsi_advance(s.rsi, _WILDER, close_u)
    s.bb_width_20 = width_advance(s.bands, close_u)
    s.atr_pct_14 = atr_advance(s.atr, _WILDER, high_u, low_u, close_u) / close_u
    s.adx_14 = adx_advance(s.directional, _WILDER, high_u, low_u, close_u)
    s.mfi_14 = mfi_advance(s.money, bar)
    s.obv_slope_20 = slope_advance(s.balance, close_u, bar.volume_u)
    s.vol_regime = volatility_advance(s.volatility, high_u, low_u, close_u)
    s.trend_regime = trend(s.directional, _WILDER, s.adx_14)
    s.volume_regime = volume_advance(s.volumes, bar.volume_u)


@njit
def bars_trade(s: Record, exch_ts_ns: int, price_u: int, size_u: int) -> None:
    """Count one trade into the open bar; one of a later minute closes it first. s: BARS.

    The minute of the first trade was not seen from its beginning: it makes no bar.
    """
    open_ns = exch_ts_ns - exch_ts_ns % _MINUTE_NS
    if s.closed_ns == 0:
        s.closed_ns = open_ns + _MINUTE_NS
    bar = s.open[0]
    if bar.volume_u > 0 and open_ns > bar.open_ts_ns:
        bars_advance(s, bar)
        bar.volume_u = 0
    if open_ns < s.closed_ns or (bar.volume_u > 0 and open_ns < bar.open_ts_ns):
        s.outside += 1
        return
    if bar.volume_u == 0:
        bar.open_ts_ns = open_ns
        bar.open_u = bar.high_u = bar.low_u = price_u
    bar.high_u = max(bar.high_u, price_u)
    bar.low_u = min(bar.low_u, price_u)
    bar.close_u = price_u
    bar.volume_u += size_u


@njit
def bars_tick(s: Record, now_ns: int) -> None:
    """Close the open bar if its minute is over at `now_ns`. s: BARS."""
    bar = s.open[0]
    if bar.volume_u > 0 and bar.open_ts_ns + _MINUTE_NS <= now_ns:
        bars_advance(s, bar)
        bar.volume_u = 0


@njit
def columns(state: Records, bars: Records, out: NDArray[np.float64]) -> None:
    """Take all of `bars` (BAR) and write COLUMNS of each to `out`, float64 [n, 9].

    `state` is BARS [1], kept from call to call.
    """
    s = state[0]
    for i in range(len(bars)):
        bars_advance(s, bars[i])
        out[i, 0] = s.rsi_14
        out[i, 1] = s.bb_width_20
        out[i, 2] = s.atr_pct_14
        out[i, 3] = s.adx_14
        out[i, 4] = s.mfi_14
        out[i, 5] = s.obv_slope_20
        out[i, 6] = s.vol_regime
        out[i, 7] = s.trend_regime
        out[i, 8] = s.volume_regime
