"""Times as the venue writes them: days begin at 00:00 UTC, Korea is nine hours ahead."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_S

KST: Final = timezone(timedelta(hours=9))
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):?([0-5][0-9]):?([0-5][0-9])")


@lru_cache(maxsize=4_096)
def moment(second: int) -> str:
    """Return a second as `2026-01-02T03:04:05` in UTC."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=4_096)
def moment_kst(second: int) -> str:
    """Return a second as `2026-01-02T12:04:05` in Korea, without a zone."""
    return datetime.fromtimestamp(second, KST).strftime("%Y-%m-%dT%H:%M:%S")


def ns_of(text: str) -> int | None:
    """Return the time that `2026-01-02T03:04:05Z` means; without a zone it is UTC; None: none.

    A blank for the T, fractions and other zones are taken too.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        since = zoned - datetime.fromtimestamp(0, UTC)
    except OverflowError:
        return None
    whole_s = since.days * 86_400 + since.seconds
    return whole_s * NS_PER_S + since.microseconds * 1_000


def ns_of_day(text: str) -> int | None:
    """Return the nanoseconds from midnight to `030405` or `03:04:05`; None: it is no time."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = map(int, found.groups())
    return (hours * 3_600 + minutes * 60 + seconds) * NS_PER_S


def day_start(ts_ns: int) -> int:
    """Return 00:00 UTC of the day of `ts_ns`."""
    return ts_ns - ts_ns % NS_PER_DAY
