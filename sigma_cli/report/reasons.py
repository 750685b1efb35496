"""Why orders were asked for, refused or ended, as people say it."""

from typing import Final

from sigma_cli.domain.requests import Reason

REASONS: Final = {
    Reason.SIGNAL_ENTRY: "signal to enter",
    Reason.SIGNAL_EXIT: "signal to leave",
    Reason.SIGNAL_REVERSED: "signal reversed",
    Reason.EXIT_STOP: "stop",
    Reason.EXIT_TARGET: "target",
    Reason.EXIT_TRAILING: "trailing stop",
    Reason.EXIT_TIME: "held long enough",
    Reason.EXIT_EXPECTED: "more to lose than was gained",
    Reason.PROTECTION_MOVED: "stop or target made way",
    Reason.SCORE: "score good enough",
    Reason.ENTRY_WAITED: "entry not filled in time",
    Reason.ENTRY_FALLBACK: "rest of an entry taken at once",
    Reason.EXIT_WAITED: "exit not filled in time",
    Reason.EXIT_LADDER: "next step of the ladder",
    Reason.EMERGENCY: "kill switch: sell everything",
    Reason.TRIMMED: "kill switch: sell what is too much",
    Reason.SWITCHED_OFF: "entry called back by a kill switch",
    Reason.ENTRY_TOPPED_UP: "what was bought could not be sold",
    Reason.TICK: "price not on the venue's tick grid",
    Reason.LOT: "smaller than the venue's lot",
    Reason.VALUE_MIN: "below the venue's minimum order value",
    Reason.VALUE_MAX: "above the venue's maximum order value",
    Reason.NO_PRICE: "no price seen yet",
    Reason.NO_RULES: "no venue rules known",
    Reason.NO_VOLATILITY: "volatility not known yet",
    Reason.CASH: "not enough cash",
    Reason.DAY_LOSS: "daily loss limit",
    Reason.DRAWDOWN: "drawdown limit",
    Reason.MARKET_SHARE: "position in one market too large",
    Reason.ORDER_RATIO: "order much larger than the average one",
    Reason.ORDER_RATE: "too many orders in a minute",
    Reason.HALTED: "halted until a person re-arms",
    Reason.UNKNOWN_ORDER: "fate of an earlier order unknown",
    Reason.OVERFLOW: "too many orders at once",
    Reason.BAD_SIGNAL: "signal outside -1 to 1",
    Reason.COOLDOWN: "pause after a round trip",
    Reason.SLOTS: "out of slots: as many round trips as allowed",
    Reason.STALE: "book not heard of for too long",
    Reason.EXPECTED: "would not earn enough",
    Reason.STAKE: "the sizer allows nothing",
    Reason.APART: "last trade and book too far apart",
    Reason.NOT_HOT: "not on the hot list",
    Reason.HOURS: "outside the hours in which it may enter",
    Reason.INSUFFICIENT_FUNDS: "venue: not enough funds",
    Reason.PAUSED: "paused by a kill switch",
    Reason.WEEK_LOSS: "weekly loss limit",
    Reason.DAY_LOSS_VALUE: "daily loss limit in money",
    Reason.REPEATS: "the same order over and over",
    Reason.ENTRIES: "too many entries in a day",
    Reason.MEDIAN_RATIO: "order much larger than the usual one",
    Reason.POSITION_VALUE: "position in one market worth too much",
    Reason.COLLAR: "price too far from the market",
    Reason.LOSSES: "too many losses in a row",
    Reason.FEE_SHARE: "fees eat the profit",
    Reason.POSITION_SHARE: "position in one market too large",
    Reason.SPREAD_RATIO: "spread much wider than usual",
    Reason.VOLUME_RATIO: "volume much lower than usual",
    Reason.MOVE: "market moves too fast",
    Reason.STILLNESS: "nothing heard of the market",
    Reason.TOXICITY: "one-sided flow",
    Reason.SAME_SCORES: "several markets with one score: their data are mixed",
    Reason.REDUCE_ONLY: "venue: nothing left to reduce",
    Reason.POST_ONLY: "venue: would have taken at once",
    Reason.TIME_IN_FORCE: "venue: not there to be had at once",
    Reason.CANCEL_REQUESTED: "cancelled by us",
    Reason.SELF_MATCH: "venue: would have met an order of ours",
    Reason.EXPIRED: "venue: its time was over",
    Reason.UNSUPPORTED: "venue: does not know such an order",
}
"""Reasons as people say them; one without a sentence shows its name."""


def said(name: str) -> str:
    """Return a reason's name with its sentence, where it has one."""
    plain = name.lower()
    words = {reason.name.lower(): words for reason, words in REASONS.items()}.get(plain)
    return f"{words} ({plain})" if words else plain
