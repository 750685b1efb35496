"""Where bars stop being quiet: before the instant of a signal, and before new rules."""

import numpy as np
import pytest

from sigma_cli.kernels.quiet import ALWAYS, quiet_end

OPEN_TS_NS = np.array([0, 0, 1, 1, 2, 2, 3])
"""Two markets; at the end only one of them traded."""


@pytest.mark.parametrize(
    ("speaks", "first", "stop", "due_ns", "end"),
    [
        (None, 0, 7, ALWAYS, 7),
        (None, 0, 4, ALWAYS, 4),
        (0, 0, 7, ALWAYS, 0),
        (3, 0, 7, ALWAYS, 2),
        (6, 2, 7, ALWAYS, 6),
        (6, 2, 4, ALWAYS, 4),
        (None, 0, 7, 2, 4),
        (None, 0, 7, 0, 0),
        (None, 4, 7, 1, 4),
        (5, 0, 7, 1, 2),
        (3, 0, 7, 2, 2),
    ],
)
def test_they_end_where_something_happens(
    speaks: int | None, first: int, stop: int, due_ns: int, end: int
) -> None:
    signal = np.full(len(OPEN_TS_NS), np.nan)
    if speaks is not None:
        signal[speaks] = 0.0
    assert quiet_end(OPEN_TS_NS, signal, first, stop, due_ns) == end
