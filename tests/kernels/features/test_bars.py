"""Bar features: TA-Lib's numbers, hand cases, and what a row may depend on."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import talib
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import BAR
from sigma_cli.domain.units import NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.kernels.features import balance, bands, bars, directional, regimes
from sigma_cli.kernels.jit import DISABLED
from tests.market import START_NS, candles

Column = NDArray[np.float64]
ROWS = 300 if DISABLED else 3_000


def rows(count: int = ROWS, step: int = 40, volume: int | None = None) -> Records:
    """Return a random market as BAR."""
    market = candles(count, seed=7, step=step)
    made = np.zeros(count, BAR)
    for name in BAR.names or ():
        made[name] = getattr(market, name)
    if volume is not None:
        made["volume_u"] = volume
    return made


def computed(given: Records) -> dict[str, Column]:
    """Return every bar feature of each row, by name."""
    state = np.zeros(1, bars.BARS)
    bars.begin(state[0])
    out = np.full((len(given), len(bars.COLUMNS)), -1.0)
    bars.columns(state, given, out)
    return {name: out[:, i] for i, name in enumerate(bars.COLUMNS)}


MARKET = rows()
FOUND = computed(MARKET)
high, low, close, volume = (
    MARKET[name].astype(np.float64) for name in ("high_u", "low_u", "close_u", "volume_u")
)


def talib_width() -> Column:
    upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
    return np.asarray((upper - lower) / middle)


def talib_trend() -> Column:
    adx = talib.ADX(high, low, close, 14)
    ahead = talib.PLUS_DI(high, low, close, 14) - talib.MINUS_DI(high, low, close, 14)
    return np.where(np.isnan(adx), math.nan, np.where(adx >= 25, np.sign(ahead), 0.0))


ORACLES: dict[str, Callable[[], Column]] = {
    "rsi_14": lambda: talib.RSI(close, 14),
    "bb_width_20": talib_width,
    "atr_pct_14": lambda: talib.NATR(high, low, close, 14) / 100,
    "adx_14": lambda: talib.ADX(high, low, close, 14),
    "mfi_14": lambda: talib.MFI(high, low, close, volume, 14),
    "obv_slope_20": lambda: (
        talib.LINEARREG_SLOPE(talib.OBV(close, volume), 20) / talib.SMA(volume, 20)
    ),
    "vol_regime": lambda: talib.ATR(high, low, close, 20) / talib.ATR(high, low, close, 60),
    "trend_regime": talib_trend,
    "volume_regime": lambda: np.log(talib.SMA(volume, 20) / talib.SMA(volume, 100)),
}


@pytest.mark.parametrize("name", bars.COLUMNS)
def test_equals_talib(name: str) -> None:
    ours, theirs = FOUND[name], ORACLES[name]()
    assert np.array_equal(np.isnan(ours), np.isnan(theirs)), "the same rows to warm up"
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12, nan_ok=True)


def test_directions_equal_talib() -> None:
    found = directional.adx(MARKET, 14)
    assert found[:, 1] == pytest.approx(talib.PLUS_DI(high, low, close, 14), rel=1e-9, nan_ok=True)
    assert found[:, 2] == pytest.approx(talib.MINUS_DI(high, low, close, 14), rel=1e-9, nan_ok=True)


def test_the_trend_goes_both_ways() -> None:
    assert {-1.0, 0.0, 1.0} <= set(FOUND["trend_regime"].tolist())


def naive_mfi(h: Column, lo: Column, c: Column, v: Column) -> Column:
    """The index as it is usually written, typical prices compared in floating point."""
    typical = (h + lo + c) / 3
    rise = np.diff(typical, prepend=typical[0])
    out = np.full(len(c), math.nan)
    for i in range(14, len(c)):
        last = slice(i - 13, i + 1)
        positive = (typical[last] * v[last])[rise[last] > 0].sum()
        out[i] = 100 * positive / (typical[last] * v[last])[rise[last] != 0].sum()
    return out


def test_money_flow_is_not_fooled_by_ulps() -> None:
    calm = rows(step=2)
    h, lo, c = (calm[name] / 100.0 for name in ("high_u", "low_u", "close_u"))
    ours = computed(calm)["mfi_14"]
    assert np.nanmax(np.abs(ours - naive_mfi(h, lo, c, calm["volume_u"] * 1.0))) > 1.0
    theirs = talib.MFI(h, lo, c, calm["volume_u"] * 1.0, 14)
    assert ours == pytest.approx(theirs, rel=1e-9, nan_ok=True)


def test_a_family_alone_is_the_same_family() -> None:
    both = FOUND
    assert bands.width(MARKET["close_u"].copy()).tobytes() == both["bb_width_20"].tobytes()
    assert balance.slope(MARKET).tobytes() == both["obv_slope_20"].tobytes()
    assert directional.adx(MARKET, 14)[:, 0].tobytes() == both["adx_14"].tobytes()


@pytest.mark.parametrize("name", ["bb_width_20", "mfi_14", "obv_slope_20", "volume_regime"])
def test_a_row_depends_on_its_window_alone(name: str) -> None:
    """Whatever was before, and wherever the ring happens to stand: the same bits."""
    whole = FOUND[name][:300]
    later = computed(MARKET[137:300])[name]
    warm = ~np.isnan(later)
    assert warm.sum() > 60
    assert later[warm].tobytes() == whole[137:][warm].tobytes()


def test_a_market_that_does_not_move() -> None:
    still = rows(200)
    for name in ("open_u", "high_u", "low_u", "close_u"):
        still[name] = 10_000
    last = {name: column[-1] for name, column in computed(still).items()}
    assert last["rsi_14"] == last["mfi_14"] == 50.0
    assert last["bb_width_20"] == last["atr_pct_14"] == last["adx_14"] == 0.0
    assert last["obv_slope_20"] == last["trend_regime"] == 0.0
    assert math.isnan(last["vol_regime"])


def test_a_market_without_volume() -> None:
    last = {name: column[-1] for name, column in computed(rows(200, volume=0)).items()}
    assert last["mfi_14"] == 50.0
    assert math.isnan(last["obv_slope_20"]) and math.isnan(last["volume_regime"])


def test_a_trend_needs_a_direction() -> None:
    assert regimes.trend(np.zeros(1, directional.DIRECTIONAL)[0], 14, 24.9) == 0.0
    level = np.zeros(1, directional.DIRECTIONAL)
    level["seen"], level["range"], level["up"], level["down"] = 40, 10.0, 5.0, 5.0
    assert regimes.trend(level[0], 14, 30.0) == 0.0


@pytest.mark.parametrize(
    ("korea", "expected"),
    [
        ("00:00", 1), ("04:59", 1), ("05:00", 2), ("08:59", 2), ("09:00", 0), ("14:59", 0),
        ("15:00", 2), ("22:29", 2), ("22:30", 1), ("23:59", 1),
    ],
)  # fmt: skip
def test_time_regime(korea: str, expected: int) -> None:
    hours, minutes = map(int, korea.split(":"))
    now_ns = START_NS + (hours - 9) * NS_PER_HOUR + minutes * NS_PER_MINUTE
    assert regimes.time_regime(now_ns) == expected
    assert regimes.time_regime(now_ns + NS_PER_MINUTE - 1) == expected


# --- Bars from trades -------------------------------------------------------------------------


def test_trades_make_the_bars() -> None:
    state = np.zeros(1, bars.BARS)
    s = state[0]
    bars.begin(s)
    bars.bars_trade(s, START_NS - 1, 500, 9)
    assert s.outside == 1, "of a minute that was not seen whole"
    for second, price_u, size_u in [(0, 100, 1), (30, 90, 2), (59, 120, 3), (61, 110, 4)]:
        bars.bars_trade(s, START_NS + second * NS_PER_MINUTE // 60, price_u, size_u)
    assert s.closed_ns == START_NS + NS_PER_MINUTE
    assert s.balance.volumes_u[0] == 6 and s.money.before_u == 120 + 90 + 120
    assert s.open[0].tolist() == (START_NS + NS_PER_MINUTE, 110, 110, 110, 110, 4)
    bars.bars_tick(s, START_NS + 2 * NS_PER_MINUTE - 1)
    assert s.open[0].volume_u == 4, "its minute is not over"
    bars.bars_tick(s, START_NS + 2 * NS_PER_MINUTE)
    assert s.open[0].volume_u == 0 and s.balance.volumes_u[1] == 4


def test_a_trade_that_comes_too_late_is_in_no_bar() -> None:
    state = np.zeros(1, bars.BARS)
    s = state[0]
    bars.bars_trade(s, START_NS, 100, 1)
    bars.bars_trade(s, START_NS + NS_PER_MINUTE, 100, 1)
    bars.bars_trade(s, START_NS + NS_PER_MINUTE - 1, 90, 1)
    assert s.outside == 2 and s.open[0].low_u == 100
    bars.bars_tick(s, START_NS + 2 * NS_PER_MINUTE)
    bars.bars_trade(s, START_NS + 2 * NS_PER_MINUTE - 1, 90, 1)
    assert s.outside == 3 and s.open[0].volume_u == 0
