"""The look-ahead gate: a strategy whose past changes when only its future does is refused.

Two things are asked, each of an instance of the strategy that has seen nothing before:

- Windows: at many rows t, most of them rows where the signal speaks, what does it say when row t is
  the last and only `lookback_rows` rows are there, as live will be? The same, to the bit, as the
  signal that is about to be traded, or that one knew more.
- Futures: in pieces of the recording the candles after t are replaced by others, and cut off. No
  feature and no signal up to t may change by a single bit.

What a strategy knows by heart (a list of dates) no gate can see.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import CANDLE_COLUMNS, Candles
from sigma_cli.domain.units import INTERVALS_NS, NS_PER_S
from sigma_cli.errors import CheckError
from sigma_cli.runtime import choice
from sigma_cli.runtime.choice import Choice
from sigma_cli.strategies.strategy import Columns, columns_of

WINDOWS: Final = 512
"""Rows of a market whose window is looked at; half of them anywhere."""
SPOTS: Final = 8
"""As many for each combination of a sweep."""
EXCERPT_ROWS: Final = 2_000
"""Rows looked at in one piece, or two lookbacks if that is more: a leak shows in any piece."""
EXCERPTS: Final = 8
"""Pieces of a long recording, from its beginning to its end."""
CUTS: Final = 8
"""Rows t in each piece after which the future is replaced, by a rise and by a fall."""
FUTURES: Final = ((1.1, 2.0), (0.5, 0.9))
"""By what prices after t are multiplied: a look at the next bar sees one or the other."""
SEED: Final = 20_140_211


@dataclass(frozen=True, slots=True)
class Leak:
    """The first row and column that knew the future."""

    row: int
    column: str


def check(chosen: Choice, candles: Candles, interval: str, signal: NDArray[np.float64]) -> int:
    """Return how many questions were asked; `signal` is what would be traded.

    Raises:
        CheckError: with the first row and column that changed.
    """
    columns = columns_of(candles, chosen.strategy.features(), interval)
    asked = check_windows(chosen, columns, candles, signal, WINDOWS)
    dice = np.random.default_rng(SEED)
    for start, piece in _excerpts(candles, chosen.strategy.lookback_rows):
        before = _look(chosen, piece, interval)
        for cut, other in _futures(piece, dice):
            leak = _first_leak(before, _look(chosen, other, interval), cut)
            if leak is not None:
                raise _changed(chosen, candles, start + leak.row, start + cut, leak.column)
            asked += 1
    return asked


def check_windows(
    chosen: Choice,
    columns: Columns,
    candles: Candles,
    signal: NDArray[np.float64],
    most: int,
) -> int:
    """Look at `most` windows of `columns`, in which live would have seen them.

    Raises:
        CheckError: with the first row whose signal is another there.
    """
    rows = _rows_to_ask(signal, most)
    other = choice.vary(chosen, {})
    for row in rows:
        window = columns.window(row + 1, chosen.strategy.lookback_rows)
        answer = choice.ask(other, window, candles)[-1]
        if answer.tobytes() != signal[row].tobytes():
            raise _disagrees(chosen, candles, row, float(signal[row]), float(answer))
    return len(rows)


def _rows_to_ask(signal: NDArray[np.float64], most: int) -> list[int]:
    """Return some rows of each kind: where the signal says something new, and anywhere."""
    speaks = np.flatnonzero(signal == signal)  # not NaN: half the time of isnan
    said = signal[speaks]
    new = speaks[np.append(True, said[1:] != said[:-1])] if len(speaks) else speaks
    anywhere = _anywhere(len(signal), most // 2)
    spread = np.linspace(0, len(new) - 1, most - len(anywhere)).astype(int) if len(new) else new
    rows: list[int] = np.unique(np.append(new[spread], anywhere)).tolist()
    return rows


@lru_cache(maxsize=64)
def _anywhere(length: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng(SEED).integers(0, length, count)


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
            yield cut, _with_another_future(candles, cut, dice, (low, high))
    yield cuts[len(cuts) // 2], _rows(candles, 0, cuts[len(cuts) // 2] + 1)


def _with_another_future(
    candles: Candles, cut: int, dice: np.random.Generator, factors: tuple[float, float]
) -> Candles:
    """Return candles that are others after `cut`: where they lie, their colour, reach and volume.

    Were all prices of a row multiplied by the same, who looks at the next bar's shape would pass.
    """
    opened, high, low, closed, volume = (
        getattr(candles, name)[cut + 1 :].astype(np.float64) for name in CANDLE_COLUMNS[1:]
    )
    factor = dice.uniform(*factors, len(opened))
    above, below = high - np.maximum(opened, closed), np.minimum(opened, closed) - low
    turned = dice.integers(0, 2, len(opened)).astype(bool)
    first = np.where(turned, closed, opened) * factor
    last = np.where(turned, opened, closed) * factor * dice.uniform(0.99, 1.01, len(opened))
    others = (
        first,
        np.maximum(first, last) + above * dice.uniform(0.0, 2.0, len(opened)),
        np.minimum(first, last) - below * dice.uniform(0.0, 2.0, len(opened)),
        last,
        volume * dice.uniform(0.25, 4.0, len(opened)),
    )
    columns: dict[str, Any] = {}
    for name, after in zip(CANDLE_COLUMNS[1:], others, strict=True):
        column = getattr(candles, name).copy()
        column[cut + 1 :] = np.maximum(after.astype(np.int64), 1)
        columns[name] = column
    return replace(candles, **columns)


def _look(chosen: Choice, candles: Candles, interval: str) -> dict[str, NDArray[np.float64]]:
    """Return every feature, then the signal, of an instance that has seen nothing before."""
    fresh = choice.vary(chosen, {})
    features = fresh.strategy.features()
    columns = columns_of(candles, features, interval)
    seen = {str(feature): columns[feature] for feature in features}
    return {**seen, "signal": choice.ask(fresh, columns, candles)}


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


def _changed(chosen: Choice, candles: Candles, row: int, cut: int, column: str) -> CheckError:
    return _ahead(
        chosen,
        candles,
        column,
        f"of {_when(candles, row)} changes when only rows after {_when(candles, cut)} do",
    )


def _disagrees(
    chosen: Choice, candles: Candles, row: int, traded: float, answer: float
) -> CheckError:
    """Say why a window disagrees: it knew what came after, or has to look back further."""
    alone = choice.vary(chosen, {})
    interval = next(name for name, ns in INTERVALS_NS.items() if ns == candles.interval_ns)
    last = float(choice.signal(alone, _rows(candles, 0, row + 1), interval)[-1])
    if np.float64(last).tobytes() != np.float64(traded).tobytes():
        said = f"of {_when(candles, row)} is {traded:g}, but {last:g} where that row is the last"
        return _ahead(chosen, candles, "signal", said)
    rows = chosen.strategy.lookback_rows
    return CheckError(
        f"{_who(chosen)} looks back further than it says: its signal of {_when(candles, row)} is"
        f" {traded:g}, but {answer:g} from the last {rows:,} rows (lookback_rows)",
        where=f"{candles.instrument.market}, column signal",
        fix="live shows it no more than that: raise lookback_rows, or let signal() need less;"
        " --no-gate runs it all the same, with a banner",
    )


def _ahead(chosen: Choice, candles: Candles, column: str, said: str) -> CheckError:
    return CheckError(
        f"{_who(chosen)} looks ahead: its {column} {said}",
        where=f"{candles.instrument.market}, column {column}",
        fix="a row may use itself and rows before it: no centred window, no mean of a whole"
        " column, no longer bar that is not closed; nor random numbers, the time, or what an"
        " earlier call left behind; --no-gate runs it all the same, with a banner",
    )


def _who(chosen: Choice) -> str:
    return f"{chosen.text} ({', '.join(chosen.given)})" if chosen.given else chosen.text


def _when(candles: Candles, row: int) -> str:
    moment = datetime.fromtimestamp(int(candles.open_ts_ns[row]) // NS_PER_S, UTC)
    return f"row {row:,} ({moment:%Y-%m-%d %H:%M} UTC)"
