"""The command line: one module per subcommand, each of which parses, calls one function, prints.

To add a subcommand, write its module with an `app: typer.Typer` and add the module to `MODULES`.
Nothing heavy may be imported here or at the top of a subcommand's module: `sigma --help` has
0.2 s, and a test looks at what it loaded. The console script is called `sigma` and not `main`,
so that a foreign package named `commands` that overwrote this one fails loudly.
"""

import gc
import os
import sys

import typer

from commands import backtest, config, data, demo, exchange, ingest, report, runs, sql, strategy
from commands.failures import run
from commands.group import Group

MODULES = (demo, ingest, data, sql, strategy, backtest, runs, report, exchange, config)
"""Every subcommand that exists, in the order in which `sigma --help` lists them."""

app = typer.Typer(
    cls=Group,
    rich_markup_mode=None,  # rich's help costs 0.1 s and depends on the terminal's width
    pretty_exceptions_enable=False,
    epilog="Every command also takes --store, --profile, --config-dir, --json and --quiet, "
    "before or after its name.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"sigma {version('sigma-cli')}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_version, help="Print the version and leave."
    ),
) -> None:
    """Trade liquid markets with a machine: ingest, backtest, report, from one box."""


for _module in MODULES:
    app.add_typer(_module.app)


def sigma() -> int:
    """Run the command line and return the exit code; the console script calls this."""
    # A command mostly imports, then ends: looking for garbage on the way costs a fifth of it.
    gc.set_threshold(500_000)
    # Importing numpy would start threads that spin; nothing of ours multiplies matrices.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return run(app)
    finally:
        # Nor is it worth looking when the process ends, unless DuckDB is in it: its binding
        # (nanobind) says in fifty lines on stderr that nobody took it apart.
        if "duckdb" not in sys.modules:
            gc.freeze()
