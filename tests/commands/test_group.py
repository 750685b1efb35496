from pathlib import Path

import pytest

from commands import app
from commands.failures import run
from commands.group import behind_the_name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        (["data"], ["data"]),
        (["--store", "x", "data", "--json"], ["data", "--store", "x", "--json"]),
        (["--store=x", "-q", "data"], ["data", "--store=x", "-q"]),
        (["--json", "--help"], ["--help"]),
        (["--store", "x"], []),
        (["--version"], ["--version"]),
        (["--nonsense", "data"], ["--nonsense", "data"]),
    ],
)
def test_shared_options_move_behind_the_name(given: list[str], expected: list[str]) -> None:
    assert behind_the_name(given) == expected


@pytest.mark.parametrize("place", [0, 1, 2])
def test_shared_options_stand_anywhere(
    place: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "default.toml").write_text("[account]\ncash = 5\n", encoding="utf-8")
    words = ["config", "check"]
    words[place:place] = ["--json", "--config-dir", str(tmp_path)]
    assert run(app, words) == 0
    assert '"changed": 1' in capsys.readouterr().out


def test_the_option_nearest_to_the_command_wins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "missing")
    argv = ["--config-dir", missing, "config", "check", "--config-dir", str(tmp_path)]
    assert run(app, argv) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("argv", [[], ["config"], ["--json"], ["--json", "--help"]])
def test_a_group_alone_shows_its_help(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, argv) == 0
    assert capsys.readouterr().out.startswith("Usage: sigma")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["--version"]) == 0
    assert capsys.readouterr().out.startswith("sigma 0.")
