"""Returns by month, or by day where the period is short, and what they amount to on a year."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.report import text
from sigma_cli.report.definitions import term
from sigma_cli.report.evidence import always_open, returns_of
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.plot import Frame, figure, keys, path, percents, plot, time_axis
from sigma_cli.report.shell import note
from sigma_cli.report.svg import HEIGHT, WIDTH, Scale
from sigma_cli.report.table import facts, table
from sigma_cli.stats.days import last_of_days, last_of_months
from sigma_cli.stats.drawdowns import falls, ulcer
from sigma_cli.stats.performance import performance

DAYS_DRAWN_MAX: Final = 120
"""Days drawn one by one; a longer period has months enough."""
ANNUAL_DAYS_MIN: Final = 90
"""Days below which nothing is compounded to a year."""
_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FULL: Final = 0.10  # a month of this return has the full colour

Values = NDArray[np.float64]


def monthly(run: Run) -> tuple[NDArray[np.int64], Values]:
    """Return the months of a run (year x 12 + month - 1) and the return of each."""
    months, last = last_of_months(run.equity["ts_ns"])
    equity = run.equity["equity"][last]
    return months, equity / np.append(run.summary["start_cash"], equity[:-1]) - 1.0


def daily(run: Run) -> tuple[NDArray[np.int64], Values]:
    """Return when each UTC day of a run ends, and its return."""
    ts_ns = run.equity["ts_ns"]
    last = last_of_days(ts_ns, always_open=always_open(run.summary))
    equity = run.equity["equity"][last]
    if always_open(run.summary):
        first_day = int(ts_ns[0] - 1) // NS_PER_DAY
        ends_ns = (first_day + 1 + np.arange(len(last), dtype=np.int64)) * NS_PER_DAY
    else:
        ends_ns = (ts_ns[last] - 1) // NS_PER_DAY * NS_PER_DAY + NS_PER_DAY
    return ends_ns, equity / np.append(run.summary["start_cash"], equity[:-1]) - 1.0


def months(run: Run) -> Markup:
    """Return the monthly table, the days of a short period, and the usual numbers."""
    parts = [_table(run)]
    ends_ns, returns = daily(run)
    if 2 <= len(returns) <= DAYS_DRAWN_MAX:
        parts.append(_days(run, ends_ns, returns))
    return joined(*parts, facts(_facts(run)))


def _table(run: Run) -> Markup:
    numbers, returns = monthly(run)
    found = dict(zip(numbers.tolist(), returns.tolist(), strict=True))
    shown = sorted({at % 12 for at in found})  # a run of three months has three columns
    rows = []
    for year in range(int(numbers[0]) // 12, int(numbers[-1]) // 12 + 1):
        cells = [found.get(year * 12 + month) for month in shown]
        total = float(np.prod([1.0 + at for at in cells if at is not None])) - 1.0
        rows.append((str(year), *(_cell(at) for at in cells), _cell(total)))
    return joined(
        table(("", *(_NAMES[month] for month in shown), "Year"), rows),
        note("Months and days are UTC. A month counts as far as the period covers it."),
    )


def _cell(share: float | None) -> str:
    if share is None:
        return ""
    depth = min(abs(share) / _FULL, 1.0)
    kind = "won" if share > 0 else "lost" if share < 0 else "even"
    said = text.percent(share, 1, signed=True)
    return tag("span", said, class_=f"tint {kind}", style=f"--depth:{depth:.0%}")


def _days(run: Run, ends_ns: NDArray[np.int64], returns: Values) -> Markup:
    start_ns = int(ends_ns[0]) - NS_PER_DAY
    frame = Frame(start_ns=start_ns, end_ns=int(ends_ns[-1]), zone=run.zone)
    largest = max(float(np.abs(returns).max()), 1e-4)
    scale = Scale(
        low=min(0.0, returns.min()) - largest / 20, high=max(0.0, returns.max()) + largest / 20
    )
    room = NS_PER_DAY / frame.scale.high * WIDTH
    left = (ends_ns - NS_PER_DAY - start_ns) / frame.scale.high * WIDTH + room * 0.15
    zero = float((1.0 - scale.share(0.0)) * HEIGHT)
    top = scale.y(returns)
    shapes = [path("cash", f"M0 {zero:.0f}H{WIDTH}")]
    for kind, chosen in (("gain", returns > 0), ("loss", returns < 0)):
        bars = "".join(
            f"M{left[i]:.0f} {zero:.0f}V{top[i]:.0f}h{room * 0.7:.0f}V{zero:.0f}z"
            for i in np.flatnonzero(chosen).tolist()
        )
        shapes.append(path(f"column {kind}", bars))
    readings = [
        (frame.share(at - NS_PER_DAY // 2), f"{text.day(at - 1)}  {text.percent(one, signed=True)}")
        for at, one in zip(ends_ns.tolist(), returns.tolist(), strict=True)
    ]
    return figure(
        plot(*shapes, height="low", levels=percents(scale, 3), name="daily returns"),
        time_axis(frame),
        legend=keys(tag("b", "Return of each day", class_="market")),
        readings=readings,
    )


def _facts(run: Run) -> list[tuple[str, str]]:
    found = returns_of(run)
    numbers = performance(found.returns, found.per_year)
    ts_ns, equity = run.equity["ts_ns"], run.equity["equity"]
    long_enough = int(ts_ns[-1]) - int(ts_ns[0]) >= ANNUAL_DAYS_MIN * NS_PER_DAY
    annual = text.percent(numbers.annual_return, signed=True) if long_enough else text.UNDEFINED
    calmar = text.number(numbers.calmar, 2) if long_enough else text.UNDEFINED
    by_day = found.basis.startswith("daily")
    rows: list[tuple[str, str]] = [
        (term("annual"), annual),
        (term("volatility"), text.percent(numbers.annual_volatility, 1)),
        (term("sortino"), text.number(numbers.sortino, 2)),
        (term("calmar"), calmar),
        (term("ulcer"), text.percent(ulcer(equity))),
        (term("underwater"), _longest(run)),
    ]
    if by_day:
        rows += [
            ("Best day", text.percent(numbers.best, signed=True)),
            ("Worst day", text.percent(numbers.worst, signed=True)),
            ("Days that gained", text.percent(numbers.positive, 0)),
        ]
    return rows


def _longest(run: Run) -> str:
    """Return the longest time below a high, which may not be over."""
    ts_ns = run.equity["ts_ns"]
    spans = [
        (int(ts_ns[-1 if fall.recovered is None else fall.recovered] - ts_ns[fall.peak]), fall)
        for fall in falls(run.equity["equity"])
    ]
    if not spans:
        return "none"
    span_ns, fall = max(spans, key=lambda one: one[0])
    return f"{text.span(span_ns)}{', not over' if fall.recovered is None else ''}"
