import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from sigma_cli.strategies.ema_cross import EmaCross, Params
from sigma_cli.strategies.strategy import columns_of
from tests.market import candles

NAN = float("nan")


def slowly(close: NDArray[np.float64], fast: int, slow: int) -> list[float]:
    """The rule in words: two averages begun with a mean, one row after the other."""

    def averages(window: int) -> list[float]:
        out = [NAN] * (window - 1) + [float(close[:window].sum()) / window]
        for price in close[window:]:
            out.append(out[-1] + 2 / (window + 1) * (float(price) - out[-1]))
        return out

    said = []
    last = 0
    for fast_now, slow_now in zip(averages(fast), averages(slow), strict=True):
        sign = (fast_now > slow_now) - (fast_now < slow_now)
        crossed = bool(sign) and last == -sign
        said.append((1.0 if sign > 0 else 0.0) if crossed else NAN)
        last = sign or last
    return said


@pytest.mark.parametrize("step", [1, 50])
@pytest.mark.parametrize(("fast", "slow"), [(1, 2), (3, 8), (12, 26)])
def test_equals_the_rule_in_words(step: int, fast: int, slow: int) -> None:
    market = candles(2_000, seed=step, step=step)
    strategy = EmaCross(Params(fast=fast, slow=slow))
    signal = strategy.signal(columns_of(market, strategy.features(), "1m"))
    close = market.close_u.astype(float)
    assert signal.tobytes() == np.array(slowly(close, fast, slow)).tobytes()
    assert np.nanmax(signal) == 1.0
    assert np.nanmin(signal) == 0.0


def test_fast_must_be_faster() -> None:
    with pytest.raises(ValidationError, match="must be less than slow"):
        Params(fast=26, slow=26)
