"""Trade statistics, against hand-made numbers."""

import math

import numpy as np
import pytest

from sigma_cli.stats.trades import trade_stats


def test_wins_losses_and_a_draw() -> None:
    got = trade_stats(np.array([30.0, -10.0, 0.0, 10.0, -10.0]), np.array([5, 3, 2, 6, 4]))
    assert (got.closed, got.wins, got.losses) == (5, 2, 2)
    assert got.win_rate == pytest.approx(0.4)
    assert got.payoff == pytest.approx(2.0)
    assert got.profit_factor == pytest.approx(2.0)
    assert got.pnl_mean == pytest.approx(4.0)
    assert (got.pnl_best, got.pnl_worst, got.bars_mean) == (30.0, -10.0, 4.0)


def test_no_trades_leave_everything_undefined() -> None:
    got = trade_stats(np.array([]), np.array([], dtype=np.int64))
    assert got.closed == 0
    assert all(math.isnan(x) for x in (got.win_rate, got.payoff, got.profit_factor, got.pnl_mean))


def test_without_a_loss_there_is_no_profit_factor() -> None:
    got = trade_stats(np.array([1.0, 2.0]), np.array([1, 1]))
    assert got.win_rate == 1.0
    assert math.isnan(got.profit_factor)
    assert math.isnan(got.payoff)
