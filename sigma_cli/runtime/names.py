"""The names a person may type: markets, runs, strategies, venues, profiles.

For shell completion, so it must be quick: it lists folders and installed names, imports no
strategy and opens no database. A name here is a hint; the command decides whether it is right.
"""

from pathlib import Path
from urllib.parse import unquote


def markets(store: Path) -> list[str]:
    """Return the markets of which the lake holds anything."""
    folders = (path for path in (store / "lake").glob("*/*/*") if path.is_dir())
    return sorted({unquote(path.name) for path in folders})


def runs(store: Path) -> list[str]:
    """Return `latest` and the ids of the stored runs, the newest first."""
    folders = [path for path in (store / "runs").glob("*") if path.is_dir()]
    folders.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return ["latest", *(path.name for path in folders)]


def strategies() -> list[str]:
    """Return the names of the installed strategies."""
    from sigma_cli import plugins  # 20 ms that `sigma --help` need not pay

    return plugins.installed(plugins.STRATEGIES)


def venues() -> list[str]:
    """Return the names of the installed venues."""
    from sigma_cli import plugins

    return plugins.installed(plugins.VENUES)


def profiles(config_dir: Path | None) -> list[str]:
    """Return the profiles that lie in `config_dir`."""
    if config_dir is None:
        return []
    stems = {path.stem for path in config_dir.glob("*.toml")}
    return sorted(stems - {"default", "events"})  # the calendar is no profile
