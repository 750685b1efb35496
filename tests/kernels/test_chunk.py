"""Merging streams into turns: sorting all of them at once is the reference."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import TURN
from sigma_cli.domain.events import EventKind
from sigma_cli.kernels.chunk import KINDS, fill_turns, merge

TIMES = st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=6, max_size=6)


def merged(times: list[list[int]], is_gap: list[bool]) -> Records:
    """Two markets of three kinds; the rows of a kind are numbered over both markets."""
    ends = np.cumsum([0, *map(len, times)])
    made = np.zeros(ends[-1], TURN)
    for k, own in enumerate(times):
        rows = np.arange(len(own)) + (len(times[k - 1]) if k % 2 else 0)
        stream = (int(KINDS[k // 2]), k % 2)
        ts_ns = np.array(own, np.int64)
        fill_turns(made[ends[k] : ends[k + 1]], ts_ns, rows, stream, np.array(is_gap))
    return merge(made, np.empty_like(made), ends)


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
