"""Which limits fired in a run on ticks, when, and what they refused from then on."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.switches import SWITCHES
from sigma_cli.report import limits, text
from sigma_cli.report.definitions import term
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.plot import Frame, figure, key, keys, path, plot, time_axis, title, upright
from sigma_cli.report.shell import note
from sigma_cli.report.svg import HEIGHT, WIDTH
from sigma_cli.report.table import table

PLACES: Final = 400
"""Places along a line at which refusals are told apart."""
_REASONS: Final = {row.setting: int(row.reason) for row in SWITCHES}


def switch_timeline(run: Run) -> Markup:
    """Return a line of time for each limit that fired, and what each was about."""
    fired = run.summary["switches"]
    if not fired:
        return note("No limit fired.")
    period = run.summary["period"]
    frame = Frame(start_ns=period["start_ns"], end_ns=period["end_ns"], zone=run.zone)
    parts = [
        plot(
            path("refusal", _strokes(frame, refused_ns(run, one))),
            height="strip",
            over=[title(limits.name(one)), upright(frame, one["fired_ts_ns"])],
            name=f"when the {limits.name(one)} fired and refused",
        )
        for one in fired
    ]
    said = (
        "Refusals are recorded when their reason changes; each place along a line holds"
        f" one {text.number(PLACES)}th of the time."
    )
    legend = keys(
        tag("b", "Limits over time", class_="market"),
        key("refused", "orders refused"),
        key("fired", "fired first"),
    )
    return joined(figure(*parts, time_axis(frame), legend=legend, note=said), _table(run, fired))


def refused_ns(run: Run, fired: Mapping[str, Any]) -> NDArray[np.int64]:
    """Return when orders were refused because of a limit, as far as that is recorded."""
    is_its = run.decisions["reason"] == _REASONS[fired["name"]]
    times: NDArray[np.int64] = run.decisions["ts_ns"][is_its & (run.decisions["local_no"] == 0)]
    return times


def _strokes(frame: Frame, ts_ns: NDArray[np.int64]) -> str:
    shares = (ts_ns - frame.start_ns) / frame.scale.high
    places = np.unique(np.clip((shares * PLACES).astype(np.int64), 0, PLACES - 1))
    return "".join(f"M{at * WIDTH // PLACES} 0V{HEIGHT}" for at in places.tolist())


def _table(run: Run, fired: list[Mapping[str, Any]]) -> Markup:
    rows = []
    for one in fired:
        times_ns = refused_ns(run, one)
        last = text.moment(int(times_ns[-1]), run.zone, seconds=True) if len(times_ns) else ""
        rows.append(
            (
                limits.name(one).capitalize(),
                text.moment(one["fired_ts_ns"], run.zone, seconds=True),
                limits.measured(one),
                limits.effect(one),
                text.number(one["count"]),
                last or text.UNDEFINED,
            )
        )
    head = (
        term("limit", "Limit"),
        "Fired first",
        "Measured",
        "What it did",
        "Fired",
        "Refused last",
    )
    return joined(table(head, rows, left=4, wrap=True), note(f"Times are {run.zone.name}."))
