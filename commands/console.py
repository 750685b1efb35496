"""How results and talk reach a person or a pipe: results on stdout, all else on stderr.

A result is a frozen dataclass, a sequence of them, or mappings instead. As JSON it goes out whole;
as text a sequence is a table and a single one a list of its fields. Knows no subcommand.
"""

import dataclasses
import json as jsonlib
import math
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

from sigma_cli.errors import OutsideError
from sigma_cli.runtime.progress import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

DRAWN_ROWS_MAX: Final = 500
"""Rows up to which a table is drawn to fit a terminal: drawing ten thousand takes three seconds."""


def emit(result: object, *, json: bool) -> None:
    """Print a result on stdout, as JSON or for reading."""
    value = plain(result)
    with _stdout():
        if json:
            sys.stdout.write(_dump(value) + "\n")
        elif isinstance(value, dict):
            _print_fields(value)
        elif isinstance(value, list):
            _print_table(value)
        else:
            sys.stdout.write(f"{value}\n")


def say(text: str) -> None:
    """Print a line of talk on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def show_page(path: Path) -> None:
    """Show a file in a browser, if somebody sits at the terminal to see it."""
    if not sys.stdout.isatty():
        say("not opened: this is no terminal")
        return
    import webbrowser

    webbrowser.open(path.as_uri())


def watcher() -> Progress:
    """Return a progress bar where stderr is a terminal, else one that prints only the notes."""
    return Bar() if sys.stderr.isatty() else Lines()


@contextmanager
def _stdout() -> Iterator[None]:
    """Let a reader that has seen enough (`| head`) close the pipe; report any other failure."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more at exit: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutsideError(
            f"can't print the result: {error.strerror}",
            where="standard output",
            fix="check where the output is sent; what the command stored is kept",
        ) from error


def plain(value: Any) -> Any:
    """Turn a result into what JSON knows. NaN and infinities become null, Decimal a string."""
    if isinstance(value, Enum):
        return value.name.lower()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal | PurePath):
        return str(value)
    raise TypeError(f"not a plain value: {type(value).__name__}")


def _dump(value: Any) -> str:
    """Return JSON: a list has one item a line, so that line tools work on it."""
    if isinstance(value, list) and value:
        rows = ",\n  ".join(jsonlib.dumps(item, ensure_ascii=False) for item in value)
        return f"[\n  {rows}\n]"
    return jsonlib.dumps(value, ensure_ascii=False, indent=2)


def shown(name: str, value: Any) -> str:
    """Return a value as a person reads it; `name` ends in its unit."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and name.endswith("_ns"):
        return _time(value) if "ts_ns" in name else f"{value:,}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e3 else f"{value:,.2f}"
    if isinstance(value, list):
        return ", ".join(shown(name, item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}={shown(key, item)}" for key, item in value.items())
    return _text(str(value))


def _time(ts_ns: int) -> str:
    """Return a time in UTC to the second, or with what it has below that."""
    seconds, rest_ns = divmod(ts_ns, 1_000_000_000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"{text}.{rest_ns:09d}".rstrip("0") if rest_ns else text


def _text(value: str) -> str:
    """Return text on one line, without what would steer a terminal."""
    return value if value.isprintable() else "".join(map(_visible, value))


def _visible(char: str) -> str:
    return char if char.isprintable() else repr(char)[1:-1]


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _print_fields(fields: dict[str, Any]) -> None:
    """Print a single result: its plain fields first, then a table for each list of rows."""
    tables = {name: value for name, value in fields.items() if _is_table(value)}
    cells = [(name, shown(name, value)) for name, value in fields.items() if name not in tables]
    _write([], cells, [False, False])
    for name, rows in tables.items():
        sys.stdout.write(f"\n{name}\n")
        _print_table(rows)


def _print_table(rows: list[Any]) -> None:
    """Print rows under their names, numbers to the right."""
    if not _is_table(rows):
        sys.stdout.write("".join(f"{row}\n" for row in rows))
        return
    names = list(rows[0])
    right = [all(isinstance(row[name], int | float | None) for row in rows) for name in names]
    cells = [[shown(name, row[name]) for name in names] for row in rows]
    if not sys.stdout.isatty() or len(rows) > DRAWN_ROWS_MAX:
        _write(names, cells, right)
    elif _width([names, *cells]) <= shutil.get_terminal_size().columns:
        _draw(names, cells, right)
    else:
        _write_blocks(names, cells)


def _width(lines: list[list[str]]) -> int:
    """Return how wide a drawn table would be: two blanks between columns."""
    return sum(max(map(len, column)) + 2 for column in zip(*lines, strict=True))


def _write_blocks(names: list[str], cells: list[list[str]]) -> None:
    """Write each row as a block of its own: a terminal too narrow for a table still shows all."""
    for place, row in enumerate(cells):
        sys.stdout.write("\n" if place else "")
        _write([], list(zip(names, row, strict=True)), [False, False])


def _write(head: list[str], cells: Sequence[Sequence[str]], right: list[bool]) -> None:
    """Write aligned columns as plain text: nothing is wrapped, cut or coloured."""
    lines = [head, *cells] if head else list(cells)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    if head:
        lines.insert(1, ["-" * width for width in widths])
    for line in lines:
        columns = zip(line, widths, right, strict=True)
        padded = (text.rjust(w) if number else text.ljust(w) for text, w, number in columns)
        sys.stdout.write("  ".join(padded).rstrip() + "\n")


def _draw(head: list[str], cells: list[list[str]], right: list[bool]) -> None:
    """Draw a table that fits the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text  # in which rich looks for no markup

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, number in zip(head, right, strict=True):
        table.add_column(Text(name), justify="right" if number else "left")
    for line in cells:
        table.add_row(*map(Text, line))
    Console(file=sys.stdout, highlight=False).print(table)


class Lines:
    """Progress without a terminal: only what is worth a line."""

    def begin(self, what: str, total: int | None = None, unit: str = "") -> None:
        """Stay silent: a log is no place for a bar."""

    def advance(self, amount: int = 1) -> None:
        """Stay silent."""

    def note(self, text: str) -> None:
        """Print the line."""
        say(text)

    def end(self) -> None:
        """Stay silent."""


class Bar:
    """Progress on a terminal: one bar on stderr, gone when the work is done."""

    def __init__(self) -> None:
        self._bars: RichProgress | None = None
        self._task: TaskID | None = None

    def begin(self, what: str, total: int | None = None, unit: str = "") -> None:
        """Show a bar, or a spinner with a count where the total is not known."""
        from rich import progress
        from rich.console import Console

        self.end()
        counts = progress.TextColumn("{task.completed:,.0f}" + (f" {unit}" if unit else ""))
        self._bars = progress.Progress(
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            counts,
            progress.TimeElapsedColumn(),
            progress.TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bars.add_task(what, total=total)
        self._bars.start()

    def advance(self, amount: int = 1) -> None:
        """Move the bar."""
        if self._bars is not None and self._task is not None:
            self._bars.advance(self._task, amount)

    def note(self, text: str) -> None:
        """Print the line above the bar."""
        if self._bars is None:
            say(text)
        else:
            self._bars.console.print(text, markup=False, highlight=False)

    def end(self) -> None:
        """Remove the bar; harmless when there is none."""
        if self._bars is not None:
            self._bars.stop()
        self._bars = self._task = None
