"""One chunk of a tape: the rows of its span put together, and whose turn it is in both orders."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import BOOK, QUOTE, TRADE, TURN
from sigma_cli.domain.events import EventKind
from sigma_cli.kernels.chunk import KINDS, Chunk, fill_turns, merge
from sigma_cli.runtime.tape_feeds import Feed
from sigma_cli.runtime.tape_rows import Block, joined, picked

Carried = dict[tuple[EventKind, int], Block]
"""Rows that happened and have not arrived, by kind and market."""
_DTYPES: Final[dict[EventKind, Any]] = {
    EventKind.TRADE: TRADE,
    EventKind.QUOTE: QUOTE,
    EventKind.BOOK: BOOK,
}


@dataclass(frozen=True, slots=True)
class Stream:
    """The rows of one kind and market of a chunk: first those carried into it."""

    kind: EventKind
    market: int
    carried: int
    block: Block


@dataclass(frozen=True, slots=True)
class _Turns:
    """Rows of one stream in order of time, as `fill_turns` takes them."""

    ts_ns: NDArray[np.int64]
    row: NDArray[np.int64]


def taken(feeds: Sequence[Feed], carried: Carried, before_ns: int) -> list[Stream]:
    """Take what happened before a time: by kind, and within a kind by market."""
    streams = []
    for kind in KINDS:
        for feed in feeds:
            if kind not in feed.kinds:
                continue
            blocks = feed.take(feed.kinds.index(kind), before_ns)
            old = carried.get((kind, feed.market))
            parts = blocks if old is None else [old, *blocks]
            whole = Block(
                joined([part.rows for part in parts], _DTYPES[kind]),
                np.concatenate([np.empty(0, np.int64), *(part.venue_ns for part in parts)]),
                np.concatenate([np.empty(0, np.bool_), *(part.is_gap for part in parts)]),
            )
            streams.append(Stream(kind, feed.market, 0 if old is None else len(old.rows), whole))
    return streams


def all_arrived_ns(streams: Sequence[Stream], end_ns: int) -> int:
    """Return `end_ns`, or when the last row has arrived."""
    arrivals = [int(s.block.rows["recv_ts_ns"].max()) for s in streams if len(s.block.rows)]
    return max([end_ns, *(last_ns + 1 for last_ns in arrivals)])


def build(streams: Sequence[Stream], start_ns: int, end_ns: int) -> tuple[Chunk, Carried]:
    """Return the chunk of a span, and what arrives later than it ends."""
    venue, desk, carried = [], [], {}
    for stream, first in zip(streams, _first_rows(streams), strict=True):
        block, new = stream.block, stream.carried
        numbers = np.arange(first, first + len(block.rows))
        venue.append(_Turns(block.venue_ns[new:], numbers[new:]))
        recv_ns = np.ascontiguousarray(block.rows["recv_ts_ns"])
        order = _order(recv_ns)
        arrived_ns = recv_ns if order is None else recv_ns[order]
        arrived = numbers if order is None else numbers[order]
        count = int(np.searchsorted(arrived_ns, end_ns))
        desk.append(_Turns(arrived_ns[:count], arrived[:count]))
        if count < len(recv_ns):
            late = np.sort(arrived[count:]) - first
            columns = (picked(block.rows, late), block.venue_ns[late], block.is_gap[late])
            carried[stream.kind, stream.market] = Block(*columns)
    rows = {
        kind: joined([s.block.rows for s in streams if s.kind is kind], _DTYPES[kind])
        for kind in KINDS
    }
    is_gap = [s.block.is_gap for s in streams if s.kind is EventKind.BOOK]
    gaps = np.concatenate([np.empty(0, np.bool_), *is_gap])
    chunk = Chunk(
        trades=rows[EventKind.TRADE],
        quotes=rows[EventKind.QUOTE],
        books=rows[EventKind.BOOK],
        venue_turns=_merged(streams, venue, gaps),
        desk_turns=_merged(streams, desk, gaps),
        start_ns=start_ns,
        end_ns=end_ns,
    )
    return chunk, carried


def while_recorded(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Yield chunks from the first row to the last one: a period may be far longer.

    Gaps after the last row are left out: that nothing more is said at the end is no news.
    """
    held: list[Chunk] = []
    is_first = True
    for chunk in chunks:
        if _told(chunk.venue_turns) or _told(chunk.desk_turns):
            yield from held
            held = []
        start_ns = min(_times(chunk, 0), default=chunk.start_ns) if is_first else chunk.start_ns
        held.append(chunk._replace(start_ns=max(start_ns, chunk.start_ns)))
        is_first = False
    for last in held[:1]:
        venue, desk = (turns[: _told(turns)] for turns in (last.venue_turns, last.desk_turns))
        cut = last._replace(venue_turns=venue, desk_turns=desk)
        yield cut._replace(end_ns=max(_times(cut, -1), default=cut.start_ns) + 1)


def _told(turns: Records) -> int:
    """Return how many turns there are up to the last one that is no gap."""
    count = len(turns)
    while count and turns[count - 1]["kind"] == EventKind.GAP:
        count -= 1
    return count


def _times(chunk: Chunk, at: int) -> list[int]:
    orders = (chunk.venue_turns, chunk.desk_turns)
    return [int(turns["ts_ns"][at]) for turns in orders if len(turns)]


def _first_rows(streams: Sequence[Stream]) -> list[int]:
    """Return where the rows of each stream begin among those of its kind."""
    ends = dict.fromkeys(KINDS, 0)
    found = []
    for stream in streams:
        found.append(ends[stream.kind])
        ends[stream.kind] += len(stream.block.rows)
    return found


def _order(ts_ns: NDArray[np.int64]) -> NDArray[np.intp] | None:
    """Return what sorts times; None: they are in order."""
    if (ts_ns[1:] >= ts_ns[:-1]).all():
        return None
    return np.argsort(ts_ns, kind="stable")


def _merged(
    streams: Sequence[Stream], turns: Sequence[_Turns], is_gap: NDArray[np.bool_]
) -> Records:
    full = [pair for pair in zip(streams, turns, strict=True) if len(pair[1].ts_ns)]
    starts = np.cumsum([0, *(len(own.ts_ns) for _, own in full)])
    made = np.empty(starts[-1], TURN)
    for (stream, own), first in zip(full, starts[:-1], strict=True):
        place = made[first : first + len(own.ts_ns)]
        fill_turns(place, own.ts_ns, own.row, (int(stream.kind), stream.market), is_gap)
    return merge(made, np.empty_like(made), starts)
