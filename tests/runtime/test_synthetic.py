"""Synthetic files: the same bytes each time, and the ingest path takes them as they are."""

from pathlib import Path

import numpy as np
import pytest

from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.runtime.ingest import Request, ingest_files
from sigma_cli.runtime.progress import Silent
from sigma_cli.runtime.synthetic import MARKETS, VENUE, Market, write_candles
from sigma_cli.store.lake import Lake

START_NS = 1_756_684_800 * 1_000_000_000


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.name)
def test_the_same_bytes_each_time(tmp_path: Path, market: Market) -> None:
    one = write_candles(tmp_path / "one", market, 7, START_NS, 1).read_bytes()
    other = write_candles(tmp_path / "other", market, 7, START_NS, 1).read_bytes()
    assert one == other
    assert one.count(b"\n") > 1_200
    assert one != write_candles(tmp_path / "seed", market, 8, START_NS, 1).read_bytes()


def test_ingest_takes_every_row_and_marks_them(tmp_path: Path) -> None:
    paths = [write_candles(tmp_path / "made", market, 7, START_NS, 1) for market in MARKETS]
    request = Request(paths=paths, venue=VENUE, interval="1m", synthetic=True)
    told = ingest_files(request, tmp_path / "store", jump_max=0.5, progress=Silent())
    rows = sum(path.read_bytes().count(b"\n") - 1 for path in paths)
    assert (told.read, told.added, told.quarantined) == (rows, rows, 0)
    assert not told.notes
    lake = Lake(tmp_path / "store")
    assert [series.synthetic for series in lake.series()] == [True] * len(MARKETS)
    candles = lake.read_candles(VENUE, "KRW-DOGE", "1m")
    assert (np.diff(candles["open_ts_ns"]) % NS_PER_MINUTE == 0).all()
    again = ingest_files(request, tmp_path / "store", jump_max=0.5, progress=Silent())
    assert again.added == 0
