"""Sizes that follow the market: volatility target and risk parity."""

from typing import Any

import pytest

from sigma_cli.domain.requests import Reason
from sigma_cli.settings.tree import Sizing
from tests.kernels.harness import Desk, instrument, settings

EQUITY = 1_000_000.0


def desk(kind: str, markets: int = 1, **sizing: Any) -> Desk:
    wanted = Sizing.model_validate({"kind": kind, "atr_bars": 2} | sizing)
    chosen = settings().model_copy(update={"sizing": wanted})
    return Desk(chosen, instruments=tuple(instrument(str(i), lot="0.01") for i in range(markets)))


def swing(one: Desk, reach_u: int, market: int = 0, bars: int = 3, close_u: int = 10_000) -> None:
    """Bars that reach `reach_u` from top to bottom: the ATR is that."""
    for _ in range(bars):
        bar = one.event[0].bar
        bar.high_u, bar.low_u = close_u + reach_u // 2, close_u - reach_u // 2
        one.bar(close_u, market)


def test_a_usual_move_costs_the_risk() -> None:
    one = desk("volatility", fraction=1.0, risk=0.01, atr_multiple=2.0)
    swing(one, 400)
    value = one.signal(1.0).request.value
    lost = value * 2 * 400 / 10_000
    assert lost == pytest.approx(0.01 * EQUITY, rel=1e-6)


def test_a_calm_market_gets_no_more_than_the_fraction() -> None:
    one = desk("volatility", fraction=0.1, risk=0.01)
    swing(one, 2)
    assert one.signal(1.0).request.value == pytest.approx(0.1 * EQUITY, rel=1e-6)


def test_half_a_target_is_half_the_size() -> None:
    one = desk("volatility", fraction=1.0)
    swing(one, 400)
    half = desk("volatility", fraction=1.0)
    swing(half, 400)
    assert half.signal(0.5).request.value == pytest.approx(one.signal(1.0).request.value / 2)


def test_calm_markets_get_more_and_the_mean_is_the_fraction() -> None:
    one = desk("risk_parity", markets=2, fraction=0.1)
    swing(one, 100, market=0)
    swing(one, 300, market=1)
    calm = one.signal(1.0, 0).request.value
    wild = one.signal(1.0, 1).request.value
    assert calm / wild == pytest.approx(3.0, rel=1e-6)
    assert calm + wild == pytest.approx(2 * 0.1 * EQUITY, rel=1e-6)


def test_no_market_is_given_more_than_the_limit_lets_it_have() -> None:
    one = desk("risk_parity", markets=2, fraction=0.1)
    one.params[0].share_max = 0.12
    swing(one, 100, market=0)
    swing(one, 300, market=1)
    assert one.signal(1.0, 0).request.value == pytest.approx(0.12 * EQUITY, rel=1e-6)
    assert one.signal(1.0, 1).request.value == pytest.approx(0.05 * EQUITY, rel=1e-6)


@pytest.mark.parametrize("kind", ["volatility", "risk_parity"])
def test_before_the_volatility_is_known_nothing_is_bought(kind: str) -> None:
    one = desk(kind)
    swing(one, 400, bars=2)
    assert one.signal(1.0).reason is Reason.NO_VOLATILITY
    swing(one, 400, bars=1)
    assert one.signal(1.0).request.value > 0
