import subprocess
import sys
from pathlib import Path

import pytest

from sigma_cli import plugins
from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.runtime import strategy as runtime
from sigma_cli.strategies import template
from sigma_cli.strategies.conformance import CHECKS, market


def offer(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Install a package whose strategy `theirs` is the class `Theirs` of `text`."""
    metadata = folder / "theirs-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: theirs\nVersion: 1.0\n", encoding="utf-8")
    entry = f"[sigma.strategies]\ntheirs = {folder.name}_theirs:Theirs\n"
    (metadata / "entry_points.txt").write_text(entry, encoding="utf-8")
    (folder / f"{folder.name}_theirs.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)


def listed(name: str) -> runtime.Installed:
    return {one.name: one for one in runtime.listing()}[name]


# --- list -------------------------------------------------------------------------------------


def test_every_installed_strategy_is_listed() -> None:
    assert [one.name for one in runtime.listing()] == plugins.installed(plugins.STRATEGIES)
    found = listed("sma_cross")
    assert found.about == "The golden cross: long while a fast average is above a slow one."
    assert found.lookback_rows == 1_002
    assert "integer sums" in found.definition
    assert found.params[0] == runtime.Parameter(
        name="fast",
        required=False,
        default=10,
        bounds=">= 1, <= 10,000",
        meaning="Window of the fast average, in rows.",
    )


def test_a_line_holds_all_that_set_may_change() -> None:
    line = runtime.lines([listed("momentum")])[0]
    assert line.params == "window=60 (>= 1, <= 100,000), threshold=0 (>= 0, <= 1)"
    assert runtime.lines([listed("buy_and_hold")])[0].params == "none"


def test_parameters_of_any_type_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(
        tmp_path,
        monkeypatch,
        '"""Theirs.\n\nSecret."""\n'
        "from datetime import date\nfrom typing import Literal\nfrom pydantic import BaseModel\n\n"
        "class Params(BaseModel):\n"
        "    window: int\n    side: Literal['long', 'flat'] = 'long'\n"
        "    since: date = date(2025, 9, 1)\n    both: bool = True\n"
        "    stop: float | None = None\n\n"
        "class Theirs:\n    params = Params\n",
    )
    found = listed("theirs")
    assert found.about == "Theirs."
    assert found.lookback_rows is None, "not known before `window` is"
    shown = runtime.lines([found])[0].params
    assert shown == "window=..., side=long (long, flat), since=2025-09-01, both=True, stop=none"


@pytest.mark.parametrize(
    ("text", "says"),
    [("1 / 0\n", "ZeroDivisionError"), ("class Theirs: ...\n", "it has no `params`")],
)
def test_a_broken_package_does_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    offer(tmp_path, monkeypatch, text)
    assert says in listed("theirs").about
    assert listed("sma_cross").lookback_rows == 1_002


# --- new --------------------------------------------------------------------------------------


def test_a_new_strategy_is_one(tmp_path: Path) -> None:
    created = runtime.new("my_idea", tmp_path)
    assert created.strategy == f"{tmp_path}/my_idea.py:MyIdea"
    assert created.try_it.startswith("sigma backtest --strategy ")
    made = plugins.load_strategy(created.strategy)
    strategy = made(made.params())
    for check in CHECKS.values():
        check(strategy, market(strategy))
    for path in (created.file, created.test):
        text = path.read_text(encoding="utf-8")
        assert "emplate" not in text
        assert "my_idea.py" in text


def test_its_test_passes_and_notices_a_cheat(tmp_path: Path) -> None:
    created = runtime.new("my_idea", tmp_path)

    def tested() -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            str(created.test),
        ]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    done = tested()
    assert done.returncode == 0, done.stdout
    assert f"{len(CHECKS) + 1} passed" in done.stdout
    text = created.file.read_text(encoding="utf-8")
    cheat = 'close = np.append(columns["close"][1:], columns["close"][-1:])'
    created.file.write_text(text.replace('close = columns["close"]', cheat), encoding="utf-8")
    done = tested()
    assert done.returncode == 1
    assert "test_it_keeps_the_rules[does_not_know_the_future]" in done.stdout


def test_what_it_writes_is_well_formed(tmp_path: Path) -> None:
    created = runtime.new("mean_reversion", tmp_path)
    rules = Path(__file__).parents[2] / "pyproject.toml"
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(rules)]
    ignored = ["--ignore", "D103,S101"]  # what tests are excused from here
    done = subprocess.run(
        [*command, *ignored, str(created.file), str(created.test)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("taken", ["my_idea.py", "test_my_idea.py"])
def test_nothing_is_overwritten(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="nothing was written") as caught:
        runtime.new("my_idea", tmp_path)
    assert caught.value.where == str(tmp_path / taken)
    assert [path.name for path in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text(encoding="utf-8") == "mine"


def test_folders_are_made_and_files_are_not_folders(tmp_path: Path) -> None:
    created = runtime.new("my_idea", tmp_path / "some" / "where")
    assert created.test.is_file()
    with pytest.raises(UsageError, match="not a folder"):
        runtime.new("my_idea", created.file)


def test_a_disk_that_refuses_leaves_nothing_half_written(tmp_path: Path) -> None:
    name = "n" * runtime.NAME_LENGTH_MAX
    assert runtime.new(name, tmp_path).file.is_file(), "the longest name is none too long"
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutsideError, match="can't write"):
        runtime.new("my_idea", tmp_path / "file" / "below")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("MyIdea", "lower-case"),
        ("my-idea", "lower-case"),
        ("2fast", "lower-case"),
        ("../idea", "lower-case"),
        ("", "lower-case"),
        ("idée", "lower-case"),
        ("my_idea\n", "lower-case"),
        ("lambda", "lower-case"),
        ("test_idea", "leave test_ out"),
        ("sma_cross", "an installed strategy has it"),
        ("params", "the file itself needs Params"),
        ("json", "hide the Python module json"),
        ("x" * 61, "at most 60"),
    ],
)
def test_names_that_would_hurt_are_refused(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(UsageError, match="can't be the name") as caught:
        runtime.new(name, tmp_path)
    assert says in caught.value.fix
    assert list(tmp_path.iterdir()) == []


def test_the_template_itself_keeps_the_rules() -> None:
    strategy = template.Template(template.Params())
    for check in CHECKS.values():
        check(strategy, market(strategy))
