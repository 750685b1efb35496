import os
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sigma_cli.store.quarantine import ROWS_MAX, SCHEMA, BadRow, Quarantine


def bad(row: int) -> BadRow:
    return BadRow(
        row=row, market="KRW-BTC", exch_ts_ns=None, reason="spike", detail="so", raw="1,2"
    )


def quarantined(store: Path, *rows: BadRow, key: str = "abc") -> Path:
    with Quarantine(store, "a.csv", "upbit", (key, "1m")) as quarantine:
        quarantine.add(rows)
    return quarantine.path


def test_rows_are_kept_with_their_reason(tmp_path: Path) -> None:
    path = quarantined(tmp_path, bad(7), bad(3))
    table = pq.read_table(path)
    assert table.schema.equals(SCHEMA)
    assert table.column("row").to_pylist() == [3, 7]
    assert table.slice(0, 1).to_pylist() == [
        {
            "source": "a.csv",
            "row": 3,
            "venue": "upbit",
            "market": "KRW-BTC",
            "exch_ts_ns": None,
            "reason": "spike",
            "detail": "so",
            "raw": "1,2",
        }
    ]


def test_the_same_again_leaves_the_same_file(tmp_path: Path) -> None:
    before = quarantined(tmp_path, bad(1)).read_bytes()
    path = quarantined(tmp_path, bad(1))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_another_source_has_another_file(tmp_path: Path) -> None:
    assert quarantined(tmp_path, bad(1)) != quarantined(tmp_path, bad(1), key="def")


def test_nothing_set_aside_leaves_nothing(tmp_path: Path) -> None:
    path = quarantined(tmp_path)
    assert not path.exists() and not path.parent.exists()
    quarantined(tmp_path, bad(1))
    quarantined(tmp_path)
    assert list(path.parent.iterdir()) == []


def test_many_rows_do_not_wait_in_memory(tmp_path: Path) -> None:
    with Quarantine(tmp_path, "a.csv", "upbit", ("abc",)) as quarantine:
        for start in range(0, 2 * ROWS_MAX, ROWS_MAX // 2):
            quarantine.add([bad(row) for row in range(start, start + ROWS_MAX // 2)])
        assert not quarantine.path.exists(), "readers see it whole or not at all"
    assert pq.read_metadata(quarantine.path).num_rows == 2 * ROWS_MAX


def test_an_error_leaves_the_old_file(tmp_path: Path) -> None:
    before = quarantined(tmp_path, bad(1)).read_bytes()
    with (
        pytest.raises(ZeroDivisionError),
        Quarantine(tmp_path, "a.csv", "upbit", ("abc", "1m")) as quarantine,
    ):
        quarantine.add([bad(row) for row in range(ROWS_MAX)])
        raise ZeroDivisionError
    assert quarantine.path.read_bytes() == before
    assert list(quarantine.path.parent.iterdir()) == [quarantine.path]


def test_what_a_killed_process_left_goes_after_a_day(tmp_path: Path) -> None:
    path = quarantined(tmp_path, bad(1))
    old, young = path.with_name(".x.parquet.1.spill"), path.with_name(".y.parquet.2.spill")
    old.touch()
    young.touch()
    long_ago = time.time() - 100_000
    os.utime(old, (long_ago, long_ago))
    quarantined(tmp_path, bad(1))
    assert set(path.parent.iterdir()) == {path, young}
