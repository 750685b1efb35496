"""One drawing with its labels: a stretched SVG, and text over it placed in percent.

Text is never stretched, so a chart reads the same on a telephone and on a wide screen.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sigma_cli.report import text
from sigma_cli.report.calendar import time_ticks
from sigma_cli.report.inputs import Zone
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.svg import HEIGHT, WIDTH, Scale, ticks

TIME_LABELS: Final = 5
"""As many as fit under a chart on a telephone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The span of time and the clock that the charts of one figure share."""

    start_ns: int
    end_ns: int
    zone: Zone

    @property
    def scale(self) -> Scale:
        """The horizontal scale, in nanoseconds since the frame's start: exact as float64."""
        return Scale(low=0.0, high=float(max(self.end_ns - self.start_ns, 1)))

    def share(self, ts_ns: int) -> float:
        """Return where a time lies, from 0 at the start to 1 at the end."""
        return self.scale.share(float(ts_ns - self.start_ns))


def path(kind: str, points: str) -> Markup:
    """Return a path that the style sheet knows as `kind`."""
    return tag("path", class_=kind, d=points)


def plot(
    *shapes: Markup,
    height: str,
    levels: Iterable[tuple[float, str]] = (),
    over: Sequence[Markup] = (),
    name: str,
) -> Markup:
    """Return a drawing of `shapes` with labelled levels (share of the height from below, text)."""
    marks = [(1.0 - share, label) for share, label in levels]
    grid = "".join(f"M0 {top * HEIGHT:.0f}H{WIDTH}" for top, _ in marks)
    drawing = tag(
        "svg",
        path("grid", grid),
        *shapes,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=name,
    )
    labels = (tag("span", label, class_="level", style=f"top:{top:.2%}") for top, label in marks)
    return tag("div", drawing, *labels, *over, class_=f"plot {height}")


def time_axis(frame: Frame) -> Markup:
    """Return the row of times under a chart."""
    found = time_ticks(frame.start_ns, frame.end_ns, frame.zone, TIME_LABELS)
    return value_axis((frame.share(ts_ns), said) for ts_ns, said in found)


def value_axis(places: Iterable[tuple[float, str]]) -> Markup:
    """Return the row of labels under a chart, each at its share of the width."""
    labels = (tag("span", said, style=f"left:{share:.2%}") for share, said in places)
    return tag("div", *labels, class_="times")


def percents(scale: Scale, about: int) -> list[tuple[float, str]]:
    """Return about so many round percentages of a scale, each with its share."""
    places = ticks(scale, about)
    step = places[1] - places[0] if len(places) > 1 else 1.0
    decimals = next(d for d in range(9) if abs(round(step * 100, d) - step * 100) < 1e-9)
    return [(scale.share(at), text.percent(at, decimals)) for at in places]


def title(said: str) -> Markup:
    """Return the name of a drawing that stands under another."""
    return tag("b", said, class_="title")


def upright(frame: Frame, ts_ns: int, label: str = "") -> Markup:
    """Return a vertical line at a time, with a label beside it."""
    share = frame.share(ts_ns)
    side = " left" if share > 0.6 else ""
    return tag("i", label, class_=f"upright{side}", style=f"left:{share:.2%}")


def figure(
    *parts: Markup, legend: Markup, note: str = "", readings: Sequence[tuple[float, str]] = ()
) -> Markup:
    """Return a chart: legend, drawings, note.

    `readings` (share of the width, text) follow the pointer; without a script nothing else is
    missing.
    """
    hover = json.dumps([[round(share, 4), said] for share, said in readings], ensure_ascii=False)
    return tag(
        "figure",
        tag("figcaption", legend, tag("output", "", aria_hidden="true"), class_="legend"),
        tag("div", *parts, class_="stack", data_hover=hover if readings else False),
        tag("p", note, class_="note") if note else Markup(""),
    )


def key(kind: str, name: str, value: str = "") -> Markup:
    """Return one entry of a legend: a swatch, a name, perhaps a value."""
    return tag("span", tag("i", class_=f"swatch {kind}"), name, tag("b", value), class_="key")


def keys(*entries: Markup) -> Markup:
    """Return a legend."""
    return joined(*entries)
