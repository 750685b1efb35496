import numpy as np
import pytest
from pydantic import ValidationError

from sigma_cli.domain.candles import Candles
from sigma_cli.strategies.features import compute, rsi
from sigma_cli.strategies.rsi_divergence import Params, RsiDivergence
from sigma_cli.strategies.strategy import columns_of
from tests.market import candles


def slowly(market: Candles, params: Params) -> list[float]:
    """The rule in words: every pivot so far, and the two that matter."""
    strength = compute(rsi(params.window), market).tolist()
    low, high = market.low_u.tolist(), market.high_u.tolist()
    said = [float("nan")] * len(market)
    for sign, price, word in ((1, low, 1.0), (-1, high, 0.0)):
        values = [sign * value for value in strength]
        before = None
        for row in range(params.strength, len(market) - params.strength):
            left = values[row - params.strength : row]
            right = values[row + 1 : row + params.strength + 1]
            if not (all(values[row] < x for x in left) and all(values[row] <= x for x in right)):
                continue
            if (
                before is not None
                and params.near <= row - before <= params.far
                and values[row] > values[before]
                and sign * price[row] < sign * price[before]
            ):
                said[row + params.strength] = word
            before = row
    return said


@pytest.mark.parametrize("step", [1, 50])
@pytest.mark.parametrize(
    "params", [Params(), Params(window=3, strength=2, near=1, far=20), Params(strength=1, far=9)]
)
def test_equals_the_rule_in_words(step: int, params: Params) -> None:
    market = candles(3_000, seed=step, step=step)
    strategy = RsiDivergence(params)
    signal = strategy.signal(columns_of(market, strategy.features(), "1m"))
    assert signal.tobytes() == np.array(slowly(market, params)).tobytes()
    assert np.nanmax(signal) == 1.0
    assert np.nanmin(signal) == 0.0


def test_near_must_be_nearer() -> None:
    with pytest.raises(ValidationError, match="must not be more than far"):
        Params(near=9, far=8)
