"""The records that kernels read and write: one file, so that a tape's format is one page.

Everything is a numpy structured dtype of the `np.record` kind: `state[0].account.cash` means the
same in compiled code and in plain Python. Inside compiled code pass records: one pointer each,
where an array costs seven words and a reference count. Across the border from Python always pass
the one-element array, never the record (7 us against 0.5 us a call). Enum-valued fields name their
enum beside them. Sizes are bounded: what does not fit is refused with Reason.OVERFLOW.
"""

from decimal import ROUND_CEILING, Decimal
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.instruments import BANDS_MAX, Instrument, Rules
from sigma_cli.domain.policies import LADDER_STEPS, SCORE_PARTS

Record: TypeAlias = Any
"""One record of a dtype below, as compiled code passes it around; a type checker can't see in."""
Records: TypeAlias = NDArray[Any]
"""A structured array of one of the dtypes below."""

MARKETS_MAX: Final = 64
"""Markets one desk may hold. The widest universe planned has 50."""
ORDERS_MAX: Final = 256
"""Orders that may be working at once: a wish, a stop and a target a market, and room to spare."""
REQUESTS_MAX: Final = 64
"""Requests one event may cause: one a market."""
FACTS_MAX: Final = 1_024
"""Facts one bar may cause: acceptance, fill and end of every order, with room to spare."""
DECISIONS_MAX: Final = 64
"""Decisions one event may cause: one a market."""
SWITCHES_MAX: Final = 48
"""Rows of the switch table."""
METRICS_MAX: Final = 32
"""Numbers of the account, or of an order, that switches watch."""
MARKET_METRICS_MAX: Final = 16
"""Numbers of each market that switches watch."""
MARKET_SWITCHES_MAX: Final = 12
"""Rows of the switch table that watch each market."""
FIRINGS_MAX: Final = 128
"""Switches that fired last and are remembered one by one; all are counted."""
MOVE_BUCKETS: Final = 16
"""Parts of the window over which a fast move is measured."""
ORDERS_REMEMBERED: Final = 100
"""Orders whose median value says what a usual order is, and whose round trips are known."""
ENTRIES_REMEMBERED: Final = 20
"""Entries whose slippage is known."""
TRIPS_REMEMBERED: Final = 200
"""Closed round trips that sizing and switches learn from."""
MINUTES_REMEMBERED: Final = 64
"""Minutes for which unexplained changes of balance are known."""
MINUTES_COMPARED: Final = 32
"""Minutes of prices of each market that others are compared with; a power of two."""
WINDOWS_MAX: Final = 64
"""Holidays, and windows of events, that a run knows."""
QUANTILE_MARKERS: Final = 5
"""Markers of a running quantile."""
LOG_MAX: Final = 16_384
"""Rows of each kind that a run may log before its caller empties the log."""
REASONS_MAX: Final = 128
"""Upper bound of `Reason`."""
BOOK_LEVELS: Final = 15
"""Levels of a stored book on each side, nearest first (Upbit sends 1, 5, 15 or 30)."""
LADDER_LEVELS: Final = 8_192
"""Levels that a book being rebuilt remembers on each side (Binance: up to 5,000 in a snapshot)."""
FLIGHT_MAX: Final = 1_024
"""Requests, or facts, that may be on their way between desk and venue at once."""
LATENCIES_MAX: Final = 1_024
"""Measured latencies that a run draws from."""
LOST_MAX: Final = 64
"""Answers of the venue that may be lost, and not yet found out about, at once."""
ORDER_TIMES_MAX: Final = 1_024
"""Submit times remembered for the rate limit, whose setting may not exceed 1,000."""


def record(*fields: tuple[Any, ...]) -> np.dtype[Any]:
    """Lay fields out as C would: numpy forgets the alignment of a record within a record."""
    names, formats, offsets, end = [], [], [], 0
    for name, *format_ in fields:
        dtype = np.dtype(tuple(format_) if len(format_) > 1 else format_[0])
        align = 8 if dtype.base.fields else dtype.base.alignment
        end += -end % align
        names.append(name)
        formats.append(dtype)
        offsets.append(end)
        end += dtype.itemsize
    layout = {"names": names, "formats": formats, "offsets": offsets, "itemsize": end + -end % 8}
    return np.dtype((np.record, np.dtype(layout, align=True)))  # type: ignore[call-overload]


# --- Venue rules, of one market at one time ---------------------------------------------------

RULES: Final = record(
    ("price_scale", "f8"),  # 10^-price_exp
    ("size_scale", "f8"),  # 10^-size_exp
    ("lot_u", "i8"),
    ("value_min", "f8"),
    ("value_max", "f8"),
    ("fee_maker", "f8"),  # fraction of value
    ("fee_taker", "f8"),
    ("bands", "i8"),
    ("band_from_u", "i8", (BANDS_MAX,)),  # lower bounds, highest first; the last is 0
    ("band_tick_u", "i8", (BANDS_MAX,)),
)

# --- Requests, facts, decisions ---------------------------------------------------------------

REQUEST: Final = record(
    ("local_no", "i8"),
    ("strategy", "u4"),
    ("market", "u4"),
    ("kind", "u1"),  # RequestKind
    ("side", "i1"),  # Side
    ("order_type", "u1"),  # OrderType
    ("tif", "u1"),  # TimeInForce
    ("post_only", "u1"),
    ("reduce_only", "u1"),
    ("reason", "u2"),  # Reason
    ("price_u", "i8"),  # LIMIT: the limit; STOP: the trigger
    ("size_u", "i8"),
    ("value", "f8"),  # VALUE: quote currency to spend, fee not included
    ("expires_ns", "i8"),  # 0: never
    ("decision_ts_ns", "i8"),
)

FACT: Final = record(
    ("local_no", "i8"),
    ("market", "u4"),
    ("kind", "u1"),  # FactKind
    ("liquidity", "u1"),  # Liquidity
    ("reason", "u2"),  # Reason
    ("fill_id", "i8"),
    ("price_u", "i8"),
    ("size_u", "i8"),
    ("fee", "f8"),  # quote currency
    ("exch_ts_ns", "i8"),
    ("recv_ts_ns", "i8"),
)

DECISION: Final = record(
    ("ts_ns", "i8"),
    ("strategy", "u4"),
    ("market", "u4"),
    ("local_no", "i8"),  # 0: refused, nothing was asked for
    ("side", "i1"),  # Side
    ("reason", "u2"),  # Reason
    ("target", "f8"),
    ("price_u", "i8"),  # the mark at decision
    ("size_u", "i8"),
    ("value", "f8"),
    ("measured", "f8"),  # of the limit that refused; else 0
    ("limit", "f8"),
)

# --- Market data ------------------------------------------------------------------------------
# Public, of one market. `recv_ts_ns` is 0 where nobody recorded it, `exch_ts_ns` where the venue
# does not say (quotes and snapshots of Binance spot). At one `exch_ts_ns`, a trade
# comes before the quote and the book that it left behind. Rows have no padding: what copies of
# padding hold is undefined, and rows are compared byte by byte.

TRADE: Final = record(
    ("exch_ts_ns", "i8"),
    ("recv_ts_ns", "i8"),
    ("trade_id", "i8"),  # grows with every trade of the market
    ("price_u", "i8"),
    ("size_u", "i8"),
    ("side", "i8"),  # Side of the aggressor
)

QUOTE: Final = record(  # best bid and ask
    ("exch_ts_ns", "i8"),
    ("recv_ts_ns", "i8"),
    ("update_id", "i8"),  # of the book's last change; the same in BOOK
    ("bid_u", "i8"),
    ("bid_size_u", "i8"),
    ("ask_u", "i8"),
    ("ask_size_u", "i8"),
)

BOOK: Final = record(  # a whole book, the touch first; size 0: no such level
    ("exch_ts_ns", "i8"),
    ("recv_ts_ns", "i8"),
    ("update_id", "i8"),
    ("bid_u", "i8", (BOOK_LEVELS,)),
    ("bid_size_u", "i8", (BOOK_LEVELS,)),
    ("ask_u", "i8", (BOOK_LEVELS,)),
    ("ask_size_u", "i8", (BOOK_LEVELS,)),
)

LEVEL: Final = record(  # one level of a message about a book: see domain/books.py
    ("exch_ts_ns", "i8"),
    ("recv_ts_ns", "i8"),
    ("update_id", "i8"),
    ("first_id", "i8"),
    ("before_id", "i8"),
    ("form", "i8"),  # BookForm
    ("side", "i8"),  # BookSide
    ("price_u", "i8"),
    ("size_u", "i8"),
    ("ends", "i8"),
)

LADDER: Final = record(  # one side of a book
    ("count", "i8"),
    ("horizon", "i8"),  # price x side; levels that are not nearer are not known. LADDER_LEVELS
    ("price_u", "i8", (LADDER_LEVELS,)),  # the touch last
    ("size_u", "i8", (LADDER_LEVELS,)),
)

FULL_BOOK: Final = record(  # a book as its messages build it
    ("status", "i8"),  # BookStatus
    ("update_id", "i8"),  # of the last message that was applied
    ("exch_ts_ns", "i8"),
    ("recv_ts_ns", "i8"),
    ("fresh", "i8"),  # 1: no changes have come since the whole book
    ("outcome", "i8"),  # Outcome, of the message in hand; 0: none is in hand
    ("gaps", "i8"),  # how often messages were missing
    ("bids", LADDER),
    ("asks", LADDER),
)

# --- Events -----------------------------------------------------------------------------------

BAR: Final = record(
    ("open_ts_ns", "i8"),
    ("open_u", "i8"),
    ("high_u", "i8"),
    ("low_u", "i8"),
    ("close_u", "i8"),
    ("volume_u", "i8"),
)

SIGNAL: Final = record(("strategy", "u4"), ("value", "f8"))

USUAL: Final = record(  # what a market is like at this minute of the day: medians of past days
    ("until_ns", "i8"),  # when this is out of date
    ("spread", "f8"),  # share of the mid; NaN: unknown
    ("volume", "f8"),  # of a minute, in base currency; NaN: unknown
)

CONTROL: Final = record(
    ("kind", "u1"),  # ControlKind
    ("rules", RULES),
    ("day_volume_u", "i8"),  # with rules: mean volume of a day as known now; 0: unknown
    ("usual", USUAL),
)

EVENT: Final = record(
    ("kind", "u1"),  # EventKind: says which of the records below counts
    ("market", "u4"),
    ("seq", "i8"),  # place in the order of arrival, from 0
    ("exch_ts_ns", "i8"),
    ("recv_ts_ns", "i8"),
    ("bar", BAR),
    ("trade", TRADE),
    ("quote", QUOTE),
    ("book", BOOK),
    ("signal", SIGNAL),
    ("fact", FACT),
    ("control", CONTROL),
)

TURN: Final = record(  # whose turn it is: an order over the rows of a chunk (kernels/chunk.py)
    ("ts_ns", "i8"),
    ("row", "u4"),  # of the kind's array
    ("market", "u2"),  # its number in the run
    ("kind", "u2"),  # EventKind: TRADE, QUOTE, BOOK or GAP
)

# --- The desk's parameters and state ----------------------------------------------------------

SWITCH: Final = record(
    ("metric", "u1"),  # Metric
    ("comparison", "u1"),  # Comparison
    ("latch", "u1"),  # Latch
    ("index", "u1"),  # its row in the whole table, those that are off included
    ("action", "u2"),  # bits of Action
    ("slot", "u2"),  # of a row that watches markets: its place in their records
    ("reason", "i8"),  # Reason given to what it refuses
    ("limit", "f8"),
    ("amount", "f8"),  # factor, addition or minutes
    ("samples_min", "i8"),
    ("quiet_ns", "i8"),
)

PLAN: Final = record(  # how a policy on ticks enters, holds and leaves
    ("policy", "u1"),  # Policy; NONE: strategies send signals
    ("threshold", "f8"),  # what a score has to exceed to open a position
    ("every_ns", "i8"),  # from one decision to the next; 0: on every event
    ("weights", "f8", (SCORE_PARTS,)),  # of what a score is made of: see kernels/desk/policies.py
    ("scales", "f8", (SCORE_PARTS,)),  # of each: what counts as much
    ("entry_from", "i1"),  # Side of the touch that the entry's limit is counted from
    ("entry_ticks", "i8"),  # from there upward
    ("entry_rests", "u1"),  # 1: where that would reach the ask, the limit stays at its side
    ("post_only", "u1"),
    ("entry_wait_ns", "i8"),  # then what is not filled is cancelled, or taken at once
    ("entry_enough", "f8"),  # share filled by then with which the rest may go on resting
    ("entry_slip_max", "f8"),  # share of the price at decision; 0: what was not filled is let go
    ("requotes", "i8"),  # how often the rest is asked for anew at the current price
    ("ttl_ns", "i8"),  # no order rests longer; 0: for ever
    ("cooldown_ns", "i8"),  # from the end of a round trip to the next entry in its market
    ("cooldown_loss_ns", "i8"),  # after one that lost
    ("stale_ns", "i8"),  # no entry on a market not heard of for longer; 0: any
    ("slots", "i8"),  # round trips at once
    ("stop", "f8"),  # shares of the mean price paid; 0: off
    ("target", "f8"),
    ("stop_ticks", "i8"),  # the same in ticks; 0: off
    ("target_ticks", "i8"),
    ("target_rests", "u1"),  # 1: the target rests at the venue; 0: it is taken when it shows
    ("trail_atr", "f8"),  # ATR below the highest bid, once half the target was seen; 0: off
    ("exit_wait_ns", "i8"),  # how long an exit that is not urgent rests at the ask; 0: not at all
    ("hold_ns", "i8"),  # longest time in a position; 0: any
    ("hold_gain", "f8"),  # unless it gained more, as share of the price paid; inf: even then
    ("ladder_slip", "f8", (LADDER_STEPS,)),  # how far below the bid each step of a stop reaches
    ("ladder_ns", "i8", (LADDER_STEPS,)),  # from the first step to the end of each; then the market
)

STAKES: Final = record(  # what an entry on ticks may cost: see kernels/desk/stakes.py
    ("share_max", "f8", (MARKETS_MAX,)),  # of equity, in each market
    ("use", "f8"),  # share of the Kelly fraction that is used
    ("ceiling", "f8"),  # no step up goes further
    ("step", "f8"),  # of the way up that is gone at once
    ("trips_min", "i8"),  # round trips before anything is learned, and between two lessons
    ("bound_percent", "i8"),  # of resamples whose fraction is at most the lower bound
    ("resamples", "i8"),
    ("block", "i8"),  # round trips that stay together in a resample
    ("probes_max", "i8"),  # a day, where the fraction is 0
    ("few_max", "i8"),  # open positions that are few
    ("few", "f8"),  # what sizes are multiplied by then
    ("many", "f8"),
    ("open_max", "i8"),
    ("kinship_max", "f8"),  # correlation above which a held market is the same
    ("kinship_minutes", "i8"),
    ("kinship", "f8"),  # what sizes are multiplied by then
    ("market_max", "f8"),  # share of equity that a least order may cost
    ("order_min", "f8"),  # the least order, as a multiple of the venue's
    ("exit_min", "f8"),  # the least exit, as a multiple of the venue's
    ("score_min", "f8"),  # with which a size that is too small becomes the least order
    ("has_small", "u1"),  # 1: there are rules for small accounts
    ("small_equity", "f8"),
    ("small_sure", "f8"),  # score from which nearly all cash is spent
    ("small_share", "f8"),  # which is this
)

THRESHOLD: Final = record(  # what a position must be expected to earn: kernels/desk/threshold.py
    ("least", "f8", (MARKETS_MAX,)),  # share of value, of each market
    ("wild", "f8"),  # added where it is volatile and the spread is wide
    ("wild_volatility", "f8"),
    ("wild_spread", "f8"),
    ("slow", "f8"),  # what it is multiplied by where volume is low,
    ("slow_volume", "f8"),  # below this share of the usual,
    ("idle", "f8"),  # or very low
    ("idle_volume", "f8"),
    ("holiday", "f8"),
    ("event", "f8"),
    ("belief", "f8"),  # added for each unit by which the chance to win is below a half
    ("belief_trips", "i8"),
)

CALENDAR: Final = record(
    ("days", "i8"),
    ("day_ns", "i8", (WINDOWS_MAX,)),  # beginnings of public holidays
    ("windows", "i8"),
    ("from_ns", "i8", (WINDOWS_MAX,)),  # of events
    ("until_ns", "i8", (WINDOWS_MAX,)),
)

PARAMS: Final = record(
    ("plans", PLAN, (MARKETS_MAX,)),  # of each market
    ("on_ticks", "u1"),  # 1: the switchboard looks at the rows that watch equity
    ("marks_trades", "u1"),  # 1: no book is known, what a position is worth the last trade says
    ("sizer", "u1"),  # Sizer
    ("units", "f8"),  # UNITS: base currency at target 1
    ("fraction", "f8"),  # FRACTION: share of equity at target 1
    ("share_max", "f8"),  # RISK_PARITY: no market is given a larger share of equity
    ("risk", "f8"),  # VOLATILITY: share of equity that a move of atr_multiple ATR may cost
    ("atr_multiple", "f8"),
    ("atr_bars", "i8"),  # 0: no sizer needs the volatility
    ("exit_stop", "f8"),  # shares of the entry price; 0: off
    ("exit_target", "f8"),
    ("exit_trailing", "f8"),  # share of the highest close since entry; 0: off
    ("exit_bars", "i8"),  # bars that a position is held at most; 0: off
    ("has_exits", "u1"),
    ("day_offset_ns", "i8"),  # a trading day begins at this offset from 00:00 UTC
    ("rate_window_ns", "i8"),
    ("order_samples_min", "i8"),  # orders before their mean size means something
    ("equity_rows", "i8"),  # switches [0, equity_rows) watch equity,
    ("order_rows", "i8"),  # [equity_rows, order_rows) watch each order that adds risk,
    ("market_rows", "i8"),  # then markets,
    ("closed_rows", "i8"),  # then closed round trips,
    ("switch_rows", "i8"),  # and the others the clock
    ("watching", "u1"),  # 1: some row is not a limit of every desk's orders
    ("move_max", "f8"),  # of WATCH; inf: off
    ("move_bucket_ns", "i8"),
    ("lambda_quantile", "f8"),
    ("lambda_minutes_min", "i8"),
    ("hurst_centre", "f8"),
    ("hurst_sd", "f8"),
    ("unexplained_minutes", "i8"),
    ("stakes", STAKES),
    ("threshold", THRESHOLD),
    ("calendar", CALENDAR),
    ("switches", SWITCH, (SWITCHES_MAX,)),
)

ACCOUNT: Final = record(
    ("cash", "f8"),
    ("equity", "f8"),
    ("equity_peak", "f8"),
    ("equity_day_start", "f8"),
    ("per_peak", "f8"),  # 1 / equity_peak: a division a bar is a quarter of its cost
    ("per_day_start", "f8"),
    ("day_end_ns", "i8"),  # the last moment of the trading day
    ("fees", "f8"),
    ("promised", "f8"),  # cash that working buys may still take
    ("buying", "i8"),  # working buys
)

POSITION: Final = record(
    ("size_u", "i8"),
    ("mark_u", "i8"),
    ("mark", "f8"),  # quote currency per unit of base
    ("value", "f8"),
    ("unknown", "i8"),  # orders whose fate is unknown: no new risk here until it is known
    ("has_rules", "u1"),
    ("rules", RULES),
)

WISH: Final = record(
    ("target", "f8"),  # the last wish; 0 at the start: flat
    ("done", "u1"),  # 1: an order was asked for, or nothing needed doing
    ("refused", "u2"),  # Reason of the last refusal, so that only changes are recorded
    ("strategy", "u4"),
    ("working_no", "i8"),  # 0: no working order
)

GUARD: Final = record(  # what ends a position besides its signal
    ("entry_value", "f8"),  # bought since the position was opened
    ("entry_u", "i8"),
    ("guarded_u", "i8"),  # position size for which stop and target were last asked
    ("stop_no", "i8"),  # local numbers of the resting orders; 0: none
    ("target_no", "i8"),
    ("highest", "f8"),  # price paid, or close since entry
    ("bars", "i8"),  # held
)

ATR: Final = record(("value", "f8"), ("before_u", "i8"), ("seen", "i8"))
"""Wilder's average true range in units: see kernels/features/wilder.py."""

CANDIDATE: Final = record(  # one order that entries or exits want, before the checks
    ("strategy", "u4"),
    ("market", "u4"),
    ("role", "i8"),  # Role
    ("side", "i1"),  # Side
    ("order_type", "u1"),  # OrderType
    ("reason", "i8"),  # Reason
    ("tif", "u1"),  # TimeInForce
    ("post_only", "u1"),
    ("expires_ns", "i8"),  # 0: never
    ("price_u", "i8"),  # of a stop or limit; else 0
    ("size_u", "i8"),  # what it is expected to buy or sell at the mark
    ("value", "f8"),
)

TRIP: Final = record(  # a market's round trip, as a policy on ticks makes it
    ("phase", "u1"),  # Phase
    ("step", "u1"),  # of the ladder
    ("called_off", "u1"),  # 1: a kill switch called the entry back
    ("requoted", "u1"),  # how often the rest of the entry was asked for anew
    ("reason", "u2"),  # Reason for leaving
    ("bid_u", "i8"),  # the touch as the desk knows it; 0: unknown
    ("ask_u", "i8"),
    ("seen_ns", "i8"),  # when the market was last heard of
    ("order_no", "i8"),  # the order at work; 0: none
    ("target_no", "i8"),  # the target that rests at the venue; 0: none
    ("asked_ns", "i8"),  # when the order at work, or the first of the ladder, was asked for
    ("wanted_u", "i8"),  # size that the entry is to reach
    ("decided_u", "i8"),  # the ask at the decision to enter
    ("decided_ns", "i8"),
    ("score", "f8"),  # at the decision
    ("entered_ns", "i8"),  # first fill
    ("free_ns", "i8"),  # no entry before this
    ("think_ns", "i8"),  # no decision to enter before this
    ("highest_u", "i8"),  # bid since the first fill
    ("stop_u", "i8"),  # the bid at which it is left, as low as that; 0: none
    ("target_u", "i8"),  # as high as that; 0: none
    ("half_u", "i8"),  # half of the way there; 0: no trailing stop
    ("leave_ns", "i8"),  # when its time is over; 0: never
    ("bought_u", "i8"),
    ("cost_u", "f8"),  # price x size of what was bought, in units of both
    ("paid", "f8"),  # quote currency, without fees; with what dust from before had cost
    ("dust", "f8"),  # what is still held of trips that are over had cost
    ("sold_ns", "i8"),  # when an exit was last asked for
    ("got", "f8"),
    ("fees", "f8"),
)

ORDER: Final = record(
    ("local_no", "i8"),
    ("strategy", "u4"),
    ("market", "u4"),
    ("side", "i1"),
    ("order_type", "u1"),
    ("role", "u1"),  # Role
    ("state", "u1"),  # OrderState
    ("cancelling", "u1"),
    ("price_u", "i8"),
    ("size_u", "i8"),
    ("filled_u", "i8"),
    ("asked_ns", "i8"),
    ("is_answered", "u1"),  # 1: a fact about it has come
    ("promise", "f8"),  # cash this order may still take, fee included
    ("target", "f8"),  # the wish it serves
)

FLOW: Final = record(  # orders that added risk
    ("submits", "i8"),
    ("value_sum", "f8"),
    ("times_ns", "i8", (ORDER_TIMES_MAX,)),  # of submit n at n % ORDER_TIMES_MAX
)

FIRED: Final = record(
    ("on", "u1"),  # 2: a person let go of it, and its condition still holds
    ("known", "u1"),  # 1: what it watches has been known
    ("count", "i8"),
    ("first_ts_ns", "i8"),
    ("first_seq", "i8"),
    ("first_value", "f8"),
    ("held_ns", "i8"),  # when its condition was last seen to hold
)

FIRING: Final = record(  # one time that a switch fired
    ("ts_ns", "i8"),
    ("seq", "i8"),
    ("row", "u4"),
    ("market", "u4"),  # 0 unless it watches markets
    ("value", "f8"),
)

FIRINGS: Final = record(
    ("count", "i8"),  # all; the last FIRINGS_MAX of them are here, at count % FIRINGS_MAX
    ("last", FIRING, (FIRINGS_MAX,)),
)

ALARM: Final = record(  # when equity has to be looked at closely
    ("below", "f8"),  # at or below this a row may trip
    ("peak_max", "f8"),  # a higher peak moves that
    ("week_end_ns", "i8"),  # the last moment of the week
    ("equity_week_start", "f8"),
    ("paused_until_ns", "i8"),
    ("next_ns", "i8"),  # when rows that watch the clock are due
    ("due", "i8"),  # markets with something to cancel, trim or liquidate
)

SWITCHED: Final = record(("on", "u1"), ("held_ns", "i8"))
"""A switch that watches markets, in one of them; as FIRED."""

QUANTILE: Final = record(  # see kernels/desk/quantile.py
    ("seen", "i8"),
    ("heights", "f8", (QUANTILE_MARKERS,)),
    ("places", "f8", (QUANTILE_MARKERS,)),
)

WATCH: Final = record(  # what switches know of a market
    ("seen_ns", "i8"),  # when something last arrived; 0: never
    ("look_ns", "i8"),  # when its rows are due
    ("roll_ns", "i8"),  # when the bucket in hand is over
    ("price_u", "i8"),  # the last one
    ("top_u", "i8"),  # of the bucket in hand
    ("bottom_u", "i8"),
    ("high_u", "i8"),  # of the whole window
    ("low_u", "i8"),
    ("bucket", "i8"),
    ("minute", "i8"),  # the last that began
    ("first_minute", "i8"),
    ("minute_u", "i8", (MINUTES_COMPARED,)),  # the price as each began
    ("paused_until_ns", "i8"),
    ("due", "i8"),  # bits of Action that somebody has yet to do
    ("gap_u", "i8"),  # what the venue reported of our position, less what we know
    ("sample_ns", "i8"),  # when lambda is taken again
    ("score", "f8"),
    ("score_second", "i8"),
    ("usual", USUAL),
    ("lambda_quantile", QUANTILE),
    ("metrics", "f8", (MARKET_METRICS_MAX,)),
    ("switched", SWITCHED, (MARKET_SWITCHES_MAX,)),
    ("tops_u", "i8", (MOVE_BUCKETS,)),
    ("bottoms_u", "i8", (MOVE_BUCKETS,)),
)

PACE: Final = record(  # the orders that added risk, and how fast they were answered
    ("day_end_ns", "i8"),  # the day of `entries`
    ("entries", "i8"),
    ("market", "i8"),  # of the last order
    ("price_u", "i8"),
    ("size_u", "i8"),
    ("value", "f8"),
    ("submit_ns", "i8"),
    ("repeats", "i8"),
    ("seen", "i8"),
    ("values", "f8", (ORDERS_REMEMBERED,)),
    ("values_ranked", "f8", (ORDERS_REMEMBERED,)),
    ("answers", "i8"),
    ("answer_ms", "f8", (ORDERS_REMEMBERED,)),
    ("answer_ms_ranked", "f8", (ORDERS_REMEMBERED,)),
)

STRAYS: Final = record(  # what no order explains
    ("facts", "i8"),  # about orders that are not ours
    ("minute", "i8"),
    ("values", "f8", (MINUTES_REMEMBERED,)),  # changes of balance in quote currency, by minute
)

MEMORY: Final = record(  # what closed round trips taught
    ("trips", "i8"),
    ("losses", "i8"),  # in a row
    ("entries", "i8"),
    ("slippage", "f8", (ENTRIES_REMEMBERED,)),
    ("slippage_ranked", "f8", (ENTRIES_REMEMBERED,)),
    ("returns", "f8", (TRIPS_REMEMBERED,)),  # net profit as a share of the entry's value
    ("gross", "f8", (TRIPS_REMEMBERED,)),  # profit before fees
    ("fees", "f8", (TRIPS_REMEMBERED,)),
)

KELLY: Final = record(  # what sizing learned from closed round trips
    ("fraction", "f8"),
    ("full", "f8"),  # at the last lesson
    ("bound", "f8"),
    ("day_end_ns", "i8"),  # the day of `probes`
    ("probes", "i8"),
)

STATE: Final = record(
    ("seq", "i8"),
    ("now_ns", "i8"),
    ("market_count", "i8"),
    ("account", ACCOUNT),
    ("flow", FLOW),
    ("halted", "u1"),  # 1: no order that adds risk until a person re-arms
    ("metrics", "f8", (METRICS_MAX,)),
    ("samples", "i8", (METRICS_MAX,)),  # that a metric is made of, where a switch asks for some
    ("fired", FIRED, (SWITCHES_MAX,)),
    ("positions", POSITION, (MARKETS_MAX,)),
    ("wishes", WISH, (MARKETS_MAX,)),
    ("guards", GUARD, (MARKETS_MAX,)),
    ("trips", TRIP, (MARKETS_MAX,)),
    ("open_trips", "i8"),  # markets entering, held or being left
    ("ranges", ATR, (MARKETS_MAX,)),
    ("candidate", CANDIDATE),
    ("below_zero", "i8"),  # signals that a spot market could not follow
    ("refusals", "i8", (REASONS_MAX,)),  # by Reason, every one counted
    ("next_local_no", "i8"),
    ("orders", ORDER, (ORDERS_MAX,)),
    ("alarm", ALARM),
    ("firings", FIRINGS),
    ("pace", PACE),
    ("strays", STRAYS),
    ("memory", MEMORY),
    ("kelly", KELLY),
    ("watch", WATCH, (MARKETS_MAX,)),
)

OUTBOX: Final = record(  # what one event caused
    ("request_count", "i8"),
    ("requests", REQUEST, (REQUESTS_MAX,)),
    ("decision_count", "i8"),
    ("decisions", DECISION, (DECISIONS_MAX,)),
)

# --- The simulated venue ----------------------------------------------------------------------

RESTING: Final = record(
    ("local_no", "i8"),
    ("market", "u4"),
    ("side", "i1"),
    ("order_type", "u1"),
    ("tif", "u1"),
    ("post_only", "u1"),
    ("reduce_only", "u1"),
    ("fresh", "u1"),  # has not seen a bar yet
    ("price_u", "i8"),
    ("left_u", "i8"),  # size still to be filled; VALUE orders have value_left instead
    ("value_left", "f8"),
    ("expires_ns", "i8"),  # 0: never
    ("front", "f8"),  # size that is ahead in the queue at its price: an estimate
    ("level_u", "i8"),  # size last seen at its price; -1: not seen
    ("traded_u", "i8"),  # at its price since that size was seen
)

FLIGHT: Final = record(  # what is on its way between desk and venue, first in first out
    ("request_count", "i8"),
    ("request_head", "i8"),
    ("request_due_ns", "i8", (FLIGHT_MAX,)),
    ("requests", REQUEST, (FLIGHT_MAX,)),
    ("fact_count", "i8"),
    ("fact_head", "i8"),
    ("facts", FACT, (FLIGHT_MAX,)),  # recv_ts_ns: when it will arrive
)

DELAY: Final = record(  # how long a message takes
    ("fixed_ns", "i8"),
    ("count", "i8"),  # 0: always `fixed_ns`, else drawn from what was measured
    ("measured_ns", "i8", (LATENCIES_MAX,)),
)

LOST: Final = record(  # a submit whose answer was lost on purpose
    ("local_no", "i8"),
    ("market", "u4"),
    ("exists", "u1"),  # 1: it was accepted
    ("is_unknown", "u1"),  # 1: the desk was told that nobody knows
    ("due_ns", "i8"),  # when the next is said about it
)

FAULTS: Final = record(  # what goes wrong on purpose; all 0: nothing does
    ("lost_ppm", "i8"),  # answers to submits that are lost, of a million
    ("patience_ns", "i8"),  # how long the desk's side waits for one before it is UNKNOWN
    ("verdict_ns", "i8"),  # from then until it is known what became of it
    ("external_ppm", "i8"),  # chance that what the venue says is followed by an EXTERNAL change
    ("external_lots", "i8"),  # of so many lots, or
    ("external_value", "f8"),  # of so much quote currency, either way
    ("report_every", "i8"),  # facts from one BALANCE to the next; 0: none
    ("told", "i8"),  # facts so far, if any are counted
    ("lost_count", "i8"),
    ("lost", LOST, (LOST_MAX,)),
)

TICK_VENUE: Final = record(  # what a venue simulated on ticks knows besides
    ("queue", "u1"),  # Queue
    ("queue_power", "i8"),
    ("whole", "u1"),  # 1: a fill takes the whole order, whatever was traded
    ("request_delay", DELAY),
    ("fact_delay", DELAY),
    ("rng", "i8", (6,)),  # see kernels/rng.py
    ("faults", FAULTS),
    ("flight", FLIGHT),
    ("depth", "u1", (MARKETS_MAX,)),  # Depth: what is known of a market's book
    ("has_levels", "u1", (MARKETS_MAX,)),  # 1: a whole book has come since the last gap
    ("views", BOOK, (MARKETS_MAX,)),  # what the book shows, less what we took of it
    ("last_u", "i8", (MARKETS_MAX,)),  # price of the last trade
    ("unknown_depth_u", "i8"),  # filled beyond the levels that were known
)

VENUE: Final = record(
    ("cash", "f8"),
    ("now_ns", "i8"),
    ("volume_u", "i8"),  # of the bar in hand
    ("next_fill_id", "i8"),
    ("open_count", "i8"),
    ("slippage", "f8"),  # fraction of the price, against the taker
    ("participation", "f8"),  # share of a bar's volume that may be ours; 0: no cap
    ("slippage_cost", "f8"),
    ("fill_share_max", "f8"),
    ("positions_u", "i8", (MARKETS_MAX,)),
    ("volume_left_u", "i8", (MARKETS_MAX,)),  # of the bar in hand, that may still be ours
    ("rules", RULES, (MARKETS_MAX,)),
    ("resting", RESTING, (ORDERS_MAX,)),
    ("ticks", TICK_VENUE),
)

INBOX: Final = record(  # what the venue answered, on its way to the desk
    ("count", "i8"),
    ("facts", FACT, (FACTS_MAX,)),
)

CURSOR: Final = record(  # how far a run has come
    ("row", "i8"),  # next bar
    ("venue_turn", "i8"),  # next turns of the chunk in hand
    ("desk_turn", "i8"),
    ("timer_ns", "i8"),  # when the next timer is due
    ("sample_every_ns", "i8"),  # from one look at equity to the next; a multiple of the timer's
    ("samples", "i8"),
    ("change", "i8"),  # next change of rules
    ("seq", "i8"),  # next event
    ("facts", "i8"),  # rows of the log in use
    ("requests", "i8"),
    ("decisions", "i8"),
    ("sent", "i8"),  # requests that the venue has seen
    ("queued", "i8"),  # rows of the log in use
)

QUEUED: Final = record(("local_no", "i8"), ("ahead_u", "f8"))
"""Where a limit began to rest: the size ahead of it, as the venue's model has it; see queues.py."""

LOG: Final = record(  # what a run leaves behind; `*_seq` is the event that caused a row
    ("fact_seq", "i8", (LOG_MAX,)),
    ("facts", FACT, (LOG_MAX,)),
    ("request_seq", "i8", (LOG_MAX,)),
    ("requests", REQUEST, (LOG_MAX,)),
    ("request_bid_u", "i8", (LOG_MAX,)),  # the touch as the desk knew it; on ticks
    ("request_ask_u", "i8", (LOG_MAX,)),
    ("queued", QUEUED, (LOG_MAX,)),  # on ticks
    ("decisions", DECISION, (LOG_MAX,)),
    ("sample_ts_ns", "i8", (LOG_MAX,)),
    ("sample_equity", "f8", (LOG_MAX,)),
    ("sample_cash", "f8", (LOG_MAX,)),
)

WORLD: Final = record(  # a desk and the venue it trades on, in one piece of memory
    ("state", STATE),
    ("params", PARAMS),
    ("event", EVENT),
    ("outbox", OUTBOX),
    ("venue", VENUE),
    ("inbox", INBOX),
    ("cursor", CURSOR),
)


def scaled(value: Decimal, exponent: int) -> int:
    """Return `value` x 10^`exponent`, which must be whole.

    Raises:
        ValueError: `value` has more digits than `exponent`.
    """
    units = value.scaleb(exponent)
    if units != units.to_integral_value():
        raise ValueError(f"{value} has more than {exponent} decimal digits")
    return int(units)


def pack_rules(instrument: Instrument, rules: Rules) -> Records:
    """Return `rules` in the units of `instrument`, as RULES [1].

    A tick or lot finer than one unit becomes one unit: no price or size of ours can be finer.
    """
    packed = np.zeros(1, RULES)
    row = packed[0]
    row.price_scale = float(Decimal(1).scaleb(-instrument.price_exp))
    row.size_scale = float(Decimal(1).scaleb(-instrument.size_exp))
    row.lot_u = _whole_units(rules.lot, instrument.size_exp)
    row.value_min = float(rules.value_min)
    row.value_max = float(rules.value_max)
    row.fee_maker = float(rules.fee_maker)
    row.fee_taker = float(rules.fee_taker)
    row.bands = len(rules.ticks)
    for i, (lower, tick) in enumerate(rules.ticks):
        row.band_from_u[i] = int(
            lower.scaleb(instrument.price_exp).to_integral_value(ROUND_CEILING)
        )
        row.band_tick_u[i] = _whole_units(tick, instrument.price_exp)
    return packed


def _whole_units(step: Decimal, exponent: int) -> int:
    unit = Decimal(1).scaleb(-exponent)
    return 1 if step < unit else scaled(step, exponent)
