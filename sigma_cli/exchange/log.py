"""The exchange's own log: what was asked, answered, told and moved, exact, line by line.

A line is a JSON object: `n` counts from 1 without a gap, `ts_ns` is the exchange's time, `kind` is
one of `Kind`, the rest is its own. Amounts are decimal strings without loss. Lines are only ever
added. In a folder they are in files named after their first line; a file that is full is closed,
and the oldest are removed: the log has a bounded size. `balances` adds up what moved.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import msgspec

from sigma_cli.errors import OutsideError

Kind = Literal["begin", "request", "answer", "refusal", "order", "move", "change"]
"""A start of the exchange; what was asked and answered; an order event; a change of balance; what
a person did to the exchange."""
Line = Mapping[str, Any]

FILE_BYTES_MAX: Final = 64 << 20
"""Bytes after which a file is full."""
FILES_MAX: Final = 16
"""Files kept."""
LINES_MAX: Final = 10_000
LINES_BYTES_MAX: Final = 16 << 20
"""Lines kept in memory, and their bytes: an answer may be large."""
_SUFFIX: Final = ".jsonl"


class Log:
    """An append-only log of JSON lines in a folder, or the last of them in memory."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        file_bytes_max: int = FILE_BYTES_MAX,
        files_max: int = FILES_MAX,
    ) -> None:
        self.lines: deque[bytes] = deque()
        """The last lines, as many as LINES_MAX and LINES_BYTES_MAX allow."""
        self._lines_bytes = 0
        self.count = 0
        """Lines so far, those that were in the folder before among them.

        A line that was not whole, because an exchange was killed, is cut off.
        """
        self._folder = folder
        self._bytes_max, self._files_max = file_bytes_max, files_max
        self._file: BinaryIO | None = None
        if folder is not None:
            self.count = _mended(folder)

    def add(self, kind: Kind, ts_ns: int, **said: object) -> None:
        """Add a line."""
        self.count += 1
        line = msgspec.json.encode({"n": self.count, "ts_ns": ts_ns, "kind": kind, **said})
        self._remember(line)
        if self._folder is not None:
            self._write(self._folder, line)

    def flush(self) -> None:
        """Hand every line to the operating system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Write what is left; a later line opens a new file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _remember(self, line: bytes) -> None:
        self.lines.append(line)
        self._lines_bytes += len(line)
        while len(self.lines) > LINES_MAX or self._lines_bytes > LINES_BYTES_MAX:
            self._lines_bytes -= len(self.lines.popleft())

    def _write(self, folder: Path, line: bytes) -> None:
        if self._file is not None and self._file.tell() >= self._bytes_max:
            self.close()
        if self._file is None:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / f"{self.count:015}{_SUFFIX}").open("xb")
            for old in _files(folder)[: -self._files_max]:
                old.unlink()
        self._file.write(line + b"\n")


def read(folder: Path) -> Iterator[Line]:
    """Yield the lines of a log, in order.

    Raises:
        OutsideError: a line is no JSON object with a number, or lines are missing between two.
    """
    n = 0
    for path in _files(folder):
        with path.open("rb") as file:
            for row, text in enumerate(file, 1):
                where = f"{path} line {row}"
                try:
                    line = msgspec.json.decode(text, type=dict[str, Any])
                except msgspec.DecodeError as error:
                    raise OutsideError(f"no log line: {error}", where=where) from error
                if n and line.get("n") != n + 1:
                    raise OutsideError(f"line {n + 1} of the log is missing", where=where)
                n = line["n"]
                yield line


def balances(lines: Iterable[Line]) -> dict[tuple[str, str], Decimal]:
    """Add up every `move` since the last `begin`: what each owner holds by (owner, currency).

    The first line must be a `begin`. The sum over all owners is 0 for every currency: the market
    and the outside hold less than nothing of what they gave.

    Raises:
        OutsideError: a line's changes do not cancel out, or an owner would hold less than nothing.
    """
    held: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        if line["kind"] == "begin":
            held = {
                (owner, currency): Decimal(amount)
                for owner, amounts in line["held"].items()
                for currency, amount in amounts.items()
            }
        if line["kind"] != "move":
            continue
        where, currency = f"log line {line['n']}", line["currency"]
        changes = {owner: Decimal(change) for owner, change in line["changes"].items()}
        if sum(changes.values()):
            raise OutsideError(f"{currency} came from nowhere", where=where)
        for owner, change in changes.items():
            now = held[owner, currency] = held.get((owner, currency), Decimal()) + change
            if now < 0 and ":" in owner:
                raise OutsideError(f"{owner} holds {now} {currency}", where=where)
    return held


def _files(folder: Path) -> list[Path]:
    """Return the files of a log, the oldest first."""
    files = sorted(folder.glob(f"*{_SUFFIX}"))
    assert all(a.name < b.name for a, b in pairwise(files))
    return files


def _mended(folder: Path) -> int:
    """Cut off the line that an exchange was writing when it was killed; return the last number."""
    for path in reversed(_files(folder)):
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            with path.open("r+b") as file:
                file.truncate(len(whole))
        if whole:
            return _number(whole[whole.rfind(b"\n", 0, -1) + 1 :], path)
        path.unlink()
    return 0


def _number(line: bytes, path: Path) -> int:
    try:
        number: int = msgspec.json.decode(line, type=dict[str, Any])["n"]
    except (msgspec.DecodeError, KeyError) as error:
        raise OutsideError(
            f"no log line: {error}", where=f"{path}, at its end", fix="log into another folder"
        ) from error
    return number
