"""Merging streams into turns: sorting all of them at once is the reference."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import TURN
from sigma_cli.domain.events import EventKind
from sigma_cli.kernels.chunk import KINDS, merge

TIMES = st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=6, max_size=6)


def merged(times: list[list[int]], is_gap: list[bool]) -> Records:
    """Two markets of three kinds; the rows of a kind are numbered over both markets."""
    kinds = np.array([kind for kind in KINDS for _ in range(2)], np.int64)
    ends = np.cumsum([0, *map(len, times)])
    rows = [
        np.arange(len(own)) + (len(times[k - 1]) if k % 2 else 0) for k, own in enumerate(times)
    ]
    made = np.zeros(ends[-1], TURN)
    ts_ns = np.array([ns for own in times for ns in own], np.int64)
    streams = (kinds, np.array([0, 1] * 3, np.int64))
    merge(ts_ns, np.concatenate(rows).astype(np.int64), ends, streams, np.array(is_gap), made)
    return made


@given(TIMES, st.lists(st.booleans(), min_size=12, max_size=12))
def test_turns_are_in_order_of_time_then_kind_then_market_then_row(
    given_times: list[list[int]], is_gap: list[bool]
) -> None:
    times = [sorted(own) for own in given_times]
    expected = []
    for k, own in enumerate(times):
        for i, ns in enumerate(own):
            expected.append((ns, k, i + (len(times[k - 1]) if k % 2 else 0)))
    expected.sort()
    found = merged(times, is_gap)
    for turn, (ns, k, row) in zip(found, expected, strict=True):
        kind = KINDS[k // 2]
        if kind is EventKind.BOOK and is_gap[row]:
            kind = EventKind.GAP
        assert (turn.ts_ns, turn.row, turn.market, turn.kind) == (ns, row, k % 2, kind)


def test_nothing_gives_no_turns() -> None:
    assert len(merged([[]] * 6, [])) == 0
