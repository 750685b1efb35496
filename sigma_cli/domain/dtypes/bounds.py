"""How much of each thing there may be: what does not fit is refused with Reason.OVERFLOW."""

from typing import Final

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
