from dataclasses import replace

import numpy as np
import pytest

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.errors import UsageError
from sigma_cli.strategies import features
from sigma_cli.strategies.features import Feature, atr, ema, highest, lowest, roc, rsi, sma
from sigma_cli.strategies.strategy import columns_of
from tests.market import candles

CANDLES = candles(300)


def test_a_feature_is_a_value() -> None:
    assert sma("close", 10) == sma("close", 10) != sma("open", 10)
    assert str(sma("close", 10)) == "sma(close, 10)"
    assert str(ema("volume", 3, "1m")) == "ema(volume, 3, 1m)"


def test_each_feature_is_what_it_says() -> None:
    close = CANDLES.close_u.astype(float)
    assert features.compute(sma("close", 5), CANDLES)[10] == close[6:11].sum() / 5
    volume = CANDLES.volume_u[6:11].sum() / 5 / 1e8
    assert features.compute(sma("volume", 5), CANDLES)[10] == pytest.approx(volume, rel=1e-15)
    assert np.isnan(features.compute(ema("close", 5), CANDLES)[:4]).all()
    strength = features.compute(rsi(14), CANDLES)
    assert np.isnan(strength[:14]).all()
    assert np.all((strength[14:] >= 0) & (strength[14:] <= 100))
    ranges = np.maximum(CANDLES.high_u[1:], CANDLES.close_u[:-1]) - np.minimum(
        CANDLES.low_u[1:], CANDLES.close_u[:-1]
    )
    assert features.compute(atr(14), CANDLES)[14] == ranges[:14].mean()
    assert features.compute(highest("high", 5), CANDLES)[10] == CANDLES.high_u[6:11].max()
    assert features.compute(lowest("volume", 5), CANDLES)[10] == CANDLES.volume_u[6:11].min() / 1e8
    assert features.compute(roc("close", 5), CANDLES)[10] == (close[10] - close[5]) / close[5]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: sma("clsoe", 3), "clsoe"),
        (lambda: sma("close", 0), "window of 0"),
        (lambda: atr(100_001), "window of 100001"),
    ],
)
def test_nonsense_is_refused(make, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=says):
        make()


def test_an_unknown_feature_is_named() -> None:
    with pytest.raises(UsageError, match="no feature named 'magic'"):
        features.compute(Feature("magic", "close", 3), CANDLES)


def test_columns_are_read_only_and_computed_once() -> None:
    columns = columns_of(CANDLES, (sma("close", 3),), "1m")
    assert columns["close"] is columns["close"]
    assert columns[sma("close", 3)] is columns[sma("close", 3)]
    with pytest.raises(ValueError, match="read-only"):
        columns["close"][0] = 1.0
    assert (CANDLES.close_u == columns["close"]).all()


def test_a_window_is_what_live_would_see() -> None:
    columns = columns_of(CANDLES, (sma("close", 3),), "1m")
    window = columns.window(100, 7)
    assert len(window) == 7
    assert window["close"].tolist() == columns["close"][93:100].tolist()
    assert len(columns.window(3, 7)) == 3


@pytest.mark.parametrize(
    ("key", "says"), [("colse", "no column 'colse'"), (ema("close", 3), "does not name")]
)
def test_a_column_nobody_asked_for_is_refused(key: str | Feature, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        columns_of(CANDLES, (sma("close", 3),), "1m")[key]


def test_a_feature_of_a_longer_interval_sees_closed_bars_only() -> None:
    short, long = sma("close", 3, "1m"), sma("close", 3, "5m")
    columns = columns_of(CANDLES, (short, long), "1m")
    closes = CANDLES.close_u[4::5].astype(float)
    seen = columns[long]
    assert np.isnan(seen[:14]).all()
    for row in range(14, len(CANDLES)):
        closed = (row + 1) // 5
        assert seen[row] == closes[closed - 3 : closed].sum() / 3
    assert columns[short][2] == CANDLES.close_u[:3].sum() / 3


def test_a_longer_bar_that_began_before_the_candles_is_not_seen() -> None:
    part = {name: getattr(CANDLES, name)[2:] for name in CANDLE_COLUMNS}
    high = highest("high", 1, "5m")
    seen = columns_of(replace(CANDLES, **part), (high,), "1m")[high]
    assert np.isnan(seen[:7]).all(), "the first three rows end a bar that began two earlier"
    assert seen[7:].tolist() == columns_of(CANDLES, (high,), "1m")[high][9:].tolist()


@pytest.mark.parametrize("interval", ["1s", "7m", "soon"])
def test_an_interval_that_can_not_be_made_is_refused(interval: str) -> None:
    with pytest.raises(UsageError, match="can't be computed from candles of 1m"):
        columns_of(CANDLES, (sma("close", 3, interval),), "1m")
