"""What every strategy must hold to, as named checks: `for name, check in CHECKS.items()`.

A check takes a strategy made with its default parameters, and candles. It raises AssertionError.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import Candles
from sigma_cli.strategies.features import Feature
from sigma_cli.strategies.strategy import Columns, Strategy, columns_of

INTERVAL: Final = "1m"


def _columns(strategy: Strategy, candles: Candles) -> Columns:
    return columns_of(candles, strategy.features(), INTERVAL)


def _signal(strategy: Strategy, candles: Candles) -> NDArray[np.float64]:
    return strategy.signal(_columns(strategy, candles))


def names_features(strategy: Strategy, candles: Candles) -> None:
    """Features are values, the same ones each time."""
    assert len(candles) > 0
    assert all(isinstance(feature, Feature) for feature in strategy.features())
    assert strategy.features() == strategy.features()


def gives_one_number_a_row(strategy: Strategy, candles: Candles) -> None:
    """One float64 a row: NaN, or a target exposure in [-1, 1]."""
    signal = _signal(strategy, candles)
    assert signal.dtype == np.float64
    assert signal.shape == (len(candles),)
    said = signal[~np.isnan(signal)]
    assert np.all(np.abs(said) <= 1.0)


def says_something(strategy: Strategy, candles: Candles) -> None:
    """Lively candles move it: a strategy that never speaks passes every other check."""
    assert not np.all(np.isnan(_signal(strategy, candles)))


def remembers_nothing(strategy: Strategy, candles: Candles) -> None:
    """The same question has the same answer, whatever was asked in between."""
    first = _signal(strategy, candles)
    _signal(strategy, part(candles, len(candles) // 3))
    assert first.tobytes() == _signal(strategy, candles).tobytes()


def needs_no_more_than_its_lookback(strategy: Strategy, candles: Candles) -> None:
    """`signal(all)[t] == signal(window ending at t)[-1]`, bit for bit: what live computes."""
    columns = _columns(strategy, candles)
    whole = strategy.signal(columns)
    rows = strategy.lookback_rows
    assert rows >= 1
    for end in range(1, len(candles) + 1):
        window = strategy.signal(columns.window(end, rows))
        assert window[-1:].tobytes() == whole[end - 1 : end].tobytes(), f"row {end - 1}"


def does_not_know_the_future(strategy: Strategy, candles: Candles) -> None:
    """Cutting off the future changes no earlier row."""
    whole = _signal(strategy, candles)
    for count in range(1, len(candles), max(1, len(candles) // 40)):
        assert _signal(strategy, part(candles, count)).tobytes() == whole[:count].tobytes()


CHECKS: Final[dict[str, Callable[[Strategy, Candles], None]]] = {
    check.__name__: check
    for check in (
        names_features,
        gives_one_number_a_row,
        says_something,
        remembers_nothing,
        needs_no_more_than_its_lookback,
        does_not_know_the_future,
    )
}


def part(candles: Candles, count: int) -> Candles:
    """Return the first `count` candles."""
    return Candles(
        instrument=candles.instrument,
        interval_ns=candles.interval_ns,
        open_ts_ns=candles.open_ts_ns[:count],
        open_u=candles.open_u[:count],
        high_u=candles.high_u[:count],
        low_u=candles.low_u[:count],
        close_u=candles.close_u[:count],
        volume_u=candles.volume_u[:count],
    )
