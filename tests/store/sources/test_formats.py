import gzip
import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from sigma_cli.errors import OutsideError
from sigma_cli.store.sources.formats import checksum, find_tables, open_table, stem
from sigma_cli.store.sources.records import open_records
from sigma_cli.store.sources.tables import Table

TEXT = "t,o\n1,2\n3,4\n5,6\n"


def cells(table: Table) -> list[tuple[int, ...]]:
    """Read a whole table as numbers."""
    found: list[tuple[int, ...]] = []
    for batch in table.batches(table.shape.columns):
        columns = [batch.columns[name].to_pylist() for name in table.shape.columns]
        found += [tuple(int(cell) for cell in row) for row in zip(*columns, strict=True)]
    return found


def test_the_same_table_in_every_format(tmp_path: Path) -> None:
    table = pa.table({"t": [1, 3, 5], "o": [2, 4, 6]})
    records = [{"t": 1, "o": 2}, {"t": 3, "o": 4}, {"t": 5, "o": 6}]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inside.csv", TEXT)
    contents = {
        "a.csv": TEXT.encode(),
        "tabs.txt": TEXT.replace(",", "\t").encode(),
        "semicolons.csv": TEXT.replace(",", ";").encode(),
        "bom.csv": b"\xef\xbb\xbf" + TEXT.encode(),
        "crlf.csv": TEXT.replace("\n", "\r\n").encode(),
        "comments.csv": b"# made by hand\n\n" + TEXT.encode() + b"# the end\n",
        "quoted.csv": b'"t","o"\n"1","2"\n"3","4"\n"5","6"\n',
        "a.csv.gz": gzip.compress(TEXT.encode()),
        "a.zip": packed.getvalue(),
        "lines.jsonl": "\n".join(json.dumps(r) for r in records).encode(),
        "array.json": json.dumps(records, indent=2).encode(),
        "array.json.gz": gzip.compress(json.dumps(records).encode()),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    pyarrow.feather.write_feather(table, str(tmp_path / "a.feather"), chunksize=2)
    pq.write_table(table, tmp_path / "a_parquet_named.csv")
    found = find_tables([tmp_path])
    assert len(found) == len(contents) + 3
    for path in found:
        opened = open_table(path)
        assert opened.shape.columns == ("t", "o"), path.name
        assert cells(opened) == [(1, 2), (3, 4), (5, 6)], path.name
        assert cells(opened) == [(1, 2), (3, 4), (5, 6)], f"{path.name} a second time"


def test_columns_may_be_chosen_in_every_format(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TEXT)
    (tmp_path / "a.json").write_text('[{"t": 1, "o": 2}, {"t": 3}]')
    pyarrow.feather.write_feather(pa.table({"t": [1], "o": [2]}), str(tmp_path / "a.feather"))
    for path in find_tables([tmp_path]):
        batch = next(iter(open_table(path).batches(["o"])))
        assert batch.columns.schema.names == ["o"], path.name


def test_a_table_without_names_has_numbers_for_names(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1,2.5\n3,4.5\n")
    shape = open_table(path).shape
    assert shape.columns == ("1", "2")
    assert shape.first == {"1": "1", "2": "2.5"}


def test_two_columns_of_one_name_stay_two(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("t,o,o\n1,2,3\n")
    assert open_table(path).shape.columns == ("t", "o", "o.2")


def test_broken_lines_are_set_aside_with_their_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [f"{n},{n}" for n in range(1, 100_001)]
    lines[1] = "broken"
    lines[70_000] = "1,2,3"
    lines[99_999] = '"half,'
    path.write_text("t,o\n" + "\n".join(lines) + "\n")
    rows: list[int] = []
    values: list[str] = []
    broken: list[tuple[int, str]] = []
    for batch in open_table(path).batches(["t"]):
        rows += batch.rows.tolist()
        values += [repr(cell) for cell in batch.columns["t"].to_pylist()]
        broken += [(line.row, line.raw) for line in batch.broken]
    assert rows == [n for n in range(1, 100_000) if n not in (2, 70_001)] + [100_000]
    assert values[:-1] == [repr(b"%d" % row) for row in rows[:-1]], "a row is named by its place"
    assert values[-1] == repr(b'"half'), "a stray quote costs no other line"
    assert broken == [(2, "broken"), (70_001, "1,2,3")]


def test_a_broken_line_of_json_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"t": 1}\n{"t": \n\n7\n{"t": 4}\n')
    (batch,) = open_table(path).batches(["t"])
    assert batch.rows.tolist() == [1, 4]
    assert [line.row for line in batch.broken] == [2, 3]


class Watched(io.BytesIO):
    """Bytes that know how far they were read, even when closed."""

    furthest = 0

    def read1(self, size: int | None = -1, /) -> bytes:
        data = super().read1(-1 if size is None else size)
        Watched.furthest = max(Watched.furthest, self.tell())
        return data


def test_an_array_on_one_line_is_not_read_whole(tmp_path: Path) -> None:
    text = b"[" + b",".join(b'{"t": %d, "o": 2}' % n for n in range(500_000)) + b"]"
    table = open_records(tmp_path / "a.json", lambda: Watched(text))
    assert 0 < Watched.furthest < len(text) // 2
    assert sum(len(batch.rows) for batch in table.batches(["t", "o"])) == 500_000


def test_a_long_array_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([[n, "x" * 50] for n in range(60_000)]))
    batches = list(open_table(path).batches(["1"]))
    assert sum(len(batch.rows) for batch in batches) == 60_000
    assert len(batches) > 1


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.csv", b"", "no rows"),
        ("blank.csv", b" \n\n", "no rows"),
        ("comments.csv", b"# nothing\n", "no rows"),
        ("header.csv", b"t,o\n", "no rows"),
        ("empty.json", b"[]", "no rows"),
        ("binary.csv", b"\x00\x01\x02" * 100, "neither a table nor text"),
        ("cut.csv.gz", gzip.compress(TEXT.encode() * 1000)[:40], "can't read"),
        ("cut.zip", b"PK\x03\x04" + b"x" * 100, "can't read"),
        ("old.feather", b"FEA1" + b"x" * 100, "version 1"),
        ("cut.feather", b"ARROW1\0\0" + b"x" * 100, "can't read"),
        ("cut.parquet", b"PAR1" + b"x" * 100, "can't read"),
        ("cut.json", b'[{"t": 1}, {"t":', "broken after record 1"),
        ("open.json", b'[{"t": 1}', "neither a comma nor a bracket"),
        ("no.json", b"{nothing}\n", "no JSON"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(OutsideError, match=why) as caught:
        cells(open_table(path))
    assert name in caught.value.where
    assert caught.value.fix


def test_half_a_parquet_file_is_damaged(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"t": list(range(10_000))}), whole)
    half = tmp_path / "half.parquet"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(OutsideError, match="can't read"):
        open_table(half)


def test_tables_without_rows(tmp_path: Path) -> None:
    none = pa.table({"t": pa.array([], pa.int64())})
    pq.write_table(none, tmp_path / "a.parquet")
    pyarrow.feather.write_feather(none, str(tmp_path / "a.feather"))
    for path in find_tables([tmp_path]):
        with pytest.raises(OutsideError, match="no rows"):
            open_table(path)


def test_an_archive_of_several_files_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", TEXT)
        archive.writestr("b.csv", TEXT)
    with pytest.raises(OutsideError, match="2 files"):
        open_table(path)


def test_a_file_of_broken_lines_only_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("t,o\n1,2\n" + "x\n" * 100_001)
    with pytest.raises(OutsideError):
        cells(open_table(path))


def test_paths_are_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "b.csv").write_text(TEXT)
    (tmp_path / "in" / "a.csv").write_text(TEXT)
    (tmp_path / "in" / "README.md").write_text("no data")
    (tmp_path / "in" / ".hidden.csv").write_text(TEXT)
    found = find_tables([tmp_path / "in", tmp_path / "in" / "a.csv"])
    assert [path.name for path in found] == ["a.csv", "b.csv"]
    with pytest.raises(OutsideError, match="no such file"):
        find_tables([tmp_path / "nowhere.csv"])
    (tmp_path / "bare").mkdir()
    with pytest.raises(OutsideError, match="no data files"):
        find_tables([tmp_path / "bare"])
    with pytest.raises(OutsideError, match="no such file"):
        open_table(tmp_path / "nowhere.csv")


def test_names_and_checksums(tmp_path: Path) -> None:
    assert stem(Path("x/BTCUSDT-1m.csv.gz")) == "BTCUSDT-1m"
    assert stem(Path("BRK.B.csv")) == "BRK.B"
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert checksum(path).startswith("ba7816bf")
