"""The Sharpe ratio over two parameters of a sweep, as a map in colours."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.report import text
from sigma_cli.report.cells import params
from sigma_cli.report.inputs import Sweep
from sigma_cli.report.markup import Markup, tag
from sigma_cli.report.plot import figure, key, keys, path, plot, value_axis
from sigma_cli.report.svg import HEIGHT, WIDTH

TONES: Final = 5
"""Steps of colour on either side of zero."""
SIDE_MAX: Final = 100
"""Values drawn along a side; of more, evenly spread ones."""
LABELS: Final = 6

Values = NDArray[np.float64]


def heat_map(sweep: Sweep, best: int) -> Markup:
    """Return the map over the two parameters with most values, through the best cell."""
    grid = sweep.summary["grid"]
    names = sorted(grid, key=lambda name: -len(np.unique(sweep.cells[name])))
    across, up = names[0], names[1] if len(names) > 1 else None
    fixed = {name: value for name, value in params(sweep, best).items() if name not in names[:2]}
    shown = np.ones(len(sweep.cells["sharpe"]), np.bool_)
    for name, value in fixed.items():
        shown &= sweep.cells[name] == value
    xs, columns = _places(sweep, across, best)
    ys, rows = _places(sweep, up, best) if up else (np.array([0]), np.zeros(len(shown), np.int64))
    shown &= (columns >= 0) & (rows >= 0)
    ratios = sweep.cells["sharpe"]
    full = float(np.nanmax(np.abs(ratios[shown]), initial=1e-9))
    sides = len(xs), len(ys)
    shapes = _shapes(ratios / full, columns.astype(float), rows.astype(float), shown, sides)
    left, top = (columns[best] + 0.5) / len(xs), 1.0 - (rows[best] + 0.5) / len(ys)
    ring = tag("i", class_="ring", style=f"left:{left:.2%};top:{top:.2%}")
    chart = plot(
        *shapes,
        height="mid" if up else "strip",
        levels=_labels(ys) if up else (),
        over=[ring],
        name=f"Sharpe ratio over {across}" + (f" and {up}" if up else ""),
    )
    return figure(
        chart,
        value_axis(_labels(xs)),
        legend=_legend(full),
        note=_note(across, up, fixed, len(np.unique(sweep.cells[across])) > len(xs)),
    )


def _places(sweep: Sweep, name: str, best: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the values along one side, and where each cell lies on it (-1: not drawn)."""
    values, place = np.unique(sweep.cells[name], return_inverse=True)
    every = -(-len(values) // SIDE_MAX)
    kept = (np.arange(len(values)) - place[best]) % every == 0  # the best one is always drawn
    new = np.where(kept, np.cumsum(kept) - 1, -1)
    return values[kept], new[place].astype(np.int64)


def _shapes(
    strength: Values,
    columns: Values,
    rows: Values,
    shown: NDArray[np.bool_],
    sides: tuple[int, int],
) -> list[Markup]:
    """Return one path a tone; a cell without a ratio stays empty."""
    width, height = WIDTH / sides[0], HEIGHT / sides[1]
    left, top = columns * width, HEIGHT - (rows + 1.0) * height
    tone = np.where(np.isnan(strength), 0, np.ceil(np.abs(strength) * TONES)).astype(int)
    box = f"h{max(width - 1, 1):.0f}v{max(height - 1, 1):.0f}h-{max(width - 1, 1):.0f}z"
    shapes = []
    for kind, sign in (("gain", strength > 0), ("loss", strength < 0)):
        for step in range(1, TONES + 1):
            at = np.flatnonzero(shown & sign & (tone == step)).tolist()
            boxes = "".join(f"M{left[i]:.0f} {top[i]:.0f}{box}" for i in at)
            if boxes:
                shapes.append(path(f"heat {kind} t{step}", boxes))
    return shapes


def _labels(values: NDArray[Any]) -> list[tuple[float, str]]:
    """Return about `LABELS` of the values, each at the middle of its cells."""
    every = -(-len(values) // LABELS)
    return [
        (
            (i + 0.5) / len(values),
            f"{values[i].item():g}" if values.dtype.kind in "if" else str(values[i]),
        )
        for i in range(0, len(values), every)
    ]


def _legend(full: float) -> Markup:
    return keys(
        key("gain", f"Sharpe ratio up to {text.number(full, 2)}"),
        key("loss", f"down to {text.number(-full, 2)}"),
        key("ring", "the best"),
    )


def _note(across: str, up: str | None, fixed: dict[str, Any], thinned: bool) -> str:
    parts = [f"Across: {across}."]
    if up:
        parts.append(f"Upwards: {up}.")
    if fixed:
        said = ", ".join(f"{name} {value}" for name, value in fixed.items())
        parts.append(f"The rest as in the best try: {said}.")
    if thinned:
        parts.append(f"At most {SIDE_MAX} values are drawn along a side.")
    parts.append("An island of colour is luck more likely than a plain of it.")
    return " ".join(parts)
