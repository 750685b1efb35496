"""One market, three views of it: replayed against each other, cut up at will, byte for byte."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import BOOK, QUOTE, TRADE
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_MS, NS_PER_S
from sigma_cli.kernels.jit import DISABLED
from sigma_cli.kernels.synthetic import market, model
from sigma_cli.venues.upbit.rules import KRW_CHANGE_NS
from tests.kernels.synthetic.making import START_NS, Room, Rows, begun, instrument, on_grid

GOLDEN = "51809bc9145d10b7c7f1554184f3d773d3e847bddf31e5a8df4474bc5bbb8408"
TOUCH = ("bid_u", "bid_size_u", "ask_u", "ask_size_u")
SECONDS = 3 if DISABLED else 60
EXAMPLES = 4 if DISABLED else 15


def checksum() -> str:
    """Return a hash of four seconds, two of them of a crash, and of all that is remembered."""
    state = begun(calendar={"crash_from_ns": START_NS + 2 * NS_PER_S, "crash_depth": 0.3})
    rows = Room().run(state, START_NS + 4 * NS_PER_S)
    return hashlib.sha256(rows.tobytes() + state.tobytes()).hexdigest()


def test_the_golden_checksum() -> None:
    assert checksum() == GOLDEN


@pytest.mark.skipif(DISABLED, reason="this is the other half of the comparison")
def test_plain_python_makes_the_same_bytes() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.kernels.synthetic.test_market"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == GOLDEN


@st.composite
def characters(draw: st.DrawFn) -> dict[str, float]:
    """Any market that could be asked for, and many that nobody would."""
    price = 10.0 ** draw(st.floats(-3, 8.3))
    order_size = 10.0 ** draw(st.floats(4, 7)) / price
    return {
        "price": price,
        "deviation": draw(st.sampled_from([0.0, 0.0003, 0.02])),
        "together": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "orders": draw(st.sampled_from([60.0, 3_000.0, 20_000.0])),
        "order_size": order_size,
        "changes": draw(st.sampled_from([0.2, 5.0])),
        "depth": order_size * draw(st.sampled_from([0.05, 1.0, 50.0])),
        "spread": draw(st.sampled_from([0.0, 0.0003, 0.02])),
        "gap": draw(st.sampled_from([0.0, 0.3, 0.9])),
    }


@given(character=characters(), seed=st.integers(0, 2**31 - 1), crash=st.sampled_from([0.0, 0.5]))
@settings(max_examples=EXAMPLES)
def test_books_trades_and_quotes_are_one_market(
    character: dict[str, float], seed: int, crash: float
) -> None:
    calendar = {"crash_from_ns": START_NS + NS_PER_S, "crash_depth": crash}
    state = begun(character, calendar, seed=seed, every_change=True)
    rows = Room().run(state, START_NS + SECONDS * NS_PER_S // 3)
    made = instrument(character["price"])
    for prices in ("bid_u", "ask_u"):
        assert on_grid(rows.books[prices], made.price_exp, made.rules_at(START_NS))
    check_books(rows.books)
    check_quotes(rows)
    check_trades(rows)


def check_books(books: Records) -> None:
    """Sorted, apart, nothing empty; every change has its number and its time."""
    assert (np.diff(books["bid_u"], axis=1) < 0).all()
    assert (np.diff(books["ask_u"], axis=1) > 0).all()
    assert (books["bid_u"][:, 0] < books["ask_u"][:, 0]).all()
    assert (books["bid_u"] > 0).all()
    assert (books["bid_size_u"] > 0).all()
    assert (books["ask_size_u"] > 0).all()
    assert (books["update_id"] == np.arange(1, len(books) + 1)).all()
    assert (np.diff(books["exch_ts_ns"]) > 0).all()


def check_quotes(rows: Rows) -> None:
    """A quote is the touch of its book, and every new touch is quoted."""
    touches = np.column_stack([_touch(rows.books, name) for name in TOUCH])
    new = np.ones(len(touches), bool)
    new[1:] = (touches[1:] != touches[:-1]).any(axis=1)
    for name in ("exch_ts_ns", "update_id"):
        assert (rows.quotes[name] == rows.books[name][new]).all()
    quoted = np.column_stack([rows.quotes[name] for name in TOUCH])
    assert np.array_equal(quoted, touches[new])


def _touch(books: Records, name: str) -> Records:
    return books[name][:, 0]


def check_trades(rows: Rows) -> None:
    """Replay: every trade takes, at the touch, exactly what is missing from the next book."""
    trades, books = rows.trades, rows.books
    assert (trades["trade_id"] == np.arange(1, len(trades) + 1)).all()
    assert (trades["size_u"] > 0).all()
    before = np.searchsorted(books["exch_ts_ns"], trades["exch_ts_ns"]) - 1
    assert (books["exch_ts_ns"][before + 1] == trades["exch_ts_ns"]).all()
    for side, hit, other in ((1, "ask", "bid"), (-1, "bid", "ask")):
        mine = trades["side"] == side
        was, now = books[before[mine]], books[before[mine] + 1]
        price_u, size_u = trades["price_u"][mine], trades["size_u"][mine]
        assert (price_u == was[f"{hit}_u"][:, 0]).all()
        left_u = was[f"{hit}_size_u"].copy()
        left_u[:, 0] -= size_u
        assert (left_u[:, 0] >= 0).all()
        gone = left_u[:, 0] == 0
        for name, expected in ((f"{hit}_u", was[f"{hit}_u"]), (f"{hit}_size_u", left_u)):
            assert np.array_equal(now[name][~gone], expected[~gone])
            assert np.array_equal(now[name][gone, :-1], expected[gone, 1:])
        for name in (f"{other}_u", f"{other}_size_u"):
            assert np.array_equal(now[name], was[name])


ROOMS = st.builds(Room, st.integers(1, 400), st.integers(1, 400), st.integers(1, 40))


@given(room=ROOMS, cuts=st.lists(st.integers(0, 2_000), max_size=6))
@settings(max_examples=5 if DISABLED else 50)
def test_how_the_time_is_cut_up_changes_no_byte(room: Room, cuts: list[int]) -> None:
    until_ns = START_NS + 2 * NS_PER_S
    whole = Room().run(begun(), until_ns)
    state = begun()
    for cut in sorted(cuts):
        room.run(state, START_NS + cut * NS_PER_MS)
    assert room.run(state, until_ns).tobytes() == whole.tobytes()


def test_a_copy_goes_on_where_the_market_was() -> None:
    state = begun()
    Room().run(state, START_NS + NS_PER_S)
    copy = state.copy()
    until_ns = START_NS + 2 * NS_PER_S
    assert Room().run(copy, until_ns).tobytes() == Room().run(state, until_ns).tobytes()


def test_rows_that_are_not_wanted_change_no_others() -> None:
    until_ns = START_NS + SECONDS * NS_PER_S
    whole = Room().run(begun(), until_ns)
    trades = Room(quotes=0, books=0).run(begun(), until_ns)
    assert trades.trades.tobytes() == whole.trades.tobytes()
    assert len(trades.quotes) == len(trades.books) == 0
    books = Room(trades=0, quotes=0).run(begun(), until_ns)
    assert books.books.tobytes() == whole.books.tobytes()


def test_conflated_books_are_the_last_of_each_beat() -> None:
    until_ns = START_NS + SECONDS * NS_PER_S
    every = Room().run(begun(every_change=True), until_ns).books
    conflated = Room().run(begun(), until_ns).books
    assert (np.diff(conflated["exch_ts_ns"]) >= model.BEAT_NS).all()
    assert (conflated["exch_ts_ns"] % model.BEAT_NS == 0).all()
    same = every[np.searchsorted(every["exch_ts_ns"], conflated["exch_ts_ns"], "right") - 1]
    for name in ("update_id", *TOUCH):
        assert np.array_equal(same[name], conflated[name])


def test_seeds_and_streams_differ() -> None:
    until_ns = START_NS + NS_PER_S
    runs = [begun(), begun(seed=8), begun(stream=1)]
    assert len({Room().run(state, until_ns).tobytes() for state in runs}) == 3


def test_nothing_happens_unlisted_or_in_an_outage() -> None:
    calendar: dict[str, float] = {
        "listed_from_ns": START_NS + NS_PER_S,
        "outage_from_ns": START_NS + 2 * NS_PER_S,
        "outage_until_ns": START_NS + 3 * NS_PER_S,
        "listed_until_ns": START_NS + 4 * NS_PER_S,
    }
    rows = Room().run(begun(calendar=calendar), START_NS + 6 * NS_PER_S)
    for found in (rows.trades, rows.quotes, rows.books):
        second = (found["exch_ts_ns"] - START_NS) / NS_PER_S
        assert set(np.floor(second)) <= {1.0, 2.0, 3.0, 4.0}
        # What changed before the last beat is still given out at that beat.
        assert not ((second > 2.0) & (second < 3.0)).any()
        assert not (second > 4.0).any()
        assert ((second >= 3.0) & (second < 4.0)).any()


def test_the_grid_changes_on_its_day() -> None:
    price = 750_000.0  # 100 before, 500 since
    start_ns = KRW_CHANGE_NS - SECONDS // 3 * NS_PER_S
    state = begun({"price": price}, start_ns=start_ns)
    rows = Room().run(state, KRW_CHANGE_NS + SECONDS // 3 * NS_PER_S)
    made = instrument(price)
    for found, name in ((rows.books, "bid_u"), (rows.books, "ask_u"), (rows.trades, "price_u")):
        late = found["exch_ts_ns"] >= KRW_CHANGE_NS
        assert late.any() and not late.all()
        for when, rules in ((~late, made.rules_at(start_ns)), (late, made.rules_at(KRW_CHANGE_NS))):
            assert on_grid(found[name][when], made.price_exp, rules)
        assert not on_grid(found[name][~late], made.price_exp, made.rules_at(KRW_CHANGE_NS))


@pytest.mark.skipif(DISABLED, reason="half an hour needs compiled code")
def test_one_crash_falls_and_comes_back_in_part() -> None:
    crash_ns = START_NS + 2 * NS_PER_MINUTE
    quiet = {"deviation": 0.0001, "orders": 300.0, "depth": 30.0}
    state = begun(quiet, {"crash_from_ns": crash_ns, "crash_depth": 0.15})
    quotes = Room(books=0).run(state, START_NS + 40 * NS_PER_MINUTE).quotes
    mid = (quotes["bid_u"] + quotes["ask_u"]) / 2
    times = [2.0, 3.5, 24.0, 40.0]
    at = np.searchsorted(quotes["exch_ts_ns"], START_NS + np.array(times) * NS_PER_MINUTE) - 1
    before, bottom, recovered, later = mid[at]
    assert -0.19 < bottom / before - 1 < -0.12
    assert -0.10 < recovered / before - 1 < -0.02
    assert abs(later / recovered - 1) < 0.03
    width = (quotes["ask_u"] - quotes["bid_u"]) / mid
    falling = slice(at[0], at[1])
    assert width[falling].mean() > 1.8 * width[: at[0]].mean()


def test_bounds_of_what_can_be_asked_for() -> None:
    with pytest.raises(AssertionError):
        begun(start_ns=START_NS + 1)
    with pytest.raises(AssertionError):
        begun(stream=model.COMMON_STREAM)


def test_an_empty_stretch_of_time_needs_no_room() -> None:
    state = begun(calendar={"listed_from_ns": START_NS + NS_PER_DAY})
    assert market.advance(
        state, START_NS + NS_PER_S, np.zeros(1, TRADE), np.zeros(1, QUOTE), np.zeros(1, BOOK)
    )
    assert state[0].trade_rows == state[0].quote_rows == state[0].book_rows == 0


if __name__ == "__main__":
    print(checksum())  # noqa: T201 - read by the test above, in a process without the JIT
