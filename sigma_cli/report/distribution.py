"""How the results of trades are spread, and how far the market went with and against each."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.report import text
from sigma_cli.report.definitions import term
from sigma_cli.report.excursions import trade_excursions
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup, tag
from sigma_cli.report.plot import figure, key, keys, path, percents, plot, value_axis
from sigma_cli.report.shell import note
from sigma_cli.report.svg import HEIGHT, WIDTH, Scale, ticks
from sigma_cli.report.table import table

TRADES_MIN: Final = 5
"""Trades from which a distribution is drawn."""
BINS_MAX: Final = 60
DOTS_MAX: Final = 1500
"""Trades drawn as dots; of more, every n-th."""
TAIL: Final = 0.005
"""Share of trades at either end that may lie outside the drawing, gathered in its last bar."""

Values = NDArray[np.float64]


def distribution(run: Run) -> list[Markup]:
    """Return the histogram of results and the two pictures of excursions."""
    closed = run.trades["exit_ts_ns"] != 0
    returns = run.trades["return"][closed]
    if len(returns) < TRADES_MIN:
        return [note(f"Fewer than {TRADES_MIN} closed trades: no distribution to draw.")]
    parts = [_histogram(returns)]
    found = trade_excursions(run)
    best, worst = found.favourable[closed], found.adverse[closed]
    known = ~np.isnan(best)
    if known.sum() >= TRADES_MIN:
        parts += [
            _scatter("worst moment", -worst[known], returns[known], "Worst moment of each trade"),
            _scatter("best moment", best[known], returns[known], "Best moment of each trade"),
            _table(best[known], worst[known], returns[known]),
        ]
    else:
        parts.append(note("The candles that would tell how far trades went are not in the store."))
    return parts


def _histogram(returns: Values) -> Markup:
    low, high = np.quantile(returns, (TAIL, 1.0 - TAIL)).tolist()
    scale = _around(min(low, 0.0), max(high, 0.0))
    width = _bin_width(scale, returns)
    first = int(np.floor(scale.low / width))
    count = int(np.ceil(scale.high / width)) - first
    place = np.clip(np.floor(returns / width).astype(int) - first, 0, count - 1)
    scale = Scale(low=first * width, high=(first + count) * width)
    counts = np.bincount(place, minlength=count)
    up = Scale(low=0.0, high=float(counts.max()) * 1.05)
    top = up.y(counts.astype(np.float64))
    shapes = []
    for kind, chosen in (
        ("gain", np.arange(count) + first >= 0),
        ("loss", np.arange(count) + first < 0),
    ):
        bars = "".join(
            f"M{i / count * WIDTH + 2:.0f} {HEIGHT}V{top[i]:.0f}h{WIDTH / count - 4:.0f}V{HEIGHT}z"
            for i in np.flatnonzero(chosen & (counts > 0)).tolist()
        )
        shapes.append(path(f"column {kind}", bars))
    levels = [(up.share(at), text.number(at)) for at in ticks(up, 4) if at == int(at)]
    legend = keys(
        tag("b", "Results of trades", class_="market"),
        key("gain", "won"),
        key("loss", "lost"),
    )
    said = "Return of each closed trade after fees; the outermost bars hold all beyond them."
    chart = plot(*shapes, height="low", levels=levels, name="distribution of trades")
    return figure(chart, value_axis(percents(scale, 5)), legend=legend, note=said)


def _bin_width(scale: Scale, returns: Values) -> float:
    """Return a bin after Freedman and Diaconis (1981), within bounds that can be drawn."""
    quarter, three = (float(at) for at in np.quantile(returns, (0.25, 0.75)))
    wanted = 2.0 * (three - quarter) / float(len(returns)) ** (1.0 / 3.0)
    return float(max(wanted, (scale.high - scale.low) / BINS_MAX))


def _around(low: float, high: float) -> Scale:
    return Scale(low=low - 1e-4, high=high + 1e-4)


def _scatter(kind: str, moment: Values, returns: Values, name: str) -> Markup:
    """Return a picture with one dot a trade: its result over its best or worst moment."""
    every = -(-len(returns) // DOTS_MAX)
    across = _around(*np.quantile(np.append(moment, 0.0), (TAIL, 1.0 - TAIL)).tolist())
    up = _around(*np.quantile(np.append(returns, 0.0), (TAIL, 1.0 - TAIL)).tolist())
    x = np.clip(across.x(moment[::every]), 0, WIDTH)
    y = np.clip(up.y(returns[::every]), 0, HEIGHT)
    won = returns[::every] > 0
    shapes = [path("cash", f"M0 {(1.0 - up.share(0.0)) * HEIGHT:.0f}H{WIDTH}")]
    for tone, chosen in (("gain", won), ("loss", ~won)):
        at = np.flatnonzero(chosen).tolist()
        shapes.append(path(f"dot {tone}", "".join(f"M{x[i]:.0f} {y[i]:.0f}h0" for i in at)))
    said = f"Upwards: its return after fees. Across: its {kind} while open, against the entry."
    if every > 1:
        said += f" Every {every}th of {text.number(len(returns))} trades is drawn."
    chart = plot(*shapes, height="mid", levels=percents(up, 5), name=name)
    legend = keys(tag("b", name, class_="market"), key("gain", "won"), key("loss", "lost"))
    return figure(chart, value_axis(percents(across, 4)), legend=legend, note=said)


def _table(best: Values, worst: Values, returns: Values) -> Markup:
    rows = []
    for name, chosen in (("won", returns > 0), ("lost", returns <= 0)):
        if chosen.any():
            rows.append(
                (
                    name,
                    text.number(int(chosen.sum())),
                    text.percent(float(np.median(best[chosen]))),
                    text.percent(float(np.median(worst[chosen]))),
                    text.percent(float(np.median(returns[chosen])), signed=True),
                )
            )
    head = ("Trades that", "Count", term("mfe", "Best moment"), "Worst moment", "Return")
    return table((*head[:4], "Return (each the median)"), rows)
