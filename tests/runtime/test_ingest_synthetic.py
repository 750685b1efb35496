"""Made-up candles in the lake: marked, repeatable, and never on top of anything else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_S
from sigma_cli.errors import UsageError
from sigma_cli.runtime.ingest import Request as FilesRequest
from sigma_cli.runtime.ingest import ingest_files
from sigma_cli.runtime.ingest_synthetic import Request, ingest_synthetic
from sigma_cli.runtime.progress import Silent
from sigma_cli.store.lake import Lake
from sigma_cli.store.rebuilding import compare

ONE_DAY = Request(seed=7, days=1, markets=("KRW-ETH", "KRW-DUSK"))
START_NS = 1_756_684_800 * NS_PER_S


def test_candles_are_stored_marked_and_only_once(tmp_path: Path) -> None:
    told = ingest_synthetic(ONE_DAY, tmp_path, Silent())
    assert [line.market for line in told] == ["KRW-ETH", "KRW-DUSK"]
    assert all(line.added == line.made > 100 for line in told)
    series = Lake(tmp_path).series()
    assert [one.market for one in series] == ["KRW-DUSK", "KRW-ETH"]
    assert all(one.synthetic and one.venue == "upbit" for one in series)
    assert series[0].sources == ("synthetic KRW-DUSK seed 7, 1 days from 2025-09-01",)
    before = Lake(tmp_path).fingerprint()
    again = ingest_synthetic(ONE_DAY, tmp_path, Silent())
    assert [(line.added, line.already_there) for line in again] == [(0, one.made) for one in told]
    assert Lake(tmp_path).fingerprint() == before


def test_the_same_request_makes_the_same_lake(tmp_path: Path) -> None:
    prints = []
    for place, request in (("a", ONE_DAY), ("b", ONE_DAY), ("c", replace(ONE_DAY, seed=8))):
        ingest_synthetic(request, tmp_path / place, Silent())
        prints.append(Lake(tmp_path / place).fingerprint())
    assert prints[0] == prints[1] != prints[2]


def test_intervals_of_one_market_agree(tmp_path: Path) -> None:
    for interval in ("1m", "1h"):
        request = replace(ONE_DAY, markets=("KRW-ETH",), interval=interval)
        ingest_synthetic(request, tmp_path, Silent())
    minutes = Lake(tmp_path).read_candles("upbit", "KRW-ETH", "1m")
    hours = Lake(tmp_path).read_candles("upbit", "KRW-ETH", "1h")
    starts = np.searchsorted(minutes["open_ts_ns"], hours["open_ts_ns"])
    assert (np.maximum.reduceat(minutes["high_u"], starts) == hours["high_u"]).all()
    assert (np.add.reduceat(minutes["volume_u"], starts) == hours["volume_u"]).all()
    assert minutes["open_ts_ns"][-1] > START_NS + NS_PER_DAY - 5 * NS_PER_MINUTE


def test_candles_are_the_sums_of_the_trades(tmp_path: Path) -> None:
    request = replace(ONE_DAY, markets=("KRW-DUSK",), days=2)
    (told,) = ingest_synthetic(request, tmp_path, Silent())
    (trades,) = ingest_synthetic(replace(request, kind="trades"), tmp_path, Silent())
    assert (told.kind, trades.kind) == ("candles-1m", "trades")
    assert trades.made == trades.added > told.made
    (again,) = ingest_synthetic(replace(request, kind="trades"), tmp_path, Silent())
    assert (again.added, again.already_there) == (0, trades.made)
    lake = Lake(tmp_path)
    assert all(one.synthetic for one in lake.series())
    candles = lake.read_candles("upbit", "KRW-DUSK", "1m")
    batches = list(lake.read_trades("upbit", "KRW-DUSK"))
    rows = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    assert len(rows["trade_id"]) == trades.made
    assert (np.diff(rows["trade_id"]) == 1).all()
    assert set(rows["side"].tolist()) == {-1, 1}
    minutes, starts = np.unique(rows["exch_ts_ns"] // NS_PER_MINUTE, return_index=True)
    assert (minutes * NS_PER_MINUTE == candles["open_ts_ns"]).all()
    assert (rows["price_u"][starts] == candles["open_u"]).all()
    assert (np.add.reduceat(rows["size_u"], starts) == candles["volume_u"]).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"interval": "1w"}, "no interval '1w'"),
        ({"seed": -1}, "-1 is no seed"),
        ({"seed": 2**31}, "is no seed"),
        ({"days": 0}, "0 days"),
        ({"start": "1.9.2025"}, "not a day"),
        ({"start": "1815-06-18"}, "out of range"),
        ({"markets": ("KRW-XRP",)}, "no made-up market"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ingest_synthetic(replace(ONE_DAY, **change), tmp_path / "store", Silent())
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("change", [{"seed": 8}, {"days": 2}, {"start": "2025-09-02"}])
def test_another_market_never_lies_on_top(tmp_path: Path, change: dict[str, Any]) -> None:
    request = replace(ONE_DAY, markets=("KRW-DUSK",))
    ingest_synthetic(request, tmp_path, Silent())
    before = Lake(tmp_path).fingerprint()
    with pytest.raises(UsageError, match="holds synthetic KRW-DUSK seed 7"):
        ingest_synthetic(replace(request, **change), tmp_path, Silent())
    assert Lake(tmp_path).fingerprint() == before


@pytest.mark.compiles
def test_books_and_quotes_are_of_the_same_market(tmp_path: Path) -> None:
    request = replace(ONE_DAY, markets=("KRW-DUSK",))
    (books,) = ingest_synthetic(replace(request, kind="books"), tmp_path, Silent())
    (quotes,) = ingest_synthetic(replace(request, kind="quotes"), tmp_path, Silent())
    assert books.made > 20 * quotes.made > 20_000
    (again,) = ingest_synthetic(replace(request, kind="books"), tmp_path, Silent())
    assert (again.added, again.already_there) == (0, books.made)
    lake = Lake(tmp_path)
    assert [(one.kind, one.synthetic) for one in lake.series()] == [
        ("books", True),
        ("quotes", True),
    ]
    found = compare(lake, "upbit", "KRW-DUSK")
    assert found.shared == found.equal > 1_000
    assert (found.crossed, found.locked, found.gaps) == (0, 0, 0)
    sides = [batch["side"] for batch in lake.read_messages("upbit", "KRW-DUSK", "books")]
    assert set(np.concatenate(sides).tolist()) == {-1, 1}


def test_recorded_candles_are_never_joined(tmp_path: Path) -> None:
    path = tmp_path / "KRW-DUSK.csv"
    rows = "".join(f"{START_NS // NS_PER_S + 60 * n},850,851,849,850,1\n" for n in range(3))
    path.write_text(f"timestamp,open,high,low,close,volume\n{rows}")
    recorded = FilesRequest(paths=[path], venue="upbit", interval="1m")
    ingest_files(recorded, tmp_path / "store", 0.5, Silent())
    with pytest.raises(UsageError, match=r"holds KRW-DUSK\.csv already"):
        ingest_synthetic(ONE_DAY, tmp_path / "store", Silent())
    (series,) = Lake(tmp_path / "store").series()
    assert not series.synthetic
