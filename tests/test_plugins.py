import subprocess
import sys
from pathlib import Path

import pytest

from sigma_cli import plugins
from sigma_cli.errors import UsageError


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_built_in_ones_are_installed() -> None:
    assert {"buy_and_hold", "sma_cross"} <= set(plugins.installed(plugins.STRATEGIES))
    assert {"binance", "upbit", "us"} <= set(plugins.installed(plugins.VENUES))


def test_names_are_read_without_importing() -> None:
    code = (
        "import sys; from sigma_cli import plugins; plugins.installed(plugins.STRATEGIES)\n"
        "assert not {'numpy', 'numba', 'sigma_cli.strategies'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_exactly_one_is_imported() -> None:
    code = (
        "import sys; from sigma_cli import plugins; plugins.load(plugins.VENUES, 'upbit')\n"
        "assert 'sigma_cli.venues.upbit.rules' in sys.modules\n"
        "assert 'sigma_cli.venues.binance.rules' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_mistyped_name_is_told_the_right_one() -> None:
    with pytest.raises(UsageError) as caught:
        plugins.load_strategy("smacross")
    message = str(caught.value)
    assert "no strategy named 'smacross'; did you mean 'sma_cross'?" in message
    assert "installed: breakout, buy_and_hold, ema_cross" in message


def test_a_class_in_a_file(tmp_path: Path) -> None:
    path = write(tmp_path, "class Mine:\n    lookback_rows = 3\n")
    assert plugins.load_strategy(f"{path}:Mine").lookback_rows == 3


@pytest.mark.parametrize(
    ("text", "name", "part"),
    [
        ("class Mine: ...\n", "Mien", "did you mean 'Mine'?"),
        ("Mine = 5\n", "Mine", "no class 'Mine' in the file"),
        ("import nowhere_to_be_found\n", "Mine", "mine.py, line 1"),
        ("x = 1\ny = x / 0\n", "Mine", "mine.py, line 2"),
        ("class Mine:\n  x = (\n", "Mine", "mine.py, line 2"),
        ("import json\n\njson.loads('{')\n", "Mine", "mine.py, line 3"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(
    tmp_path: Path, text: str, name: str, part: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        plugins.load_strategy(f"{path}:{name}")
    assert part in str(caught.value)


def test_a_missing_file_and_a_missing_name() -> None:
    with pytest.raises(UsageError, match="no such strategy file"):
        plugins.load_strategy("nowhere/mine.py:Mine")
    with pytest.raises(UsageError, match="no class in it"):
        plugins.load_strategy("mine.py")


def test_an_entry_point_that_fails_to_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = tmp_path / "broken-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: broken\nVersion: 1.0\n", encoding="utf-8")
    entry = "[sigma.strategies]\nbroken = broken_plugin:Mine\n"
    (metadata / "entry_points.txt").write_text(entry, encoding="utf-8")
    (tmp_path / "broken_plugin.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert "broken" in plugins.installed(plugins.STRATEGIES)
    with pytest.raises(UsageError, match="ZeroDivisionError") as caught:
        plugins.load_strategy("broken")
    assert "broken_plugin.py, line 1" in str(caught.value)
