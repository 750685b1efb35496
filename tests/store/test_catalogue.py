import os
from pathlib import Path

from sigma_cli.store.catalogue import Catalogue
from sigma_cli.store.records import Part, StoredInstrument, StoredSeries, StoredSource

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
    return catalogue.add_series("upbit", "KRW-BTC", "candles-1m", synthetic=False)


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
