"""What a made-up market is made of: its character, its calendar, and everything it remembers.

MARKET is one piece of memory: copy it to keep a moment, go on from the copy to go on from there.
"""

from typing import Final

import numpy as np

from sigma_cli.domain.dtypes.layout import Record, Records, record
from sigma_cli.domain.dtypes.tape import BOOK, QUOTE, RULES, TRADE
from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.kernels import rng
from sigma_cli.kernels.jit import constant

BEAT_NS: Final = constant(100 * NS_PER_MS)
"""Ten times a second everything moves that does not move with an order."""
BEATS_PER_MINUTE: Final = 600
GRIDS_MAX: Final = 4
"""Sets of rules that may follow each other."""
FAIR_MIN: Final = 400.0
"""Lowest fair price, in steps of the grid down there: fifteen levels of bids fit below it."""
COMMON_STREAM: Final = 2**31 - 1
"""The stream of random numbers that all markets of one seed share: what moves them together."""

CHARACTER: Final = record(
    ("price", "f8"),  # quote currency, at the start
    ("deviation", "f8"),  # of a minute's return, in the long run
    ("together", "f8"),  # share of its news that is common to all markets: correlation, 0 to 1
    ("orders", "f8"),  # market orders a minute, in the long run
    ("order_size", "f8"),  # of a market order, on average; base currency
    ("changes", "f8"),  # changes of the book for each market order
    ("depth", "f8"),  # of an ordinary level; base currency
    ("spread", "f8"),  # in ordinary times; fraction of the price
    ("gap", "f8"),  # probability that nobody stands on a step of the grid behind the touch
)
"""How large and how lively a market is."""

CALENDAR: Final = record(
    ("listed_from_ns", "i8"),
    ("listed_until_ns", "i8"),
    ("outage_from_ns", "i8"),  # nothing is traded or published until
    ("outage_until_ns", "i8"),
    ("crash_from_ns", "i8"),
    ("crash_depth", "f8"),  # fraction of the price; 0: no crash
)
"""What happens to a market, and when."""

MARKET: Final = record(
    ("character", CHARACTER),
    ("calendar", CALENDAR),
    ("rules", RULES, (GRIDS_MAX,)),
    ("rules_from_ns", "i8", (GRIDS_MAX,)),
    ("grids", "i8"),  # sets of rules in use
    ("grid", "i8"),  # the one in force
    ("dice", "i8", (6,)),  # rng.State of its own
    ("common_dice", "i8", (6,)),  # the same in every market at every beat
    ("now_ns", "i8"),
    ("due_ns", "i8"),  # when the next thing happens
    ("beat_ns", "i8"),  # the next beat
    # climate.py
    ("fair", "f8"),  # the price nobody knows, in units
    ("fair_min", "f8"),
    ("heat_fast", "f8"),  # factors of variance, mean 1
    ("heat_slow", "f8"),
    ("activity", "f8"),  # factor of every rate, this second
    ("news", "f8"),  # deviation of a beat, this second
    ("half_spread", "f8"),  # fraction, this second
    ("panic", "f8"),  # market sells a beat on top, while the market crashes
    # flow.py; rates are per beat
    ("rate", "f8"),  # of market orders in the long run
    ("size_u", "f8"),
    ("buys", "f8"),
    ("sells", "f8"),
    ("changes", "f8"),
    ("fast_buy", "f8"),  # rates that recent orders add
    ("fast_sell", "f8"),
    ("slow_buy", "f8"),
    ("slow_sell", "f8"),
    ("stress", "f8"),  # how much of the touch was taken lately: wider and thinner
    ("side", "i8"),  # of the market order at work
    ("left_u", "i8"),  # what it still takes; 0: none is at work
    ("prints", "i8"),  # trades it made
    ("traded", "i8"),  # 1: `trade` was not yet given out
    ("trade", TRADE),
    # book.py
    ("open", "i8"),  # 1: there is a book
    ("depth_u", "f8"),
    ("book", BOOK),
    # market.py
    ("quote", QUOTE),  # the last one given out
    ("book_update_id", "i8"),  # of the last book given out
    ("every_change", "i8"),  # 1: a book after each change; 0: one a beat, where it changed
    ("trade_rows", "i8"),  # filled by the last call
    ("quote_rows", "i8"),
    ("book_rows", "i8"),
)
"""One market, whole; without padding, so that equal markets are equal byte by byte."""


def begin(
    character: Record, calendar: Record, grids: list[tuple[int, Records]], dice: tuple[int, int]
) -> Records:
    """Return a market [1] that has not begun.

    `grids` are (valid from, RULES [1]), of which the first is in force at the start: that is when
    the market begins, a whole second. `dice` are seed and stream.
    """
    start_ns = grids[0][0]
    assert start_ns % NS_PER_S == 0
    assert 0 < len(grids) <= GRIDS_MAX
    seed, stream = dice
    assert stream != COMMON_STREAM
    market = np.zeros(1, MARKET)
    row = market[0]
    row.character = character
    row.calendar = calendar
    row.grids = len(grids)
    for i, (valid_from_ns, rules) in enumerate(grids):
        row.rules_from_ns[i] = valid_from_ns
        row.rules[i] = rules[0]
    row.dice[:] = rng.stream(seed, stream)
    row.common_dice[:] = rng.stream(seed, COMMON_STREAM)
    row.now_ns = row.due_ns = row.beat_ns = start_ns
    scales = grids[0][1][0]
    row.fair = row.character.price / scales.price_scale
    row.fair_min = FAIR_MIN * max(
        int(rules[0].band_tick_u[rules[0].bands - 1]) for _, rules in grids
    )
    row.fair = max(row.fair, row.fair_min)
    row.heat_fast = row.heat_slow = row.activity = 1.0
    row.rate = row.character.orders / BEATS_PER_MINUTE
    row.size_u = row.character.order_size / scales.size_scale
    row.depth_u = row.character.depth / scales.size_scale
    return market
