"""A whole run: desk and venue in one piece of memory, how far it has come, what it leaves."""

from typing import Final

from sigma_cli.domain.dtypes.bounds import LOG_MAX, REASONS_MAX
from sigma_cli.domain.dtypes.desk import OUTBOX, STATE
from sigma_cli.domain.dtypes.layout import record
from sigma_cli.domain.dtypes.params import PARAMS
from sigma_cli.domain.dtypes.tape import DECISION, EVENT, FACT, REQUEST
from sigma_cli.domain.dtypes.venue import INBOX, VENUE

CURSOR: Final = record(  # how far a run has come
    ("row", "i8"),  # next bar
    ("venue_turn", "i8"),  # next turns of the chunk in hand
    ("desk_turn", "i8"),
    ("timer_ns", "i8"),  # when the next timer is due
    ("sample_every_ns", "i8"),  # from one look at equity to the next; a multiple of the timer's
    ("samples", "i8"),
    ("change", "i8"),  # next change of rules
    ("told", "i8"),  # next that the desk is told
    ("seq", "i8"),  # next event
    ("facts", "i8"),  # rows of the log in use
    ("requests", "i8"),
    ("decisions", "i8"),
    ("sent", "i8"),  # requests that the venue has seen
    ("queued", "i8"),  # rows of the log in use
    ("counted", "i8"),
    ("refusals", "i8", (REASONS_MAX,)),  # by Reason, up to the last minute that was counted
)

QUEUED: Final = record(("local_no", "i8"), ("ahead_u", "f8"))
"""Where a limit began to rest: the size ahead of it, as the venue's model has it; see queues.py."""

COUNTED: Final = record(("ts_ns", "i8"), ("reason", "i8"), ("count", "i8"))
"""How often a rule stood against an order in the minute that ends at `ts_ns`."""

LOG: Final = record(  # what a run leaves behind; `*_seq` is the event that caused a row
    ("fact_seq", "i8", (LOG_MAX,)),
    ("facts", FACT, (LOG_MAX,)),
    ("request_seq", "i8", (LOG_MAX,)),
    ("requests", REQUEST, (LOG_MAX,)),
    ("request_bid_u", "i8", (LOG_MAX,)),  # the touch as the desk knew it; on ticks
    ("request_ask_u", "i8", (LOG_MAX,)),
    ("queued", QUEUED, (LOG_MAX,)),  # on ticks
    ("decisions", DECISION, (LOG_MAX,)),
    ("counted", COUNTED, (LOG_MAX,)),  # on ticks
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
