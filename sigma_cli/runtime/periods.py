"""Periods as people type them: `2025-09-01..2025-09-21`, `2025-09`, `2025-W36`, `30d`, `all`.

Days are UTC, as Upbit's and Binance's are, and both ends of `..` are included. `30d` and `all` are
relative to what is stored, so that they mean something on data that ended years ago.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_S
from sigma_cli.errors import UsageError

EXAMPLES: Final = "2025-09-01..2025-09-21, 2025-09-01, 2025-09, 2025-W36, 2025, 30d, 12h or all"

_LAST: Final = re.compile(r"(\d{1,6})([dh])")
_UNITS_NS: Final = {"d": NS_PER_DAY, "h": NS_PER_HOUR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start_ns`, included, to `end_ns`, excluded. `text` says it so that it can be typed."""

    start_ns: int
    end_ns: int
    text: str


def parse(text: str, first_ns: int, end_ns: int) -> Period:
    """Return what `text` means where stored data begin at `first_ns` and end before `end_ns`.

    Raises:
        UsageError: not a period, or one that ends before it begins.
    """
    if text == "all":
        return _spelled(first_ns, end_ns)
    last = _LAST.fullmatch(text)
    if last:
        length_ns = int(last[1]) * _UNITS_NS[last[2]]
        if length_ns == 0:
            raise _not_a_period(text)
        return _spelled(max(first_ns, end_ns - length_ns), end_ns)
    start, separator, end = text.partition("..")
    first_start, first_end = _span(start, text)
    if not separator:
        return Period(start_ns=first_start, end_ns=first_end, text=text)
    _, last_end = _span(end, text)
    if last_end <= first_start:
        raise UsageError(
            f"the period {text} ends before it begins",
            where="--period",
            fix=f"write the earlier day first: {end}..{start}",
        )
    return Period(start_ns=first_start, end_ns=last_end, text=text)


def _spelled(start_ns: int, end_ns: int) -> Period:
    """Return a period with a text that will mean the same when more data are stored."""
    ends = [datetime.fromtimestamp(ns // NS_PER_S, UTC) for ns in (start_ns, end_ns - 1)]
    text = "..".join(f"{end:%Y-%m-%dT%H:%M}" for end in ends)
    return Period(start_ns=start_ns, end_ns=end_ns, text=text)


def _span(word: str, whole: str) -> tuple[int, int]:
    """Return the start of a year, month, week, day or minute, and of the one after it."""
    try:
        start, end = _interval(word)
    except (ValueError, OverflowError) as error:
        raise _not_a_period(whole) from error
    return _ns(start), _ns(end)


def _interval(word: str) -> tuple[datetime, datetime]:
    week = re.fullmatch(r"(\d{4})-W(\d{2})", word)
    if week:
        monday = _midnight(date.fromisocalendar(int(week[1]), int(week[2]), 1))
        return monday, monday + timedelta(days=7)
    if re.fullmatch(r"\d{4}", word):
        return _midnight(date(int(word), 1, 1)), _midnight(date(int(word) + 1, 1, 1))
    if re.fullmatch(r"\d{4}-\d{2}", word):
        first = date(int(word[:4]), int(word[5:]), 1)
        return _midnight(first), _midnight((first + timedelta(days=31)).replace(day=1))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
        day = _midnight(date.fromisoformat(word))
        return day, day + timedelta(days=1)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", word):
        minute = datetime.fromisoformat(word).replace(tzinfo=UTC)
        return minute, minute + timedelta(minutes=1)
    raise ValueError(word)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * NS_PER_S


def _not_a_period(text: str) -> UsageError:
    return UsageError(f"{text!r} is not a period", where="--period", fix=f"write {EXAMPLES}")
