"""Strategies and venues found by name: names are read without importing, then one is imported.

The built-in ones come through the same door as everybody else's: the entry points of installed
packages. A strategy may also be a class in a file.
"""

import importlib.util
import sys
import traceback
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from sigma_cli.errors import UsageError, did_you_mean

STRATEGIES: Final = "sigma.strategies"
VENUES: Final = "sigma.venues"


def installed(group: str) -> list[str]:
    """Return the names in `group`, importing none of them."""
    return sorted({point.name for point in entry_points(group=group)})


def load(group: str, name: str) -> Any:
    """Import and return exactly what `name` stands for in `group`.

    Raises:
        UsageError: nothing of that name is installed, or importing it fails.
    """
    found = entry_points(group=group, name=name)
    if not found:
        known = installed(group)
        what = "strategy" if group == STRATEGIES else "venue"
        raise UsageError(
            f"no {what} named {name!r}{did_you_mean(name, known)}",
            where=f"installed: {', '.join(known) or 'none'}",
            fix=f"use one of these, or install the package that brings {name!r}",
        )
    point = next(iter(found))
    try:
        return point.load()
    except Exception as error:
        raise _failed_import(error, point.value) from error


def load_strategy(text: str) -> Any:
    """Return the strategy class that `text` names: an installed name, or `path/to/mine.py:Mine`.

    Raises:
        UsageError: there is no such name, file or class, or the file fails to run.
    """
    path, separator, name = text.rpartition(":")
    if not separator or not path.endswith(".py"):
        if text.endswith(".py"):
            raise UsageError(
                f"{text!r} names a file but no class in it", fix=f"write --strategy {text}:NAME"
            )
        return load(STRATEGIES, text)
    return _from_file(Path(path).expanduser(), name)


def _from_file(path: Path, name: str) -> Any:
    """Run the file as a module of its own and return what it calls `name`."""
    if not path.is_file():
        raise UsageError("no such strategy file", where=str(path), fix="check the path")
    spec = importlib.util.spec_from_file_location(f"sigma_strategy_{path.stem}", path)
    assert spec is not None and spec.loader is not None, "the name ends in .py"
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pydantic look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[spec.name]
        raise _failed_import(error, str(path)) from error
    if not isinstance(getattr(module, name, None), type):
        own = [n for n, v in vars(module).items() if isinstance(v, type) and n[0] != "_"]
        raise UsageError(
            f"no class {name!r} in the file{did_you_mean(name, own)}",
            where=str(path),
            fix=f"its classes are: {', '.join(own) or 'none'}",
        )
    return getattr(module, name)


def _failed_import(error: Exception, where: str) -> UsageError:
    """Say at which line of whose file an import failed."""
    if isinstance(error, SyntaxError):
        where = f"{error.filename}, line {error.lineno}"
    else:
        frames = traceback.extract_tb(error.__traceback__)
        frame = next((f for f in reversed(frames) if f.filename == where), frames[-1])
        where = f"{frame.filename}, line {frame.lineno}"
    return UsageError(
        f"importing failed with {type(error).__name__}: {error}",
        where=where,
        fix="repair that line, or install what it needs",
    )
