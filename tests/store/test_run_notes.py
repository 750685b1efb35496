"""A note beside a run: kept whole, replaced, and told when it can't be read."""

from pathlib import Path

import pytest

from sigma_cli.errors import OutsideError
from sigma_cli.store.run_notes import NOTE, read_note, write_note


def test_a_note_is_read_back_as_written(tmp_path: Path) -> None:
    assert read_note(tmp_path) == ""
    write_note(tmp_path, "한국어 and\ntwo lines")
    assert read_note(tmp_path) == "한국어 and\ntwo lines"
    write_note(tmp_path, "")
    assert read_note(tmp_path) == ""
    assert [path.name for path in tmp_path.iterdir()] == [NOTE]


def test_a_note_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / NOTE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(OutsideError, match="can't be read"):
        read_note(tmp_path)
