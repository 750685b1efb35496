"""Numbers and times as people read them."""

import math

import pytest

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S
from sigma_cli.report import text
from sigma_cli.report.inputs import KST, UTC

NARROW = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "said"),
    [
        (1234567.891, 2, False, "1,234,567.89"),
        (-0.004, 2, True, "0.00"),
        (5, 0, True, "+5"),
        (-5, 0, False, "−5"),  # noqa: RUF001 - a true minus sign is what the page shows
        (math.nan, 2, False, "–"),  # noqa: RUF001 - a dash stands for undefined
        (math.inf, 2, False, "–"),  # noqa: RUF001 - a dash stands for undefined
    ],
)
def test_number(value: float, decimals: int, signed: bool, said: str) -> None:
    assert text.number(value, decimals, signed=signed) == said


def test_percent_and_money() -> None:
    assert text.percent(0.12345) == f"12.35{NARROW}%"
    assert text.percent(math.nan) == text.UNDEFINED
    assert text.money(1234.5, "KRW") == f"1,234{NARROW}KRW"
    assert text.money(1234.5, "USD", signed=True) == f"+1,234.50{NARROW}USD"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (150_803_000.0, "150,803,000"),
        (3868.0, "3,868"),
        (297.5, "297.5"),
        (0.00001234, "0.00001234"),
        (100.0, "100"),
        (math.nan, "\N{EN DASH}"),
    ],
)
def test_price(value: float, said: str) -> None:
    assert text.price(value) == said


def test_times_on_two_clocks() -> None:
    ts_ns = 1_756_684_800 * NS_PER_S
    assert text.moment(ts_ns, UTC) == "2025-09-01 00:00"
    assert text.moment(ts_ns, KST, seconds=True) == "2025-09-01 09:00:00"
    assert text.day(ts_ns - 1) == "2025-08-31"


@pytest.mark.parametrize(
    ("duration_ns", "said"),
    [
        (21 * NS_PER_DAY, "21 days"),
        (NS_PER_DAY, "24 hours"),
        (5 * NS_PER_HOUR // 2, "2.5 hours"),
        (90 * NS_PER_MINUTE, "90 minutes"),
        (36 * NS_PER_HOUR + 18 * NS_PER_MINUTE, "36 hours"),
        (3 * 366 * NS_PER_DAY, "3 years"),
        (45 * NS_PER_S, "45 seconds"),
    ],
)
def test_span(duration_ns: int, said: str) -> None:
    assert text.span(duration_ns) == said


def test_counted() -> None:
    assert [text.counted(n, "trade") for n in (0, 1, 1200)] == [
        "0 trades",
        "1 trade",
        "1,200 trades",
    ]
