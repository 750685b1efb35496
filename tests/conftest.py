"""What all tests share: the recordings, how deep to test, and the record of what was proven.

`make test` runs every test; those marked `prove` take a small sample of what they check.
`make prove` runs only those, at full depth (`--prove=docs/proofs.md`), and writes what passed into
that page. It can be interrupted: what was proven for this very commit is not proven again.
"""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest

_PROVEN = pytest.StashKey[dict[str, dict[str, Any]]]()
_COMMIT = pytest.StashKey[str]()

# No deadline, and no complaint about a slow machine: the first example compiles, and others may be
# at work. The same examples each time: a red test stays red.
_CALM = hypothesis.settings(
    deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
# Kernels run a second time as plain Python, for the lines that they cover: a few examples do.
_EXAMPLES = 15 if os.environ.get("NUMBA_DISABLE_JIT") else 50
hypothesis.settings.register_profile("test", _CALM, max_examples=_EXAMPLES)
hypothesis.settings.register_profile("prove", _CALM, max_examples=20_000, print_blob=True)
hypothesis.settings.load_profile("test")


_PLAIN = (
    *("kernels/desk", "kernels/matching", "kernels/features/test_chunks.py"),
    *("kernels/test_tick_tapes.py", "kernels/test_real_ticks.py"),
)
"""What `make test` tells in plain Python only: to compile every room alone takes minutes. That
compiled code does the same to the last bit `make prove` shows, which runs laws and tapes compiled.
"""


@pytest.fixture
def real_data() -> Path:
    """The folder with recorded markets; a test that asks for it is skipped where there is none."""
    folder = os.environ.get("SIGMA_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SIGMA_REAL_DATA names no folder of recordings")
    return Path(folder).absolute()


@pytest.fixture
def depth(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Callable[..., int]:
    """`depth(quick=3, full=50)`: how many of something to try in this run."""

    def choose(*, quick: int, full: int) -> int:
        count = full if request.config.getoption("--prove") else quick
        record_property("count", count)
        return count

    return choose


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--prove", metavar="PAGE", help="run the tests marked `prove` at full depth; record on PAGE"
    )


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: a packed file holds the second it was packed in, and workers
    that collect in different seconds would not agree on the names of the tests.
    """
    return argname if isinstance(val, bytes) else None


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--prove"):
        return
    hypothesis.settings.load_profile("prove")
    commit = _commit(config.rootpath)
    config.stash[_COMMIT] = commit
    assert config.cache is not None, "run without -p no:cacheprovider"
    config.stash[_PROVEN] = config.cache.get(f"proofs/{commit}", {})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--prove"):
        _leave_out(config, items)
        return
    proven = config.stash[_PROVEN]
    todo = [item for item in items if item.get_closest_marker("prove")]
    todo = [item for item in todo if item.nodeid not in proven]
    chosen = set(todo)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = todo


def _leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to plain Python what it can tell as well: compiling every room takes minutes."""
    if os.environ.get("NUMBA_DISABLE_JIT"):
        return
    places = {Path(__file__).parent / place for place in _PLAIN}
    left = [item for item in items if places & {item.path, *item.path.parents}]
    config.hook.pytest_deselected(items=left)
    gone = set(left)
    items[:] = [item for item in items if item not in gone]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report: pytest.TestReport = yield
    if item.config.getoption("--prove") and report.when == "call" and report.passed:
        _record(item.config, report, _tries(item, report))
    return report


def _tries(item: pytest.Item, report: pytest.TestReport) -> object:
    """How many inputs a proof tried; a single one is not worth saying."""
    test = getattr(item, "obj", None)
    if test is not None and hypothesis.is_hypothesis_test(test):
        return hypothesis.settings().max_examples
    return dict(report.user_properties).get("count", "")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Nothing left to prove is a success."""
    if session.config.getoption("--prove") and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def _commit(root: Path) -> str:
    """The commit, or, where files differ from it, a name that no other run has."""
    git = ["git", "-C", str(root)]
    commit = subprocess.check_output([*git, "rev-parse", "--short=12", "HEAD"], text=True).strip()
    status = [*git, "status", "--porcelain", "--", ".", ":!docs/proofs.md"]
    changed = subprocess.check_output(status, text=True).strip()
    return f"{commit}-changed-{time.time_ns()}" if changed else commit


def _record(config: pytest.Config, report: pytest.TestReport, count: object) -> None:
    """Remember one proof at once, so that an interruption loses nothing, and rewrite the page."""
    proven = config.stash[_PROVEN]
    proven[report.nodeid] = {"count": count, "seconds": round(report.duration, 1)}
    assert config.cache is not None
    config.cache.set(f"proofs/{config.stash[_COMMIT]}", proven)
    rows = "".join(
        f"| `{name}` | {proof['count']} | {proof['seconds']} |\n"
        for name, proof in sorted(proven.items())
    )
    commit = config.stash[_COMMIT].partition("-changed-")
    page = (
        "# Proofs\n\nWritten by `make prove`: the tests marked `prove`, at full depth, all passed."
        f"\n\nCommit {commit[0]}{' with changes' if commit[1] else ''}; random inputs are derived "
        "from the tests' own names, so a second run tries the same.\n\n"
        f"| proof | tries | seconds |\n|---|---:|---:|\n{rows}"
    )
    Path(config.rootpath, config.getoption("--prove")).write_text(page, encoding="utf-8")
