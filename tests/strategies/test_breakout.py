import numpy as np
import pytest

from sigma_cli.domain.candles import Candles
from sigma_cli.strategies.breakout import Breakout, Params
from sigma_cli.strategies.strategy import columns_of
from tests.market import candles


def slowly(market: Candles, entry: int, leave: int) -> list[float]:
    """The rule in words, looking at every row of both windows."""
    said = []
    for now, close in enumerate(market.close_u):
        value = float("nan")
        if now >= entry and close > max(market.high_u[now - entry : now]):
            value = 1.0
        if now >= leave and close < min(market.low_u[now - leave : now]):
            value = 0.0
        said.append(value)
    return said


@pytest.mark.parametrize("step", [1, 50])
@pytest.mark.parametrize(("entry", "leave"), [(1, 1), (20, 10), (10, 55)])
def test_equals_the_rule_in_words(step: int, entry: int, leave: int) -> None:
    market = candles(2_000, seed=step, step=step)
    strategy = Breakout(Params(entry=entry, exit=leave))
    signal = strategy.signal(columns_of(market, strategy.features(), "1m"))
    assert signal.tobytes() == np.array(slowly(market, entry, leave)).tobytes()
    assert np.nanmax(signal) == 1.0
    assert np.nanmin(signal) == 0.0
