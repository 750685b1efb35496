"""Markets that happen row by row, and what everybody sees of them on their boards."""

from decimal import Decimal

import pytest

from sigma_cli.domain.events import EventKind
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_MS, NS_PER_S
from sigma_cli.exchange.board import Board, Keep
from sigma_cli.exchange.market import Market
from tests.exchange.fair import ASKS, BIDS, BTC, ETH, START_NS, Tape, instruments

DAY_MS, MINUTE_MS = NS_PER_DAY // NS_PER_MS, NS_PER_MINUTE // NS_PER_MS


def run(market: Market, until_ms: int, closed: set[int] | None = None) -> list[str]:
    """Let rows happen; return time, market and kind of each."""
    seen: list[str] = []

    def look(ts_ns: int, code: str, kind: EventKind, _row: object) -> None:
        seen.append(f"{(ts_ns - START_NS) // NS_PER_MS} {code} {kind.name}")

    shut = closed or set()
    while (due := market.due(START_NS + until_ms * NS_PER_MS)) is not None:
        market.happen(due.last, shut.__contains__, look)
    return seen


def board(tape: Tape, until_ms: int = 10 * DAY_MS, **keep: int) -> Board:
    market = tape.market(keep=Keep(**keep))
    run(market, until_ms)
    return market.boards[BTC]


def test_rows_happen_in_the_venue_s_order_until_a_time() -> None:
    tape = Tape(instruments(BTC, ETH)).trade(5, "3000000", "1", code=ETH).book(2)
    market = Market(tape.instruments, tape.trade(7, "100000000", "1").chunks(each=2))
    assert run(market, 1) == []
    assert run(market, 5) == ["2 KRW-BTC BOOK", "5 KRW-ETH TRADE"]
    assert not market.ended and market.happened == 2
    assert run(market, 8) == ["7 KRW-BTC TRADE"]
    assert market.ended and run(market, 99) == []


def test_chunks_are_read_when_their_time_comes() -> None:
    tape = Tape().book(0).book(10).book(20)
    chunks = tape.chunks(each=1)
    left = list(chunks)
    market = Market(tape.instruments, (left.pop(0) for _ in chunks))
    run(market, 5)
    assert len(left) == 1, "the first, and the next because the first has ended"
    run(market, 15)
    assert left == []


def test_nothing_happens_in_a_closed_market() -> None:
    tape = Tape(instruments(BTC, ETH)).trade(1, "100000000", "1").trade(2, "3000000", "1", code=ETH)
    market = tape.market()
    assert run(market, 5, {0}) == ["2 KRW-ETH TRADE"]
    assert not market.boards[BTC].trades and market.happened == 2


def test_a_market_without_rows_has_ended() -> None:
    market = Market(instruments(), [])
    assert market.ended and run(market, 5) == []


def test_trades_are_told_with_the_close_of_the_day_before() -> None:
    tape = Tape().trade(0, "100000000", "1", no=17).trade(DAY_MS, "101000000", "0.5", -1, no=18)
    first, second = board(tape).trades
    assert (first.sequential_id, first.day_close_u) == (17, 0)
    assert (second.price_u, second.size_u, second.side) == (101_000_000, 50_000_000, -1)
    assert second.day_close_u == 100_000_000


def test_candles_grow_with_trades_and_skip_what_has_none() -> None:
    tape = Tape()
    for at_ms, price, size, side in (
        (0, "100000000", "1", 1),
        (300, "102000000", "0.5", -1),
        (900, "99000000", "0.25", 1),
        (3 * MINUTE_MS, "98000000", "2", -1),
    ):
        tape.trade(at_ms, price, size, side)
    shown = board(tape)
    first, second = shown.minutes
    assert first.open_ts_ns == START_NS - START_NS % NS_PER_MINUTE
    assert (first.open_u, first.high_u, first.low_u, first.close_u) == (
        100_000_000,
        102_000_000,
        99_000_000,
        99_000_000,
    )
    assert shown.size(first.size_u) == Decimal("1.75")
    assert shown.size(first.bought_u) == Decimal("1.25")
    assert shown.turnover(first.turnover_u) == Decimal("175750000")
    assert first.last_ts_ns == START_NS + 900 * NS_PER_MS
    assert second.open_ts_ns - first.open_ts_ns == 3 * NS_PER_MINUTE
    assert len(shown.seconds) == 2 and len(shown.days) == 1
    assert shown.seconds[0].open_ts_ns == START_NS - START_NS % NS_PER_S


def test_the_sums_of_a_day_are_of_whole_minutes() -> None:
    tape = Tape().trade(0, "100", "1").trade(MINUTE_MS, "200", "2").trade(DAY_MS, "300", "4")
    shown = board(tape)
    size_u, turnover_u = shown.day_sums(START_NS + DAY_MS * NS_PER_MS)
    assert shown.size(size_u) == 6 and shown.turnover(turnover_u) == 1_600
    assert shown.day_sums(START_NS + 3 * DAY_MS * NS_PER_MS) == (0, 0)


def test_a_board_remembers_so_much() -> None:
    tape = Tape()
    for day in range(5):
        for minute in range(5):
            tape.trade(day * DAY_MS + minute * MINUTE_MS, "100", "1")
    shown = board(tape, trades=3, seconds=4, minutes=6, days=2)
    assert [len(each) for each in (shown.trades, shown.seconds, shown.minutes, shown.days)] == [
        3,
        4,
        6,
        2,
    ]


def test_the_book_is_the_last_one_told() -> None:
    shown = board(Tape().book(0).book(5, bids=BIDS[1:], asks=()))
    assert shown.best(1) == (99_999_000, 70_000_000) and shown.best(-1) == (0, 0)
    assert shown.book_ts_ns == START_NS + 5 * NS_PER_MS


@pytest.mark.parametrize("side", [1, -1])
def test_a_gap_leaves_no_book(side: int) -> None:
    shown = board(Tape().book(0).gap(5))
    assert shown.book is None and shown.best(side) == (0, 0)


def test_a_touch_is_a_book_only_where_there_is_no_other() -> None:
    touch = (("100", "1"), ("102", "2"))
    assert board(Tape().quote(0, *touch)).best(-1) == (102, 200_000_000)
    assert board(Tape().book(0).quote(5, *touch)).best(-1)[0] == int(ASKS[0][0])


def test_a_book_outlives_its_chunk() -> None:
    tape = Tape().book(0).trade(10, "100000000", "1")
    chunks = tape.chunks(each=1)
    market = Market(tape.instruments, chunks)
    run(market, 10)
    chunks[0].books[0].bid_u[0] = 1
    assert market.boards[BTC].best(1)[0] == 100_000_000


def test_prices_and_sizes_are_decimals_of_the_instrument() -> None:
    (instrument,) = instruments("BTC-ETH", price_exp=8)
    shown = Board(instrument, Keep())
    assert shown.price(3_456_789) == Decimal("0.03456789")
    assert shown.size(1) == Decimal("0.00000001")
    assert shown.turnover(10**32 + 1) == Decimal("10000000000000000.0000000000000001")
