"""What venues send over their streams, kept as they sent it: a frame a line, maybe with its time.

    1618678263.010785: b'{"ty":"trade","cd":"KRW-LAMB", ...}'       what a recorder wrote down
    wss://api.upbit.com/websocket/v1 <- 1618678262.67: [...]        what it sent: no data
    {"lastUpdateId":1027024,"bids":[["4.0","431.0"]],"asks":[]}     a frame alone

A frame turns into rows of one table: a trade is a row, a book a row for each level. Upbit's frames
in all their formats (long or short names, alone or in a list), Binance's `depthUpdate` and what
`GET /depth` answers, bare or as a combined stream wraps them. Frames of other types, and Upbit's
books whose prices are grouped (`level`), are left out and counted; a line that is no frame is set
aside.
"""

import ast
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np
import pyarrow as pa

from sigma_cli.store.sources.delimited import Opener
from sigma_cli.store.sources.first_levels import Unnamed, is_named
from sigma_cli.store.sources.tables import RAW_MAX, Batch, Broken, Shape, Table, reading

LINE_CHARS_MAX: Final = 1 << 20
"""Characters of a line; the largest frame is a snapshot of 5,000 levels, some 300,000."""
BATCH_LEVELS: Final = 32_768
TYPE, CODE, RECV, FRAME = "type", "code", "recv_ns", "frame"
TRADE, BOOK = "trade", "orderbook"
FORM, WHOLE = "form", "whole"
STREAM: Final = "stream"
COLUMNS: Final = (
    *(TYPE, CODE, RECV, FRAME),
    *("trade_timestamp", "trade_price", "trade_volume", "ask_bid", "sequential_id"),
    *("timestamp", "update_id", "first_id", "before_id", FORM, "side", "price", "size"),
)
"""The names that Upbit gives the cells of a trade, and those of a level."""
_SHORT: Final = {
    "ty": TYPE,
    "cd": CODE,
    "ttms": "trade_timestamp",
    "tp": "trade_price",
    "tv": "trade_volume",
    "ab": "ask_bid",
    "sid": "sequential_id",
    "tms": "timestamp",
    "obu": "orderbook_units",
    "ap": "ask_price",
    "bp": "bid_price",
    "as": "ask_size",
    "bs": "bid_size",
    "lv": "level",
}
"""Upbit's SIMPLE format (https://docs.upbit.com/kr/reference/websocket-orderbook)."""
TYPES_MAX: Final = 20
"""Types of frames that are counted one by one when left out; the rest together."""
_SENT: Final = re.compile(r"wss?://\S+ <-")
_HEARD: Final = re.compile(r"(\d{9,10}\.\d+): ")

_NO_FRAME: Final = (
    *(ValueError, SyntaxError, RecursionError),  # neither JSON nor bytes of it
    *(KeyError, TypeError, AttributeError),  # not with these names, or with something else in them
)

Cells = dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesTable:
    """A file of frames. Rows are numbered by their line."""

    path: Path
    open: Opener
    shape: Shape
    left_out: Counter[str] = field(default_factory=Counter)
    """Frames that the last reading left out, by type."""
    unnamed: Unnamed = field(default_factory=Unnamed)
    """Changes of books that the last reading found without the name of their stream."""

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """Read these columns as text, whole frames at a time."""
        good: list[Cells] = []
        numbers: list[int] = []
        broken: list[Broken] = []
        self.left_out.clear()
        self.unnamed.count = self.unnamed.alike = 0
        with reading(self.path), _text(self.open) as text:
            lines = iter(lambda: text.readline(LINE_CHARS_MAX), "")
            for number, line in enumerate(lines, start=1):
                try:
                    rows = list(_rows(line.strip(), number, self))
                except _NO_FRAME as error:
                    broken.append(Broken(number, f"no frame: {error}", line.strip()[:RAW_MAX]))
                    continue
                good += rows
                numbers += [number] * len(rows)
                if len(good) >= BATCH_LEVELS:
                    yield _batch(columns, good, numbers, broken)
                    good, numbers, broken = [], [], []
        if good or broken:
            yield _batch(columns, good, numbers, broken)


def is_frames(line: str) -> bool:
    """Tell whether a file with this line near its start holds frames."""
    if _SENT.match(line) or _HEARD.match(line):
        return True
    try:
        frame = json.loads(line)
    except (ValueError, RecursionError):
        return False
    frame = frame[0] if isinstance(frame, list) and frame else frame
    if not isinstance(frame, dict):
        return False
    frame = _unwrapped(frame)
    return _is_upbit(frame) or _is_binance(frame)


def left_out(table: Table) -> dict[str, int]:
    """Return which frames of a file that was read were left out, and how many."""
    return dict(table.left_out) if isinstance(table, FramesTable) else {}


def check_named(table: Table) -> None:
    """Demand that a file that was read says of its books whether they are whole.

    Raises:
        CheckError: it does not, and they look as if they were.
    """
    if isinstance(table, FramesTable):
        table.unnamed.check(table.path)


def open_frames(path: Path, opener: Opener) -> FramesTable:
    """Open a file of frames."""
    shape = Shape(types=dict.fromkeys(COLUMNS, pa.string()))
    return FramesTable(path=path, open=opener, shape=shape)


def _text(opener: Opener) -> TextIO:
    return io.TextIOWrapper(opener(), encoding="utf-8-sig", errors="replace")


def _is_upbit(frame: Mapping[str, Any]) -> bool:
    return frame.get("ty", frame.get(TYPE)) in (TRADE, BOOK)


def _is_binance(frame: Mapping[str, Any]) -> bool:
    return {"lastUpdateId", "bids", "asks"} <= frame.keys() or {"U", "u", "b", "a"} <= frame.keys()


def _unwrapped(frame: dict[str, Any]) -> dict[str, Any]:
    """Return what a combined stream wraps; of books of few levels it alone tells the market.

    https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
    """
    stream, inner = frame.get(STREAM), frame.get("data")
    if not (isinstance(stream, str) and isinstance(inner, dict)):
        return frame
    outer = {RECV: frame[RECV]} if RECV in frame else {}
    symbol = inner.get("s", stream.partition("@")[0].upper())
    form = {FORM: WHOLE} if is_named(stream) else {STREAM: stream}
    return {"symbol": symbol} | outer | inner | form


def _other(frame: dict[str, Any]) -> str | None:
    """Return what a frame is that is neither a trade nor a market's own book."""
    if _is_binance(frame):
        return None
    frame = _long(frame)
    kind = _cell(frame.get(TYPE))
    level = _cell(frame.get("level")) or "0"
    if kind == BOOK and level.strip("0."):
        return "orderbook grouped by level"
    if kind in (TRADE, BOOK):
        return None
    return (kind or _cell(frame.get("e")) or "of no type")[:40]


def _rows(line: str, row: int, told: FramesTable) -> Iterator[Cells]:
    """Yield the rows of one line, the `row`-th; no two frames of a file get the same number.

    What has no rows, or might be something else than it says, is counted in `told`.

    Raises:
        one of _NO_FRAME: it is none.
    """
    if not line or _SENT.match(line):
        return
    recv_ns = None
    if heard := _HEARD.match(line):
        recv_ns = str(int(Decimal(heard[1]).scaleb(9)))
        line = line[heard.end() :]
    if line.startswith(("b'", 'b"')):
        line = ast.literal_eval(line).decode()
    frame = json.loads(line, parse_float=str, parse_int=str)
    ones = frame if isinstance(frame, list) else [frame]
    for number, one in enumerate(ones, start=row * LINE_CHARS_MAX):
        if not isinstance(one, dict):
            raise ValueError("neither an object nor a list of objects")
        one = _unwrapped(one)
        if (other := _other(one)) is not None:
            known_type = other in told.left_out or len(told.left_out) < TYPES_MAX
            told.left_out[other if known_type else "others"] += 1
            continue
        if _is_binance(one) and not {"lastUpdateId", FORM, STREAM} & one.keys():
            told.unnamed.add(one)
        known: Cells = {RECV: recv_ns, FRAME: str(number)}
        yield from _binance(one, known) if _is_binance(one) else _upbit(_long(one), known)


def _long(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return cells by their long names."""
    return {_SHORT.get(name, name): cell for name, cell in cells.items()}


def _upbit(frame: Mapping[str, Any], known: Cells) -> Iterator[Cells]:
    kind = _cell(frame.get(TYPE))
    known |= {TYPE: kind, CODE: _cell(frame.get(CODE))}
    if kind == TRADE:
        yield known | {
            name: _cell(frame[name])
            for name in (
                *("trade_timestamp", "trade_price", "trade_volume", "ask_bid", "sequential_id"),
            )
        }
    else:
        units = [_long(unit) for unit in frame["orderbook_units"]]
        levels = [
            (side, _cell(unit[f"{side}_price"]), _cell(unit[f"{side}_size"]))
            for side in ("bid", "ask")
            for unit in units
        ]
        yield from _levels(known | {"timestamp": _cell(frame["timestamp"])}, WHOLE, levels)


def _binance(frame: dict[str, Any], known: Cells) -> Iterator[Cells]:
    """Yield levels. https://developers.binance.com/docs/binance-spot-api-docs/rest-api."""
    known |= {TYPE: BOOK, CODE: frame.get("symbol", frame.get("s"))}
    known["timestamp"] = _cell(frame.get("T", frame.get("E")))
    known[RECV] = known[RECV] or _cell(frame.get(RECV))
    is_asked = "lastUpdateId" in frame
    is_whole = is_asked or frame.get(FORM) == WHOLE
    bids, asks = ("bids", "asks") if is_asked else ("b", "a")
    known |= {
        "update_id": _cell(frame["lastUpdateId"] if is_asked else frame["u"]),
        "first_id": None if is_whole else _cell(frame["U"]),
        "before_id": None if is_whole else _cell(frame.get("pu")),
    }
    levels = [
        (side, _cell(price), _cell(size))
        for side, name in (("bid", bids), ("ask", asks))
        for price, size in frame[name]
    ]
    yield from _levels(known, WHOLE if is_whole else "changes", levels)


def _levels(
    known: Cells, form: str, levels: Sequence[tuple[str, str | None, str | None]]
) -> Iterator[Cells]:
    known = known | {FORM: form}
    for side, price, size in levels:
        yield known | {"side": side, "price": price, "size": size}
    if not levels:
        yield known | {"side": "none", "price": "0", "size": "0"}


def _cell(value: Any) -> str | None:
    """Return a cell as it was written.

    Raises:
        ValueError: it is a list or an object.
    """
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{str(value)[:40]!r} is no cell")


def _batch(
    columns: Sequence[str], good: list[Cells], numbers: list[int], broken: list[Broken]
) -> Batch:
    cells = {name: pa.array([row.get(name) for row in good], pa.string()) for name in columns}
    batch = pa.RecordBatch.from_pydict(cells)
    return Batch(batch, np.array(numbers, np.int64), tuple(broken))
