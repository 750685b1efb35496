"""Whole rows: against the raw tape, streamed, compiled and not, and what they may not know."""

import hashlib
import math
import os
import subprocess
import sys
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from sigma_cli.domain.books import NO_UPDATE
from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS, MARKETS_MAX
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.dtypes.tape import BAR, BOOK, QUOTE, TRADE
from sigma_cli.domain.features import NARROW, TRAITS, WIDE, Column, Feed
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_S
from sigma_cli.kernels.features import bars, chunks, hurst, market, rows
from sigma_cli.kernels.jit import DISABLED
from sigma_cli.runtime import synthetic_market
from tests.kernels.features.making import (
    NO_CHANGES,
    RULES,
    Tape,
    fresh,
    reader,
    replayed,
    shaken,
    streamed,
    tape,
    whole,
)
from tests.market import START_NS, candles

Rows = NDArray[np.float64]
SECONDS = 930 if DISABLED else 8_000


@cache
def small() -> tuple[Tape, Rows]:
    given = tape(SECONDS, per_second=1.0 if DISABLED else 2.0)
    return given, replayed(given)


# --- Against the raw tape ---------------------------------------------------------------------


def touches(given: Tape) -> list[tuple[int, ...]]:
    """Every touch that told something new: (exch, recv, bid, bid size, ask, ask size)."""
    seen = [
        (int(q["recv_ts_ns"]), 0, int(q["update_id"]), int(q["exch_ts_ns"]),
         *(int(q[name]) for name in ("bid_u", "bid_size_u", "ask_u", "ask_size_u")))
        for q in given.quotes
    ] + [
        (int(b["recv_ts_ns"]), 1, int(b["update_id"]), int(b["exch_ts_ns"]),
         *(int(b[name][0]) for name in ("bid_u", "bid_size_u", "ask_u", "ask_size_u")))
        for b in given.books
    ]  # fmt: skip
    newest, told = 0, []
    for recv, _, update_id, exch, *sides in sorted(seen):
        if update_id > newest:
            newest = update_id
            told.append((exch, recv, *sides))
    return told


def as_of(told: list[tuple[int, ...]], exch_ns: int, recv_ns: int) -> tuple[int, ...] | None:
    known = [touch for touch in told if touch[0] <= exch_ns and touch[1] <= recv_ns]
    return max(known, key=lambda touch: touch[0], default=None)


def mid(touch: tuple[int, ...] | None) -> float:
    return math.nan if touch is None else (touch[2] + touch[4]) / 2


def micro(touch: tuple[int, ...] | None) -> float:
    if touch is None:
        return math.nan
    _, _, bid, bid_size, ask, ask_size = touch
    return (bid * ask_size + ask * bid_size) / (bid_size + ask_size)


class Window:
    """The trades of a window, as anybody would count them."""

    def __init__(self, given: Tape, until_ns: int, seconds: int, known_ns: int) -> None:
        t = given.trades
        chosen = (t["exch_ts_ns"] > until_ns - seconds * NS_PER_S) & (t["exch_ts_ns"] <= until_ns)
        self.t = t[chosen & (t["recv_ts_ns"] <= known_ns)]
        self.buys, self.sells = (int((self.t["side"] == side).sum()) for side in (1, -1))
        self.bought, self.sold = (
            int(self.t["size_u"][self.t["side"] == side].sum()) for side in (1, -1)
        )

    def vwap(self) -> float:
        return float((self.t["price_u"] * 1.0 * self.t["size_u"]).sum() / self.t["size_u"].sum())


def share(a: float, b: float) -> float:
    return (a - b) / (a + b) if a + b else 0.0


def expected_flow(given: Tape, now: int) -> dict[Column, float]:
    w = {s: Window(given, now, s, now) for s in (10, 60, 300)}
    before = Window(given, now - NS_PER_MINUTE, 60, now)
    p = w[300].buys / (w[300].buys + w[300].sells)
    return {
        Column.TRADE_IMBALANCE_10S: share(w[10].buys, w[10].sells),
        Column.TRADE_IMBALANCE_10S_VOLUME: share(w[10].bought, w[10].sold),
        Column.TRADE_IMBALANCE_60S: share(w[60].buys, w[60].sells),
        Column.TRADE_IMBALANCE_60S_VOLUME: share(w[60].bought, w[60].sold),
        Column.TAPE_ACCEL: math.log(
            (len(w[10].t) / 10 + 1 / 60) / (len(w[60].t) / 60 + 1 / 60)
        ),
        Column.CUMDELTA_5M: share(w[300].bought, w[300].sold),
        Column.CUMDELTA_5M_RAW: (w[300].bought - w[300].sold) / 1e8,
        Column.SIGN_ENTROPY: -p * math.log2(p) - (1 - p) * math.log2(1 - p),
        Column.VWMOMENTUM_1M: math.log(w[60].vwap() / before.vwap()),
    }  # fmt: skip


def expected_book(given: Tape, now: int) -> dict[Column, float]:
    told = [touch for touch in touches(given) if touch[1] <= now]
    last, prices = told[-1], {s: as_of(told, now - s * NS_PER_S, now) for s in (0, 60, 300)}
    flow, depths = 0, []
    for (*_, b0, qb0, a0, qa0), (exch, _, b, qb, a, qa) in pairwise(told):
        if now - 10 * NS_PER_S < exch <= now:
            flow += qb * (b >= b0) - qb0 * (b <= b0) - qa * (a <= a0) + qa0 * (a >= a0)
            depths.append((qb + qa) / 2)
    book = given.books[given.books["recv_ts_ns"] <= now][-1]
    best = [int(book[name][:10].sum()) for name in ("bid_size_u", "ask_size_u")]
    trade = given.trades[given.trades["recv_ts_ns"] <= now][-1]
    known_then = [touch for touch in told if touch[1] <= trade["recv_ts_ns"]]
    quote = next(t for t in reversed(known_then) if t[0] < trade["exch_ts_ns"])
    return {
        Column.SPREAD_PCT: (last[4] - last[2]) / mid(last),
        Column.BID_ASK_IMBALANCE: share(last[3], last[5]),
        Column.MICROPRICE_DEV: (micro(last) - mid(last)) / mid(last) * 1e4,
        Column.LOB_DEPTH_IMBALANCE_10: share(*best),
        Column.ROC_1M: mid(prices[0]) / mid(prices[60]) - 1,
        Column.ROC_5M: mid(prices[0]) / mid(prices[300]) - 1,
        Column.MICROPRICE: math.log(micro(prices[0]) / micro(prices[60])),
        Column.OFI_10S: flow / (sum(depths) / len(depths)) if depths else 0.0,
        Column.EFFECTIVE_SPREAD: 2 * trade["side"] * (trade["price_u"] - mid(quote)) / mid(quote),
    }


def expected_impact(given: Tape, now: int) -> dict[Column, float]:
    fit_ns = now - now % (10 * NS_PER_S)
    told = touches(given)
    x, y = [], []
    for k in range(90):
        end = fit_ns - k * 10 * NS_PER_S
        t = Window(given, end, 10, fit_ns).t
        x.append(float((t["side"] * (t["price_u"] * (t["size_u"] / 1e8))).sum()))
        began = mid(as_of(told, end - 10 * NS_PER_S, end))
        y.append(1e4 * (mid(as_of(told, end, end)) / began - 1))
    (slope, _), covariance = np.polyfit(x, y, 1, cov="unscaled")
    left = np.array(y) - np.polyval(np.polyfit(x, y, 1), x)
    error = math.sqrt(covariance[0, 0] * (left**2).sum() / 88)
    return {Column.KYLE_LAMBDA_15: slope, Column.KYLE_LAMBDA_15_T: slope / error}


@pytest.mark.parametrize("second", [911, 929] if DISABLED else [1_201, 3_333, 6_789, 7_919])
def test_a_row_is_what_the_raw_tape_says(second: int) -> None:
    given, found = small()
    now = START_NS + second * NS_PER_S
    expected = (
        expected_flow(given, now) | expected_book(given, now) | expected_impact(given, now)
    )  # fmt: skip
    for column, value in expected.items():
        assert found[second, column] == pytest.approx(value, rel=1e-9, abs=1e-13), column.name


def test_flow_is_what_the_raw_tape_says_at_many_seconds() -> None:
    given, found = small()
    for second in np.random.default_rng(3).integers(400, SECONDS - 5, 12 if DISABLED else 100):
        expected = expected_flow(given, START_NS + int(second) * NS_PER_S)
        for column, value in expected.items():
            assert found[second, column] == pytest.approx(value, rel=1e-9, abs=1e-13), column.name


def test_bars_are_those_of_the_trades() -> None:
    given, found = small()
    minutes = SECONDS // 60 - 1
    made = np.zeros(minutes, BAR)
    for k in range(1, minutes + 1):  # the first minute was not seen whole
        end = START_NS + (k + 1) * NS_PER_MINUTE
        t = Window(given, end - 1, 60, end + NS_PER_S).t
        t = t[t["exch_ts_ns"] >= end - NS_PER_MINUTE]
        price = t["price_u"]
        made[k - 1] = (
            end - NS_PER_MINUTE,
            price[0],
            price.max(),
            price.min(),
            price[-1],
            t["size_u"].sum(),
        )
    state, out = np.zeros(1, bars.BARS), np.empty((minutes, 9))
    bars.begin(state[0])
    bars.columns(state, made, out)
    for i, name in enumerate(bars.COLUMNS):
        by_minute = found[121::60, Column[name.upper()]][: minutes - 1]
        assert by_minute.tobytes() == out[: len(by_minute), i].tobytes(), name


@pytest.mark.skipif(DISABLED, reason="nine hours need compiling")
def test_hurst_is_that_of_the_mids_at_whole_minutes() -> None:
    given = tape(31_000, per_second=0.2)
    found = replayed(given, every_s=60)
    told = touches(given)
    logs = []
    for k in range(1, len(found)):
        touch = as_of(told, *2 * (START_NS + k * NS_PER_MINUTE,))
        assert touch is not None
        logs.append(math.log(touch[2] + touch[4]))
    expected = hurst.hurst(np.array(logs), hurst.WINDOW)
    assert np.isfinite(expected).sum() > 1
    assert found[1:, Column.HURST].tobytes() == expected.tobytes()


# --- One code, three ways ---------------------------------------------------------------------


def test_streaming_is_batch() -> None:
    given = tape(130 if DISABLED else 1_000)
    whole = replayed(given)
    assert np.isfinite(whole[-1]).sum() > 15
    until_ns = START_NS + len(whole) * NS_PER_S
    assert streamed(given, until_ns).tobytes() == whole.tobytes()


def test_rows_may_be_written_a_few_at_a_time() -> None:
    given = tape(70)
    expected = replayed(given)
    state, place, one = fresh(), reader(), whole(given)
    found = []
    while len(out := np.full((7, rows.COLUMNS), -7.0)) and (
        count := chunks.read(state, one, NO_CHANGES, place, out)
    ):
        found.append(out[:count])
    assert np.concatenate(found).tobytes() == expected.tobytes()


def test_the_minute_clock_shows_the_same_as_the_second_clock() -> None:
    given = tape(130)
    found = replayed(given)
    assert replayed(given, every_s=60).tobytes() == found[::60].copy().tobytes()


def checksum() -> str:
    state = fresh(day_volume_u=10**11)
    found = replayed(tape(950, per_second=0.7), state=state)
    assert np.isfinite(found[-1, Column.KYLE_LAMBDA_15])
    return hashlib.sha256(found.tobytes() + state.tobytes()).hexdigest()


@pytest.mark.skipif(DISABLED, reason="this is the other half of the comparison")
def test_plain_python_makes_the_same_bytes() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.kernels.features.test_rows"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == checksum()


# --- What a row may not know ------------------------------------------------------------------


@pytest.mark.parametrize("second", [61] if DISABLED else [61, 337, 1_300, 4_003])
def test_no_row_knows_what_arrives_later(second: int) -> None:
    given = tape(90) if DISABLED else small()[0]
    found = replayed(given, rows_max=second + 1)
    other = replayed(shaken(given, START_NS + second * NS_PER_S), rows_max=second + 1)
    assert len(found) == second + 1
    assert found.tobytes() == other.tobytes()


@pytest.mark.skipif(DISABLED, reason="needs the synthetic market compiled")
def test_no_row_of_a_synthetic_market_knows_what_arrives_later() -> None:
    given = synthetic(40)
    found = replayed(given)
    assert np.isfinite(found[-1]).sum() >= 27
    for second in (100, 1_000, 2_000):
        other = replayed(shaken(given, START_NS + second * NS_PER_S), rows_max=second + 1)
        assert other.tobytes() == found[: second + 1].tobytes()
        assert replayed(shaken(given, START_NS + second * NS_PER_S)).shape == found.shape


def test_markets_do_not_touch_each_other() -> None:
    states = np.zeros(3, market.FEATURES)
    states[:] = fresh()[0]
    given = tape(130)
    replayed(given, state=states[1:2])
    untouched = fresh().tobytes()
    assert states[0:1].tobytes() == states[2:3].tobytes() == untouched
    assert states[1:2].tobytes() != untouched
    kept = states[1:2].tobytes()
    replayed(tape(130, seed=6), state=states[0:1])
    assert states[1:2].tobytes() == kept


def test_a_state_is_not_too_large() -> None:
    assert market.FEATURES.itemsize * MARKETS_MAX < 10_000_000


# --- Columns ----------------------------------------------------------------------------------


def synthetic(minutes: int, name: str = "KRW-ETH") -> Tape:
    """A stretch of the synthetic market, with latency."""
    simulation = synthetic_market.begin(synthetic_market.find(name), 3, START_NS, 1)
    until_ns = START_NS + minutes * NS_PER_MINUTE
    pieces = [
        Tape(*(part.copy() for part in piece))
        for piece in synthetic_market.stream(
            simulation, until_ns, quotes_max=50_000, books_max=50_000
        )
    ]
    parts = [
        np.concatenate([getattr(piece, name) for piece in pieces])
        for name in ("trades", "quotes", "books")
    ]
    for part, late_ns in zip(parts, (60_000_000, 20_000_000, 35_000_000), strict=True):
        part["recv_ts_ns"] = part["exch_ts_ns"] + late_ns
    return Tape(*parts)


@pytest.mark.skipif(DISABLED, reason="two hours need compiling")
def test_columns_are_known_when_they_say() -> None:
    given, found = small()
    began = {
        Feed.BARS: given.trades, Feed.TRADES: given.trades, Feed.TOUCH: given.quotes,
        Feed.BOOK: given.books,
    }  # fmt: skip
    for column, traits in TRAITS.items():
        if column is Column.VPIN:
            continue  # its clock is volume
        feeds = [began[feed]["recv_ts_ns"][0] for feed in Feed if feed in traits.feeds]
        since_ns = max(feeds, default=START_NS) - START_NS
        known = np.isfinite(found[:, column])
        first = (since_ns + traits.warm_up_ns) // NS_PER_S
        assert not known[:first].any(), column.name
        if traits.warm_up_ns < 60 * NS_PER_MINUTE:
            later = first + 2 * max(
                traits.every_ns // NS_PER_S, 60 if Feed.BARS in traits.feeds else 1
            )
            assert known[later + 1 :].mean() > 0.999, column.name
        assert len(found) * NS_PER_S <= traits.warm_up_ns or known.any(), column.name


def test_every_column_is_declared_and_written() -> None:
    assert list(TRAITS) == list(Column) == list(range(rows.COLUMNS))
    assert (NARROW, WIDE) == (Column.TIME_REGIME + 1, Column.FLOW_ABSORPTION + 1)
    out = np.full(rows.COLUMNS, -7.0)
    rows.row(fresh()[0], START_NS, out)
    assert out[Column.TIME_REGIME] == 0.0
    assert np.isnan(out).sum() == rows.COLUMNS - 1


def test_without_a_book_its_columns_stay_unknown() -> None:
    given = tape(310 if DISABLED else 2_000)
    whole = replayed(given)
    nothing = Tape(given.trades, given.quotes[:0], given.books[:0])
    found = replayed(nothing)
    for column, traits in TRAITS.items():
        if traits.needs_book:
            assert np.isnan(found[:, column]).all(), column.name
        else:
            size = min(len(found), len(whole))
            assert found[:size, column].tobytes() == whole[:size, column].tobytes(), column.name


def test_bars_that_come_by_themselves() -> None:
    closed = candles(120, seed=7, step=40)
    s = market.begin(RULES, 0, makes_bars=False)[0]
    bar = np.zeros(1, BAR)
    out = np.empty(rows.COLUMNS)
    for i in range(120):
        for name in BAR.names or ():
            bar[name] = getattr(closed, name)[i]
        market.on_bar(s, bar[0])
        rows.row(s, START_NS + (i + 1) * NS_PER_MINUTE, out)
    known = {column for column in Column if np.isfinite(out[column])}
    assert known == {c for c, t in TRAITS.items() if t.feeds in (Feed.BARS, Feed(0))}


# --- Odd events -------------------------------------------------------------------------------


def quote(second: float, update_id: int, *touch: int) -> Record:
    made = np.zeros(1, QUOTE)
    made[0] = (START_NS + int(second * NS_PER_S), 0, update_id, *touch)
    return made[0]


def trade(second: float, price_u: int, size_u: int, side: int, recv: float = 0.0) -> Record:
    made = np.zeros(1, TRADE)
    received_ns = START_NS + int(recv * NS_PER_S) if recv else 0
    made[0] = (START_NS + int(second * NS_PER_S), received_ns, 1, price_u, size_u, side)
    return made[0]


def columns(s: Record, second: int) -> dict[Column, float]:
    out = np.full(rows.COLUMNS, -7.0)
    rows.row(s, START_NS + second * NS_PER_S, out)
    return {column: float(out[column]) for column in Column}


def test_ten_minutes_are_a_sample_of_toxicity() -> None:
    s = market.begin(RULES, 0, makes_bars=True)[0]
    market.on_trade(s, trade(1, 100, 7, 1))
    market.on_trade(s, trade(601, 100, 5, -1))
    columns(s, 1_200)
    assert s.toxicity.seen == 1 and s.toxicity.nets_u[0] == -5


def test_trades_beside_bars_make_none() -> None:
    s = market.begin(RULES, 0, makes_bars=False)[0]
    market.on_trade(s, trade(1, 100, 1, 1))
    assert s.bars.open[0].volume_u == 0 and s.flow.buckets["trades"].sum() == 1
    assert not columns(s, 60)[Column.TIME_REGIME]


def test_a_bar_waits_for_trades_that_come_late() -> None:
    s = market.begin(RULES, 0, makes_bars=True)[0]
    market.on_trade(s, trade(1, 100, 1, 1))  # its minute makes no bar
    market.on_trade(s, trade(70, 100, 2, 1))
    columns(s, 120)
    market.on_trade(s, trade(119.9, 101, 3, 1, recv=120.8))
    assert s.bars.volumes.seen == 0 and s.bars.open[0].volume_u == 5
    columns(s, 121)
    assert s.bars.volumes.seen == 1 and s.bars.outside == 1
    market.on_trade(s, trade(119.95, 101, 3, 1, recv=121.5))
    assert s.bars.open[0].volume_u == 0 and s.bars.outside == 2
    market.on_trade(s, trade(125, 101, 3, 1))
    market.on_trade(s, trade(180.1, 101, 4, 1))
    assert s.bars.volumes.seen == 2, "a trade of a later minute does not wait"


def test_an_old_touch_says_nothing_new() -> None:
    s = fresh()[0]
    market.on_quote(s, quote(1, 5, 100, 3, 102, 1))
    market.on_quote(s, quote(1.1, 4, 50, 3, 52, 1))
    assert s.touch.stale == 1
    market.on_quote(s, quote(1.2, 5, 100, 3, 102, 1))
    assert columns(s, 2)[Column.BID_ASK_IMBALANCE] == 0.5
    assert s.ofi.buckets["count"].sum() == 0


def test_where_updates_have_no_numbers_none_is_old() -> None:
    s = fresh()[0]
    for second in (1, 2, 3):
        market.on_quote(s, quote(second, NO_UPDATE, 100, 3, 102, second))
    assert s.touch.ask_size_u == 3 and s.touch.stale == 0
    assert s.ofi.buckets["count"].sum() == 2
    market.on_gap(s, START_NS + 4 * NS_PER_S)
    market.on_quote(s, quote(5, NO_UPDATE, 100, 3, 102, 9))
    assert s.touch.ask_size_u == 9


def test_books_without_numbers_are_compared() -> None:
    """What the lake has of Upbit: each book replaces the one before."""
    s = fresh()[0]
    books = tape(60).books[:3].copy()
    books["update_id"] = NO_UPDATE
    books["bid_u"], books["ask_u"] = books["bid_u"][0], books["ask_u"][0]
    books["bid_size_u"], books["ask_size_u"] = 9, 9
    books["bid_size_u"][2] = 7
    for book in books:
        market.on_book(s, book)
    assert s.touch.stale == 0 and s.touch.bid_size_u == 7
    assert s.book[0].bid_size_u.tolist() == [7] * BOOK_LEVELS
    assert s.cancels.falls_waiting == BOOK_LEVELS


def test_without_the_venues_time_that_of_the_arrival_counts() -> None:
    """What the lake has of Binance spot: its bookTicker, and its snapshots of the book."""
    given = tape(70)
    stamped = Tape(*(part.copy() for part in (given.trades, given.quotes, given.books)))
    bare = Tape(*(part.copy() for part in (given.trades, given.quotes, given.books)))
    for told, untold in (
        (stamped.trades, bare.trades), (stamped.quotes, bare.quotes), (stamped.books, bare.books)
    ):  # fmt: skip
        told["exch_ts_ns"] = told["recv_ts_ns"]
        untold["exch_ts_ns"] = 0
    found = replayed(bare)
    assert found.tobytes() == replayed(stamped).tobytes()
    for column in (Column.OFI_10S, Column.ROC_1M, Column.EFFECTIVE_SPREAD, Column.CANCEL_RATE_1M):
        assert math.isfinite(found[-1, column]), column.name


def test_an_event_without_any_time_is_refused() -> None:
    s = fresh()[0]
    book = np.zeros(1, BOOK)[0]
    for take, event in (
        (market.on_trade, np.zeros(1, TRADE)[0]),
        (market.on_quote, np.zeros(1, QUOTE)[0]),
        (market.on_book, book),
    ):
        with pytest.raises(AssertionError, match="without a time"):
            take(s, event)


def test_the_first_number_may_be_zero() -> None:
    s = fresh()[0]
    market.on_quote(s, quote(1, 0, 100, 3, 102, 1))
    market.on_quote(s, quote(2, 0, 100, 3, 102, 9))
    assert s.touch.ask_size_u == 1, "told a second time"


def test_a_row_holds_what_arrives_at_its_very_time() -> None:
    given = tape(2)
    told = np.array([quote(5, 1, 100, 3, 102, 1), quote(5.5, 2, 100, 1, 102, 3)], QUOTE)
    found = replayed(Tape(given.trades[:0], told, given.books[:0]))
    assert found[4:, Column.BID_ASK_IMBALANCE].tolist() == pytest.approx(
        [math.nan, 0.5], nan_ok=True
    )


def test_absorption_waits_for_a_minute_of_the_touch() -> None:
    s = fresh()[0]
    market.on_trade(s, trade(1, 100, 7, 1))
    market.on_quote(s, quote(90, 1, 100, 3, 102, 1))
    columns(s, 149)
    assert s.absorption.seen == 0
    columns(s, 180)
    assert s.absorption.seen == 1 and s.absorption.minutes[0] == 0.0


def test_a_crossed_touch_is_none() -> None:
    s = fresh()[0]
    market.on_quote(s, quote(1, 5, 100, 3, 102, 1))
    market.on_quote(s, quote(61, 6, 100, 3, 100, 1))
    found = columns(s, 62)
    for column in (Column.SPREAD_PCT, Column.ROC_1M, Column.MICROPRICE, Column.MICROPRICE_DEV):
        assert math.isnan(found[column]), column.name


def test_a_gap_ends_what_is_known_of_the_book() -> None:
    given = tape(100)
    state = fresh()
    replayed(given, state=state)
    s = state[0]
    market.on_gap(s, START_NS + 101 * NS_PER_S)
    lost = columns(s, 102)
    for column, traits in TRAITS.items():
        if traits.needs_book and column is not Column.EFFECTIVE_SPREAD:
            assert math.isnan(lost[column]), column.name
    market.on_trade(s, trade(102.5, 100, 1, 1))
    assert math.isnan(s.signs.effective_spread)
    falls = int(s.cancels.falls_waiting)
    book = given.books[-1].copy()
    book["exch_ts_ns"] = book["recv_ts_ns"] = START_NS + 103 * NS_PER_S
    book["bid_size_u"] //= 2
    book["update_id"] = 1
    market.on_book(s, book)
    assert s.cancels.falls_waiting <= falls, "nothing is compared across a gap"
    assert not math.isnan(columns(s, 104)[Column.LOB_DEPTH_IMBALANCE_10])
    for column, seconds in ((Column.OFI_10S, 10), (Column.CANCEL_RATE_1M, 60)):
        assert math.isnan(columns(s, 102 + seconds)[column]), "the window is not full again"
        market.on_trade(s, trade(102.5 + seconds, 100, 1, 1))
        assert not math.isnan(columns(s, 103 + seconds)[column])


def test_a_gap_before_everything_shows_nothing() -> None:
    s = fresh()[0]
    market.on_gap(s, START_NS)
    found = columns(s, 60)
    assert s.touch.since == 0
    assert all(math.isnan(found[column]) for column in Column if column is not Column.TIME_REGIME)


def test_windows_go_on_through_a_gap_without_trades() -> None:
    s = fresh()[0]
    for update_id in range(1, 11):
        market.on_quote(s, quote(update_id, update_id, 100, update_id, 102, 1))
    market.on_gap(s, START_NS + 11 * NS_PER_S)
    market.on_quote(s, quote(1_011, 50, 100, 3, 102, 1))
    found = columns(s, 1_030)
    assert found[Column.OFI_10S] == 0.0 and math.isnan(found[Column.ROC_1M])


def test_an_hour_with_a_gap_has_no_usual_absorption() -> None:
    s = fresh()[0]
    market.on_quote(s, quote(1, 1, 100, 3, 102, 1))
    market.on_trade(s, trade(1, 100, 7, 1))
    columns(s, 180)
    seen = int(s.absorption.seen)
    market.on_gap(s, START_NS + 181 * NS_PER_S)
    columns(s, 240)
    assert s.absorption.seen == seen + 1 and math.isnan(s.absorption.minutes[seen])


def test_no_lag_of_hurst_spans_a_gap() -> None:
    minutes = 25 if DISABLED else 600
    path = np.random.default_rng(7).integers(1, 9, minutes).cumsum() + 10_000
    s, other = fresh()[0], fresh()[0]
    for k in range(5):
        market.on_quote(other, quote(k * 60, k + 1, 90 + k, 3, 100 + k, 1))
    market.on_gap(other, START_NS + 299 * NS_PER_S)
    for k, bid_u in enumerate(path.tolist(), 5):
        for state in (s, other):
            market.on_quote(state, quote(k * 60, k + 1, bid_u, 3, bid_u + 10, 1))
    end = 60 * (minutes + 4)
    found, again = (columns(state, end)[Column.HURST] for state in (s, other))
    assert s.scaling.squares.tolist() == pytest.approx(other.scaling.squares.tolist())
    assert again == pytest.approx(found, nan_ok=True)
    assert math.isfinite(found) != DISABLED
    market.on_gap(other, START_NS + (end + 1) * NS_PER_S)
    assert math.isnan(columns(other, end + 2)[Column.HURST])


def test_an_older_book_is_not_compared() -> None:
    given = tape(60)
    state = fresh()
    replayed(given, state=state)
    before = state.copy()
    old = given.books[0].copy()
    old["recv_ts_ns"] = given.books[-1]["recv_ts_ns"]
    market.on_book(state[0], old)
    assert state["book"].tobytes() == before["book"].tobytes()
    assert state["cancels"].tobytes() == before["cancels"].tobytes()


def test_an_event_from_the_future_is_left_out_and_counted() -> None:
    s = fresh()[0]
    market.on_trade(s, trade(1, 100, 1, 1))
    market.on_trade(s, trade(11, 100, 1, 1, recv=2))
    market.on_quote(s, quote(1, 5, 100, 3, 102, 1))
    ahead = quote(20, 6, 10, 3, 12, 1)
    ahead["recv_ts_ns"] = START_NS + 2 * NS_PER_S
    market.on_quote(s, ahead)
    book = tape(20).books[:1].copy()
    book["exch_ts_ns"] = START_NS + 30 * NS_PER_S
    book["recv_ts_ns"] = START_NS + 2 * NS_PER_S
    market.on_book(s, book[0])
    assert s.ahead == 3
    assert s.flow.buckets["trades"].sum() == 1 and s.touch.bid_u == 100 and s.has_book == 0


def test_a_row_of_the_past_is_a_bug() -> None:
    s = fresh()[0]
    market.on_trade(s, trade(5.5, 100, 1, 1))
    with pytest.raises(AssertionError):
        columns(s, 4)


@pytest.mark.skipif(DISABLED, reason="a week of seconds needs compiling")
def test_a_week_may_be_silent() -> None:
    s = fresh()[0]
    market.on_trade(s, trade(1, 100, 1, 1))
    market.on_trade(s, trade(7 * NS_PER_DAY // NS_PER_S, 100, 1, 1))
    assert s.flow.buckets["trades"].sum() == 1


def test_more_than_ten_years_of_silence_is_a_mistake() -> None:
    """Of the arrival: taken as true, it would make everything after it late."""
    s = fresh()[0]
    market.on_trade(s, trade(1, 100, 1, 1))
    before = s.tobytes()
    with pytest.raises(AssertionError, match="check the arrival times"):
        market.on_trade(s, trade(2, 100, 1, 1, recv=11 * 366 * NS_PER_DAY // NS_PER_S))
    assert s.tobytes() == before
    market.on_trade(s, trade(3, 100, 1, 1))
    assert s.flow.buckets["trades"].sum() == 2 and s.flow.late == 0


if __name__ == "__main__":
    print(checksum())  # noqa: T201
