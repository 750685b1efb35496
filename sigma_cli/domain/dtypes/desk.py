"""What a desk knows and decides: one record a room, see kernels/desk/__init__.py."""

from typing import Final

from sigma_cli.domain.dtypes.bounds import (
    DECISIONS_MAX,
    ENTRIES_REMEMBERED,
    FIRINGS_MAX,
    MARKET_METRICS_MAX,
    MARKET_SWITCHES_MAX,
    MARKETS_MAX,
    METRICS_MAX,
    MINUTES_COMPARED,
    MINUTES_REMEMBERED,
    MOVE_BUCKETS,
    ORDER_TIMES_MAX,
    ORDERS_MAX,
    ORDERS_REMEMBERED,
    QUANTILE_MARKERS,
    REASONS_MAX,
    REQUESTS_MAX,
    SWITCHES_MAX,
    TRIPS_REMEMBERED,
)
from sigma_cli.domain.dtypes.layout import record
from sigma_cli.domain.dtypes.tape import DECISION, REQUEST, RULES, USUAL

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
    ("waits", "u1"),  # 1: good enough to enter, and others are yet to be compared with it
    ("expected", "f8"),  # what an entry would earn, at the decision
    ("requoted", "u1"),  # how often the rest of the entry was asked for anew
    ("reason", "u2"),  # Reason for leaving
    ("bid_u", "i8"),  # what could be had for it: the bid or, without a book, the last trade
    ("ask_u", "i8"),  # 0: no book is known
    ("seen_ns", "i8"),  # when the touch was last told
    ("traded_u", "i8"),  # price of the last trade; 0: none yet
    ("order_no", "i8"),  # the order at work; 0: none
    ("target_no", "i8"),  # what locks coins while they are held: a target, or a trim; 0: nothing
    ("asked_ns", "i8"),  # when the order at work, or the first of the ladder, was asked for
    ("wanted_u", "i8"),  # size that the entry is to reach
    ("decided_u", "i8"),  # the ask at the decision to enter
    ("decided_ns", "i8"),
    ("score", "f8"),  # at the last decision
    ("entered_ns", "i8"),  # first fill
    ("free_ns", "i8"),  # no entry before this
    ("think_ns", "i8"),  # no decision to enter before this
    ("highest_u", "i8"),  # bid since the first fill
    ("stop_u", "i8"),  # the bid at which it is left, as low as that; 0: none
    ("target_u", "i8"),  # as high as that; 0: none
    ("even_u", "i8"),  # as high as that the round trip has paid for itself
    ("half_u", "i8"),  # half of the way to the target; 0: no trailing stop
    ("leave_ns", "i8"),  # when its time is over; 0: never
    ("bought_u", "i8"),
    ("cost_u", "f8"),  # price x size of what was bought, in units of both
    ("paid", "f8"),  # quote currency, without fees; with what dust from before had cost
    ("dust", "f8"),  # what is still held of trips that are over had cost,
    ("dust_u", "i8"),  # and how much that is
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
    ("cold", "u1"),  # 1: not on the hot list
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
