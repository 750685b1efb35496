"""What a stranger meets first: packaging, the lock, the entry point, the Makefile."""

import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

import sigma_cli

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def pinned() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==\S+", LOCK, re.MULTILINE))


def name_of(requirement: str) -> str:
    return re.split(r"[><=\[ ]", requirement, maxsplit=1)[0].lower()


def test_the_public_names() -> None:
    errors = ["CheckError", "HeldError", "OutsideError", "SigmaError", "UsageError"]
    assert sigma_cli.__all__ == errors
    assert all(hasattr(sigma_cli, name) for name in errors)


def test_the_lock_pins_every_dependency_with_hashes() -> None:
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    assert {name_of(each) for each in wanted} <= pinned()
    blocks = re.split(r"^(?=[a-z0-9-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_lock_names_no_place_and_nothing_huge() -> None:
    assert "://" not in LOCK
    assert not {"torch", "ray", "catboost"} & pinned()


def test_make_alone_explains_itself() -> None:
    done = subprocess.run(["make", "-C", ROOT], capture_output=True, text=True, check=True)
    for target in ("demo", "test", "prove", "lint", "bench", "docs", "help"):
        assert f"make {target} " in done.stdout


def test_a_foreign_commands_package_fails_loudly(tmp_path: Path) -> None:
    """Another distribution's `commands` may overwrite ours; it must not run in our name."""
    (tmp_path / "commands").mkdir()
    (tmp_path / "commands" / "__init__.py").write_text("def main(): ...\n", encoding="utf-8")
    entry = PROJECT["scripts"]["sigma"]
    assert entry == "commands:sigma"
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from commands import sigma"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ImportError" in done.stderr


@pytest.mark.slow
def test_a_wheel_runs_outside_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    source = tmp_path / "source"  # setuptools writes build/ beside the sources
    for package in ("commands", "sigma_cli"):
        shutil.copytree(ROOT / package, source / package)
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, source)
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(source)], check=True)
    (wheel,) = tmp_path.glob("*.whl")

    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"commands", "sigma_cli"}
    assert "sigma_cli/py.typed" in names

    # The dependencies come from this environment, sigma only from the wheel.
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([python, *install], check=True)
    (here,) = [path for path in sys.path if path.endswith("site-packages")]
    script = (
        f"import sys; sys.path.append({here!r}); sys.argv = ['sigma', '--help']\n"
        "import commands; assert 'venv' in commands.__file__; sys.exit(commands.sigma())"
    )
    done = subprocess.run(
        [python, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.startswith("Usage: sigma")
    assert (tmp_path / "venv" / "bin" / "sigma").exists()
