from fractions import Fraction

import numpy as np
import pytest

from sigma_cli.domain.candles import Candles
from sigma_cli.strategies.momentum import Momentum, Params
from sigma_cli.strategies.strategy import columns_of
from tests.market import candles


def slowly(market: Candles, window: int, threshold: str) -> list[float]:
    """The rule in words, in exact fractions."""
    said = [float("nan")] * window
    for now in range(window, len(market)):
        change = Fraction(int(market.close_u[now]), int(market.close_u[now - window])) - 1
        up, down = change > Fraction(threshold), change < -Fraction(threshold)
        said.append(1.0 if up else 0.0 if down else float("nan"))
    return said


@pytest.mark.parametrize("step", [1, 50])
@pytest.mark.parametrize(("window", "threshold"), [(1, "0"), (60, "0"), (60, "0.0005")])
def test_equals_the_rule_in_words(step: int, window: int, threshold: str) -> None:
    market = candles(2_000, seed=step, step=step)
    strategy = Momentum(Params(window=window, threshold=float(threshold)))
    signal = strategy.signal(columns_of(market, strategy.features(), "1m"))
    assert signal.tobytes() == np.array(slowly(market, window, threshold)).tobytes()
    assert np.nanmax(signal) == 1.0
    assert np.nanmin(signal) == 0.0
