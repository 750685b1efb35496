"""What a failure looks like and which exit code it has. The only place that knows both.

0 done   1 bug (traceback)   2 usage or configuration   3 the outside world
4 the answer is no   5 held by another process   130 interrupted
"""

import io
import shlex
import sys
import traceback
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer.main import get_command

from commands import console
from sigma_cli.errors import SigmaError, UsageError

BUG: Final = 1
INTERRUPTED: Final = 130


def run(app: typer.Typer, argv: Sequence[str] | None = None) -> int:
    """Run the command line in `argv` (by default the process's own) and return the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # what a terminal can't show is no bug
    try:
        status = _run(app, args)
    except SigmaError as error:
        return _failed(error)
    except typer.TyperException as error:
        return _failed(_usage(error))
    except typer.Abort:
        what = "a question was asked and nobody was there to answer"
        return _failed(UsageError(what, fix="add --yes, which does it without asking"))
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception:
        traceback.print_exc()
        console.say("error: this is a bug in sigma; please report it with the lines above")
        return BUG
    if status == INTERRUPTED:
        again = shlex.join(["sigma", *args])
        console.say(f"interrupted: what was finished is kept; to go on, run again:\n  {again}")
    return status


def _run(app: typer.Typer, args: list[str]) -> int:
    """Parse and run; return the exit code of typer's own endings (`--help`, Ctrl-C)."""
    status: Any = get_command(app).main(args=args, prog_name="sigma", standalone_mode=False)
    return status if isinstance(status, int) else 0


def _failed(error: SigmaError) -> int:
    console.say(f"error: {error}")
    return error.exit_code


def _usage(error: typer.TyperException) -> UsageError:
    """Give typer's own complaint the shape of ours."""
    context: typer.Context | None = getattr(error, "ctx", None)
    path = context.command_path if context else "sigma"
    message = error.format_message()
    return UsageError(
        message[:1].lower() + message[1:].rstrip("."), where=path, fix=f"see `{path} --help`"
    )
