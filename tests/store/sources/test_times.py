from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest

from sigma_cli.errors import UsageError
from sigma_cli.store.sources.times import Unit, check_zone, local_midnights, read_times

NOON = datetime(2024, 3, 1, 12, 30, tzinfo=UTC)
NOON_NS = int(NOON.timestamp()) * 10**9


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01T12:30:00",
        "2024-03-01 12:30",
        "2024-03-01T12:30:00Z",
        "2024-03-01 21:30:00+09:00",
        "20240301 12:30",
        " 2024-03-01T12:30 ",
        "1709296200",
        "1709296200000",
        "1709296200000000",
        "1709296200000000000",
        "1709296200.0",
        b"1709296200000",
    ],
)
def test_texts_that_are_the_same_time(text: str | bytes) -> None:
    found = read_times(pa.array([text, None]), "UTC", None)
    assert found.ns[0] == NOON_NS
    assert found.ok.tolist() == [True, False]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([NOON], pa.timestamp("ms", "UTC")),
        pa.array([NOON.replace(tzinfo=None)], pa.timestamp("us")),
        pa.array([1709296200000], pa.int64()),
        pa.array([1709296200.0], pa.float64()),
        pa.array(["2024-03-01 12:30:00"]).dictionary_encode(),
    ],
)
def test_types_that_are_the_same_time(column: pa.Array) -> None:  # type: ignore[type-arg]
    assert read_times(column, "UTC", None).ns.tolist() == [NOON_NS]


def test_a_date_is_its_midnight() -> None:
    midnight = NOON_NS // (86_400 * 10**9) * 86_400 * 10**9
    for column in (pa.array([date(2024, 3, 1)]), pa.array(["2024-03-01"]), pa.array(["20240301"])):
        assert read_times(column, "UTC", None).ns.tolist() == [midnight]


@pytest.mark.parametrize(("unit", "count"), [("s", 100), ("ms", 100_000), ("ns", 10**11)])
def test_a_unit_given_is_taken(unit: Unit, count: int) -> None:
    assert read_times(pa.array([count]), "UTC", unit).ns.tolist() == [100 * 10**9]


def test_a_wall_clock_hangs_in_its_zone() -> None:
    summer, winter = "2024-07-01 09:30:00", "2024-01-02 09:30:00"
    found = read_times(pa.array([summer, winter]), "America/New_York", None)
    hours = [datetime.fromtimestamp(ns // 10**9, UTC).hour for ns in found.ns.tolist()]
    assert hours == [13, 14]


def test_an_hour_that_the_clock_skipped_is_no_time() -> None:
    column = pa.array(["2024-03-10 01:30:00", "2024-03-10 02:30:00", "2024-03-10 03:30:00"])
    assert read_times(column, "America/New_York", None).ok.tolist() == [True, False, True]


def test_one_bad_cell_costs_one_row() -> None:
    cells = [f"2024-03-01T12:{minute:02d}:00" for minute in range(60)]
    cells[17] = "soon"
    found = read_times(pa.array(cells), "UTC", None)
    assert np.flatnonzero(~found.ok).tolist() == [17]
    assert found.ns[18] - found.ns[16] == 120 * 10**9


def test_what_is_no_time_at_all_is_not_read() -> None:
    assert not read_times(pa.array(["a", "b"]), "UTC", None).ok.any()
    assert not read_times(pa.array([True, False]), "UTC", None).ok.any()
    assert not read_times(pa.array([None], pa.string()), "UTC", None).ok.any()
    assert not read_times(pa.array([2**62], pa.int64()), "UTC", "s").ok.any()
    assert not read_times(pa.array([np.nan, np.inf]), "UTC", None).ok.any()


def test_midnight_in_new_york_names_the_date() -> None:
    column = pa.array(["20020522 00:00", "20020522 09:30"])
    found = read_times(column, "America/New_York", None)
    moved = local_midnights(found.ns, "America/New_York")
    assert moved[0] == int(datetime(2002, 5, 22, tzinfo=UTC).timestamp()) * 10**9
    assert moved[1] == found.ns[1]


def test_an_unknown_zone_is_refused() -> None:
    check_zone("Asia/Seoul")
    with pytest.raises(UsageError, match="Mars"):
        check_zone("Mars/Olympus")
