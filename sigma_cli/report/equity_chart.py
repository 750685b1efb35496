"""Equity, drawdown and exposure of a run over time, against buy-and-hold and cash."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.report import limits, text
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup
from sigma_cli.report.plot import (
    Frame,
    figure,
    key,
    keys,
    path,
    percents,
    plot,
    time_axis,
    title,
    upright,
)
from sigma_cli.report.svg import HEIGHT, WIDTH, Scale, area, line, scale_around
from sigma_cli.stats.equity import drawdowns

READINGS: Final = 400
"""Points that the pointer can read: one every few pixels."""
FLAT: Final = 0.001
"""Return shown on either side of zero at least: a run that did nothing is a flat line."""
SLICES: Final = 200
"""Slices of time over which exposure is averaged."""

Values = NDArray[np.float64]


def held_curve(run: Run) -> Values | None:
    """Return buy-and-hold's return at each time of the equity table; None without candles.

    Equal parts of the money buy every market at its first close and pay one fee; before that a
    part lies in cash.
    """
    markets = run.summary["markets"]
    moved = np.mean([market["close_last"] / market["close_first"] for market in markets])
    kept = (1.0 + run.summary["buy_and_hold_return"]) / moved  # what the fee left
    ts_ns = run.equity["ts_ns"]
    interval_ns = INTERVALS_NS[run.summary["interval"]]
    worth = np.zeros(len(ts_ns))
    for market, bars in zip(markets, run.bars, strict=True):
        if bars is None:
            return None
        bought = np.append(1.0, bars.close / market["close_first"] * kept)
        worth += bought[np.searchsorted(bars.open_ts_ns + interval_ns, ts_ns, side="right")]
    return worth / len(markets) - 1.0


def equity_figure(run: Run) -> Markup:
    """Return the figure of a run's money over time."""
    ts_ns, equity = run.equity["ts_ns"], run.equity["equity"]
    frame = Frame(start_ns=int(ts_ns[0]), end_ns=int(ts_ns[-1]), zone=run.zone)
    x = frame.scale.x((ts_ns - frame.start_ns).astype(np.float64))
    own = equity / run.summary["start_cash"] - 1.0
    held = held_curve(run)
    fell = run.equity["drawdown"] if "drawdown" in run.equity else drawdowns(equity)
    lines = [own] if held is None else [own, held]
    return figure(
        _returns(frame, x, lines, run),
        _falls(frame, x, fell, run),
        _exposure(frame, ts_ns, run.equity["exposure"]),
        time_axis(frame),
        legend=_legend(run, held),
        note=""
        if held is not None
        else "Buy-and-hold is not drawn: the candles of this run are no longer in the store.",
        readings=_readings(frame, run, own, held, fell),
    )


def _legend(run: Run, held: Values | None) -> Markup:
    signed = text.percent(run.summary["total_return"], signed=True)
    entries = [key("own", "strategy", signed)]
    if held is not None:
        value = text.percent(run.summary["buy_and_hold_return"], signed=True)
        entries.append(key("held", "buy and hold", value))
    entries.append(key("cash", "cash", text.percent(0.0, 0)))
    return keys(*entries)


def _returns(frame: Frame, x: Values, lines: Sequence[Values], run: Run) -> Markup:
    low = min(-FLAT, *(float(y.min()) for y in lines))
    high = max(FLAT, *(float(y.max()) for y in lines))
    scale = scale_around(low, high)
    zero = (1.0 - scale.share(0.0)) * HEIGHT
    shapes = [path("cash", f"M0 {zero:.0f}H{WIDTH}")]
    for kind, y in zip(("own", "held"), lines, strict=False):
        shapes.insert(1, path(kind, line(x, scale.y(y))))
    flags = [upright(frame, fired["fired_ts_ns"], limits.name(fired)) for fired in _ends(run)]
    return plot(
        *shapes, height="tall", levels=percents(scale, 6), over=flags, name="return over time"
    )


def _falls(frame: Frame, x: Values, fell: Values, run: Run) -> Markup:
    levels = [fired["limit"] for fired in _ends(run) if fired["name"] == limits.DRAWDOWN]
    deepest = max(float(fell.max()), *levels, FLAT)
    scale = Scale(low=-deepest * 1.05, high=0.0)
    shapes = [path("fall", area(x, scale.y(-fell), 0.0))]
    shapes += [
        path("limit", f"M0 {(1.0 - scale.share(-at)) * HEIGHT:.0f}H{WIDTH}") for at in levels
    ]
    flags = [upright(frame, fired["fired_ts_ns"]) for fired in _ends(run)]
    return plot(
        *shapes,
        height="low",
        levels=percents(scale, 3),
        over=[title("drawdown"), *flags],
        name="drawdown",
    )


def _ends(run: Run) -> list[Mapping[str, Any]]:
    """Return the limits after which nothing could be opened any more."""
    return [fired for fired in run.summary["switches"] if limits.ended_run(fired)]


def _exposure(frame: Frame, ts_ns: NDArray[np.int64], exposure: Values) -> Markup:
    """Return the exposure, averaged over slices of time: it may jump at every bar."""
    slices = np.searchsorted(ts_ns, np.linspace(frame.start_ns, frame.end_ns, SLICES + 1)[:-1])
    starts = np.unique(slices)
    mean = np.add.reduceat(exposure, starts) / np.diff(np.append(starts, len(exposure)))
    left = frame.scale.x((ts_ns[starts] - frame.start_ns).astype(np.float64))
    x = np.repeat(np.append(left, WIDTH), 2)[1:-1]
    top = max(float(mean.max()), FLAT)
    scale = Scale(low=min(0.0, float(mean.min())), high=top)
    zero = (1.0 - scale.share(0.0)) * HEIGHT
    levels = [(scale.share(at), text.percent(at, 0 if top >= 0.1 else 1)) for at in (0.0, top)]
    return plot(
        path("exposed", area(x, scale.y(np.repeat(mean, 2)), zero)),
        height="strip",
        levels=levels,
        over=[title("share of the money in the market")],
        name="exposure",
    )


def _readings(
    frame: Frame, run: Run, own: Values, held: Values | None, fell: Values
) -> list[tuple[float, str]]:
    ts_ns = run.equity["ts_ns"]
    wanted_ns = np.linspace(frame.start_ns, frame.end_ns, READINGS)
    found = []
    for i in np.unique(np.searchsorted(ts_ns, wanted_ns.astype(np.int64), side="right") - 1):
        said = [text.moment(int(ts_ns[i]), run.zone), text.percent(own[i], signed=True)]
        if held is not None:
            said.append(f"held {text.percent(held[i], signed=True)}")
        said.append(f"drawdown {text.percent(fell[i])}")
        found.append((frame.share(int(ts_ns[i])), "  ".join(said)))
    return found
