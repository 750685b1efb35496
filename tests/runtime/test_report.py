"""The report of a stored run: where it lies, what it says, and what it says when things changed."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from sigma_cli import settings
from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.runtime import backtest
from sigma_cli.runtime.ingest import Request, ingest_files
from sigma_cli.runtime.progress import Silent
from sigma_cli.runtime.report import report
from sigma_cli.runtime.synthetic import MARKETS, VENUE, write_candles

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
    command = report(store, ["latest"]).document["summary"]["command"]
    assert command.endswith(f"--store '{store}'")
    assert "--set fast=5" in command


def test_the_document_is_plain(store: Path) -> None:
    run_id = run(store)
    document = json.loads(json.dumps(report(store, [run_id]).document, default=str))
    assert document["summary"]["run_id"] == run_id
    assert document["synthetic"] is True
    assert document["trades"]["count"] > 50


def test_changed_candles_are_told(store: Path, tmp_path: Path) -> None:
    request = backtest.Request(strategy="sma_cross", period="2025-09-01..2025-09-03")
    backtest.run(request, store, load, Silent())
    more = write_candles(tmp_path / "more", MARKETS[0], 7, START_NS, 3)
    again = Request(paths=[more], venue=VENUE, interval="1m", synthetic=True)
    ingest_files(again, store, jump_max=0.5, progress=Silent())
    notes = [d["text"] for d in report(store, ["latest"]).document["doubts"] if d["topic"] == "Note"]
    assert any("have changed since the run" in note for note in notes)


def test_damaged_candles_cost_the_charts_only(store: Path) -> None:
    run(store)
    for path in (store / "lake").rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:100])
    made = report(store, ["latest"])
    assert any("can't be read" in doubt["text"] for doubt in made.document["doubts"])
    assert "Buy-and-hold is not drawn" in made.path.read_text(encoding="utf-8")


def test_no_such_run(store: Path) -> None:
    with pytest.raises(UsageError, match="no run 'latest'"):
        report(store, ["latest"])


def test_a_page_that_cannot_be_written(store: Path) -> None:
    run(store)
    with pytest.raises(OutsideError):
        report(store, ["latest"], store / "runs")
