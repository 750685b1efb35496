"""Several equity curves in one drawing, each as its return over time."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from sigma_cli.report import text
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup
from sigma_cli.report.plot import Frame, figure, key, keys, path, percents, plot, time_axis
from sigma_cli.report.svg import HEIGHT, WIDTH, line, scale_around

CURVES_MAX: Final = 6
"""Lines that can be told apart."""
FLAT: Final = 0.001
"""Return shown on either side of zero at least."""


def curves(runs: Sequence[Run]) -> Markup:
    """Return the figure of the first `CURVES_MAX` runs."""
    drawn = runs[:CURVES_MAX]
    first_ns = min(int(run.equity["ts_ns"][0]) for run in drawn)
    last_ns = max(int(run.equity["ts_ns"][-1]) for run in drawn)
    frame = Frame(start_ns=first_ns, end_ns=last_ns, zone=drawn[0].zone)
    grown = [run.equity["equity"] / run.summary["start_cash"] - 1.0 for run in drawn]
    low = min(-FLAT, *(float(one.min()) for one in grown))
    high = max(FLAT, *(float(one.max()) for one in grown))
    scale = scale_around(low, high)
    zero = (1.0 - scale.share(0.0)) * HEIGHT
    shapes = [path("cash", f"M0 {zero:.0f}H{WIDTH}")]
    for i, (run, one) in enumerate(zip(drawn, grown, strict=True)):
        x = frame.scale.x((run.equity["ts_ns"] - first_ns).astype(np.float64))
        shapes.append(path(f"curve c{i}", line(x, scale.y(one))))
    legend = keys(
        *(
            key(f"c{i}", name(run), text.percent(float(one[-1]), signed=True))
            for i, (run, one) in enumerate(zip(drawn, grown, strict=True))
        )
    )
    left = len(runs) - len(drawn)
    said = f"The first {CURVES_MAX} of {len(runs)} runs are drawn." if left else ""
    chart = plot(*shapes, height="tall", levels=percents(scale, 6), name="returns over time")
    return figure(chart, time_axis(frame), legend=legend, note=said)


def name(run: Run) -> str:
    """Return what a run is called beside others."""
    return f"{run.summary['strategy']} {run.summary['run_id'][:6]}"
