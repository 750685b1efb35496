"""Every reason to doubt the result of a run. Pure judgement, no markup.

The limits below only decide what is said aloud; no result is hidden or changed by them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sigma_cli.domain.fidelities import BOOK, TRADES
from sigma_cli.domain.units import INTERVALS_NS, NS_PER_DAY
from sigma_cli.report import limits, reasons, text
from sigma_cli.report.evidence import SURE, Evidence
from sigma_cli.report.fidelity import fidelity, on_ticks
from sigma_cli.report.verdict import look_ahead, never_traded, synthetic

TRADES_MIN: Final = 30
"""Closed trades below which luck is named: the usual small-sample bound of the normal law."""
FILL_SHARE_MAX: Final = 0.1
"""A fill above this share of its bar's volume would have moved the price."""
MISSING_MAX: Final = 0.01
"""Share of missing bars above which coverage is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A reason not to believe the result yet. `grave` ones come first and are marked."""

    topic: str
    text: str
    grave: bool = False


def doubts(
    summary: Mapping[str, Any],
    closed: int,
    proof: Evidence,
    notes: Iterable[str] = (),
) -> list[Doubt]:
    """Return every reason to doubt a run with `closed` round trips, the grave ones first."""
    found = [*_about_data(summary), *_about_fills(summary), *_about_proof(summary, closed)]
    found += _about_luck(proof)
    found += [Doubt(topic="Note", text=note) for note in (*summary["notes"], *notes)]
    return sorted(found, key=lambda doubt: not doubt.grave)


def _about_data(summary: Mapping[str, Any]) -> Iterator[Doubt]:
    if synthetic(summary):
        yield Doubt(
            topic="Synthetic data",
            text="The market was made by a random number generator. Whatever the result, it says"
            " nothing about a real market.",
            grave=True,
        )
    if never_traded(summary):
        yield Doubt(topic="Never traded", text=_why_nothing(summary), grave=True)
    yield from _about_coverage(summary)
    for split in summary.get("splits", ()):
        yield Doubt(
            topic="Unadjusted split",
            text=f"{split['market']}: {split['text']}. Prices before and after it are not the same"
            " thing; the result across it is worth nothing.",
            grave=True,
        )
    for market in summary["markets"]:
        due = market["bars"] + market["missing"]
        if due and market["missing"] > MISSING_MAX * due:
            yield Doubt(
                topic="Missing data",
                text=f"{market['market']} has no bar in {text.percent(market['missing'] / due, 1)}"
                f" of the period ({text.number(market['missing'])} of {text.number(due)}).",
            )


def _why_nothing(summary: Mapping[str, Any]) -> str:
    refusals = summary["refusals"]
    if not refusals:
        return "The strategy never asked for a position, so there is nothing to judge."
    named = ", ".join(f"{reasons.said(name)} ({text.number(n)})" for name, n in refusals.items())
    return f"Nothing it asked for was allowed: {named}."


def _about_coverage(summary: Mapping[str, Any]) -> Iterator[Doubt]:
    """Name markets whose data begin late or end early in the period that was asked for."""
    period, step_ns = summary["period"], INTERVALS_NS[summary["interval"]]
    asked_ns = period["end_ns"] - period["start_ns"]
    for market in summary["markets"]:
        held_ns = market["last_ts_ns"] + step_ns - market["first_ts_ns"]
        if held_ns < asked_ns * (1.0 - MISSING_MAX) and asked_ns - held_ns > NS_PER_DAY:
            yield Doubt(
                topic="Shorter than asked for",
                text=f"{market['market']} has data for {text.span(held_ns)} of the"
                f" {text.span(asked_ns)} of {period['text']}.",
            )


def _about_fills(summary: Mapping[str, Any]) -> Iterator[Doubt]:
    for fired in summary["switches"]:
        if limits.ended_run(fired):
            yield Doubt(
                topic="A limit ended the run",
                text=f"{limits.name(fired).capitalize()} reached"
                f" {limits.reached(summary, fired)}: no new positions from there on, so what"
                " follows is not the strategy's doing.",
                grave=True,
            )
        elif limits.ended_day(fired):
            yield Doubt(
                topic="A limit ended days",
                text=f"{limits.name(fired).capitalize()} reached on"
                f" {text.counted(fired['count'], 'day')}: no new positions for the rest of each.",
            )
    share = summary["fill_share_max"] or 0.0
    if share > FILL_SHARE_MAX:
        impossible = "more than the bar traded at all" if share > 1 else "enough to move the price"
        yield Doubt(
            topic="Fills too large",
            text=f"The largest fill is {text.percent(share, 0)} of its bar's volume,"
            f" {impossible}. A smaller size, or a participation cap, would be honest.",
            grave=share > 1,
        )
    net = summary["final_equity"] - summary["start_cash"]
    gross, taken = summary["gross_pnl"], summary["gross_pnl"] - net
    if 0 < gross < taken:
        currency = summary["currency"]
        yield Doubt(
            topic="Costs ate the profit",
            text=f"Before costs the trades made {text.money(gross, currency)}; fees and"
            f" {'prices' if on_ticks(summary) else 'slippage'} took {text.money(taken, currency)}.",
        )
    yield from _about_model(summary)
    if summary["fills"] and not summary["fees"]:
        yield Doubt(topic="No fees", text="No fee was charged. Real venues charge one.", grave=True)
    if summary["targets_below_zero"]:
        yield Doubt(
            topic="Short signals ignored",
            text=f"{text.counted(summary['targets_below_zero'], 'signal')} asked for a short"
            " position where the market can't be sold short, and meant flat.",
        )


_QUEUES: Final = {
    "risk_averse": "only trades bring an order forward, cancellations ahead of it never do",
    "power": "who was cancelled, ahead of us or behind, the power model guesses",
    "log": "who was cancelled, ahead of us or behind, the logarithmic model guesses",
}


def _about_model(summary: Mapping[str, Any]) -> Iterator[Doubt]:
    """Name what the fills rest on."""
    name = fidelity(summary)
    if name == TRADES:
        yield Doubt(
            topic="Fills are guesswork",
            text="No book is known, so nobody can say what would have been filled. A limit was"
            " filled only when trades went through its price, a taker got the next trade of its"
            " own side and no more than that: a conservative guess, not a measurement.",
            grave=True,
        )
    elif name == BOOK:
        queue = summary["settings"]["fills.queue"]
        yield Doubt(
            topic="Queue model",
            text=f"Fills of resting orders rest on the queue model {queue}: {_QUEUES[queue]}. Our"
            " own orders move nobody else's.",
        )
        if summary["execution"]["unknown_depth_fills_u"]:
            yield Doubt(
                topic="Larger than the book",
                text="Orders took more than the levels that are stored: what lay beyond was"
                " assumed to be a tick worse than the last of them. It would have cost more.",
                grave=True,
            )
    elif summary["fills"] and not summary["slippage_cost"]:
        yield Doubt(
            topic="No slippage",
            text="Market orders were filled at the bar's price with nothing lost to spread or"
            " depth. Real fills are worse.",
        )


def _about_proof(summary: Mapping[str, Any], closed: int) -> Iterator[Doubt]:
    if closed < TRADES_MIN:
        yield Doubt(
            topic="Few trades",
            text=f"{text.counted(closed, 'closed trade')}: too few to tell skill from luck.",
            grave=True,
        )
    basis = summary["sharpe_basis"].partition(":")[0]
    if basis.startswith("returns of single"):
        yield Doubt(
            topic="Short period",
            text=f"The Sharpe ratio rests on the {basis}, because there are too few"
            " days. Scaled up to a year, such a number means little.",
        )
    yield from _about_look_ahead(summary)


def _about_look_ahead(summary: Mapping[str, Any]) -> Iterator[Doubt]:
    state = look_ahead(summary)
    if state == "absent":
        yield Doubt(
            topic="Look-ahead unknown",
            text="The look-ahead gate has not been run: nothing here proves that the strategy did"
            " not see the future.",
        )
    elif state != "passed":
        yield Doubt(
            topic="Look-ahead gate skipped",
            text="Somebody switched the look-ahead gate off (--no-gate): this result may rest on"
            " numbers from the future.",
            grave=True,
        )


def _about_luck(found: Evidence) -> Iterator[Doubt]:
    tries = text.counted(found.trials, "try", "tries")
    if found.known and found.sharpe > 0.0 and found.deflated <= SURE:
        rival = (
            f"; the best of {tries} without any skill would show {text.number(found.luck, 2)}"
            if found.trials > 1
            else ""
        )
        yield Doubt(
            topic="Luck",
            text=f"The Sharpe ratio is {text.number(found.sharpe, 2)} with a standard error of"
            f" {text.number(found.error, 2)}{rival}. The chance that there is skill is"
            f" {text.percent(found.deflated, 0)}; {text.percent(SURE, 0)} is the usual bar.",
            grave=found.sharpe <= found.luck,
        )
    if found.trials > 1:
        yield Doubt(
            topic="Many tries",
            text=f"The store knows of {tries} of this strategy on these data. The best of many"
            " looks good by chance; the deflated Sharpe ratio corrects for it, the return doesn't.",
        )
