"""What a venue shows of a book: against a dict of levels, however messages and takers change it."""

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.dtypes.tape import BOOK, QUOTE
from sigma_cli.domain.requests import Side
from sigma_cli.kernels.matching import views
from tests.kernels.exchange import BUY, SELL

Side_ = dict[int, int]


def shown(view: Any, side: Side) -> list[tuple[int, int]]:
    """The levels of a side, up to the first that is empty."""
    prices_u = view.bid_u if side is BUY else view.ask_u
    sizes_u = view.bid_size_u if side is BUY else view.ask_size_u
    found = []
    for price_u, size_u in zip(prices_u.tolist(), sizes_u.tolist(), strict=True):
        if size_u == 0:
            break
        found.append((price_u, size_u))
    return found


class Slow:
    """One side as a dict; `side` is 1 for bids."""

    def __init__(self, side: Side) -> None:
        self.side, self.levels = side, Side_()

    def show(self) -> list[tuple[int, int]]:
        return sorted(self.levels.items(), reverse=self.side is BUY)[:BOOK_LEVELS]

    def keep(self) -> None:
        self.levels = dict(self.show())

    def merge(self, price_u: int, size_u: int) -> None:
        nearer = [p for p in self.levels if (p - price_u) * self.side > 0]
        for price in nearer:
            del self.levels[price]
        if size_u:
            self.levels[price_u] = size_u
        self.keep()

    def drop_nearer(self, price_u: int) -> None:
        self.levels = {p: s for p, s in self.levels.items() if (p - price_u) * self.side <= 0}

    def take(self, size_u: int) -> None:
        for price_u, there_u in self.show():
            took_u = min(there_u, size_u)
            size_u -= took_u
            if took_u == there_u:
                del self.levels[price_u]
            else:
                self.levels[price_u] -= took_u

    def within(self, limit_u: int) -> int:
        return sum(s for p, s in self.levels.items() if (p - limit_u) * self.side >= 0)

    def size_at(self, price_u: int) -> int:
        if price_u in self.levels:
            return self.levels[price_u]
        is_between = any((price_u - p) * self.side > 0 for p in self.levels)
        return 0 if is_between else views.UNSEEN


prices = st.integers(80, 120)
sizes = st.integers(1, 50)
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("book"), st.dictionaries(prices, sizes, max_size=20), st.just(0)),
        st.tuples(st.just("merge"), prices, sizes),
        st.tuples(st.just("take"), st.integers(1, 120), st.just(0)),
        st.tuples(st.just("drop"), prices, st.just(0)),
    ),
    max_size=30,
)


def load(view: Any, side: Side, levels: list[tuple[int, int]]) -> None:
    name = "bid" if side is BUY else "ask"
    view[f"{name}_u"][:] = 0
    view[f"{name}_size_u"][:] = 0
    for n, (price_u, size_u) in enumerate(levels):
        view[f"{name}_u"][n], view[f"{name}_size_u"][n] = price_u, size_u


@pytest.mark.prove
@given(st.sampled_from([BUY, SELL]), deeds, prices)
def test_a_view_is_a_dict_of_levels(side: Side, history: list[Any], price_u: int) -> None:
    view, slow, no = np.zeros(1, BOOK)[0], Slow(side), 0
    views.forget(view)
    for what, first, second in history:
        if what == "book":
            slow.levels = dict(first)
            slow.keep()
            load(view, side, slow.show())
        elif what == "merge":
            no += 1
            quote = np.zeros(1, QUOTE)[0]
            quote.update_id = no
            name = "bid" if side is BUY else "ask"
            quote[f"{name}_u"], quote[f"{name}_size_u"] = first, second
            assert views.merge_touch(view, quote)
            slow.merge(first, second)
        elif what == "take":
            slow.take(first)
            views.take_within(
                view, side, min(first, views.within(view, side, 0 if side is BUY else 999))
            )
        else:
            slow.drop_nearer(first)
            views.drop_nearer(view, side, first)
        assert shown(view, side) == slow.show()
        assert views.size_at(view, side, price_u) == slow.size_at(price_u)
        assert views.within(view, side, price_u) == slow.within(price_u)
        best_u, best_size_u = (slow.show() or [(0, 0)])[0]
        assert (views.best(view, side), views.best_size(view, side)) == (best_u, best_size_u)


def test_an_older_touch_corrects_nothing() -> None:
    view, quote = np.zeros(1, BOOK)[0], np.zeros(1, QUOTE)[0]
    view.update_id, quote.update_id = 10, 10
    quote.bid_u, quote.bid_size_u = 100, 5
    assert not views.merge_touch(view, quote)
    assert views.best(view, BUY) == 0
    quote.update_id = 11
    assert views.merge_touch(view, quote)
    assert views.best(view, BUY) == 100
    quote.update_id = -1
    assert views.merge_touch(view, quote), "where nothing is numbered, the last that comes counts"


def test_a_touch_without_a_side_leaves_none() -> None:
    view, quote = np.zeros(1, BOOK)[0], np.zeros(1, QUOTE)[0]
    load(view, BUY, [(100, 5), (99, 7)])
    load(view, SELL, [(101, 5), (102, 7)])
    quote.update_id = -1
    views.merge_touch(view, quote)
    assert (views.best(view, BUY), views.best(view, SELL)) == (0, 0)
    assert views.size_at(view, SELL, 102) == views.UNSEEN
    assert views.within(view, SELL, 200) == 0
