"""What every number means: one list, to which each number on a page links."""

from typing import Final

from sigma_cli.report.markup import Markup, tag

TERMS: Final = {
    "return": (
        "Return",
        "Final equity / cash at the start - 1; open positions count at the last close.",
    ),
    "held": (
        "Buy and hold",
        "Equal parts of the starting cash in every market at its first close, less one fee, kept"
        " to the end.",
    ),
    "drawdown": (
        "Drawdown",
        "How far equity lies below its highest point so far, as a share of that high.",
    ),
    "underwater": ("Longest drawdown", "The longest time from a high to the next one."),
    "ulcer": ("Ulcer index", "Root mean square of the drawdown: deep and long both count."),
    "sharpe": (
        "Sharpe ratio",
        "Mean / standard deviation of returns, times the square root of returns a year;"
        " riskless rate 0.",
    ),
    "error": (
        "Standard error",
        "How far the Sharpe ratio would scatter if history were drawn again, with skew, fat tails"
        " and autocorrelation (Lo 2002, Mertens 2002, Newey-West). About two of three times the"
        " true ratio lies within one of it.",
    ),
    "psr": (
        "Probabilistic Sharpe ratio",
        "The chance that the true Sharpe ratio is above 0, for a single try (Bailey and Lopez de"
        " Prado 2012).",
    ),
    "trials": (
        "Tries",
        "Ways of running this strategy on these data, or on any that share a market and some time"
        " with them, that the store knows of; each cell of a sweep is one. What was tried"
        " elsewhere, or in the head, is not counted.",
    ),
    "luck": (
        "Sharpe ratio of luck",
        "What the best of so many worthless tries would be expected to show (Bailey and Lopez de"
        " Prado 2014). Their spread is that of the stored tries on the very same data, or of"
        " pure noise where that is greater.",
    ),
    "dsr": (
        "Deflated Sharpe ratio",
        "The chance that the true Sharpe ratio is above what luck shows in so many tries. 95 % is"
        " the usual bar.",
    ),
    "needed": (
        "History needed",
        "How long returns like these would have to go on until the deflated Sharpe ratio is 95 %.",
    ),
    "bootstrap": (
        "Band",
        "90 % of 1,000 other histories lie inside: blocks of this run's returns drawn with"
        " replacement (stationary bootstrap, Politis and Romano 1994). What never happened in this"
        " run is not in it.",
    ),
    "pbo": (
        "Probability of overfitting",
        "How often the run that is best on half of the time is below the median on the other half"
        " (Bailey, Borwein, Lopez de Prado and Zhu 2017). 50 % is noise.",
    ),
    "annual": ("Return a year", "Compounded; not shown for less than 90 days."),
    "volatility": (
        "Volatility",
        "Standard deviation of returns, times the square root of returns a year.",
    ),
    "sortino": ("Sortino ratio", "As the Sharpe ratio, with the root mean square of losses below."),
    "calmar": ("Calmar ratio", "Return a year / deepest drawdown."),
    "trade": (
        "Trade",
        "From no position to no position in one market; what is too little to be sold is none, and"
        " goes into the next trade at the price at which it was left. Its result is after fees; its"
        " return is the result / value of the entry.",
    ),
    "win": ("Win rate", "Share of closed trades with a result above 0."),
    "payoff": ("Payoff", "Mean result of winning trades / mean loss of losing ones."),
    "factor": (
        "Profit factor",
        "Sum of wins / sum of losses. Below 1 the trades lost money together.",
    ),
    "mfe": (
        "Best and worst moment",
        "Maximum favourable and adverse excursion: how far the price went above and below the"
        " entry while the trade was open, as a share of the entry. From the candle of the entry to"
        " the last one before the exit's, and the exit itself; where a stop or a target ended it"
        " inside a candle, that one is the exit's.",
    ),
    "exposure": ("Exposure", "Value of all positions / equity."),
    "invested": ("Time with a position", "Share of the time in which any market was held."),
    "idle": (
        "Idle cash",
        "Cash / equity, averaged over time, counted to what kept it from being used. First what"
        " the sizing would leave even with every market bought; the rest in equal parts to the"
        " markets that hold nothing, by what each was waiting for.",
    ),
    "turnover": ("Turnover", "Value of everything bought and sold / equity on average."),
    "gross": ("Before costs", "Result with the same fills, but no fee and no assumed slippage."),
}
"""Key: name and meaning."""

ON_TICKS: Final = {
    "return": (
        "Return",
        "Final equity / cash at the start - 1; open positions count at the bid, without a book at"
        " the last trade.",
    ),
    "mfe": (
        "Best and worst moment",
        "Maximum favourable and adverse excursion: how far the price went above and below the"
        " entry while the trade was open, as a share of the entry. From the candle after the"
        " entry's to the last one before the exit's, and the exit itself: a candle does not tell"
        " what came before a fill inside it and what after.",
    ),
    "fair": (
        "At fair prices",
        "Result had every fill been made at its decision's price, without a fee.",
    ),
    "decision": (
        "Decision's price",
        "The middle of bid and ask as the desk knew them when it asked for the first order of an"
        " entry or an exit, whatever further orders that took; without a book, the last trade.",
    ),
    "spread": (
        "Spread",
        "Half of ask - bid at the decision, times the size: paid by a taker, earned by a maker"
        " (below 0).",
    ),
    "impact": (
        "Impact",
        "What walking the book cost: the price of each fill as taker against that of the first"
        " level that its order met at that moment.",
    ),
    "movement": (
        "Price movement",
        "What the market did between decision and fill: during latency, while an order rested, and"
        " until a fallback or the next rung of a ladder. Spread, impact and movement are the price"
        " of the fill less the decision's price, to the last digit.",
    ),
    "fill_rate": ("Fill rate", "Orders with at least one fill / orders asked for."),
    "fill_time": (
        "Time to fill",
        "From the decision to enter or to leave to the first fill of any of its orders at the"
        " venue, the way there included.",
    ),
    "slipped": (
        "Slippage",
        "Mean price of all fills of an entry or an exit against its decision's price, in basis"
        " points of that; above 0 it was worse. The mean over decisions.",
    ),
    "maker_share": ("Filled as maker", "Value filled while resting in the book / value filled."),
    "rested": (
        "Rest",
        "An order at a limit that is not filled at once lines up behind those who are there.",
    ),
    "ahead": (
        "Ahead",
        "Size that stood at an order's price when it lined up, over its own size; an estimate"
        " from the levels of the book, as are the queues themselves.",
    ),
    "markout": (
        "Markout",
        "Middle of bid and ask (without a book, the last trade) so long after a fill, less the"
        " price of the fill, in basis points, as seen from our side. The mean over those fills"
        " after which it was told again, for the last time at most ten seconds before, without a"
        " gap.",
    ),
    "funnel": (
        "From wish to fill",
        "Each decision to take a position counts once as a wish, whatever orders it took: a"
        " fallback, or asking anew for the rest, is a step of it. What is wished for and refused"
        " again and again counts once until the reason changes.",
    ),
    "exit_rule": (
        "Rule of an exit",
        "The rule that first asked for it; counted are exits that were filled at least in part,"
        " all orders of a ladder as one.",
    ),
    "limit": (
        "Limit",
        "A rule that watches the account, a market or an order. While it holds it refuses orders"
        " that add risk; a kill switch may also shrink them, demand more of them, pause, call"
        " entries back, or sell. None refuses an exit.",
    ),
    "latency": (
        "Latency",
        "How long a request takes to the venue, and its answer back. What is seen of the market"
        " arrives as in this run.",
    ),
    "lie": (
        "Lie",
        "Return on bars or trades less that on the book, which knows most: what would have been"
        " believed wrongly. None of these runs counts as a try.",
    ),
    "offset": (
        "Clock offset",
        "Our clock less the venue's, as the quickest row shows it: it was taken off all arrivals.",
    ),
    "feed": ("Latency of the feed", "Arrival less the venue's time, after the offset."),
    "gap": (
        "Gap",
        "Messages about the book are missing: it is unknown until the next whole one.",
    ),
}
"""The same, of what only a run on ticks has, or of what means something else there."""


def term(key: str, said: str = "") -> Markup:
    """Return the name of a number, or what is `said` instead, as a link to what it means."""
    return tag("a", said or (TERMS | ON_TICKS)[key][0], href=f"#def-{key}", class_="term")


def definitions(basis: str, *, on_ticks: bool = False) -> Markup:
    """Return what each number means; `basis`: what the Sharpe ratio rests on."""
    terms = TERMS | ON_TICKS if on_ticks else TERMS
    rows = [(key, name, said) for key, (name, said) in terms.items()]
    rows.append(("basis", "This Sharpe ratio", f"From {basis}."))
    pairs = (tag("div", tag("dt", n), tag("dd", said), id=f"def-{key}") for key, n, said in rows)
    return tag("dl", *pairs, class_="defined")
