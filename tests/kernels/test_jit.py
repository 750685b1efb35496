"""Compiled code is kept, and never stale. A copy of the core is edited between processes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sigma_cli.kernels import jit

pytestmark = pytest.mark.skipif(jit.DISABLED, reason="is about compiling")

PACKAGE = Path(jit.__file__).parents[1]

CALLEE = """
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.kernels.jit import constant, njit

STEP = constant(7)
MS = constant(NS_PER_MS)


@njit
def callee(x: int) -> int:
    return x + STEP + MS
"""
CALLER = """
from sigma_cli.kernels.callee import callee
from sigma_cli.kernels.jit import njit


@njit
def caller(x: int) -> int:
    return 10 * callee(x)
"""
CALL = """
from sigma_cli.kernels import jit
from sigma_cli.kernels.caller import caller

result = caller(1)
hits = sum(caller.stats.cache_hits.values())
print(result, hits, jit.KEPT, jit.WARM)
"""


@pytest.fixture
def core(tmp_path: Path) -> Path:
    """A copy of domain and kernels, with two small kernels that call one another."""
    copy = tmp_path / "copy" / "sigma_cli"
    for room in ("domain", "kernels"):
        shutil.copytree(PACKAGE / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "errors.py"):
        shutil.copy(PACKAGE / name, copy)
    (copy / "kernels/callee.py").write_text(CALLEE)
    (copy / "kernels/caller.py").write_text(CALLER)
    return copy


def run(core: Path, code: str = CALL, cache: str = "", **env: str) -> list[str]:
    """Run code against the copy in a process of its own; return the words it printed."""
    home = cache or str(core.parents[1] / "cache")
    own = {
        "PYTHONPATH": str(core.parent),
        "XDG_CACHE_HOME": home,
        "PYTHONDONTWRITEBYTECODE": "1",
    } | env
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sigma_cli; assert sigma_cli.__file__.startswith({str(core)!r})\n{code}",
        ],
        env=os.environ | own,
        cwd=core.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def folders(core: Path) -> list[Path]:
    return sorted((core.parents[1] / "cache/sigma/kernels").iterdir())


def beside_the_sources(core: Path) -> list[Path]:
    return [path for path in core.rglob("*") if path.suffix in (".nbi", ".nbc")]


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_an_edited_callee_is_seen_by_a_new_process(core: Path) -> None:
    assert run(core)[:2] == ["10000080", "0"]
    assert run(core)[:2] == ["10000080", "1"], "the second time it is not compiled"
    edit(core / "kernels/callee.py", "constant(7)", "constant(8)")
    assert run(core)[:2] == ["10000090", "0"]
    edit(core / "domain/units.py", "NS_PER_MS: Final = 1_000_000", "NS_PER_MS: Final = 2_000_000")
    assert run(core)[:2] == ["20000090", "0"]
    edit(core / "kernels/callee.py", "constant(8)", "constant(7)")
    edit(core / "domain/units.py", "NS_PER_MS: Final = 2_000_000", "NS_PER_MS: Final = 1_000_000")
    assert run(core)[:2] == ["10000080", "1"], "what was compiled before is still there"
    assert len(folders(core)) == 3
    assert not beside_the_sources(core)


def test_it_does_not_matter_who_imported_numba_first(core: Path) -> None:
    run(core, "import numba\n" + CALL)
    assert run(core, CALL)[1] == "1"
    assert not beside_the_sources(core)


def test_a_cache_folder_of_the_users_own_is_not_used(core: Path, tmp_path: Path) -> None:
    run(core, NUMBA_CACHE_DIR=str(tmp_path / "elsewhere"))
    assert not (tmp_path / "elsewhere").exists()
    assert run(core)[1] == "1"


def test_where_nothing_can_be_written_it_compiles_each_time(core: Path) -> None:
    for _ in range(2):
        assert run(core, cache="/dev/null") == ["10000080", "0", "False", "False"]
    assert not beside_the_sources(core)


def test_without_a_cache_home_it_is_in_the_users_folder(core: Path, tmp_path: Path) -> None:
    code = "import os; del os.environ['XDG_CACHE_HOME']\n"
    code += "from sigma_cli.kernels import jit\nprint(jit.CACHE)"
    (folder,) = run(core, code, HOME=str(tmp_path))
    assert Path(folder).is_relative_to(tmp_path / ".cache/sigma/kernels")


def test_warm_means_that_the_last_kernel_is_compiled(core: Path) -> None:
    assert run(core)[3] == "False"
    (folder,) = folders(core)
    (folder / "kernels_x").mkdir()
    (folder / "kernels_x/simulate.simulate-67.py311.nbi").touch()
    assert run(core)[3] == "True"


def test_two_processes_at_once_do_not_disturb_one_another(core: Path) -> None:
    code = CALL + (
        "\nimport subprocess, sys"
        "\nif len(sys.argv) == 1:"
        "\n    two = [subprocess.Popen([sys.executable, '-c', CODE, 'x']) for _ in range(2)]"
        "\n    assert [one.wait() for one in two] == [0, 0]"
    )
    told = run(core, f"CODE = {CALL!r}\n" + code)
    assert "".join(told).count("10000080") == 3, "what they print may be mixed"


def test_old_folders_are_removed_the_longest_unused_first(core: Path) -> None:
    home = core.parents[1] / "cache/sigma/kernels"
    for age in range(12):
        (home / f"old{age:02}").mkdir(parents=True)
        os.utime(home / f"old{age:02}", (1_000_000 - age, 1_000_000 - age))
    (home / "a file").touch()
    run(core)
    kept = {path.name for path in home.iterdir() if path.name.startswith("old")}
    assert kept == {f"old{age:02}" for age in range(jit.FOLDERS_MAX - 1)}
    assert (home / "a file").exists()
    (home / "old11").mkdir()
    run(core)
    assert len([path for path in home.iterdir() if path.is_dir()]) == jit.FOLDERS_MAX


def test_every_source_counts_into_the_hash_and_nothing_else(core: Path) -> None:
    code = """
from pathlib import Path
import sigma_cli
from sigma_cli.kernels import jit
package = Path(sigma_cli.__file__).parent
seen = {jit._code_hash()}
files = [p for room in ("domain", "kernels") for p in sorted((package / room).rglob("*.py"))]
for path in files:
    path.write_bytes(path.read_bytes() + b"#")
    seen.add(jit._code_hash())
(package / "errors.py").write_bytes(b"#")
(package / "kernels/notes.txt").write_bytes(b"#")
seen.add(jit._code_hash())
files[0].rename(files[0].with_name("renamed.py"))
seen.add(jit._code_hash())
print(len(seen) - len(files))
"""
    assert run(core, code) == ["2"], "one for the beginning, one for the new name"


def test_a_constant_compiles_a_callee_once() -> None:
    @jit.njit
    def callee(x: int) -> int:
        return x

    @jit.njit
    def caller() -> int:
        return callee(jit_one) + callee(jit_two)

    assert isinstance(jit_one, np.int64)
    assert caller() == 3
    assert len(callee.signatures) == 1


jit_one, jit_two = jit.constant(1), jit.constant(2)
