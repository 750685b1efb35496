"""The bounds of a day are those of the seven days before it, and of nothing later."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.features import FEATURE_COLUMNS
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.runtime import feature_bounds
from sigma_cli.runtime.periods import Period
from sigma_cli.store.feature_rows import FeatureRows
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.query import ask
from tests.market import START_NS

NAME = ("binance", "BTCUSDT")
SOURCE = Source(name="code a", sha256="a" * 64, layout="features")
DAY_NS = START_NS + 19 * NS_PER_HOUR
MINUTES = FeatureRows("1m")


def rows(first_ns: int, count: int, seed: int = 1) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    made = {name: random.normal(size=count) for name in FEATURE_COLUMNS}
    made["vpin"] = np.where(np.arange(count) < count - 100, np.nan, made["vpin"])
    return made | {"ts_ns": first_ns + np.arange(count) * NS_PER_MINUTE}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    lake.register_instrument(*NAME, 2, 3, always_open=True)
    return lake


def bounds(lake: Lake) -> dict[str, float]:
    found = feature_bounds.day_bounds(lake, NAME, "1m", DAY_NS)
    return {name: float(value[0]) for name, value in found.items()}


def test_the_rows_of_seven_days_count_and_no_others(lake: Lake) -> None:
    week = rows(DAY_NS - 7 * NS_PER_DAY, 7 * 1_440)
    lake.merge_features(*NAME, week, SOURCE, MINUTES)
    found = bounds(lake)
    low, median, high = np.quantile(week["roc_1m"], (0.25, 0.5, 0.75))
    assert found["roc_1m_median"] == median
    assert found["roc_1m_low"] == pytest.approx(low - 1.5 * (high - low))
    assert found["roc_1m_high"] == pytest.approx(high + 1.5 * (high - low))
    assert (found["roc_1m_min"], found["roc_1m_max"]) == (min(week["roc_1m"]), max(week["roc_1m"]))
    assert np.isnan(found["vpin_median"]), "known in less than a day of rows"
    assert list(found) == [*dict.fromkeys(found)] and len(found) == 175
    for first_ns in (DAY_NS, DAY_NS - 8 * NS_PER_DAY):
        lake.merge_features(*NAME, rows(first_ns, 1_440, seed=2), SOURCE, MINUTES)
    assert str(bounds(lake)) == str(found)


def test_less_than_a_day_has_no_bounds(lake: Lake) -> None:
    lake.merge_features(*NAME, rows(DAY_NS - 1_439 * NS_PER_MINUTE, 1_439), SOURCE, MINUTES)
    assert all(np.isnan(value) for value in bounds(lake).values())
    assert feature_bounds.keep_bounds(lake, NAME, "1m", np.array([DAY_NS]), SOURCE) == 0


def test_bounds_are_kept_beside_the_rows(lake: Lake) -> None:
    lake.merge_features(*NAME, rows(DAY_NS - 2 * NS_PER_DAY, 3_000), SOURCE, MINUTES)
    days_ns = DAY_NS + np.arange(-2, 2) * NS_PER_DAY
    for _ in range(2):
        assert feature_bounds.keep_bounds(lake, NAME, "1m", days_ns, SOURCE) == 3
    kept = {series.kind: series.rows for series in lake.series()}
    assert kept == {"bounds-1m": 3, "features-1m": 3_000}
    statement = "SELECT ts, roc_1m_median, vpin_low, every FROM feature_bounds ORDER BY ts"
    table = [*ask(lake.root, statement, rows_max=None, memory_mb=64, threads=1).rows]
    assert [row[0].day for row in table] == [31, 1, 2]
    assert table[1][1] == bounds(lake)["roc_1m_median"]
    assert table[0][2:] == (None, "1m")


def test_rows_count_in_the_bounds_of_later_days_that_are_stored(lake: Lake) -> None:
    """Else the bounds of a day would depend on which period was computed first."""
    period = Period(start_ns=DAY_NS, end_ns=DAY_NS + NS_PER_DAY, text="a day")

    def told() -> list[int]:
        days_ns = feature_bounds.days_told(lake, NAME, "1m", period)
        return [(day_ns - DAY_NS) // NS_PER_DAY for day_ns in days_ns.tolist()]

    assert told() == [0]
    lake.merge_features(*NAME, rows(DAY_NS, 3 * 1_440), SOURCE, MINUTES)
    assert told() == [0, 1, 2]
    lake.merge_features(*NAME, rows(DAY_NS + 20 * NS_PER_DAY, 1_440), SOURCE, MINUTES)
    assert told() == [*range(8)]
