"""A run's numbers from its equity series."""

import numpy as np
import pytest

from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.report.metrics import held_return, summarise

TS_NS = np.arange(4, dtype=np.int64) * NS_PER_DAY


def test_metrics_of_a_series_that_begins_with_the_cash() -> None:
    got = summarise(TS_NS, np.array([1000.0, 1100.0, 990.0, 1050.0]), 1000.0, always_open=True)
    assert got.final_equity == 1050.0
    assert got.total_return == pytest.approx(0.05)
    assert got.max_drawdown == pytest.approx(0.10)
    assert (got.drawdown_peak_ts_ns, got.drawdown_trough_ts_ns) == (NS_PER_DAY, 2 * NS_PER_DAY)


def test_a_loss_on_the_first_bar_counts() -> None:
    got = summarise(TS_NS, np.array([900.0, 900.0, 900.0, 900.0]), 1000.0, always_open=True)
    assert got.total_return == pytest.approx(-0.10)
    assert got.max_drawdown == pytest.approx(0.10)
    assert (got.drawdown_peak_ts_ns, got.drawdown_trough_ts_ns) == (0, 0)


def test_held_return_is_the_mean_of_the_markets_less_one_fee() -> None:
    got = held_return(np.array([100.0, 50.0]), np.array([120.0, 50.0]), 0.01)
    assert got == pytest.approx(1.10 * 0.99 - 1)
