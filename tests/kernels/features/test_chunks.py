"""Rows off a tape are those of the same events one by one; what holds changes when it should."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.features import Column
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.features import chunks, rows
from sigma_cli.kernels.jit import DISABLED
from tests.kernels.features.making import RULES, chunk, fresh, replayed, tape
from tests.market import START_NS

SECONDS = 90 if DISABLED else 400


def no_changes(*told: tuple[int, int]) -> Records:
    """Time and mean volume of a day."""
    made = np.zeros(len(told), chunks.CHANGE)
    for change, (ts_ns, day_volume_u) in zip(made, told, strict=True):
        change.ts_ns, change.day_volume_u, change.rules = ts_ns, day_volume_u, RULES[0]
    return made


def begun(every_s: int = 1) -> tuple[Records, Any]:
    reader = np.zeros(1, chunks.READER)
    reader["every_ns"] = every_s * NS_PER_S
    return fresh(0), reader


def read(
    given: list[Chunk], changes: Records, *, every_s: int = 1, rows_max: int = 10**6
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    state, reader = begun(every_s)
    out = np.full((min(rows_max, 5_000), rows.COLUMNS), -7.0)
    found, times = [np.empty((0, rows.COLUMNS))], []
    for one in given:
        reader["turn"] = 0
        while reader[0].turn < len(one.desk_turns):
            count = chunks.read(state, one, changes, reader, out)
            found.append(out[:count].copy())
            times += [
                int(reader[0].next_ns) - (count - i) * every_s * NS_PER_S for i in range(count)
            ]
    return np.array(times), np.concatenate(found)


@pytest.mark.parametrize("every_s", [1, 60])
def test_rows_are_those_of_the_whole_tape(every_s: int) -> None:
    given = tape(SECONDS)
    end_ns = START_NS + (SECONDS + 60) * NS_PER_S
    edges = np.linspace(START_NS, end_ns, 6).astype(np.int64).tolist()
    parts = [chunk(given, a, b) for a, b in pairwise(edges)]
    changes = no_changes((START_NS - NS_PER_S, 10**11))
    times, found = read(parts, changes, every_s=every_s, rows_max=7)
    first = int((times[0] - START_NS) // (every_s * NS_PER_S))
    expected = replayed(given, every_s=every_s)[first:]
    assert (np.diff(times) == every_s * NS_PER_S).all()
    assert found.tobytes() == expected.tobytes()
    again = read([chunk(given, START_NS, end_ns)], changes, every_s=every_s)[1]
    assert again.tobytes() == found.tobytes()


def test_a_gap_is_forgotten_and_a_change_holds_from_its_time_on() -> None:
    given = tape(SECONDS)
    middle_ns = START_NS + SECONDS // 2 * NS_PER_S
    whole = chunk(given, START_NS, START_NS + 10**12, (middle_ns + 1,))
    unknown = no_changes((0, 0))
    times, found = read([whole], unknown)
    at = int(np.searchsorted(times, middle_ns))
    without = read([chunk(given, START_NS, START_NS + 10**12)], unknown)[1]
    assert found[: at + 1].tobytes() == without[: at + 1].tobytes()
    assert np.isfinite(without[at + 1, Column.CANCEL_RATE_1M]) == (SECONDS > 150)
    assert np.isnan(found[at + 1 : at + 50, Column.CANCEL_RATE_1M]).all()
    state = fresh(0)
    assert state[0].vpin.next_u == 0
    known = no_changes((0, 0), (middle_ns, 10**9))
    later = read([whole], known)[1]
    assert later[: at + 1].tobytes() == found[: at + 1].tobytes()
    if SECONDS > 150:
        assert np.isfinite(later[-1, Column.VPIN])
        assert np.isnan(found[-1, Column.VPIN])


def test_after_a_long_silence_the_market_has_to_begin_anew() -> None:
    given = tape(20)
    given.trades["recv_ts_ns"][-1] += chunks.SILENCE_NS + 60 * NS_PER_S
    state, reader = begun()
    out = np.zeros((100, rows.COLUMNS))
    one = chunk(given, START_NS, 2**62)
    count = chunks.read(state, one, no_changes((0, 0)), reader, out)
    assert reader[0].is_silent == 1 and reader[0].turn == len(one.desk_turns) - 1
    assert 15 < count < 40
