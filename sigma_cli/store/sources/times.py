"""From whatever a file calls a time to nanoseconds since 1970 UTC. Reads no clock.

Without a zone of its own a time is in the zone given. Whole numbers tell their unit by their size
(1973 to 5138 in any unit), unless one is given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MS, NS_PER_S
from sigma_cli.errors import UsageError
from sigma_cli.store.sources.numbers import Floats
from sigma_cli.store.sources.tables import ArrowArray

Unit = Literal["s", "ms", "us", "ns"]
UNIT_NS: Final[dict[str, int]] = {"s": NS_PER_S, "ms": NS_PER_MS, "us": 1_000, "ns": 1}
_UNIT_BOUNDS: Final = ((10**11, "s"), (10**14, "ms"), (10**17, "us"))
"""A count below the bound is in that unit: 10^11 s is the year 5138, 10^11 ms is 1973."""

_FORMATS: Final = ("%Y%m%d %H:%M:%S", "%Y%m%d %H:%M", "%Y%m%d", "%Y-%m-%dT%H:%M", "%Y/%m/%d")
"""Texts that are times but not ISO 8601 as Arrow reads it."""


@dataclass(frozen=True, slots=True)
class Times:
    """Nanoseconds since 1970 UTC, and which of them could be read at all."""

    ns: NDArray[np.int64]
    ok: NDArray[np.bool_]


def read_times(column: ArrowArray, zone: str, unit: Unit | None) -> Times:
    """Read a column of times of any type."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        column = _text(column)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _from_text(column, zone, unit)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return _from_counts(column, unit)
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    if pa.types.is_timestamp(column.type):
        return _from_stamps(column, zone)
    nothing = np.zeros(len(column), np.int64)
    return Times(nothing, nothing.astype(np.bool_))


def on_clock(dates: Times, clock_ms: Floats, zone: str) -> Times:
    """Read times that are a date and milliseconds since midnight in `zone`."""
    fine = np.isfinite(clock_ms)
    since_midnight = np.where(fine, clock_ms, 0).astype(np.int64) * NS_PER_MS
    walls = pa.array(dates.ns + since_midnight, pa.timestamp("ns"))
    times = read_times(walls, zone, None)
    return Times(times.ns, times.ok & dates.ok & fine)


def check_zone(zone: str) -> None:
    """Refuse a time zone that this machine does not know.

    Raises:
        UsageError: there is no such zone.
    """
    try:
        pc.assume_timezone(_stamps(np.zeros(1, np.int64)), zone)
    except (pa.ArrowException, ValueError) as error:
        raise UsageError(
            f"no time zone named {zone!r}", where="--tz", fix="write it as America/New_York or UTC"
        ) from error


def local_midnights(ns: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Move times that are midnight in `zone` to 00:00 UTC of the same date; leave the others.

    A daily candle belongs to a date. Named by 00:00 UTC it closes at 24:00 UTC, which is after
    the session of that date has ended in every market between Tokyo and New York.
    """
    if zone == "UTC":
        return ns
    local = pc.local_timestamp(_stamps(ns, zone))
    local_ns = _as_ns(local)
    return np.where(local_ns % NS_PER_DAY == 0, local_ns, ns)


def _from_stamps(column: ArrowArray, zone: str) -> Times:
    stamps = _from_counts(column.cast(pa.int64()), column.type.unit)
    if column.type.tz is not None or zone == "UTC":
        return stamps
    return _in_zone(stamps, zone)


def _in_zone(walls: Times, zone: str) -> Times:
    """Read times of a clock on the wall; an hour that the clock skipped can't be read."""
    known = pc.assume_timezone(
        _stamps(walls.ns), zone, ambiguous="earliest", nonexistent="earliest"
    )
    skipped = _as_ns(pc.local_timestamp(known)) != walls.ns
    return Times(_as_ns(known), walls.ok & ~skipped)


def _from_counts(column: ArrowArray, unit: Unit | None) -> Times:
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    counts = column.fill_null(0).to_numpy(zero_copy_only=False)
    if not np.issubdtype(counts.dtype, np.integer):
        valid &= np.isfinite(counts) & (np.abs(counts) < 2.0**62)
        counts = np.where(valid, counts, 0).astype(np.int64)
    ns = counts.astype(np.int64)
    if unit is not None:
        factor = np.full(len(ns), UNIT_NS[unit], np.int64)
    else:
        size = np.abs(ns)
        factor = np.select(
            [size < bound for bound, _ in _UNIT_BOUNDS],
            [UNIT_NS[name] for _, name in _UNIT_BOUNDS],
            default=1,
        ).astype(np.int64)
    fits = np.abs(ns) <= (2**63 - 1) // factor
    return Times(np.where(fits, ns * np.where(fits, factor, 1), 0), valid & fits)


def _from_text(column: ArrowArray, zone: str, unit: Unit | None) -> Times:
    """Read a column in the way that reads its first value; row by row if that fails further on."""
    column = pc.utf8_trim_whitespace(column)
    filled = column.drop_null()
    if len(filled) == 0:
        return Times(np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_))
    for read in _readings(zone, unit):
        try:
            read(filled[:1])
        except (pa.ArrowException, ValueError):
            continue
        return _row_by_row(column, read)
    return Times(np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_))


Reading = Callable[[ArrowArray], Times]


def _readings(zone: str, unit: Unit | None) -> list[Reading]:
    """Return the ways to read text, the first that fits a value wins. Each may raise."""

    def as_counts(column: ArrowArray) -> Times:
        digits = pc.utf8_length(column)
        if unit is None and pc.all(pc.equal(digits, pa.scalar(8))).as_py():
            raise ValueError("eight digits are a date")
        try:
            return _from_counts(column.cast(pa.int64()), unit)
        except pa.ArrowException:
            return _from_counts(column.cast(pa.float64()), unit)

    def as_local(column: ArrowArray) -> Times:
        return _from_stamps(column.cast(pa.timestamp("ns")), zone)

    def as_zoned(column: ArrowArray) -> Times:
        return _from_stamps(column.cast(pa.timestamp("ns", "UTC")), zone)

    def as_format(pattern: str) -> Reading:
        return lambda column: _from_stamps(pc.strptime(column, pattern, "ns"), zone)

    return [as_counts, as_local, as_zoned, *(as_format(pattern) for pattern in _FORMATS)]


def _row_by_row(column: ArrowArray, read: Reading) -> Times:
    """Apply `read` to the whole column, or to halves of it until the bad rows are alone."""
    try:
        return read(column)
    except (pa.ArrowException, ValueError):
        if len(column) == 1:
            return Times(np.zeros(1, np.int64), np.zeros(1, np.bool_))
    middle = len(column) // 2
    left, right = _row_by_row(column[:middle], read), _row_by_row(column[middle:], read)
    return Times(np.concatenate([left.ns, right.ns]), np.concatenate([left.ok, right.ok]))


def _text(column: ArrowArray) -> ArrowArray:
    """Return bytes as text; what is no text becomes null."""
    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        return pa.array([_decoded(cell) for cell in column.to_pylist()], pa.string())


def _decoded(cell: bytes | None) -> str | None:
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return None


def _stamps(ns: NDArray[np.int64], zone: str | None = None) -> ArrowArray:
    return pa.array(ns, pa.timestamp("ns", zone))


def _as_ns(column: ArrowArray) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = column.cast(pa.int64()).to_numpy()
    return numbers
