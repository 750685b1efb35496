"""`sigma data features`: compute the features of a market and keep their rows in the lake.

Rows are computed as a desk would have known them: from what had arrived by then, in the order of
arrival, and are the same whatever period is asked for (`feature_spans.py`). They are derived: the
same code with the same settings adds nothing the second time, and rows of other code are removed
before, which is said. Holds a chunk of the tape and an hour of rows.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.features import Column
from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.kernels.features import chunks, market
from sigma_cli.kernels.jit import CODE_HASH
from sigma_cli.runtime import (
    feature_bounds,
    feature_days,
    feature_spans,
    periods,
    rulebooks,
    tick_world,
)
from sigma_cli.runtime.feature_columns import ColumnLine, Seen
from sigma_cli.runtime.feature_spans import KINDS, Span
from sigma_cli.runtime.periods import Period
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.tape import Tape, open_tape
from sigma_cli.runtime.tape_chunks import while_recorded
from sigma_cli.runtime.tape_clocks import FeedLatency
from sigma_cli.settings import Settings
from sigma_cli.store.feature_rows import BOUNDS, FeatureRows
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.listing import Series
from sigma_cli.store.trade_rows import KIND as TRADES

ROWS_MAX: Final = 3_600
"""Rows held before they are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for."""

    market: str
    period: str
    every: Literal["1s", "1m"] = "1s"
    venue: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLine:
    """What a month was computed from: what it holds, and what warms it up."""

    month: str
    events: int
    unheard: int
    """Events whose arrival was modelled."""
    offset_ns: int | None
    """By how much our clock was corrected; None: nothing said."""
    latency_ns: tuple[int, ...]
    """The recorded latency of the feed, at tape_clocks.QUANTILES; empty: none is recorded."""
    gaps: int
    """How often the book was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """What was computed, and what became of it."""

    venue: str
    market: str
    every: str
    period: str
    code: str
    """The first digits of what names code and settings."""
    rows: int
    added: int
    replaced: int
    """Rows of the same code that were there with other values: more data are stored by now."""
    already_there: int
    removed: int
    """Rows of other code or settings."""
    bounds: int
    """Days for which bounds were computed from the rows of the days before."""
    months: tuple[MonthLine, ...]
    columns: tuple[ColumnLine, ...]


def compute(request: Request, store: Path, settings: Settings, progress: Progress) -> Computed:
    """Compute the rows of a market over a period and store them.

    Raises:
        UsageError: the market is not stored, or not in the period.
        OutsideError: a file of the lake is missing or damaged; or the disk is full.
    """
    lake = Lake(store)
    found = _stored(lake, request)
    latency = tick_world.feed_latency(settings.latency)
    period = periods.parse(
        request.period, min(s.first_ts_ns for s in found), max(s.last_ts_ns for s in found) + 1
    )
    name = (found[0].venue, found[0].market)
    kinds = feature_spans.kinds_between(lake, name, period)
    if TRADES not in kinds:
        raise _no_trades(found, period)
    instrument = rulebooks.find(name[0]).instrument(name[1], found[0].price_exp, found[0].size_exp)
    kept = _Kept(lake, found[0], request.every, _source(request.every, latency, found[0]), progress)
    seen = Seen()
    months, day_volume_u = [], 0
    for span in feature_spans.spans(lake, name, period):
        changes = feature_days.changes(lake, instrument, span.tape)
        tape = open_tape(lake, [name], span.tape, span.fidelity, latency)
        progress.begin(f"computing features of {name[1]}, {span.month}", sum(tape.rows), "events")
        every_ns = INTERVALS_NS[request.every]
        for times, rows in rows_of_tape(tape, changes, every_ns, progress.advance):
            asked = slice(*np.searchsorted(times, span.rows_ns))
            if len(times[asked]):
                seen.take(times[asked], rows[asked])
                kept.take(times[asked], rows[asked])
        progress.end()
        months.append(_month(span, tape))
        told = changes["day_volume_u"][changes["ts_ns"] < span.rows_ns[1]]
        day_volume_u = max(day_volume_u, int(told.max()))
    days_ns = feature_bounds.days_told(lake, name, request.every, period)
    bounds = feature_bounds.keep_bounds(lake, name, request.every, days_ns, kept.source)
    return Computed(
        venue=name[0],
        market=name[1],
        every=request.every,
        period=period.text,
        code=kept.source.sha256[:12],
        rows=seen.rows,
        added=kept.added,
        replaced=kept.replaced,
        already_there=seen.rows - kept.added - kept.replaced,
        removed=kept.removed,
        bounds=bounds,
        months=tuple(months),
        columns=seen.lines(set(kinds), day_volume_u),
    )


def _month(span: Span, tape: Tape) -> MonthLine:
    (notes,) = tape.notes.markets
    return MonthLine(
        month=span.month,
        events=sum(tape.rows),
        unheard=notes.unheard,
        offset_ns=notes.offset_ns,
        latency_ns=notes.quantiles_ns,
        gaps=notes.gaps,
    )


def _stored(lake: Lake, request: Request) -> list[Series]:
    """Return the trades, quotes and books of the market."""
    ticks = [one for one in lake.series() if one.kind in KINDS]
    found = [
        one for one in ticks if one.market == request.market and request.venue in (None, one.venue)
    ]
    venues = sorted({one.venue for one in found})
    if len(venues) > 1:
        raise UsageError(
            f"{request.market} is stored at {' and '.join(venues)}",
            fix=f"say which: --venue {venues[0]}",
        )
    if not any(one.kind == TRADES for one in found):
        names = sorted({one.market for one in ticks})
        raise UsageError(
            f"no trades of {request.market} are stored{did_you_mean(request.market, names)}",
            where=f"with trades, quotes or books: {', '.join(names) or 'none'}",
            fix="`sigma ingest files PATH... --kind trades`; `sigma data` lists what is stored",
        )
    return sorted(found, key=lambda one: KINDS.index(one.kind))


def _no_trades(found: Sequence[Series], period: Period) -> UsageError:
    spans = [
        f"{one.kind} {periods.parse('all', one.first_ts_ns, one.last_ts_ns + 1).text}"
        for one in found
    ]
    return UsageError(
        f"no trades of {found[0].venue} {found[0].market} lie in {period.text}",
        where=f"stored: {', '.join(spans)}",
        fix="choose another period, or ingest them (`sigma ingest files --kind trades`)",
    )


def _source(every: str, latency: FeedLatency, series: Series) -> Source:
    """Return what rows are told apart by: the code that computes them, and its settings."""
    code = hashlib.sha256(f"{CODE_HASH} {every} {latency}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.name.startswith(("tape", "feature")):
            code.update(path.read_bytes())
    sha256 = code.hexdigest()
    return Source(
        name=f"code {sha256[:12]}", sha256=sha256, layout="features", synthetic=series.synthetic
    )


def rows_of_tape(
    tape: Tape,
    changes: Records,
    every_ns: int,
    advance: Callable[[int], None] = lambda _events: None,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Yield times and rows of one market, at most ROWS_MAX at once, valid until the next.

    `changes` are CHANGE in order of time, the first before all rows; `advance` hears how many
    events were read.
    """
    state, reader = _begun(changes, every_ns)
    out = np.empty((ROWS_MAX, len(Column)))
    for chunk in while_recorded(tape):
        reader["turn"] = 0
        while reader[0].turn < len(chunk.desk_turns):
            next_ns = int(reader[0].next_ns)
            count = chunks.read(state, chunk, changes, reader, out)
            first_ns = next_ns or int(reader[0].next_ns) - count * every_ns
            if count:
                yield first_ns + np.arange(count) * every_ns, out[:count]
            if reader[0].is_silent:
                turn = int(reader[0].turn)
                state, reader = _begun(changes, every_ns)
                reader["turn"] = turn
        advance(len(chunk.desk_turns))


def _begun(changes: Records, every_ns: int) -> tuple[Records, Records]:
    """Return FEATURES [1] of a market that knows nothing, and READER [1] at its beginning."""
    reader = np.zeros(1, chunks.READER)
    reader["every_ns"] = every_ns
    return market.begin(changes[:1]["rules"], 0, makes_bars=True), reader


class _Kept:
    """Rows on their way into the lake."""

    def __init__(
        self, lake: Lake, series: Series, every: str, source: Source, progress: Progress
    ) -> None:
        self.source = source
        self.added = self.replaced = self.removed = 0
        self._lake = lake
        self._name = (series.venue, series.market)
        self._kind = FeatureRows(every)
        self._progress = progress

    def _series(self) -> Series | None:
        name = (*self._name, self._kind.name)
        found = (one for one in self._lake.series() if (one.venue, one.market, one.kind) == name)
        return next(found, None)

    def _remove_others(self) -> None:
        """Remove rows that other code, or the same with other settings, has computed."""
        kinds = {self._kind.name, FeatureRows(self._kind.every, BOUNDS).name}
        for there in self._lake.series():
            is_ours = (there.venue, there.market) == self._name and there.kind in kinds
            if not is_ours or there.sources == (self.source.name,):
                continue
            self.removed += there.rows
            span = periods.parse("all", there.first_ts_ns, there.last_ts_ns + 1).text
            self._progress.note(
                f"removed {there.rows:,} rows of {there.kind} of {there.market} ({span}), computed"
                f" by {', '.join(there.sources)}; now it is {self.source.name}"
            )
            self._lake.remove([there])

    def take(self, times: NDArray[np.int64], rows: NDArray[np.float64]) -> None:
        """Store rows of some marks."""
        if not self.added + self.replaced:
            self._remove_others()
        names = [column.name.lower() for column in Column]
        columns: dict[str, Any] = {name: rows[:, k].copy() for k, name in enumerate(names)}
        before = self._series()
        merged = self._lake.merge_features(
            *self._name, {"ts_ns": times, **columns}, self.source, self._kind
        )
        after = self._series()
        assert after is not None, "rows were merged"
        new = after.rows - (0 if before is None else before.rows)
        self.added += new
        self.replaced += merged.added - new
