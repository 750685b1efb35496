"""Which limits and switches fired in a run on ticks, when, and what was measured."""

from collections.abc import Mapping, Sequence
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
"""Places along a line at which firings are told apart."""
ROWS_MAX: Final = 12
"""Firings listed from each end."""

_REASONS: Final = {row.setting: row.reason for row in SWITCHES}

Fired = Sequence[Mapping[str, Any]]


def switch_timeline(run: Run) -> Markup:
    """Return a line of time for each limit that fired, and each time that one did."""
    fired, firings = run.summary["switches"], run.summary["firings"]
    if not fired:
        return joined(note("No limit fired."), _blind(run.summary))
    listed = _list(run, firings) if firings else Markup("")
    return joined(_figure(run, fired), _totals(run, fired), listed, _blind(run.summary))


def _figure(run: Run, fired: Fired) -> Markup:
    period = run.summary["period"]
    frame = Frame(start_ns=period["start_ns"], end_ns=period["end_ns"], zone=run.zone)
    parts = [
        plot(
            path("fired-at", _strokes(frame, times_ns(run, one))),
            height="strip",
            over=[title(limits.name(one)), upright(frame, one["fired_ts_ns"])],
            name=f"when the {limits.name(one)} fired",
        )
        for one in fired
    ]
    legend = keys(
        tag("b", "Limits over time", class_="market"),
        key("fired-first", "fired first"),
        key("fired-at", "fired again, or refused an order"),
    )
    said = "Of refusals, a change of their reason is recorded; of firings, the last ones."
    return figure(*parts, time_axis(frame), legend=legend, note=said)


def times_ns(run: Run, limit: Mapping[str, Any]) -> NDArray[np.int64]:
    """Return when a limit, an entry of `switches`, fired or refused, as far as that is recorded."""
    fired = [one["ts_ns"] for one in run.summary["firings"] if one["name"] == limit["name"]]
    refused = run.decisions["ts_ns"][_refused(run, limit)]
    return np.append(np.array(fired, np.int64), refused)


def _refused(run: Run, limit: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Return which decisions are refusals by this limit, not by another of the same measure.

    A refusal tells its measure and its limit; of limits alike in both the first is asked first.
    """
    told = run.decisions
    reason = _REASONS[limit["name"]]
    alike = (
        one["name"]
        for one in run.summary["switches"]
        if one["limit"] == limit["limit"]
        and _REASONS[one["name"]] == reason
        and limits.refuses(one["name"])
    )
    if next(alike, "") != limit["name"]:
        return np.zeros(len(told["reason"]), np.bool_)
    is_its = (told["reason"] == reason) & (told["limit"] == limit["limit"])
    found: NDArray[np.bool_] = is_its & (told["local_no"] == 0)
    return found


def _strokes(frame: Frame, ts_ns: NDArray[np.int64]) -> str:
    shares = (ts_ns - frame.start_ns) / frame.scale.high
    places = np.unique(np.clip((shares * PLACES).astype(np.int64), 0, PLACES - 1))
    return "".join(f"M{at * WIDTH // PLACES} 0V{HEIGHT}" for at in places.tolist())


def _totals(run: Run, fired: Fired) -> Markup:
    rows = [
        (
            limits.name(one).capitalize(),
            limits.effect(one),
            text.moment(one["fired_ts_ns"], run.zone, seconds=True),
            limits.measured(one),
            text.number(one["count"]),
        )
        for one in fired
    ]
    head = (term("limit", "Limit"), "What it did", "First", "What was measured", "Times")
    return table(head, rows, left=4, wrap=True)


def _list(run: Run, firings: Fired) -> Markup:
    """Return the first and the last times that something fired, and how many there are."""
    count = len(firings)
    shown = list(range(count))
    said = f"All {text.counted(count, 'firing')} that are remembered."
    if count > 2 * ROWS_MAX:
        shown = [*range(ROWS_MAX), *range(count - ROWS_MAX, count)]
        said = f"The first {ROWS_MAX} and the last {ROWS_MAX} of {text.number(count)} remembered."
    rows = [_row(run, firings[i]) for i in shown]
    head = ("When", "Limit", "Market", "What was measured")
    return joined(table(head, rows, left=4, wrap=True), note(f"{said} Times are {run.zone.name}."))


def _row(run: Run, one: Mapping[str, Any]) -> tuple[str, ...]:
    at = one["market"]
    return (
        text.moment(one["ts_ns"], run.zone, seconds=True),
        limits.name(one).capitalize(),
        "all" if at is None else run.summary["markets"][at]["market"],
        limits.measured(one),
    )


def _blind(summary: Mapping[str, Any]) -> Markup:
    """Return which switches were on and could never fire."""
    if not summary["blind_switches"]:
        return Markup("")
    names = ", ".join(limits.name({"name": name}) for name in summary["blind_switches"])
    return note(f"On, and blind the whole time, because what they watch was never known: {names}.")
