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
}
"""Refusals as people say them; one without a sentence shows its name."""


def said(name: str) -> str:
    """Return a reason's name with its sentence, where it has one."""
    plain = name.lower()
    words = {reason.name.lower(): words for reason, words in REASONS.items()}.get(plain)
    return f"{words} ({plain})" if words else plain
