"""Where the store and the configuration are when nobody says so. Looks, never creates."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from sigma_cli.errors import UsageError

_OURS = re.compile(r'^name = "sigma-cli"$', re.MULTILINE)


def checkout(cwd: Path) -> Path | None:
    """Return the checkout of sigma that `cwd` lies in, if any."""
    for folder in (cwd, *cwd.parents):
        try:
            text = (folder / "pyproject.toml").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if _OURS.search(text):
            return folder
    return None


def store_root(given: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """Return the absolute path of the store: as given, SIGMA_STORE, the checkout's, the user's.

    Raises:
        UsageError: what was given is no folder.
    """
    if given is None and environ.get("SIGMA_STORE"):
        given = Path(environ["SIGMA_STORE"])
    if given is not None:
        store = cwd / given.expanduser()
        if store.exists() and not store.is_dir():
            raise UsageError("the store is a file", where=str(store), fix="name a folder: --store")
        return store
    home = checkout(cwd)
    return home / "data" if home is not None else user_data(environ)


def config_dir(given: Path | None, environ: Mapping[str, str], cwd: Path) -> Path | None:
    """Return the folder of default.toml, or None where only the built-in defaults apply."""
    if given is None and environ.get("SIGMA_CONFIG_DIR"):
        given = Path(environ["SIGMA_CONFIG_DIR"])
    if given is not None:
        return cwd / given.expanduser()
    home = checkout(cwd)
    return home / "config" if home is not None else None


def user_data(environ: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Return the folder in which this platform keeps a user's data, for sigma."""
    if environ.get("XDG_DATA_HOME"):
        return Path(environ["XDG_DATA_HOME"]) / "sigma"
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or _home(environ) / "AppData" / "Local") / "sigma"
    if platform == "darwin":
        return _home(environ) / "Library" / "Application Support" / "sigma"
    return _home(environ) / ".local" / "share" / "sigma"


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises
