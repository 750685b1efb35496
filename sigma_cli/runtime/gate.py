"""The look-ahead gate: a strategy whose past changes when only its future does is refused.

At many rows t the candles after t are replaced by others, and once cut off; features and signals
are computed anew. A row up to t that differs in a single bit was made with knowledge of the future,
and the backtest is refused. What a strategy knows by heart (a list of dates) no gate can see.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import CANDLE_COLUMNS, Candles
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.errors import CheckError
from sigma_cli.runtime import choice
from sigma_cli.runtime.choice import Choice
from sigma_cli.strategies.strategy import columns_of

EXCERPT_ROWS: Final = 2_000
"""Rows looked at in one piece, or two lookbacks if that is more: a leak shows in any piece."""
EXCERPTS: Final = 8
"""Pieces of a long recording, from its beginning to its end."""
CUTS: Final = 16
"""Rows t in each piece after which the future is replaced, by a rise and by a fall."""
FUTURES: Final = ((1.1, 2.0), (0.5, 0.9))
"""By what prices after t are multiplied: a look at the next bar sees one or the other."""
SEED: Final = 20_140_211


@dataclass(frozen=True, slots=True)
class Leak:
    """The first row and column that knew the future."""

    row: int
    column: str


def check(chosen: Choice, candles: Candles, interval: str) -> int:
    """Return at how many rows the future was replaced without changing the past.

    Raises:
        CheckError: with the first row and column that changed.
    """
    dice = np.random.default_rng(SEED)
    cuts = 0
    for start, piece in _excerpts(candles, chosen.strategy.lookback_rows):
        before = _look(chosen, piece, interval)
        for cut, other in _futures(piece, dice):
            leak = _first_leak(before, _look(chosen, other, interval), cut)
            if leak is not None:
                raise _refusal(chosen, candles, start + leak.row, start + cut, leak.column)
            cuts += 1
    return cuts


def _excerpts(candles: Candles, lookback_rows: int) -> Iterator[tuple[int, Candles]]:
    rows = max(EXCERPT_ROWS, 2 * lookback_rows)
    if len(candles) <= EXCERPTS * rows:
        yield 0, candles
        return
    for start in np.linspace(0, len(candles) - rows, EXCERPTS).astype(int).tolist():
        yield start, _rows(candles, start, start + rows)


def _rows(candles: Candles, start: int, end: int) -> Candles:
    columns: dict[str, Any] = {name: getattr(candles, name)[start:end] for name in CANDLE_COLUMNS}
    return replace(candles, **columns)


def _futures(candles: Candles, dice: np.random.Generator) -> Iterator[tuple[int, Candles]]:
    """Yield rows t and candles that are the same up to t and others after it."""
    last = len(candles) - 2
    if last < 0:
        return
    cuts = np.unique(np.append(dice.integers(0, last + 1, CUTS), last)).tolist()
    for cut in cuts:
        for low, high in FUTURES:
            yield cut, _with_another_future(candles, cut, dice.uniform(low, high, last - cut + 1))
    yield cuts[len(cuts) // 2], _rows(candles, 0, cuts[len(cuts) // 2] + 1)


def _with_another_future(candles: Candles, cut: int, factor: NDArray[np.float64]) -> Candles:
    """Return candles whose prices and volumes after `cut` are multiplied row by row."""
    columns: dict[str, Any] = {}
    for name in CANDLE_COLUMNS[1:]:
        column = getattr(candles, name).copy()
        column[cut + 1 :] = np.maximum((column[cut + 1 :] * factor).astype(np.int64), 1)
        columns[name] = column
    return replace(candles, **columns)


def _look(chosen: Choice, candles: Candles, interval: str) -> dict[str, NDArray[np.float64]]:
    """Return every feature, then the signal."""
    features = chosen.strategy.features()
    columns = columns_of(candles, features, interval)
    seen = {str(feature): columns[feature] for feature in features}
    return {**seen, "signal": choice.signal(chosen, candles, interval)}


def _first_leak(
    before: dict[str, NDArray[np.float64]], after: dict[str, NDArray[np.float64]], cut: int
) -> Leak | None:
    """Return the earliest row up to `cut` that changed, features before the signal they feed."""
    found = []
    for column, values in before.items():
        then, now = (one[: cut + 1].view(np.int64) for one in (values, after[column]))
        changed = np.flatnonzero(then != now)
        if len(changed):
            found.append(Leak(int(changed[0]), column))
    return min(found, key=lambda leak: leak.row) if found else None


def _refusal(chosen: Choice, candles: Candles, row: int, cut: int, column: str) -> CheckError:
    def when(place: int) -> str:
        moment = datetime.fromtimestamp(int(candles.open_ts_ns[place]) // NS_PER_S, UTC)
        return f"row {place:,} ({moment:%Y-%m-%d %H:%M} UTC)"

    return CheckError(
        f"{chosen.text} looks ahead: its {column} of {when(row)} changes when only rows after"
        f" {when(cut)} do",
        where=f"{candles.instrument.market}, column {column}",
        fix="a row may use itself and rows before it: no centred window, no mean of a whole"
        " column, no longer bar that is not closed; --no-gate runs it all the same, with a banner",
    )
