"""The options and arguments that several subcommands share, each with its help and completion.

Completion runs at every press of the tab key: what it imports must be light.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from sigma_cli.errors import UsageError
from sigma_cli.runtime import names, paths


def _store(ctx: typer.Context) -> Path:
    given = ctx.params.get("store")
    return paths.store_root(Path(given) if given else None, os.environ, Path.cwd())


def _markets(ctx: typer.Context, incomplete: str) -> list[str]:
    return [name for name in names.markets(_store(ctx)) if name.startswith(incomplete)]


def _runs(ctx: typer.Context, incomplete: str) -> list[str]:
    return [name for name in names.runs(_store(ctx)) if name.startswith(incomplete)]


def _strategies(incomplete: str) -> list[str]:
    return [name for name in names.strategies() if name.startswith(incomplete)]


def _venues(incomplete: str) -> list[str]:
    return [name for name in names.venues() if name.startswith(incomplete)]


def _profiles(ctx: typer.Context, incomplete: str) -> list[str]:
    given = ctx.params.get("config_dir")
    folder = paths.config_dir(Path(given) if given else None, os.environ, Path.cwd())
    return [name for name in names.profiles(folder) if name.startswith(incomplete)]


Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and errors.")]
Store = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="DIR",
        help="The store. Default: SIGMA_STORE, else data/ in a checkout, else the user's folder.",
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        autocompletion=_profiles,
        help="Settings of config/NAME.toml on top of default.toml. Default: SIGMA_PROFILE.",
    ),
]
ConfigDir = Annotated[
    Path | None,
    typer.Option(
        "--config-dir",
        metavar="DIR",
        help="The folder of default.toml. Default: SIGMA_CONFIG_DIR, else config/ in a checkout.",
    ),
]

Set = Annotated[
    list[str],
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting for this run; repeatable."),
]
Sweep = Annotated[
    list[str],
    typer.Option(
        "--sweep",
        metavar="NAME=FIRST:LAST:STEP",
        help="Try every value of a parameter, or NAME=VALUE,VALUE; more of them may follow.",
    ),
]
Swept = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME=...]", help="More parameters to --sweep.")
]
Market = Annotated[
    str | None,
    typer.Option(
        "--market", metavar="MARKET", autocompletion=_markets, help="The market, like KRW-BTC."
    ),
]
OneMarket = Annotated[
    str,
    typer.Option(
        "--market", metavar="MARKET", autocompletion=_markets, help="The market, like KRW-BTC."
    ),
]
Markets = Annotated[
    list[str],
    typer.Option(
        "--market",
        metavar="MARKET",
        autocompletion=_markets,
        help="A market, like KRW-BTC; repeatable. Default: every market that fits.",
    ),
]
Venue = Annotated[
    str | None,
    typer.Option("--venue", metavar="VENUE", autocompletion=_venues, help="The venue, like upbit."),
]
Strategy = Annotated[
    str,
    typer.Option(
        "--strategy",
        metavar="NAME",
        autocompletion=_strategies,
        help="An installed strategy, or path/to/file.py:Name.",
    ),
]
Run = Annotated[
    str,
    typer.Argument(
        metavar="RUN", autocompletion=_runs, help="A run's id or its beginning, or `latest`."
    ),
]
Runs = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN...", autocompletion=_runs, help="Runs' ids or beginnings, or `latest`."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
StoredVenue = Annotated[
    str, typer.Argument(metavar="VENUE", autocompletion=_venues, help="The venue, like upbit.")
]
StoredMarket = Annotated[
    str, typer.Argument(metavar="MARKET", autocompletion=_markets, help="The market, like KRW-BTC.")
]


def swept(first: list[str], more: list[str] | None) -> list[str]:
    """Return every parameter to sweep; what follows without --sweep belongs to nothing.

    Raises:
        UsageError: there is such a word.
    """
    if more and not first:
        raise UsageError(
            f"{more[0]!r} belongs to no option", fix=f"write --sweep {more[0]}, or --set {more[0]}"
        )
    return [*first, *(more or ())]
