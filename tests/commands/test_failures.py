"""Which exit code each kind of failure has, and what is printed where."""

import os
import signal
import subprocess
import sys
from typing import Annotated

import pytest
import typer

import commands
from commands.failures import run
from commands.group import Group
from commands.session import Session, with_session
from sigma_cli.errors import CheckError, HeldError, OutsideError, SigmaError, UsageError

app = typer.Typer(cls=Group, rich_markup_mode=None)
RAISED: dict[str, BaseException] = {
    "usage": UsageError("bad key", where="config/live.toml", fix="remove it"),
    "outside": OutsideError("no room"),
    "check": CheckError("the answer is no"),
    "held": HeldError("another process writes"),
    "bug": ZeroDivisionError("oops"),
    "abort": typer.Abort(),
}


@app.command()
@with_session
def fail(session: Session, how: Annotated[str, typer.Argument(help="How.")]) -> None:
    session.say("working")
    if how == "interrupt":  # the shell that started the tests may have had it ignored
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.kill(os.getpid(), signal.SIGINT)
    raise RAISED[how]


@app.command()
@with_session
def count(session: Session, number: Annotated[int, typer.Option(help="A number.")] = 0) -> None:
    session.emit({"number": number})


@pytest.mark.parametrize(
    ("how", "code"),
    [("usage", 2), ("outside", 3), ("check", 4), ("held", 5), ("bug", 1), ("abort", 2)],
)
def test_exit_codes(how: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["fail", how]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert "error: " in err
    assert ("Traceback" in err) == (code == 1)


def test_an_error_says_what_where_and_how_to_fix(capsys: pytest.CaptureFixture[str]) -> None:
    run(app, ["fail", "usage", "--quiet"])
    assert capsys.readouterr().err == (
        "error: bad key\n  where: config/live.toml\n  fix:   remove it\n"
    )


def test_ctrl_c_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["fail", "interrupt", "--store", "a b"]) == 130
    assert capsys.readouterr().err.endswith("sigma fail interrupt --store 'a b'\n")


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (["cuont"], "no such command 'cuont'. Did you mean 'count'?"),
        (["count", "--numbr", "1"], "(Possible options: --number)"),
        (["count", "--number", "x"], "invalid value for '--number'"),
        (["fail"], "missing argument"),
        (["count", "extra"], "unexpected extra argument(s) (extra)"),
        (["--nonsense"], "no such option: --nonsense"),
    ],
)
def test_a_wrong_command_line_has_the_same_shape(
    argv: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, argv) == UsageError.exit_code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ") and part in err
    assert "  where: sigma" in err
    assert "--help`" in err


def test_the_console_script_takes_its_own_arguments(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["sigma", "confg"])
    assert commands.sigma() == UsageError.exit_code
    assert "did you mean 'config'" in capsys.readouterr().err.lower()


def test_every_error_class_has_a_code_of_its_own() -> None:
    kinds: list[type[SigmaError]] = [SigmaError, *SigmaError.__subclasses__()]
    assert [kind.exit_code for kind in kinds] == [1, 2, 3, 4, 5]


def test_what_a_terminal_can_not_show_is_no_bug() -> None:
    code = (
        "import sys; from commands import app, console; from commands.failures import run\n"
        "import typer; app = typer.Typer()\n"
        "app.command()(lambda: console.emit(['\u00e9']*1, json=False))\n"
        "sys.exit(run(app, []))"
    )
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, check=False)
    assert (done.returncode, done.stdout) == (0, b"\\xe9\n"), done.stderr
