"""A row of features: what one market was like at a whole second. `chunks.py` writes a tape's rows.

A row is written from the state as it stands: it knows what has arrived by then and nothing else.
The order of the columns is `domain/features.py`'s.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.features import Column
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.features.absorption import absorption
from sigma_cli.kernels.features.cancels import WINDOW as CANCEL_WINDOW
from sigma_cli.kernels.features.cancels import cancel_rate
from sigma_cli.kernels.features.depth import depth_imbalance
from sigma_cli.kernels.features.flow import (
    FIVE,
    MINUTE,
    SHORT,
    acceleration,
    count_imbalance,
    is_full,
    momentum,
    sign_entropy,
    volume_imbalance,
)
from sigma_cli.kernels.features.impact import WINDOW as IMPACT_WINDOW
from sigma_cli.kernels.features.market import absorbed_now, go_on
from sigma_cli.kernels.features.moments import micro_return, mid_change
from sigma_cli.kernels.features.ofi import WINDOW as OFI_WINDOW
from sigma_cli.kernels.features.ofi import ofi
from sigma_cli.kernels.features.regimes import time_regime
from sigma_cli.kernels.features.touch import imbalance, microprice_dev, spread
from sigma_cli.kernels.features.toxicity import toxicity
from sigma_cli.kernels.features.vpin import BUCKETS, vpin
from sigma_cli.kernels.jit import constant, njit

COLUMNS: Final = len(Column)
_BUCKETS: Final = constant(BUCKETS)
_SECOND_NS: Final = constant(NS_PER_S)


@njit
def row(f: Record, now_ns: int, out: NDArray[np.float64]) -> None:
    """Write the columns as they are at `now_ns`, a whole second, once all that arrived has come.

    f: FEATURES; out: float64 [COLUMNS].
    """
    second = now_ns // _SECOND_NS
    assert second * _SECOND_NS == now_ns
    go_on(f, second)
    assert f.head == second, "a row can't be written once later events have come"
    _bar_columns(f, out)
    _flow_columns(f, out)
    _book_columns(f, out)
    _mixed_columns(f, out)
    out[Column.TIME_REGIME] = time_regime(now_ns)


@njit
def _bar_columns(f: Record, out: NDArray[np.float64]) -> None:
    bars = f.bars
    out[Column.RSI_14] = bars.rsi_14
    out[Column.BB_WIDTH_20] = bars.bb_width_20
    out[Column.ATR_PCT_14] = bars.atr_pct_14
    out[Column.ADX_14] = bars.adx_14
    out[Column.MFI_14] = bars.mfi_14
    out[Column.OBV_SLOPE_20] = bars.obv_slope_20
    out[Column.VOL_REGIME] = bars.vol_regime
    out[Column.TREND_REGIME] = bars.trend_regime
    out[Column.VOLUME_REGIME] = bars.volume_regime


@njit
def _flow_columns(f: Record, out: NDArray[np.float64]) -> None:
    flow, head = f.flow, f.head
    short = is_full(flow, head, SHORT)
    minute = is_full(flow, head, MINUTE)
    five = is_full(flow, head, FIVE)
    net_u = flow.ten.bought_u - flow.ten.sold_u
    raw = (flow.five.bought_u - flow.five.sold_u) * f.rules.size_scale
    out[Column.TRADE_IMBALANCE_10S] = count_imbalance(flow.short) if short else math.nan
    out[Column.TRADE_IMBALANCE_10S_VOLUME] = volume_imbalance(flow.short) if short else math.nan
    out[Column.TRADE_IMBALANCE_60S] = count_imbalance(flow.minute) if minute else math.nan
    out[Column.TRADE_IMBALANCE_60S_VOLUME] = volume_imbalance(flow.minute) if minute else math.nan
    out[Column.TAPE_ACCEL] = acceleration(flow) if minute else math.nan
    out[Column.CUMDELTA_5M] = volume_imbalance(flow.five) if five else math.nan
    out[Column.CUMDELTA_5M_RAW] = raw if five else math.nan
    out[Column.SIGN_ENTROPY] = sign_entropy(flow) if five else math.nan
    out[Column.VWMOMENTUM_1M] = (
        momentum(flow, head) if is_full(flow, head, 2 * MINUTE) else math.nan
    )
    out[Column.FLOW_TOXICITY] = toxicity(f.toxicity, net_u)
    out[Column.VPIN] = vpin(f.vpin, _BUCKETS)


@njit
def _book_columns(f: Record, out: NDArray[np.float64]) -> None:
    head, touch = f.head, f.touch
    seen = touch.since > 0 and head - OFI_WINDOW >= touch.since
    out[Column.SPREAD_PCT] = spread(touch)
    out[Column.BID_ASK_IMBALANCE] = imbalance(touch)
    out[Column.MICROPRICE_DEV] = microprice_dev(touch)
    out[Column.LOB_DEPTH_IMBALANCE_10] = depth_imbalance(f.book[0]) if f.has_book == 1 else math.nan
    out[Column.ROC_1M] = mid_change(f.moments, head, MINUTE)
    out[Column.ROC_5M] = mid_change(f.moments, head, FIVE)
    out[Column.MICROPRICE] = micro_return(f.moments, head, MINUTE)
    out[Column.OFI_10S] = ofi(f.ofi) if seen else math.nan
    out[Column.HURST] = f.hurst


@njit
def _mixed_columns(f: Record, out: NDArray[np.float64]) -> None:
    """Write what needs trades and the book."""
    flow, head = f.flow, f.head
    full = is_full(flow, head, IMPACT_WINDOW)
    minute = is_full(flow, head, MINUTE)
    books = f.cancels.since > 0 and head - CANCEL_WINDOW >= f.cancels.since
    rate = cancel_rate(f.cancels, flow.minute.size_u)
    out[Column.CANCEL_RATE_1M] = rate if books and minute else math.nan
    out[Column.EFFECTIVE_SPREAD] = f.signs.effective_spread
    out[Column.KYLE_LAMBDA_15] = f.impact.slope if full else math.nan
    out[Column.KYLE_LAMBDA_15_T] = f.impact.t_statistic if full else math.nan
    out[Column.FLOW_ABSORPTION] = absorption(f.absorption, absorbed_now(f)) if minute else math.nan
