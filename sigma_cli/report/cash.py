"""How the money was used: in positions, or idle, and then why."""

from typing import Final

from sigma_cli.domain.requests import Reason
from sigma_cli.report import idle as states
from sigma_cli.report import text
from sigma_cli.report.definitions import term
from sigma_cli.report.fidelity import on_ticks
from sigma_cli.report.idle import Idle, idle
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.reasons import REASONS
from sigma_cli.report.shell import note
from sigma_cli.report.table import facts, table

SHOWN_MIN: Final = 0.0005
"""Share below which a cause is not listed: it would read 0.0 %."""

_CAUSES: Final = {
    states.SIZING: "kept back by the sizing",
    states.NO_SIGNAL: "no signal yet (warming up, or no data)",
    states.FLAT: "flat by the strategy",
    states.SHORT: "the strategy wished to be short, which this market can't be",
    states.WAITING: "waiting for a fill",
    states.CLOSED: "position closed, no new signal since",
    states.UNTOLD: "can't be told",
}

_UNKNOWN_SIZES: Final = {
    "units": " What a number of units is of the equity can't be told: while a market has no"
    " position, none of the idle money counts as kept back.",
    "volatility": " How far volatility kept a size below sizing.fraction can't be told: while"
    " another market has no position, only what that fraction leaves counts as kept back.",
    "risk_parity": " What risk parity keeps back while volatilities are unknown can't be told:"
    " until then it counts by the reason of the market.",
}
"""What is added to the note, by the kind of sizing."""


def cash(run: Run) -> Markup:
    """Return the use of the money as a bar, a table and facts."""
    summary = run.summary
    found = None if on_ticks(summary) and not len(run.signals["value"]) else idle(run)
    rows: list[tuple[str, str]] = [
        (term("exposure", "Exposure, on average"), text.percent(summary["exposure_mean"], 1)),
        (term("turnover"), f"{text.number(summary['turnover'], 1)} times the equity"),
    ]
    if found is None:
        said = (
            "A policy has no wish between its entries: the money waits for a good moment. What"
            " was refused stands under From wish to fill."
            if on_ticks(summary)
            else "This run has no tables that tell why cash lay idle, or no time passed in it."
        )
        return joined(facts(rows), note(said))
    rows.insert(1, (term("invested"), text.percent(found.invested, 1)))
    ordered = sorted(found.causes.items(), key=lambda item: -item[1])
    shown = [(code, share) for code, share in ordered if share >= SHOWN_MIN]
    lines: list[tuple[str, str]] = [(tag("b", "in positions"), _percent(found.used))]
    lines += [(_name(code), _percent(share)) for code, share in shown]
    return joined(
        _bar(found, shown),
        table(("Where the money was", term("idle", "On average")), lines, wrap=True),
        facts(rows),
        note(
            "Refusals are known by the changes of their reason, and a bar knows no wait shorter"
            " than itself; what the tables of the run don't tell is listed as such.",
            _UNKNOWN_SIZES.get(summary["settings"].get("sizing.kind"), ""),
        ),
    )


def _percent(share: float) -> str:
    return text.percent(share, 1)


def causes(run: Run) -> dict[str, float]:
    """Return the shares of idle cash by cause in words, and of what was in positions."""
    found = idle(run)
    if found is None:
        return {}
    return {"in positions": found.used, **{_name(c): share for c, share in found.causes.items()}}


def _bar(found: Idle, ordered: list[tuple[int, float]]) -> Markup:
    parts = [tag("i", class_="used", style=f"width:{found.used:.2%}")]
    parts += [tag("i", class_=_tone(code), style=f"width:{share:.2%}") for code, share in ordered]
    said = f"{found.used:.0%} of the money in positions"
    return tag("div", *parts, class_="shares", role="img", aria_label=said)


def _tone(code: int) -> str:
    return "refused" if code >= states.REFUSED else "flat" if code == states.FLAT else "rest"


def _name(code: int) -> str:
    if code < states.REFUSED:
        return _CAUSES[code]
    reason = Reason(code - states.REFUSED)
    return f"refused: {REASONS.get(reason, reason.name.lower())}"
