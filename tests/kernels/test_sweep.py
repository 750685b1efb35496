"""A cell of a sweep is the single run with the same parameters: same money, same fills."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sigma_cli import settings
from sigma_cli.domain.candles import CANDLE_COLUMNS, Candles
from sigma_cli.domain.dtypes.run import LOG
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.units import NS_PER_MINUTE, TsNs
from sigma_cli.kernels.simulate import Rows
from sigma_cli.kernels.sweep import Curve, simulate_cell
from sigma_cli.runtime import simulation, world
from sigma_cli.runtime.course import last_of_instants
from sigma_cli.runtime.progress import Silent
from sigma_cli.stats.equity import max_drawdown
from tests.market import START_NS, candles

SETTINGS: tuple[list[str], ...] = (
    [],
    ["sizing.kind=units", "sizing.units=30"],
    ["sizing.fraction=0.9", "limits.market_share_max=1", "fills.slippage_bps=5"],
    ["sizing.fraction=1", "limits.market_share_max=1", "fills.participation_max=0.001"],
    ["limits.drawdown_max=0.001", "limits.day_loss_max=0.0005"],
    ["exits.stop=0.01", "exits.target=0.01", "sizing.fraction=0.5", "limits.market_share_max=1"],
    ["exits.trailing=0.005", "exits.time_bars=30"],
    ["exits.time_bars=3", "sizing.kind=units", "sizing.units=30"],
    ["sizing.kind=volatility", "sizing.atr_bars=5"],
    ["sizing.kind=risk_parity", "sizing.atr_bars=20", "exits.stop=0.02"],
    ["limits.orders_per_minute_max=1", "sizing.fraction=0.5", "limits.market_share_max=1"],
)
WISHES = np.array([np.nan, np.nan, np.nan, np.nan, 0.0, 0.0, 1.0, 1.0, 0.5, -1.0, 2.0])


def market(count: int, seed: int, name: str, *, minutes: int = 1) -> Candles:
    """A market with holes, whose rules change on the way, and perhaps few bars a day."""
    one = candles(count, seed, step=40, market=name)
    later = replace(
        one.instrument.rules[0], valid_from_ns=TsNs(START_NS + count // 2 * minutes * NS_PER_MINUTE)
    )
    kept = np.random.default_rng(seed).random(count) > 0.1
    columns = {column: getattr(one, column)[kept] for column in CANDLE_COLUMNS}
    columns["open_ts_ns"] = START_NS + (columns["open_ts_ns"] - START_NS) * minutes
    instrument = replace(one.instrument, rules=(*one.instrument.rules, later))
    return replace(one, instrument=instrument, **columns)


def signals(markets: Sequence[Candles], seed: int, quiet: float) -> list[NDArray[np.float64]]:
    dice = np.random.default_rng(seed)
    found = []
    for one in markets:
        wish = WISHES[dice.integers(0, len(WISHES), len(one))]
        wish[dice.random(len(one)) < quiet] = np.nan
        found.append(wish)
    return found


def cell(rows: Rows, markets: Sequence[Candles], tree: settings.Settings) -> tuple[Any, ...]:
    after = last_of_instants(rows).astype(np.int64)
    curve = Curve(after, np.empty(len(after)))
    fresh = world.build(tree, len(markets))
    deepest = simulate_cell(rows, world.schedule(markets), fresh, np.empty(1, LOG), curve)
    end = fresh[0]
    return (
        curve.equity.tobytes(),
        deepest,
        int(end.venue.next_fill_id),
        float(end.state.account.fees),
        float(end.state.account.cash),
        np.array(end.state.refusals).tobytes(),
        end.state.positions[: len(markets)]["size_u"].tobytes(),
    )


def single(rows: Rows, markets: Sequence[Candles], tree: settings.Settings) -> tuple[Any, ...]:
    fresh = world.build(tree, len(markets))
    tape = simulation.run(rows, world.schedule(markets), fresh, Silent())
    equity = tape.equity[last_of_instants(rows), 0]
    end = tape.world[0]
    return (
        equity.tobytes(),
        max_drawdown(equity).depth,
        int((tape.facts["kind"] == FactKind.FILLED).sum()),
        float(end.state.account.fees),
        float(end.state.account.cash),
        np.array(end.state.refusals).tobytes(),
        end.state.positions[: len(markets)]["size_u"].tobytes(),
    )


@pytest.mark.prove
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(2, 600),
    markets=st.integers(1, 3),
    minutes=st.sampled_from([1, 240]),
    quiet=st.sampled_from([0.0, 0.7, 0.97, 1.0]),
    words=st.sampled_from(SETTINGS),
)
def test_a_cell_is_the_single_run(
    seed: int, count: int, markets: int, minutes: int, quiet: float, words: list[str]
) -> None:
    traded = [
        market(max(count - 3 * i, 1), seed + i, f"KRW-{i}", minutes=minutes) for i in range(markets)
    ]
    traded = [one for one in traded if len(one)]
    if not traded:
        return
    rows = world.rows(traded, signals(traded, seed, quiet))
    tree = settings.load(None, None, {}, settings.parse_overrides(words)).settings
    assert cell(rows, traded, tree) == single(rows, traded, tree)
