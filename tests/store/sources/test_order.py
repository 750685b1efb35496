import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.store.rows import TS_MAX_NS
from sigma_cli.store.sources.order import Order, Span


def spans(chunks: list[list[int]]) -> list[Span]:
    ends = np.cumsum([len(chunk) for chunk in chunks]).tolist()
    return [
        Span(end, len(chunk), min(chunk), max(chunk))
        for end, chunk in zip(ends, chunks, strict=True)
    ]


@given(st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=5), max_size=8))
def test_nothing_comes_before_what_is_settled(chunks: list[list[int]]) -> None:
    order = Order(spans(chunks))
    times = [time for chunk in chunks for time in chunk]
    read, most = 0, 0
    for chunk in chunks:
        read += len(chunk)
        settled_ns = order.settled_ns(read)
        assert settled_ns == min(times[read:], default=TS_MAX_NS)
        most = max(most, sum(time >= settled_ns for time in times[:read]))
    assert most <= order.waiting_max() <= len(times)


def test_in_order_hardly_anything_waits() -> None:
    order = Order(spans([[n, n + 1] for n in range(0, 100, 2)]))
    assert order.waiting_max() == 0
    assert order.settled_ns(1) == 0, "inside the first rows nothing is known"
    assert Order([]).settled_ns(5) == TS_MAX_NS
    backwards = Order(spans([[n, n + 1] for n in range(100, 0, -2)]))
    assert backwards.waiting_max() == 98
