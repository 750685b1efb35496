from pathlib import Path
from typing import Any

import pytest

from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.runtime import runs
from sigma_cli.store.runs import save_run


def summary(run_id: str, created_ts_ns: int) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "created_ts_ns": created_ts_ns,
        "strategy": "sma_cross",
        "markets": [{"venue": "upbit", "market": "KRW-BTC"}],
        "interval": "1m",
        "period": {"start_ns": 0, "end_ns": 1, "text": "2025-09"},
        "fills": 7,
        "total_return": 0.1,
        "sharpe": 1.5,
        "max_drawdown": 0.2,
    }


@pytest.fixture
def store(tmp_path: Path) -> Path:
    for age, run_id in enumerate(("aaa", "aab", "bbb")):
        save_run(tmp_path, summary(run_id, 100 - age), {})
    return tmp_path


def test_runs_are_listed_the_newest_first(store: Path) -> None:
    found = runs.listing(store, pytest.fail)
    assert [run.run_id for run in found] == ["aaa", "aab", "bbb"]
    assert (found[0].markets, found[0].period, found[0].fills) == (("KRW-BTC",), "2025-09", 7)


def test_a_run_shows_its_whole_summary(store: Path) -> None:
    assert runs.show(store, "latest") == summary("aaa", 100)
    assert runs.show(store, "bb")["run_id"] == "bbb"


def test_runs_to_remove_are_found_once_each_or_not_at_all(store: Path) -> None:
    assert runs.find(store, ["bbb", "latest", "b"]) == ("bbb", "aaa")
    with pytest.raises(UsageError, match="no run 'zzz'"):
        runs.find(store, ["aaa", "zzz"])


def test_removed_runs_are_gone(store: Path) -> None:
    assert [run.run_id for run in runs.remove(store, ["aaa", "bbb"])] == ["aaa", "bbb"]
    assert [run.run_id for run in runs.listing(store, pytest.fail)] == ["aab"]


@pytest.mark.parametrize("content", ['{"run_id": "aab"', "{}", "[]"])
def test_a_damaged_run_stops_nobody_and_can_be_removed(store: Path, content: str) -> None:
    (store / "runs" / "aab" / "run.json").write_text(content)
    skipped: list[str] = []
    assert [run.run_id for run in runs.listing(store, skipped.append)] == ["aaa", "bbb"]
    assert len(skipped) == 1 and "run aab can't be read" in skipped[0]
    assert runs.show(store, "bbb")["fills"] == 7
    with pytest.raises(OutsideError, match="run aab can't be read") as caught:
        runs.show(store, "aab")
    assert "sigma runs rm aab" in caught.value.fix
    assert runs.find(store, ["aab"]) == ("aab",)
    runs.remove(store, ["aab"])
    assert [run.run_id for run in runs.listing(store, pytest.fail)] == ["aaa", "bbb"]
