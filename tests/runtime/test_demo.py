"""The demo goes the whole way, twice the same, and keeps its candles to itself."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from sigma_cli import settings
from sigma_cli.runtime.demo import Demo, demo
from sigma_cli.runtime.progress import Silent
from sigma_cli.runtime.runs import listing
from sigma_cli.store.lake import Lake


def load(overrides: Sequence[str]) -> settings.Loaded:
    return settings.load(None, None, {}, settings.parse_overrides(overrides))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def made(store: Path) -> Demo:
    return demo(store, load, Silent())


def test_it_ends_with_a_report_that_says_synthetic(made: Demo) -> None:
    html = made.report.read_text(encoding="utf-8")
    assert "<strong>Synthetic data</strong>" in html
    assert made.run_id in html
    assert "after costs in 30 days" in made.verdict


def test_its_candles_stay_in_its_own_store(made: Demo, store: Path) -> None:
    assert [path.name for path in store.iterdir()] == ["demo"]
    found = Lake(store / "demo").series()
    assert [series.market for series in found] == ["KRW-BTC", "KRW-DOGE", "KRW-ETH"]
    assert all(series.synthetic for series in found)
    assert made.report.is_relative_to(store / "demo")


def test_a_second_demo_finds_everything_done(made: Demo, store: Path) -> None:
    before = Lake(store / "demo").fingerprint()
    assert demo(store, load, Silent()) == made
    assert Lake(store / "demo").fingerprint() == before
    assert len(listing(store / "demo", pytest.fail)) == 1


def test_what_it_suggests_names_its_store(made: Demo, store: Path) -> None:
    assert len(made.try_next) == 3
    assert str(store / "demo") in made.try_next[0]
