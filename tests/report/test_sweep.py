"""The page about a sweep: noise is called noise, an edge is not, and the map fits the page."""

import math
from typing import Any

import numpy as np
import pytest

from sigma_cli.report.cells import around, columns, judge_sweep, neighbours, order, sweep_document
from sigma_cli.report.inputs import Sweep
from sigma_cli.report.sweep_page import sweep_page
from sigma_cli.stats.sharpe import moments
from tests.report.conftest import START_NS
from tests.report.test_page import read


def make(grid: dict[str, list[Any]], edge: float = 0.0, seed: int = 1, days: int = 250) -> Sweep:
    """Return a sweep whose tries earn `edge` deviations a day, on average."""
    places = np.stack(np.meshgrid(*map(range, map(len, grid.values())), indexing="ij"), -1)
    places = places.reshape(-1, len(grid))
    rng = np.random.default_rng(seed)
    returns = rng.normal(edge * 0.01, 0.01, (len(places), days))
    found = [moments(one) for one in returns]
    values = zip(grid.items(), places.T, strict=True)
    period = np.array([one.sharpe for one in found])
    cells: dict[str, Any] = {name: np.array(options)[at] for (name, options), at in values}
    cells |= {
        "final_equity": 1e6 * np.prod(1 + returns, axis=1),
        "total_return": np.prod(1 + returns, axis=1) - 1,
        "sharpe": period * math.sqrt(365),
        "max_drawdown": np.full(len(places), 0.1),
        "fills": np.full(len(places), 40),
        "fees": np.full(len(places), 12.5),
        "returns_sharpe": period,
        "returns_skew": np.array([one.skew for one in found]),
        "returns_kurtosis": np.array([one.kurtosis for one in found]),
        "returns_count": np.full(len(places), days),
        "run_id": np.array([f"{i:016x}" for i in range(len(places))], np.object_),
    }
    summary = {
        "run_id": "c0ffee00c0ffee00",
        "kind": "sweep",
        "created_ts_ns": START_NS,
        "command": "sigma backtest --sweep fast=5:50:5",
        "strategy": "sma_cross",
        "grid": grid,
        "markets": [{"market": "KRW-BTC", "synthetic": False}],
        "interval": "1h",
        "period": {"start_ns": START_NS, "end_ns": START_NS * 2, "text": "all"},
        "currency": "KRW",
        "hashes": {"code": "a" * 64, "config": "b" * 64, "data": "c" * 64},
        "settings": {"sizing.kind": "fraction"},
        "buy_and_hold_return": 0.05,
        "gate": {"state": "passed"},
        "wall_s": 1.5,
        "cpu_s": 2.5,
        "trials": len(places),
        "overfitting": {"probability": 0.42, "splits": 252},
    }
    return Sweep(summary=summary, cells=cells, trials=len(places), tried=cells["sharpe"])


GRID: dict[str, list[Any]] = {"fast": list(range(5, 55, 5)), "slow": list(range(60, 260, 10))}


@pytest.mark.parametrize("seed", range(8))
def test_pure_noise_is_called_noise(seed: int) -> None:
    result, doubt = judge_sweep(make(GRID, seed=seed))
    assert "The best of 200 tries returned" in result
    assert "noise" in doubt


def test_an_edge_is_not_called_noise() -> None:
    assert judge_sweep(make(GRID, edge=0.2))[1] == "Luck is an unlikely reason."


def test_a_sweep_that_only_loses_is_no_better_than_noise() -> None:
    assert "no better than noise" in judge_sweep(make(GRID, edge=-0.5))[1]


def test_the_page_shows_the_map_and_the_best() -> None:
    sweep = make(GRID)
    html = sweep_page(sweep)
    said = read(html)
    for part in (
        *("Sweep", "All tries", "Across: slow. Upwards: fast.", "Is the best one luck?"),
        *("The best 10", "Neighbours", "Deflated Sharpe ratio", "sigma backtest --sweep"),
        *("Probability of overfitting", "42"),
    ):
        assert part in said, part
    assert html.count("h99v99h-99z") + html.count('class="heat') > 4
    assert len(html.encode()) < 100_000


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({"fast": [5, 10, 15]}, "Across: fast."),
        ({"fast": [5, 10], "slow": [20, 30, 40], "kind": ["ema", "sma"]}, "The rest as in the"),
        ({"name": ["a", "b", "c"], "slow": [1, 2]}, "Across: name. Upwards: slow."),
        ({"fast": list(range(300)), "slow": [1, 2]}, "At most 100 values are drawn"),
        ({"fast": [5]}, "Across: fast."),
    ],
)
def test_any_grid_has_a_map(grid: dict[str, list[Any]], said: str) -> None:
    assert said in read(sweep_page(make(grid)))


def test_a_large_sweep_still_fits() -> None:
    grid = {"fast": list(range(200)), "slow": list(range(200))}
    assert len(sweep_page(make(grid, days=20)).encode()) < 600_000


def test_cells_without_a_ratio_come_last_and_stay_empty() -> None:
    sweep = make({"fast": [1, 2, 3]})
    sweep.cells["sharpe"][1] = np.nan
    assert order(sweep)[-1] == 1
    assert "heat" in sweep_page(sweep)


def test_a_sweep_that_never_traded_has_a_page() -> None:
    sweep = make({"fast": [1, 2]})
    for name in ("sharpe", "returns_sharpe", "returns_skew", "returns_kurtosis"):
        sweep.cells[name][:] = np.nan
    said = read(sweep_page(sweep))
    assert "No try moved often enough" in said
    assert "no better than noise" in said


def test_neighbours_are_one_step_away() -> None:
    sweep = make({"fast": [5, 7, 20], "slow": [1, 2, 3]})
    assert neighbours(sweep, 0).tolist() == [1, 3, 4]
    assert len(neighbours(sweep, 4)) == 8
    assert around(sweep, 0) == pytest.approx(sweep.cells["sharpe"][[1, 3, 4]].mean())


def test_document_and_columns() -> None:
    sweep = make({"fast": [5, 7], "slow": [1, 2]})
    found = sweep_document(sweep)
    assert found["best"][0]["params"].keys() == {"fast", "slow"}
    assert found["verdict"].startswith("The best of 4 tries")
    rows = list(columns(sweep).rows)
    assert len(rows) == 4
    assert rows[0][:2] == ("5", "1")
