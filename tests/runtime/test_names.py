from pathlib import Path

from sigma_cli.runtime import names


def test_where_there_is_nothing_there_are_no_names(tmp_path: Path) -> None:
    assert names.markets(tmp_path) == []
    assert names.runs(tmp_path) == ["latest"]
    assert names.profiles(None) == names.profiles(tmp_path) == []
