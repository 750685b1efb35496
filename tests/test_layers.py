"""The import contracts refuse what they are there to refuse."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINT = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"

WRONG = {
    "down only": ("sigma_cli/domain/units.py", "from sigma_cli.runtime import paths"),
    "siblings": ("sigma_cli/strategies/__init__.py", "import sigma_cli.venues"),
    "no command line": ("sigma_cli/plugins.py", "import typer"),
    "no clock": ("sigma_cli/kernels/__init__.py", "import time"),
    "no file": ("sigma_cli/stats/__init__.py", "import pathlib"),
    "unplaced": ("sigma_cli/utils.py", "import json"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("commands", "sigma_cli"):
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_tree_as_it_is(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("file", "line"), WRONG.values(), ids=WRONG)
def test_a_wrong_import_is_refused(copy: Path, file: str, line: str) -> None:
    path = copy / file
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{before}\n{line}\n", encoding="utf-8")
    done = lint(copy)
    assert done.returncode == 1
    assert "broken" in done.stdout.lower() or "missing layer" in done.stdout.lower()
