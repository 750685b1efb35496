"""Why orders were refused, as people say it."""

from typing import Final

from sigma_cli.domain.requests import Reason

REASONS: Final = {
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
    Reason.HALTED: "halted by a person",
    Reason.UNKNOWN_ORDER: "fate of an earlier order unknown",
    Reason.OVERFLOW: "too many orders at once",
    Reason.BAD_SIGNAL: "signal outside -1 to 1",
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
}
"""Refusals as people say them; one without a sentence shows its name."""


def said(name: str) -> str:
    """Return a reason's name with its sentence, where it has one."""
    plain = name.lower()
    words = {reason.name.lower(): words for reason, words in REASONS.items()}.get(plain)
    return f"{words} ({plain})" if words else plain
