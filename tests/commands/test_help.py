"""Every subcommand: light to ask for help, alike in its shared options, explained to the last."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from commands import app

HEAVY = "numba numpy duckdb pyarrow pandas torch pydantic rich sqlite3 asyncio importlib.metadata"
COMPLETED = {"market", "run", "strategy", "venue", "profile"}


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", {})
    if not children:
        yield path, command
    for name, child in children.items():
        yield from leaves(child, (*path, name))


COMMANDS = dict(leaves(get_command(app)))
each_command = pytest.mark.parametrize("path", COMMANDS, ids=" ".join)


def run(code: str, *args: str) -> subprocess.CompletedProcess[str]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    return subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, check=True, env=plain
    )


@pytest.mark.parametrize("path", [(), *COMMANDS], ids=lambda path: " ".join(path) or "sigma")
def test_help_loads_nothing_heavy(path: tuple[str, ...]) -> None:
    code = (
        "import sys; from commands import sigma; sys.argv[0] = 'sigma'; assert sigma() == 0\n"
        f"print('LOADED', *(m for m in {HEAVY.split()} if m in sys.modules))"
    )
    out = run(code, *path, "--help").stdout
    assert out.startswith("Usage: sigma")
    assert out.splitlines()[-1].split() == ["LOADED"]


@pytest.mark.parametrize("name", ["report", "runs"])
def test_what_shows_stored_runs_needs_no_compiler(name: str) -> None:
    code = f"import sys, sigma_cli.runtime.{name}; print('numba' in sys.modules)"
    assert run(code).stdout == "False\n"


def test_help_is_quick() -> None:
    def cpu_s() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    spent_s = []
    for _ in range(5):
        before_s = cpu_s()
        run("import sys; from commands import sigma; sys.exit(sigma())", "--help")
        spent_s.append(cpu_s() - before_s)
    assert min(spent_s) < 0.2


@each_command
def test_every_command_takes_the_shared_options(path: tuple[str, ...]) -> None:
    spellings = {spelling for param in COMMANDS[path].params for spelling in param.opts}
    assert {"--store", "--profile", "--config-dir", "--json", "--quiet", "-q"} <= spellings


@each_command
def test_every_command_and_option_is_explained(path: tuple[str, ...]) -> None:
    assert COMMANDS[path].help, "a docstring is the help"
    unexplained = [param.name for param in COMMANDS[path].params if not param.help]
    assert unexplained == []


@pytest.mark.parametrize(
    "group", [(), ("config",), ("runs",), ("ingest",), ("strategy",)], ids=" ".join
)
def test_no_line_of_a_group_is_cut_short(group: tuple[str, ...]) -> None:
    out = run("import sys; from commands import sigma; sys.exit(sigma())", *group, "--help").stdout
    assert "..." not in out.partition("Commands:")[2]


@each_command
def test_names_are_completed(path: tuple[str, ...]) -> None:
    for param in COMMANDS[path].params:
        if param.name.rstrip("s") in COMPLETED:
            assert param._custom_shell_complete is not None, param.name
