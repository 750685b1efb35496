"""What a tape holds: rules, requests, facts, decisions, market data, and the events made of them.

One file, so that a tape's format is one page.
"""

from typing import Final

from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS, LADDER_LEVELS
from sigma_cli.domain.dtypes.layout import record
from sigma_cli.domain.features import BOUND_PARTS
from sigma_cli.domain.instruments import BANDS_MAX

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

BOUND: Final = record(  # what a feature was like in seven days; NaN: too little was known
    ("column", "i8"),  # Column
    *((part, "f8") for part in BOUND_PARTS),
)

TOLD: Final = record(  # what the desk is told of a market, and when
    ("ts_ns", "i8"),
    ("market", "u2"),
    ("kind", "u1"),  # ControlKind: USUAL, HOT or BOUND
    ("hot", "u1"),  # 1: on the hot list from here on
    ("bound", "u4"),  # row of BOUND
    ("usual", USUAL),
)

CONTROL: Final = record(
    ("kind", "u1"),  # ControlKind
    ("rules", RULES),
    ("day_volume_u", "i8"),  # with rules: mean volume of a day as known now; 0: unknown
    ("usual", USUAL),
    ("hot", "u1"),
    ("bound", BOUND),
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
