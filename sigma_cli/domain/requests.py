"""What the desk may ask for, and why it may not get it.

The numbers are part of the tape's format: add at the end, never renumber.
"""

from enum import IntEnum


class RequestKind(IntEnum):
    """What the gateway is asked to make true."""

    SUBMIT = 1
    CANCEL = 2
    REPLACE = 3


class Side(IntEnum):
    """The side of an order; its number is the sign of the position change."""

    BUY = 1
    SELL = -1


class OrderType(IntEnum):
    """How an order finds its price."""

    MARKET = 1
    """By size, at any price."""
    VALUE = 2
    """By value, at any price (Upbit `price`, Binance `quoteOrderQty`)."""
    LIMIT = 3
    """At `price_u` or better."""
    STOP = 4
    """A market order once the price has reached `price_u`. Most spot venues have none."""
    BEST = 5
    """At the other side's best price when it arrives (Upbit `best`): a buy by value, a sell by
    size; IOC or FOK only."""


class TimeInForce(IntEnum):
    """How long an order lives."""

    GTC = 1
    """Until filled or cancelled."""
    IOC = 2
    """Fill what can be filled at once, cancel the rest."""
    FOK = 3
    """All at once, or nothing."""


class Reason(IntEnum):
    """Why a decision was taken, or refused, or an order ended. One list for desk and venue."""

    NONE = 0
    # Why an order was asked for.
    SIGNAL_ENTRY = 1
    SIGNAL_EXIT = 2
    SIGNAL_REVERSED = 3
    EXIT_STOP = 4
    EXIT_TARGET = 5
    EXIT_TRAILING = 6
    EXIT_TIME = 7
    PROTECTION_MOVED = 8
    """A stop or target made way: the position it guards is gone, or another size."""
    SCORE = 9
    """The score of a policy on ticks was good enough to enter."""
    ENTRY_WAITED = 10
    """An entry was not filled in time."""
    ENTRY_FALLBACK = 11
    """What an entry did not get by waiting is taken at once, as long as its score holds."""
    EXIT_WAITED = 12
    """An exit was not filled in time: the ladder takes over."""
    EXIT_LADDER = 13
    """The order of a later step of the ladder: which one is measured, how deep is the limit."""
    EMERGENCY = 14
    """A kill switch ends the position."""
    TRIMMED = 15
    """A kill switch makes a position smaller."""
    SWITCHED_OFF = 16
    """A kill switch calls an entry back."""
    ENTRY_TOPPED_UP = 17
    """An entry got too little to be sold again."""
    EXIT_EXPECTED = 18
    """More is to be lost than was gained: what is expected has turned."""
    # Why the desk did not ask: the venue's rules, by their names.
    TICK = 20
    LOT = 21
    VALUE_MIN = 22
    VALUE_MAX = 23
    NO_PRICE = 25
    NO_RULES = 26
    NO_VOLATILITY = 27
    """The sizer needs a volatility that is not known yet."""
    # Why the desk did not ask: money and limits.
    CASH = 40
    DAY_LOSS = 41
    DRAWDOWN = 42
    MARKET_SHARE = 43
    ORDER_RATIO = 44
    ORDER_RATE = 45
    HALTED = 46
    UNKNOWN_ORDER = 47
    OVERFLOW = 48
    BAD_SIGNAL = 49
    COOLDOWN = 50
    SLOTS = 51
    STALE = 52
    """What is known of the book is too old."""
    EXPECTED = 53
    """It would not earn enough."""
    STAKE = 54
    """The sizer allows nothing."""
    APART = 55
    """The last trade is too far from the book."""
    NOT_HOT = 56
    """The market is not on the hot list."""
    HOURS = 57
    """It is not an hour of the day in which the policy may enter."""
    # Why the venue refused, or ended an order.
    INSUFFICIENT_FUNDS = 60
    REDUCE_ONLY = 61
    POST_ONLY = 62
    TIME_IN_FORCE = 63
    CANCEL_REQUESTED = 65
    SELF_MATCH = 66
    """It would have traded with an order of our own."""
    EXPIRED = 67
    UNSUPPORTED = 68
    """The venue, or this fidelity of its simulation, does not know such a request."""
    # Why the desk did not ask, on ticks: kill switches, by their metrics.
    WEEK_LOSS = 80
    DAY_LOSS_VALUE = 81
    REPEATS = 82
    ENTRIES = 83
    MEDIAN_RATIO = 84
    POSITION_VALUE = 85
    COLLAR = 86
    LOSSES = 87
    SLIPPAGE = 88
    SLIPPAGE_P95 = 89
    FEE_SHARE = 90
    EXPOSURE = 91
    ROUND_TRIP = 92
    UNEXPLAINED = 93
    UNTRACKED = 94
    SAME_SCORES = 95
    POSITION_SHARE = 96
    HURST_NOISE = 97
    VPIN = 98
    LAMBDA_EXCESS = 99
    SPREAD_RATIO = 100
    VOLUME_RATIO = 101
    MOVE = 102
    STILLNESS = 103
    TOXICITY = 104
    PAUSED = 105
