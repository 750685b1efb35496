"""Is it luck? The Sharpe ratio with its error, deflated, and other histories it could have had."""

from math import isinf, sqrt
from typing import Final

import numpy as np

from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.report import text
from sigma_cli.report.definitions import term
from sigma_cli.report.evidence import ERRORS, SURE, Evidence, returns_of
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.plot import Frame, figure, key, keys, path, percents, plot, time_axis
from sigma_cli.report.shell import note
from sigma_cli.report.svg import HEIGHT, WIDTH, line, ribbon, scale_around
from sigma_cli.report.table import facts, table
from sigma_cli.stats.bootstrap import DRAWS, Bands, bands

POINTS: Final = 200
"""Points of a band: it has no details worth more."""
RETURNS_MIN: Final = 10
"""Returns from which other histories are drawn."""
YEARS_MAX: Final = 1000.0
"""A history that nobody will wait for."""


def proof(run: Run, found: Evidence) -> Markup:
    """Return the evidence in numbers and as a fan of histories."""
    if not found.known:
        return note("Equity never moved, or too seldom to be judged: there is nothing to explain.")
    parts = [interval(found), facts(ratios(found))]
    returns = returns_of(run)
    if len(returns.returns) >= RETURNS_MIN:
        drawn = bands(returns.returns, POINTS)
        parts += [_fan(run, drawn), _quantiles(drawn, sqrt(returns.per_year))]
    return joined(*parts)


def plus_minus(found: Evidence) -> str:
    """Return a Sharpe ratio with one standard error."""
    if not found.known:
        return text.UNDEFINED
    return f"{text.number(found.sharpe, 2)} \N{PLUS-MINUS SIGN} {text.number(found.error, 2)}"


def interval(found: Evidence) -> Markup:
    """Return the 95 % interval of a Sharpe ratio on a line with 0 and with luck."""
    low, high = (found.sharpe + sign * ERRORS * found.error for sign in (-1.0, 1.0))
    scale = scale_around(min(low, 0.0), max(high, found.luck, 0.0), margin=0.06)
    left, right = scale.share(low), scale.share(high)
    shapes = [
        tag("i", class_="range", style=f"left:{left:.2%};width:{right - left:.2%}"),
        tag("i", class_="point", style=f"left:{scale.share(found.sharpe):.2%}"),
        _needle("zero", scale.share(0.0), "0"),
    ]
    if found.luck:
        shapes.append(_needle("luck", scale.share(found.luck), f"luck {found.luck:.2f}"))
    said = f"Sharpe ratio, 95 % interval {text.number(low, 2)} to {text.number(high, 2)}"
    return tag("div", *shapes, class_="interval", role="img", aria_label=said)


def ratios(found: Evidence) -> list[tuple[str, str]]:
    """Return what is known of a Sharpe ratio, as names and values."""
    low, high = (found.sharpe + sign * ERRORS * found.error for sign in (-1.0, 1.0))
    return [
        (term("sharpe"), text.number(found.sharpe, 2)),
        (term("error"), text.number(found.error, 2)),
        ("95 % interval", f"{text.number(low, 2)} to {text.number(high, 2)}"),
        (term("psr", "Chance of a ratio above 0, as a single try"), _chance(found.probabilistic)),
        (term("trials"), text.number(found.trials)),
        (term("luck"), text.number(found.luck, 2)),
        (term("dsr"), f"{_chance(found.deflated)} (bar: {text.percent(SURE, 0)})"),
        (term("needed"), _history(found.years_needed)),
        ("History there is", _history(found.years)),
        ("Skew, kurtosis", f"{text.number(found.skew, 2)}, {text.number(found.kurtosis, 1)}"),
    ]


def _needle(kind: str, share: float, label: str) -> Markup:
    side = " left" if share > 0.6 else ""
    return tag("i", label, class_=f"needle {kind}{side}", style=f"left:{share:.2%}")


def _chance(value: float) -> str:
    return text.percent(value, 1)


def _history(years: float) -> str:
    if isinf(years):
        return "no length is enough"
    if years > YEARS_MAX:
        return f"more than {text.number(YEARS_MAX)} years"
    return text.span(int(years * 365.25 * NS_PER_DAY))


def _fan(run: Run, drawn: Bands) -> Markup:
    """Return the band of other histories, with the one that happened."""
    ts_ns, equity = run.equity["ts_ns"], run.equity["equity"]
    frame = Frame(start_ns=int(ts_ns[0]), end_ns=int(ts_ns[-1]), zone=run.zone)
    own = equity / run.summary["start_cash"] - 1.0
    low, middle, high = drawn.paths - 1.0
    scale = scale_around(min(low.min(), own.min()), max(high.max(), own.max()))
    x = drawn.at / drawn.at[-1] * WIDTH
    zero = (1.0 - scale.share(0.0)) * HEIGHT
    chart = plot(
        path("band", ribbon(x, scale.y(low), scale.y(high))),
        path("cash", f"M0 {zero:.0f}H{WIDTH}"),
        path("held", line(x, scale.y(middle))),
        path("own", line(frame.scale.x((ts_ns - frame.start_ns).astype(np.float64)), scale.y(own))),
        height="tall",
        levels=percents(scale, 6),
        name="other histories",
    )
    legend = keys(
        key("own", "what happened", text.percent(own[-1], signed=True)),
        key("held", "the middle one"),
        key("band", "90 % of histories"),
    )
    said = (
        f"{text.number(DRAWS)} other histories from blocks of this run's own returns,"
        f" {text.number(drawn.block)} on average. {text.percent(drawn.lost, 0)} of them lost money."
    )
    return figure(chart, time_axis(frame), legend=legend, note=said)


def _quantiles(drawn: Bands, year: float) -> Markup:
    rows = [
        (term("return"), *(text.percent(at, signed=True) for at in drawn.total)),
        (term("sharpe"), *(text.number(at * year, 2) for at in drawn.sharpe)),
        (term("drawdown", "Deepest drawdown"), *(text.percent(at) for at in drawn.max_drawdown)),
    ]
    return table((term("bootstrap", "Of all histories"), "5 % below", "Middle", "5 % above"), rows)
