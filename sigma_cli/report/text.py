"""Numbers and times as people read them. A number that is undefined is a dash, never 0."""

import math
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Final

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S
from sigma_cli.report.inputs import UTC as UTC_ZONE
from sigma_cli.report.inputs import Zone

UNDEFINED: Final = "\N{EN DASH}"
_MINUS: Final = "\N{MINUS SIGN}"
_NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
_WHOLE_CURRENCIES: Final = frozenset({"KRW", "JPY"})
_TAG: Final = re.compile(r"<[^<>]*>")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def number(value: float, decimals: int = 0, *, signed: bool = False) -> str:
    """Return `value` with thousands separators: 1,234.50."""
    if not math.isfinite(value):
        return UNDEFINED
    if round(value, decimals) == 0:
        value = 0.0  # no minus before a zero
    text = f"{value:{'+' if signed and value else ''},.{decimals}f}"
    return text.replace("-", _MINUS)


def percent(value: float, decimals: int = 2, *, signed: bool = False) -> str:
    """Return the fraction `value` in percent: 0.123 as 12.30 %."""
    text = number(100 * value, decimals, signed=signed)
    return text if text == UNDEFINED else f"{text}{_NARROW}%"


def amount(value: float, currency: str, *, signed: bool = False) -> str:
    """Return an amount in the digits its currency has."""
    return number(value, 0 if currency in _WHOLE_CURRENCIES else 2, signed=signed)


def money(value: float, currency: str, *, signed: bool = False) -> str:
    """Return an amount with its currency."""
    text = amount(value, currency, signed=signed)
    return text if text == UNDEFINED else f"{text}{_NARROW}{currency}"


def price(value: float, digits: int = 8) -> str:
    """Return a price without trailing zeros, to so many significant digits or the whole units."""
    if not math.isfinite(value):
        return UNDEFINED
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    text = number(value, max(0, digits - whole))
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment(ts_ns: int, zone: Zone, *, seconds: bool = False) -> str:
    """Return a time to the minute on the clock of `zone`, which the caller names once."""
    at = _EPOCH + timedelta(microseconds=(ts_ns + zone.offset_ns) // 1000)
    return f"{at:%Y-%m-%d %H:%M:%S}" if seconds else f"{at:%Y-%m-%d %H:%M}"


def day(ts_ns: int) -> str:
    """Return the UTC date of a time: periods are made of UTC days."""
    return moment(ts_ns, UTC_ZONE)[:10]


def span(duration_ns: int) -> str:
    """Return a length of time in the unit that suits it: 3.5 hours."""
    for unit_ns, name in (
        (365.25 * NS_PER_DAY, "years"),
        (NS_PER_DAY, "days"),
        (NS_PER_HOUR, "hours"),
        (NS_PER_MINUTE, "minutes"),
    ):
        if duration_ns >= 2 * unit_ns:
            count = duration_ns / unit_ns
            return f"{number(count, int(count < 10)).removesuffix('.0')} {name}"
    return f"{number(duration_ns / NS_PER_S)} seconds"


def plain(said: str) -> str:
    """Return text without the tags that it was given for the page."""
    return typed(unescape(_TAG.sub("", said)))


def typed(said: str) -> str:
    """Return text with ordinary spaces: for terminals and programs, not for typesetting."""
    return said.replace(_NARROW, " ")


def counted(n: int, one: str, many: str = "") -> str:
    """Return a count with its noun: 1 trade, 2 trades."""
    return f"{number(n)} {one if n == 1 else many or one + 's'}"
