"""Where a market stood after a fill: exactly so much later, or not at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import BOOK, FACT, QUOTE, TRADE, TURN
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.runtime.afterwards import AFTER_S, Afterwards

Row = tuple[float, EventKind, int]
"""Second, kind, and the bid (the ask is two above) or the price of a trade."""
Q, B, T, GAP = EventKind.QUOTE, EventKind.BOOK, EventKind.TRADE, EventKind.GAP


def chunk(rows: list[Row], market: int = 0) -> Chunk:
    trades, quotes, books = (np.zeros(len(rows), kind) for kind in (TRADE, QUOTE, BOOK))
    turns = np.zeros(len(rows), TURN)
    for i, (second, kind, bid) in enumerate(rows):
        turns[i] = (round(second * NS_PER_S), i, market, kind)
        trades[i]["price_u"] = bid
        quotes[i]["bid_u"], quotes[i]["ask_u"] = bid, bid + 2
        books[i]["bid_u"][0], books[i]["ask_u"][0] = bid, bid + 2
    return Chunk(trades, quotes, books, turns, turns, 0, 0)


def filled(*seconds: float, market: int = 0) -> Records:
    facts = np.zeros(2 * len(seconds), FACT)  # others than fills come between
    facts["market"] = market
    facts["kind"][1::2] = FactKind.FILLED
    facts["exch_ts_ns"][1::2] = np.round(np.array(seconds) * NS_PER_S)
    return facts


def mids(rows: list[Row], *seconds: float, by_trades: bool = False) -> list[list[float]]:
    """Return the middle after 1, 5 and 60 s of each fill; 0: unknown."""
    after = Afterwards(np.array([by_trades]))
    after.add(chunk(rows), filled(*seconds))
    return (after.all(filled(*seconds)) / 2).tolist()  # type: ignore[no-any-return]


EVERY_SECOND: list[Row] = [(s + 0.5, Q, 100 + s) for s in range(100)]


def test_it_is_the_value_so_long_after_the_fill_and_not_a_moment_later() -> None:
    assert mids(EVERY_SECOND, 10.7) == [[112.0, 116.0, 171.0]]
    assert mids(EVERY_SECOND, 10.5) == [[112.0, 116.0, 171.0]], "what is told then is known then"
    assert mids(EVERY_SECOND, 10.49) == [[111.0, 115.0, 170.0]]
    rows: list[Row] = [(0.0, Q, 100), (10.9, Q, 100), (11.05, Q, 200), (12.0, B, 300)]
    assert mids(rows, 10.0)[0][0] == 101.0, "the second is not over at its end"


def test_nothing_is_known_beyond_the_end_of_the_data() -> None:
    assert mids(EVERY_SECOND, 97.0) == [[198.0, 0.0, 0.0]]
    assert mids(EVERY_SECOND, 99.9) == [[0.0, 0.0, 0.0]]


def test_a_hole_or_a_gap_between_is_no_market() -> None:
    holed: list[Row] = [(0.0, Q, 100), (2.0, Q, 104), (40.0, Q, 300), (70.0, Q, 400)]
    assert mids(holed, 1.5) == [[105.0, 105.0, 0.0]]
    gapped: list[Row] = [(0.0, B, 100), (2.0, GAP, 0), (2.5, B, 104), (6.9, B, 106), (99.0, B, 1)]
    assert mids(gapped, 1.5) == [[0.0, 0.0, 0.0]]
    assert mids(gapped, 2.2) == [[105.0, 107.0, 0.0]], "after the gap all is well"


def test_what_was_told_before_the_fill_says_nothing() -> None:
    rows: list[Row] = [(9.9, Q, 100), (12.0, Q, 104), (99.0, Q, 1)]
    assert mids(rows, 10.0) == [[0.0, 105.0, 0.0]]


def test_a_touch_without_sides_is_unknown() -> None:
    crossed = chunk([(0.0, Q, 100), (1.0, Q, 0), (3.0, Q, 104), (70.0, Q, 104)])
    after = Afterwards(np.array([False]))
    after.add(crossed, filled(0.5))
    assert after.all(filled(0.5))[0].tolist() == [0, 210, 0]


def test_trades_count_only_where_they_are_all_there_is() -> None:
    rows: list[Row] = [(0.0, T, 100), (1.4, T, 108), (6.4, T, 110), (99.0, T, 1)]
    assert mids(rows, 1.0, by_trades=True) == [[108.0, 108.0, 0.0]]
    assert mids(rows, 1.0) == [[0.0, 0.0, 0.0]]


def test_markets_are_told_apart() -> None:
    after = Afterwards(np.array([False, False]))
    after.add(chunk(EVERY_SECOND, market=1), filled(10.0, market=0))
    assert after.all(filled(10.0, market=0)).tolist() == [[0, 0, 0]]
    assert Afterwards(np.array([False])).all(filled()).shape == (0, len(AFTER_S))


@pytest.mark.parametrize("late_s", [0, 55])
@given(st.lists(st.integers(0, 99), max_size=6, unique=True))
def test_it_does_not_matter_where_chunks_end_or_when_fills_are_heard_of(
    late_s: int, cuts: list[int]
) -> None:
    seconds = (3.2, 10.7, 50.1, 97.0)
    after = Afterwards(np.array([False]))
    ends = [*sorted(cuts), len(EVERY_SECOND)]
    for start, end in zip([0, *ends], ends, strict=False):
        heard = [one for one in seconds if one + late_s < end]
        after.add(chunk(EVERY_SECOND[start:end]), filled(*heard))
    assert (after.all(filled(*seconds)) / 2).tolist() == mids(EVERY_SECOND, *seconds)
