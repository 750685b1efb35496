"""Books from files: what tears a message, hides a gap or is no book is told, and not stored."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sigma_cli.errors import CheckError
from sigma_cli.runtime.ingest import Ingested, Request, ingest_files
from sigma_cli.runtime.progress import Silent
from sigma_cli.store.lake import Lake

START_MS = 1_723_161_600_000


def take(store: Path, *paths: Path, **rest: Any) -> Ingested:
    request = {"venue": "binance", "kind": "books"} | rest
    return ingest_files(Request(paths=paths, **request), store, jump_max=0.5, progress=Silent())


def read(store: Path, market: str) -> list[tuple[int, ...]]:
    """Return update id, side and whether the message ends, of each level."""
    names = ("update_id", "side", "ends")
    batches = Lake(store).read_messages("binance", market, "books")
    return [
        row for one in batches for row in zip(*(one[name].tolist() for name in names), strict=True)
    ]


def notes(made: Ingested) -> str:
    return "; ".join(note.what for note in made.notes)


def rows(path: Path, *cells: str) -> Path:
    """Write levels: symbol, U, u, side, price, size."""
    names = ("symbol", "U", "u", "side", "price", "qty")
    split = zip(*(one.split(",") for one in cells), strict=True)
    columns = dict(zip(names, map(list, split), strict=True))
    times = {"event_ms": [START_MS] * len(cells), "recv_ns": [START_MS * 10**6] * len(cells)}
    pq.write_table(pa.table(columns | times), path)
    return path


def frames(path: Path, *told: dict[str, Any]) -> Path:
    path.write_text("\n".join(map(json.dumps, told)) + "\n")
    return path


BTC, ETH = (
    ["BTCUSDT,1,5,0,100,1", "BTCUSDT,1,5,1,101,1"],
    ["ETHUSDT,1,5,0,10,1", "ETHUSDT,1,5,1,11,1"],
)


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_markets_may_be_interleaved_level_by_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr("sigma_cli.store.sources.columnar.BATCH_ROWS", batch)
    path = rows(tmp_path / "i.parquet", BTC[0], ETH[0], BTC[1], ETH[1], "BTCUSDT,6,9,0,99,1")
    made = take(tmp_path, path)
    assert (made.added, made.quarantined) == (5, 0)
    assert read(tmp_path, "BTCUSDT") == [(5, 1, 0), (5, -1, 1), (9, 1, 1)]
    assert read(tmp_path, "ETHUSDT") == [(5, 1, 0), (5, -1, 1)]


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_messages_that_were_torn_by_sorting_refuse_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr("sigma_cli.store.sources.columnar.BATCH_ROWS", batch)
    others = "BTCUSDT,6,9,0,99,1", "BTCUSDT,6,9,1,102,1"
    path = rows(tmp_path / "i.parquet", BTC[0], others[0], BTC[1], others[1])
    with pytest.raises(CheckError) as refused:
        take(tmp_path, path)
    assert "contradict each other (2)" in str(refused.value)
    told = "row 3: more levels of update 5, which began in row 1, after another message"
    assert told in str(refused.value)
    assert Lake(tmp_path).series() == ()
    assert take(tmp_path, rows(path, *BTC, *others, *BTC)).added == 4, "a repeat is none"
