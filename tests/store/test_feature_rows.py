from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.features import FEATURE_COLUMNS
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.errors import UsageError
from sigma_cli.store.feature_rows import FeatureRows
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.query import ask

START_NS = int(np.datetime64("2025-01-31T00:59:58", "ns").astype(np.int64))
SECONDS = FeatureRows("1s")


def source(code: str = "aa", *, synthetic: bool = False) -> Source:
    return Source(name=f"code {code}", sha256=code * 32, layout="features", synthetic=synthetic)


def rows(first: int, count: int, value: float = 0.5) -> dict[str, Any]:
    made = {name: np.full(count, value, kind) for name, kind in FEATURE_COLUMNS.items()}
    made["ts_ns"] = START_NS + np.arange(first, first + count) * NS_PER_S
    made["vpin"] = np.full(count, np.nan)
    return made


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    lake.register_instrument("binance", "BTCUSDT", 2, 3, always_open=True)
    return lake


def merge(lake: Lake, given: dict[str, Any], told: Source | None = None) -> tuple[int, int]:
    merged = lake.merge_features("binance", "BTCUSDT", given, told or source(), SECONDS)
    assert len(merged.conflicts) == 0
    return merged.added, merged.already_there


def test_the_same_rows_add_nothing_and_others_take_their_place(lake: Lake) -> None:
    assert merge(lake, rows(0, 5)) == (5, 0)
    before = lake.fingerprint()
    assert merge(lake, rows(0, 5)) == (0, 5)
    assert lake.fingerprint() == before
    assert merge(lake, rows(3, 4, value=0.25)) == (4, 0)
    (series,) = lake.series()
    assert (series.kind, series.rows, series.parts, series.gaps) == ("features-1s", 7, 2, 0)
    found = ask(
        lake.root, "SELECT roc_1m FROM features ORDER BY ts", rows_max=None, memory_mb=64, threads=1
    )
    assert [value for (value,) in found.rows] == [0.5] * 3 + [0.25] * 4


def test_what_is_not_known_is_null(lake: Lake) -> None:
    merge(lake, rows(0, 3))
    statement = "SELECT every, ts, spread_pct, vpin, code, synthetic FROM features ORDER BY ts"
    found = ask(lake.root, statement, rows_max=1, memory_mb=64, threads=1)
    at = datetime(2025, 1, 31, 0, 59, 58)  # noqa: DTZ001 - a TIMESTAMP is UTC
    assert [*found.rows] == [("1s", at, 0.5, None, "aaaaaaaaaaaa", False)]


def test_recorded_and_made_up_rows_do_not_mix(lake: Lake) -> None:
    merge(lake, rows(0, 3))
    with pytest.raises(UsageError, match="the two never mix"):
        merge(lake, rows(3, 3), source(synthetic=True))


def test_minutes_are_kept_by_the_day() -> None:
    times = rows(0, 3)["ts_ns"]
    assert [name for name, _ in FeatureRows("1m").by_period(times)] == ["2025-01-31"]
    assert [name for name, _ in SECONDS.by_period(times)] == ["2025-01-31T00", "2025-01-31T01"]
    kind = FeatureRows.of("features-1m")
    assert kind == FeatureRows("1m")
    assert (kind.key_columns, kind.keys(rows(0, 2)).tolist()) == (("ts_ns",), times[:2].tolist())
