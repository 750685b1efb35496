from datetime import UTC, datetime

import pytest

from sigma_cli.errors import UsageError
from sigma_cli.runtime.periods import parse

FIRST = int(datetime(2025, 9, 1, tzinfo=UTC).timestamp()) * 10**9
END = int(datetime(2025, 9, 22, tzinfo=UTC).timestamp()) * 10**9


def span(text: str) -> tuple[str, str]:
    period = parse(text, FIRST, END)
    start, end = (datetime.fromtimestamp(ns / 1e9, UTC) for ns in (period.start_ns, period.end_ns))
    return f"{start:%Y-%m-%dT%H:%M}", f"{end:%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2025-09-01..2025-09-21", "2025-09-01T00:00", "2025-09-22T00:00"),
        ("2025-09-05", "2025-09-05T00:00", "2025-09-06T00:00"),
        ("2025-09", "2025-09-01T00:00", "2025-10-01T00:00"),
        ("2025-12", "2025-12-01T00:00", "2026-01-01T00:00"),
        ("2025", "2025-01-01T00:00", "2026-01-01T00:00"),
        ("2025-W36", "2025-09-01T00:00", "2025-09-08T00:00"),
        ("2020-W53", "2020-12-28T00:00", "2021-01-04T00:00"),
        ("2025-W35..2025-09-03", "2025-08-25T00:00", "2025-09-04T00:00"),
        ("2025-09-01T12:30..2025-09-01T13:00", "2025-09-01T12:30", "2025-09-01T13:01"),
        ("30d", "2025-09-01T00:00", "2025-09-22T00:00"),
        ("2d", "2025-09-20T00:00", "2025-09-22T00:00"),
        ("6h", "2025-09-21T18:00", "2025-09-22T00:00"),
        ("all", "2025-09-01T00:00", "2025-09-22T00:00"),
    ],
)
def test_means(text: str, start: str, end: str) -> None:
    assert span(text) == (start, end)


@pytest.mark.parametrize("text", ["all", "2d", "6h"])
def test_relative_periods_are_spelled_out(text: str) -> None:
    assert span(parse(text, FIRST, END).text) == span(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "2025-13",
        "2025-09-31",
        "2025-W54",
        "0d",
        "d",
        "yesterday",
        "2025-09-01..",
        "20250901",
    ],
)
def test_nonsense_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="is not a period") as caught:
        parse(text, FIRST, END)
    assert "2025-W36" in caught.value.fix


def test_a_period_that_ends_before_it_begins() -> None:
    with pytest.raises(UsageError, match="ends before it begins") as caught:
        parse("2025-09-21..2025-09-01", FIRST, END)
    assert caught.value.fix.endswith("2025-09-01..2025-09-21")
