"""What every subcommand is given: the shared options, and a place to say and print things.

    app = typer.Typer()

    @app.command()
    @with_session
    def data(session: Session) -> None:
        '''List what the store holds.'''
        from sigma_cli.runtime import data as runtime  # heavy: only when the command runs

        session.emit(runtime.listing(session.store))

The first parameter is the session; the command's own options follow. `with_session` adds
`--store --profile --config-dir --json --quiet` in one place, so that no command lacks them.
"""

import functools
import inspect
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from commands import console, options
from sigma_cli.runtime import paths
from sigma_cli.runtime.progress import Progress, Silent

if TYPE_CHECKING:
    from sigma_cli.settings import Loaded, Settings

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run of one subcommand, as far as all subcommands are alike."""

    store: Path
    config_dir: Path | None
    profile: str | None
    json: bool
    quiet: bool
    progress: Progress
    """Who watches long work: a bar on a terminal, lines elsewhere, nobody if quiet."""

    def load(self, overrides: Sequence[str] = ()) -> "Loaded":
        """Read the settings with the origin of each; `overrides` are `--set` values."""
        from sigma_cli import settings

        return settings.load(
            self.profile, self.config_dir, os.environ, settings.parse_overrides(overrides)
        )

    def settings(self, overrides: Sequence[str] = ()) -> "Settings":
        """Read the settings; `overrides` are `--set` values."""
        return self.load(overrides).settings

    def emit(self, result: object) -> None:
        """Print a result on stdout: a dataclass, a sequence of them, or a mapping."""
        console.emit(result, json=self.json)

    def emit_json(self, result: object) -> None:
        """Print a result that is JSON by nature, asked for or not."""
        console.emit(result, json=True)

    def say(self, text: str) -> None:
        """Say something on stderr that is not the result."""
        if not self.quiet:
            console.say(text)


def _shared(
    store: options.Store = None,
    profile: options.Profile = None,
    config_dir: options.ConfigDir = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> Session:
    """Turn the shared options into a session."""
    cwd = Path.cwd()
    return Session(
        store=paths.store_root(store, os.environ, cwd),
        config_dir=paths.config_dir(config_dir, os.environ, cwd),
        profile=profile or os.environ.get("SIGMA_PROFILE") or None,
        json=json,
        quiet=quiet,
        progress=Silent() if quiet else console.watcher(),
    )


def with_session(command: Callable[Concatenate[Session, P], None]) -> Callable[..., None]:
    """Give `command` a session as its first argument, and the shared options to its help."""
    _, *own = inspect.signature(command).parameters.values()
    shared = inspect.signature(_shared).parameters

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        session = _shared(**{name: kwargs.pop(name) for name in shared})  # type: ignore[arg-type]
        try:
            command(session, *args, **kwargs)
        finally:
            session.progress.end()

    # Typer reads the options from the signature.
    parameters = [p.replace(kind=p.KEYWORD_ONLY) for p in (*own, *shared.values())]
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
    return wrapper
