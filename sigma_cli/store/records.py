"""What the catalogue says: markets, series, parts, sources. Plain records without behaviour."""

from dataclasses import dataclass
from enum import StrEnum


class Identity(StrEnum):
    """What tells two rows of a series apart, for the life of the series."""

    TIME = "time"
    TRADE_ID = "trade id"
    AGGREGATE_ID = "aggregate trade id"
    """The venue numbers what one order took at one price, which is one or several trades."""
    UNIQUE_ID = "unique id"
    """A number that no other trade has, but that does not count them."""
    UPDATE_ID = "update id"
    """The venue numbers the updates of a book; a message has the number of its last one."""
    ORDER = "order"
    """No number. Trades: time, price, size, side, and the how-manieth of its like. Quotes, books:
    time and content."""


@dataclass(frozen=True, slots=True)
class StoredInstrument:
    """What the lake knows of a market for life: how it counts, and whether it ever closes."""

    venue: str
    market: str
    price_exp: int
    size_exp: int
    always_open: bool


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """One kind of data of one market, from one sort of origin."""

    id: int
    venue: str
    market: str
    kind: str
    synthetic: bool
    identity: Identity


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable file: the rows of one series in one period. `file` is relative to the store."""

    period: str
    file: str
    sha256: str
    rows: int
    first_ts_ns: int
    last_ts_ns: int
    gaps: int
    missing: int
    id_min: int | None = None
    """The least of the venue's numbers, where rows have any."""
    id_max: int | None = None


@dataclass(frozen=True, slots=True)
class CurrentPart:
    """A part that readers see, and the generation by which a swap knows it."""

    generation: int
    part: Part


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A file that fed a series, and the span of time its rows cover."""

    name: str
    sha256: str
    layout: str
    first_ts_ns: int
    last_ts_ns: int


class NoteKind(StrEnum):
    """What a note is about."""

    UNADJUSTED_SPLIT = "unadjusted split"
    ADJUSTED_SPLIT = "adjusted split"
    JUMP = "jump"
    WICK = "wick"
    OFF_TICK = "off tick"
    SAME_TIME = "same time"
    SAME_ID = "same number"
    DISORDER = "disorder"
    ROUNDED = "rounded"
    FORMAT = "format"
    CLOCK = "clock"
    LOCKED = "locked"
    SPREAD = "spread"
    PADDED = "padded"
    SEQUENCE = "sequence"


@dataclass(frozen=True, slots=True)
class StoredNote:
    """Something worth a look that a source brought into a series."""

    kind: NoteKind
    ts_ns: int
    """When; 0: it is about the source as a whole."""
    text: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the catalogue says at one moment; parts and sources by the id of their series."""

    instruments: tuple[StoredInstrument, ...]
    series: tuple[StoredSeries, ...]
    parts: dict[int, list[Part]]
    sources: dict[int, list[StoredSource]]
