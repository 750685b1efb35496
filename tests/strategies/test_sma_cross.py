import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from sigma_cli.strategies.sma_cross import Params, SmaCross
from sigma_cli.strategies.strategy import columns_of
from tests.market import candles


def slowly(close_u: NDArray[np.int64], fast: int, slow: int) -> list[float]:
    """The rule in words: whole-number sums, one row after the other."""
    said = []
    last = 0
    for end in range(1, len(close_u) + 1):
        value = float("nan")
        if end >= slow:
            fast_sum = int(close_u[end - fast : end].sum()) * slow
            slow_sum = int(close_u[end - slow : end].sum()) * fast
            sign = (fast_sum > slow_sum) - (fast_sum < slow_sum)
            if sign and last == -sign:
                value = 1.0 if sign > 0 else 0.0
            last = sign or last
        said.append(value)
    return said


@pytest.mark.parametrize("step", [1, 3, 50])
@pytest.mark.parametrize(("fast", "slow"), [(1, 2), (3, 8), (10, 30)])
def test_equals_the_rule_in_words(step: int, fast: int, slow: int) -> None:
    market = candles(2_000, seed=step, step=step)
    strategy = SmaCross(Params(fast=fast, slow=slow))
    signal = strategy.signal(columns_of(market, strategy.features(), "1m"))
    assert signal.tobytes() == np.array(slowly(market.close_u, fast, slow)).tobytes()
    assert np.nanmax(signal) == 1.0
    assert np.nanmin(signal) == 0.0


def test_fast_must_be_faster() -> None:
    with pytest.raises(ValidationError, match="must be less than slow"):
        Params(fast=30, slow=30)
