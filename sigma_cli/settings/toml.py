"""Reads one TOML file, or says what is wrong with it."""

import tomllib
from pathlib import Path
from typing import Any

from sigma_cli.errors import UsageError


def read(path: Path) -> dict[str, Any]:
    """Return the tables of a file.

    Raises:
        UsageError: it can't be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"can't read the configuration: {error.strerror}",
            where=str(path),
            fix="check that it is a readable file",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"this is not TOML: {error}", where=str(path), fix="repair that line"
        ) from error
