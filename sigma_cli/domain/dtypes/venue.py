"""What the simulated venue knows: resting orders, what is on its way, what goes wrong."""

from typing import Final

from sigma_cli.domain.dtypes.bounds import (
    FACTS_MAX,
    FLIGHT_MAX,
    LATENCIES_MAX,
    LOST_MAX,
    MARKETS_MAX,
    ORDERS_MAX,
)
from sigma_cli.domain.dtypes.layout import record
from sigma_cli.domain.dtypes.tape import BOOK, FACT, REQUEST, RULES

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
