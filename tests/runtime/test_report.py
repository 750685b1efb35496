"""The report of a stored run: where it lies, what it says, and what it says when things changed."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from sigma_cli import settings
from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.runtime import backtest
from sigma_cli.runtime.ingest import Request, ingest_files
from sigma_cli.runtime.progress import Silent
from sigma_cli.runtime.report import report, table
from sigma_cli.runtime.synthetic import MARKETS, VENUE, write_candles
from sigma_cli.runtime.tries import tries_of
from sigma_cli.store.runs import load_run, remove_run, save_run

START_NS = 1_756_684_800 * 1_000_000_000


def load(overrides: Sequence[str]) -> settings.Loaded:
    return settings.load(None, None, {}, settings.parse_overrides(overrides))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with two days of two made-up markets."""
    store = tmp_path / "my store"
    paths = [write_candles(tmp_path / "made", market, 7, START_NS, 2) for market in MARKETS[:2]]
    request = Request(paths=paths, venue=VENUE, interval="1m", synthetic=True)
    ingest_files(request, store, jump_max=0.5, progress=Silent())
    return store


def run(store: Path, *sets: str) -> str:
    request = backtest.Request(strategy="sma_cross", period="all", sets=sets)
    return backtest.run(request, store, load, Silent()).run_id


def test_the_page_lies_beside_its_run(store: Path) -> None:
    run_id = run(store)
    made = report(store, ["latest"])
    assert made.path == store / "runs" / run_id / "report.html"
    html = made.path.read_text(encoding="utf-8")
    assert run_id in html
    assert "KST" in html


def test_the_page_can_go_elsewhere(store: Path, tmp_path: Path) -> None:
    run_id = run(store)
    made = report(store, [run_id[:6]], tmp_path / "new" / "page.html")
    assert made.path == tmp_path / "new" / "page.html"
    assert made.path.stat().st_size < 600_000


def test_the_command_leads_back_to_the_same_store(store: Path) -> None:
    run(store, "fast=5", "slow=20")
    command = report(store, ["latest"]).document()["summary"]["command"]
    assert command.endswith(f"--store '{store}'")
    assert "--set fast=5" in command


def test_the_document_is_plain(store: Path) -> None:
    run_id = run(store)
    document = json.loads(json.dumps(report(store, [run_id]).document(), default=str))
    assert document["summary"]["run_id"] == run_id
    assert document["synthetic"] is True
    assert document["trades"]["count"] > 50


def test_changed_candles_are_told(store: Path, tmp_path: Path) -> None:
    request = backtest.Request(strategy="sma_cross", period="2025-09-01..2025-09-03")
    backtest.run(request, store, load, Silent())
    more = write_candles(tmp_path / "more", MARKETS[0], 7, START_NS, 3)
    again = Request(paths=[more], venue=VENUE, interval="1m", synthetic=True)
    ingest_files(again, store, jump_max=0.5, progress=Silent())
    notes = [
        d["text"] for d in report(store, ["latest"]).document()["doubts"] if d["topic"] == "Note"
    ]
    assert any("have changed since the run" in note for note in notes)


def test_damaged_candles_cost_the_charts_only(store: Path) -> None:
    run(store)
    for path in (store / "lake").rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:100])
    made = report(store, ["latest"])
    assert any("can't be read" in doubt["text"] for doubt in made.document()["doubts"])
    assert "Buy-and-hold is not drawn" in made.path.read_text(encoding="utf-8")


def test_no_such_run(store: Path) -> None:
    with pytest.raises(UsageError, match="no run 'latest'"):
        report(store, ["latest"])


def test_a_page_that_cannot_be_written(store: Path) -> None:
    run(store)
    with pytest.raises(OutsideError):
        report(store, ["latest"], store / "runs")


def test_a_note_is_kept_beside_the_run_and_shown(store: Path) -> None:
    run_id = run(store)
    before = (store / "runs" / run_id / "run.json").read_bytes()
    report(store, ["latest"], note="too good <to> be true")
    report(store, ["latest"], note="the second thought")
    made = report(store, ["latest"])
    assert "the second thought" in made.path.read_text(encoding="utf-8")
    assert made.document()["note"] == "the second thought"
    assert (store / "runs" / run_id / "run.json").read_bytes() == before
    with pytest.raises(UsageError, match="2 runs are named"):
        report(store, [run_id, run(store, "fast=3")], note="which?")


def test_an_export_holds_page_document_and_tables(store: Path, tmp_path: Path) -> None:
    run_id = run(store)
    folder = tmp_path / "out" / "here"
    made = report(store, ["latest"], export=folder)
    assert {path.name for path in folder.iterdir()} == {
        *("report.html", "report.json"),
        *("trades.csv", "equity.csv", "days.csv", "months.csv"),
    }
    assert (folder / "report.html").read_bytes() == made.path.read_bytes()
    document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert document["summary"]["run_id"] == run_id
    with (folder / "trades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == document["trades"]["count"]
    assert (folder / "trades.csv").read_text(encoding="utf-8") == table(store, ["latest"], "trades")


def test_an_unknown_table_is_refused(store: Path) -> None:
    run(store)
    with pytest.raises(UsageError, match="has no table 'fills'") as refused:
        table(store, ["latest"], "fills")
    assert "trades, equity, days, months" in str(refused.value.fix)


def test_runs_are_compared(store: Path) -> None:
    ids = [run(store), run(store, "fast=5"), run(store, "limits.drawdown_max=0.5")]
    made = report(store, ids)
    assert made.path.parent == store / "reports"
    html = made.path.read_text(encoding="utf-8")
    assert all(run_id in html for run_id in ids)
    told = {row["name"] for row in made.document()["differences"]["configuration"]}
    assert {"strategy: fast", "limits.drawdown_max"} <= told
    assert made.document()["differences"]["data"] == []
    assert report(store, ids).path == made.path
    assert report(store, [ids[0], ids[0]]).path.name == "report.html"


def test_every_try_is_counted(store: Path) -> None:
    for fast in (3, 5, 7):
        run_id = run(store, f"fast={fast}")
    evidence = report(store, [run_id]).document()["evidence"]
    assert evidence["trials"] == 3
    assert evidence["luck"] > 0
    first = report(store, [run(store, "fast=3")]).document()["evidence"]
    assert first["trials"] == 3, "later tries count too"


def test_the_tries_are_those_that_overlap_in_whatever_order(store: Path) -> None:
    def tried(period: str, *markets: str, **given: str) -> tuple[str, int]:
        sets = [f"{name}={value}" for name, value in given.items()]
        asked = backtest.Request(
            strategy="sma_cross", period=period, markets=markets, sets=sets, venue=VENUE
        )
        found = backtest.run(asked, store, load, Silent())
        return found.run_id, found.trials

    first, second = (market.name for market in MARKETS[:2])
    day, next_day = "2025-09-01", "2025-09-02"
    made = [
        tried(day, first),
        tried("all", first),
        tried(day, first, second, fast="7"),
        tried(next_day, first),
        tried(day, second),
    ]
    assert [trials for _, trials in made] == [1, 2, 3, 2, 2]
    shown = [report(store, [run_id]).document()["evidence"]["trials"] for run_id, _ in made]
    assert shown == [3, 4, 4, 2, 2]
    assert tried(day, first)[1] == 3, "a run that is recognised says what its report says"
    remove_run(store / "runs" / made[1][0])
    assert report(store, [made[3][0]]).document()["evidence"]["trials"] == 2, "it knew of two"


def test_idle_cash_is_explained(store: Path) -> None:
    run(store)
    money = report(store, ["latest"]).document()["money"]
    assert sum(money.values()) == pytest.approx(1.0)
    assert money["kept back by the sizing"] == pytest.approx(0.8, abs=0.01)


def stored_sweep(store: Path, run_id: str) -> str:
    """Store a sweep of 12 cells beside the run it resembles."""
    summary = {
        **load_run(store, run_id).summary,
        "run_id": "5weep",
        "kind": "sweep",
        "grid": {"fast": [3, 5, 7], "slow": [20, 30, 40, 50]},
        "trials": 12,
        "overfitting": {"probability": 0.5, "splits": 252},
    }
    rng = np.random.default_rng(1)
    fast, slow = (side.ravel() for side in np.meshgrid([3, 5, 7], [20, 30, 40, 50]))
    period = rng.normal(0.0, 0.05, 12)
    cells = {
        "fast": fast.astype(np.int64),
        "slow": slow.astype(np.int64),
        "final_equity": np.full(12, 1e6),
        "total_return": period / 10,
        "sharpe": period * 365**0.5,
        "max_drawdown": np.full(12, 0.1),
        "fills": np.full(12, 10),
        "fees": np.full(12, 3.0),
        "returns_sharpe": period,
        "returns_skew": np.zeros(12),
        "returns_kurtosis": np.full(12, 3.0),
        "returns_count": np.full(12, 100),
        "run_id": np.array([run_id, *(f"{i:016x}" for i in range(11))], np.object_),
    }
    save_run(store, summary, {"cells": cells})
    return "5weep"


def test_a_sweep_has_its_own_page_and_counts_as_tries(store: Path, tmp_path: Path) -> None:
    run_id = run(store)
    sweep = stored_sweep(store, run_id)
    made = report(store, [sweep], export=tmp_path / "out", note="a first look")
    assert made.path == store / "runs" / sweep / "report.html"
    assert "noise" in made.document()["verdict"]
    assert made.document()["trials"] == 12, "the run is one of the cells"
    assert (tmp_path / "out" / "cells.csv").read_text(encoding="utf-8").count("\n") == 13
    assert "a first look" in made.path.read_text(encoding="utf-8")
    found = tries_of(store, load_run(store, run_id))
    assert found.count == len(found.sharpe) == 12
    with pytest.raises(UsageError, match="is a sweep"):
        report(store, [sweep, run_id])
