"""Where a time axis is labelled: at hours, days or months that a person would choose."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S
from sigma_cli.report.inputs import Zone

_MINUTES: Final = tuple(n * NS_PER_MINUTE for n in (1, 5, 10, 30))
_HOURS: Final = tuple(n * NS_PER_HOUR for n in (1, 2, 3, 6, 12))
_DAYS: Final = tuple(n * NS_PER_DAY for n in (1, 2, 4, 7, 14))
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def time_ticks(start_ns: int, end_ns: int, zone: Zone, most: int) -> list[tuple[int, str]]:
    """Return at most `most` (time, label) pairs inside `start_ns`..`end_ns`, in order."""
    span_ns = end_ns - start_ns
    for step_ns in _MINUTES + _HOURS + _DAYS:
        if span_ns < step_ns * most:
            return _regular(start_ns, end_ns, zone, step_ns)
    return _monthly(start_ns, end_ns, zone, most)


def _regular(start_ns: int, end_ns: int, zone: Zone, step_ns: int) -> list[tuple[int, str]]:
    local_ns = -(-(start_ns + zone.offset_ns) // step_ns) * step_ns
    found = []
    while local_ns <= end_ns + zone.offset_ns:
        at = _EPOCH + timedelta(seconds=local_ns // NS_PER_S)
        midnight = local_ns % NS_PER_DAY == 0
        found.append(
            (local_ns - zone.offset_ns, f"{at.day} {at:%b}" if midnight else f"{at:%H:%M}")
        )
        local_ns += step_ns
    return found


def _monthly(start_ns: int, end_ns: int, zone: Zone, most: int) -> list[tuple[int, str]]:
    first = _EPOCH + timedelta(seconds=(start_ns + zone.offset_ns) // NS_PER_S)
    last = _EPOCH + timedelta(seconds=(end_ns + zone.offset_ns) // NS_PER_S)
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((n for n in _MONTHS if months <= n * most - n), _MONTHS[-1])
    found = []
    for month in range(first.year * 12, last.year * 12 + last.month, step):
        at = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
        ts_ns = int((at - _EPOCH) / timedelta(seconds=1)) * NS_PER_S - zone.offset_ns
        if start_ns <= ts_ns <= end_ns:
            found.append((ts_ns, f"{at:%Y}" if step >= 12 else f"{at:%b %Y}"))
    return found
