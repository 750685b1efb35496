"""Desk and matching together against a plain backtest that shares no code with them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.facts import FactKind
from sigma_cli.settings import Settings
from tests.kernels import tapes
from tests.kernels.harness import settings
from tests.kernels.reference import Backtest, Bar, Fill, Market

CHOICES: dict[str, dict[str, Any]] = {
    "a tenth of equity": {"fraction": 0.1},
    "half of equity": {"fraction": 0.5},
    "all of it": {"fraction": 1.0},
    "units": {"units": 70.0},
    "units the cash does not reach for": {"units": 600.0},
    "a small account": {"cash": 12_345.67, "fraction": 0.6},
}


def plain_bars(candles: Candles, signal: Any) -> list[Bar]:
    """Return bars with the venue's minimum of their time."""
    columns = (candles.open_ts_ns, candles.open_u, candles.close_u)
    return [
        Bar(ts_ns, open_u, close_u, value, candles.instrument.rules_at(ts_ns).value_min)
        for ts_ns, open_u, close_u, value in zip(
            *(column.tolist() for column in columns), signal.tolist(), strict=True
        )
    ]


def plain(setup: tapes.Setup, chosen: Settings) -> Backtest:
    sizing = chosen.sizing
    backtest = Backtest(
        cash=Decimal(chosen.account.cash),
        fee=Decimal("0.0005"),
        units=Decimal(sizing.units) if sizing.kind == "units" else None,
        fraction=Decimal(sizing.fraction),
        markets=[Market() for _ in setup.candles],
    )
    backtest.run(
        [plain_bars(one, signal) for one, signal in zip(setup.candles, setup.signals, strict=True)]
    )
    return backtest


def fills(tape: tapes.Tape) -> list[Fill]:
    sides = {int(r.local_no): int(r.side) for r in tape.requests}
    return [
        Fill(
            int(fact.exch_ts_ns),
            int(fact.market),
            sides[int(fact.local_no)],
            int(fact.size_u),
            int(fact.price_u),
        )
        for fact in tape.facts
        if fact.kind == FactKind.FILLED
    ]


@pytest.mark.prove
@pytest.mark.parametrize("name", CHOICES)
def test_fills_and_equity_are_those_of_a_plain_backtest(
    name: str, depth: Callable[..., int]
) -> None:
    chosen = settings(**CHOICES[name])
    traded = 0
    for seed in range(depth(quick=4, full=300)):
        setup = tapes.made_up(seed, markets=seed % 3 + 1, chosen=chosen)
        tape, expected = tapes.simulated(setup), plain(setup, chosen)
        assert fills(tape) == expected.fills, (name, seed)
        equity = np.array([float(equity) for equity in expected.equities])
        assert np.allclose(tape.equity[:, 0], equity, rtol=1e-9, atol=0.0), (name, seed)
        traded += len(expected.fills)
    assert traded > 40
