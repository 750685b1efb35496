"""`sigma strategy`: which strategies there are, and the beginning of a new one."""

import importlib.util
import inspect
import keyword
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from sigma_cli import plugins
from sigma_cli.errors import UsageError
from sigma_cli.runtime.bounds import bounds, written
from sigma_cli.store.files import publish
from sigma_cli.strategies import template

NAME_LENGTH_MAX: Final = 60
"""Letters of a name: room for `test_`, `.py` and what a temporary file adds to them."""

_TEST: Final = '''\
"""Template keeps the rules of every strategy, and does what it is meant to do."""

from pathlib import Path

import numpy as np
import pytest

from sigma_cli import plugins
from sigma_cli.strategies.conformance import CHECKS, market
from sigma_cli.strategies.strategy import Columns

FILE = Path(__file__).with_name("template.py")
Template = plugins.load_strategy(f"{FILE}:Template")


@pytest.mark.parametrize("check", CHECKS)
def test_it_keeps_the_rules(check):
    strategy = Template(Template.params())
    CHECKS[check](strategy, market(strategy))


def test_it_is_long_above_its_average_and_flat_below():
    strategy = Template(Template.params())
    seen = {"close": np.array([9.0, 10.0, 11.0]), strategy.average: np.full(3, 10.0)}
    said = strategy.signal(Columns(3, seen.__getitem__))
    np.testing.assert_array_equal(said, [0.0, np.nan, 1.0])
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What `--set` may change of a strategy."""

    name: str
    required: bool
    default: Any
    """As JSON has it; None if it is required."""
    bounds: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A strategy that `--strategy` takes by its name."""

    name: str
    about: str
    is_policy: bool
    """It decides on ticks, inside the desk; the others read bars."""
    lookback_rows: int | None
    """With the default parameters; None of a policy, and where some must be given."""
    params: tuple[Parameter, ...]
    definition: str
    """What its module says of it: the rule, and where it is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An installed strategy in one line."""

    strategy: str
    runs_on: str
    lookback_rows: int | None
    params: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A new strategy and its test."""

    strategy: str
    """What `--strategy` takes."""
    file: Path
    test: Path
    try_it: str
    """A command that runs it."""


def listing() -> tuple[Installed, ...]:
    """Return the installed strategies in order of their names."""
    return tuple(_installed(name) for name in plugins.installed(plugins.STRATEGIES))


def lines(found: Sequence[Installed]) -> tuple[Line, ...]:
    """Return installed strategies as lines to read."""
    return tuple(
        Line(
            strategy=one.name,
            runs_on="ticks" if one.is_policy else "bars, ticks",
            lookback_rows=one.lookback_rows,
            params=", ".join(_typed(param) for param in one.params) or "none",
            about=one.about,
        )
        for one in found
    )


def new(name: str, folder: Path) -> Created:
    """Write `folder`/`name`.py, a strategy to start from, and test_`name`.py beside it.

    Raises:
        UsageError: the name won't do, or one of the files exists: none is overwritten.
        OutsideError: the disk refuses.
    """
    _check_name(name)
    test, file = folder / f"test_{name}.py", folder / f"{name}.py"
    _check_place(folder, test, file)
    _publish(test, _renamed(_TEST, name))
    try:
        _publish(file, _renamed(inspect.getsource(template), name))
    except BaseException:
        test.unlink(missing_ok=True)
        raise
    strategy = f"{file}:{_class_name(name)}"
    words = ["sigma", "backtest", "--strategy", strategy, "--period", "all"]
    return Created(strategy=strategy, file=file, test=test, try_it=shlex.join(words))


def _installed(name: str) -> Installed:
    """Return what is known of a strategy; what is wrong with one stands where its rule would."""
    try:
        made = plugins.load(plugins.STRATEGIES, name)
    except UsageError as error:
        return _broken(name, error.what)
    params = getattr(made, "params", None)
    if not (isinstance(params, type) and issubclass(params, BaseModel)):
        return _broken(name, "not a strategy: it has no `params`, a pydantic model")
    is_policy = hasattr(made, "plan")
    required = any(info.is_required() for info in params.model_fields.values())
    defaults = params.model_construct().model_dump(mode="json")
    definition = inspect.getdoc(inspect.getmodule(made)) or ""
    return Installed(
        name=name,
        about=definition.partition("\n")[0],
        is_policy=is_policy,
        lookback_rows=None if required or is_policy else made(params()).lookback_rows,
        params=tuple(
            Parameter(
                name=key,
                required=info.is_required(),
                default=defaults.get(key),
                bounds=bounds(info),
                meaning=info.description or "",
            )
            for key, info in params.model_fields.items()
        ),
        definition=definition,
    )


def _broken(name: str, what: str) -> Installed:
    return Installed(
        name=name, about=what, is_policy=False, lookback_rows=None, params=(), definition=""
    )


def _typed(param: Parameter) -> str:
    value = "..." if param.required else written(param.default)
    return f"{param.name}={value}" + (f" ({param.bounds})" if param.bounds else "")


def _check_name(name: str) -> None:
    """Refuse a name that Python, pytest or a person would stumble over."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise _wrong_name(name, "use lower-case letters, digits and _, like my_idea")
    if len(name) > NAME_LENGTH_MAX:
        raise _wrong_name(name, f"use at most {NAME_LENGTH_MAX} letters")
    if name.startswith("test_"):
        raise _wrong_name(name, "pytest would take it for a test; leave test_ out")
    if name in plugins.installed(plugins.STRATEGIES):
        raise _wrong_name(name, "an installed strategy has it already; choose another")
    if hasattr(template, _class_name(name)):
        raise _wrong_name(name, f"the file itself needs {_class_name(name)}; choose another")
    if importlib.util.find_spec(name) is not None:
        raise _wrong_name(name, f"the file would hide the Python module {name}; choose another")


def _check_place(folder: Path, *files: Path) -> None:
    """Refuse a folder that is none, and files that are there already."""
    if folder.exists() and not folder.is_dir():
        raise UsageError("this is not a folder", where=f"--dir {folder}", fix="name a folder")
    for path in files:
        if path.exists():
            raise UsageError(
                "there is such a file already; nothing was written",
                where=str(path),
                fix="choose another name, or another folder with --dir",
            )


def _wrong_name(name: str, fix: str) -> UsageError:
    return UsageError(f"{name!r} can't be the name of a new strategy", where="NAME", fix=fix)


def _class_name(name: str) -> str:
    """Return `MyIdea` for `my_idea`."""
    return "".join(part.capitalize() for part in name.split("_"))


def _renamed(text: str, name: str) -> str:
    return text.replace("Template", _class_name(name)).replace("template", name)


def _publish(path: Path, text: str) -> None:
    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    publish(path, write)
