import os
import sqlite3
from pathlib import Path

import pytest

from sigma_cli.errors import HeldError
from sigma_cli.store.catalogue import Catalogue
from sigma_cli.store.records import (
    Identity,
    NoteKind,
    Part,
    StoredInstrument,
    StoredNote,
    StoredSeries,
    StoredSource,
)

BTC = StoredInstrument("upbit", "KRW-BTC", 0, 8, True)
SPAN = StoredSource("a.csv", "aa", "test", 10, 20)


def part(root: Path, name: str, period: str = "2024-01") -> Part:
    path = root / "lake" / "v" / "k" / "m" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"content")
    file = path.relative_to(root).as_posix()
    return Part(period, file, name, 3, 10, 20, 0, 0)


def series(catalogue: Catalogue) -> StoredSeries:
    catalogue.add_instrument(BTC)
    return catalogue.add_series("upbit", "KRW-BTC", "candles-1m", Identity.TIME, synthetic=False)


def test_the_first_to_register_a_market_wins_for_life(tmp_path: Path) -> None:
    assert Catalogue(tmp_path).add_instrument(BTC) == BTC
    other = StoredInstrument("upbit", "KRW-BTC", 3, 2, False)
    assert Catalogue(tmp_path).add_instrument(other) == BTC
    assert Catalogue(tmp_path).instrument("upbit", "KRW-BTC") == BTC


def test_a_swap_succeeds_once_for_each_generation(tmp_path: Path) -> None:
    first, second = Catalogue(tmp_path), Catalogue(tmp_path)
    btc = series(first)
    a, b, c = (part(tmp_path, name) for name in "abc")
    assert first.swap(btc, None, a, SPAN)
    assert not second.swap(btc, None, b, SPAN)
    current = first.part(btc, "2024-01")
    assert current is not None
    assert current.part == a
    assert second.swap(btc, current, b, SPAN)
    assert not first.swap(btc, current, c, SPAN)
    assert [one.part for one in first.parts(btc)] == [b]


def test_a_lost_swap_leaves_no_trace(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    btc = series(catalogue)
    assert catalogue.swap(btc, None, part(tmp_path, "a"), SPAN)
    other = StoredSource("b.csv", "bb", "test", 0, 99)
    assert not catalogue.swap(btc, None, part(tmp_path, "b"), other)
    assert catalogue.sources(btc) == [SPAN]


def test_a_part_whose_file_was_collected_is_not_swapped_in(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    btc = series(catalogue)
    gone = part(tmp_path, "a")
    (tmp_path / gone.file).unlink()
    assert not catalogue.swap(btc, None, gone, SPAN)
    assert catalogue.parts(btc) == []


def test_the_span_of_a_source_grows(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    btc = series(catalogue)
    for first_ns, last_ns in ((10, 20), (15, 18), (18, 30), (5, 6)):
        catalogue.note_source(btc, StoredSource("a.csv", "aa", "test", first_ns, last_ns))
    assert catalogue.sources(btc) == [StoredSource("a.csv", "aa", "test", 5, 30)]


def test_only_what_nothing_needs_is_collected(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    btc = series(catalogue)
    a, b, orphan, young = (part(tmp_path, name) for name in ("a", "b", "orphan", "young"))
    assert catalogue.swap(btc, None, a, SPAN)
    assert catalogue.swap(btc, catalogue.part(btc, "2024-01"), b, SPAN)
    for one in (a, b, orphan):
        os.utime(tmp_path / one.file, ns=(1000, 1000))
    files = [one.file for one in (a, b, orphan, young)]
    assert catalogue.collect(files, 2000) == 1  # a was superseded just now, b is current
    assert not (tmp_path / orphan.file).exists()
    late = (tmp_path / young.file).stat().st_mtime_ns + 10**12
    assert catalogue.collect(files, late) == 2
    assert [one.part for one in catalogue.parts(btc)] == [b]
    assert (tmp_path / b.file).exists()


def test_a_snapshot_holds_everything(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    assert catalogue.snapshot().series == ()
    btc = series(catalogue)
    later, earlier = part(tmp_path, "b", "2024-02"), part(tmp_path, "a")
    assert catalogue.swap(btc, None, later, SPAN)
    assert catalogue.swap(btc, None, earlier, SPAN)
    found = Catalogue(tmp_path).snapshot()
    assert found.instruments == (BTC,)
    assert found.series == (btc,)
    assert {one.file for one in found.parts[btc.id]} == {later.file, earlier.file}
    assert found.sources[btc.id] == [SPAN]


def test_a_catalogue_of_version_1_learns_all_that_came_later(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    btc = series(catalogue)
    assert catalogue.swap(btc, None, part(tmp_path, "a"), SPAN)
    with sqlite3.connect(tmp_path / "catalogue.sqlite") as db:
        db.execute("DROP TABLE notes")
        for table, column in (("series", "identity"), ("parts", "id_min"), ("parts", "id_max")):
            db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        db.execute("PRAGMA user_version = 1")
    db.close()
    note = StoredNote(NoteKind.JUMP, 7, "jumped")
    assert Catalogue(tmp_path).notes() == []
    Catalogue(tmp_path).set_notes(btc, "a.csv", "aa", [note])
    assert Catalogue(tmp_path).notes() == [(btc.id, "a.csv", note)]
    assert Catalogue(tmp_path).snapshot().series == (btc,)


def test_notes_of_a_source_replace_its_old_ones(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    btc = series(catalogue)
    one, two = (StoredNote(NoteKind.WICK, ts_ns, "wick") for ts_ns in (1, 2))
    catalogue.set_notes(btc, "a.csv", "aa", [one, two])
    catalogue.set_notes(btc, "b.csv", "bb", [one])
    catalogue.set_notes(btc, "a.csv", "aa", [two])
    assert catalogue.notes() == [(btc.id, "b.csv", one), (btc.id, "a.csv", two)]


def test_what_is_removed_is_gone_and_writers_learn_of_it(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    btc = series(catalogue)
    hours = catalogue.add_series("upbit", "KRW-BTC", "candles-1h", Identity.TIME, synthetic=False)
    a = part(tmp_path, "a")
    assert catalogue.swap(btc, None, a, SPAN)
    catalogue.set_notes(btc, "a.csv", "aa", [StoredNote(NoteKind.JUMP, 7, "jumped")])
    assert catalogue.remove([btc]) == [a.file]
    found = catalogue.snapshot()
    assert (found.series, found.parts, found.sources) == ((hours,), {}, {})
    assert catalogue.notes() == []
    assert found.instruments == (BTC,)
    with pytest.raises(HeldError, match="has just removed"):
        catalogue.swap(btc, None, a, SPAN)
    catalogue.remove([hours])
    assert catalogue.snapshot().instruments == ()
