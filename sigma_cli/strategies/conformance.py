"""What every strategy must hold to, as checks that a test of your own can run.

    @pytest.mark.parametrize("check", CHECKS)
    def test_it_keeps_the_rules(check):
        strategy = Mine(Params())
        CHECKS[check](strategy, market(strategy))

A check takes a strategy and candles, and raises AssertionError with the first row that is wrong.
`market` makes candles that are long enough for the strategy and have what breaks strategies.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from sigma_cli.domain.candles import CANDLE_COLUMNS, Candles
from sigma_cli.domain.instruments import Instrument, Rules
from sigma_cli.domain.units import INTERVALS_NS, NS_PER_MINUTE, TsNs
from sigma_cli.kernels import rng
from sigma_cli.strategies.features import Feature
from sigma_cli.strategies.strategy import Strategy, columns_of

INTERVAL: Final = "1m"
"""Of the candles that `market` makes."""
ROWS_MIN: Final = 1_500
"""Shortest market: each of its moods comes several times."""
ROWS_CHECKED_MAX: Final = 1_500
"""Most rows whose window is looked at one by one."""
FUTURES_MAX: Final = 40
"""Most rows at which the future is replaced."""
FACTORS: Final = (2.0, 0.5)
"""By what the future is multiplied: who looks one bar ahead sees the one or the other."""
START_NS: Final = 1_756_684_800_000_000_000
"""2025-09-01 00:00 UTC, a Monday."""


def has_typed_parameters(strategy: Strategy, candles: Candles) -> None:
    """Demand a pydantic model as `params` that understands what is typed after `--set`."""
    assert len(candles) > 0
    params = strategy.params
    assert isinstance(params, type) and issubclass(params, BaseModel), "params is no pydantic model"
    defaults = {
        name: field.default
        for name, field in params.model_fields.items()
        if isinstance(field.default, int | float | str)
    }
    typed = {name: str(value) for name, value in defaults.items()}
    try:
        read = params.model_validate(typed).model_dump()
    except ValidationError as error:
        wrong = [one for one in error.errors() if one["type"] != "missing"]
        assert not wrong, f"the defaults can't be typed: {error}"
    else:
        for name, value in defaults.items():
            assert read[name] == value, f"{name}={typed[name]} is read as {read[name]!r}"


def names_features(strategy: Strategy, candles: Candles) -> None:
    """Demand the same tuple of features each time, whatever was asked in between."""
    first = strategy.features()
    assert isinstance(first, tuple), "features() returns a tuple"
    assert all(isinstance(feature, Feature) for feature in first), "of features"
    _signal(strategy, candles)
    assert strategy.features() == first, "features() changed its mind"


def gives_one_number_a_row(strategy: Strategy, candles: Candles) -> None:
    """Demand one float64 a row: NaN, or a target exposure in [-1, 1]."""
    signal = _signal(strategy, candles)
    assert signal.dtype == np.float64, f"signal() returned {signal.dtype}, not float64"
    assert signal.shape == (len(candles),), f"{signal.shape} signals for {len(candles)} rows"
    wrong = np.flatnonzero(np.abs(signal) > 1.0)
    assert not len(wrong), f"row {wrong[0]}: {signal[wrong[0]]} is outside [-1, 1]"


def says_something(strategy: Strategy, candles: Candles) -> None:
    """Demand that lively candles move it: who never speaks passes every other check."""
    assert not np.all(np.isnan(_signal(strategy, candles))), "it never says anything"


def remembers_nothing(strategy: Strategy, candles: Candles) -> None:
    """Demand the same answer to the same question, whatever was asked before."""
    other = deepcopy(strategy)
    first = _signal(strategy, candles)
    _signal(other, part(candles, len(candles) // 3))
    _same(_signal(other, candles), first, "asked something else before, it answers otherwise")


def needs_no_more_than_its_lookback(strategy: Strategy, candles: Candles) -> None:
    """Demand `signal(all)[t] == signal(window up to t)[-1]`, bit for bit: what live computes."""
    columns = columns_of(candles, strategy.features(), INTERVAL)
    live = deepcopy(strategy)  # which has never seen the whole
    whole = strategy.signal(columns)
    rows = strategy.lookback_rows
    assert isinstance(rows, int) and rows >= 1, f"lookback_rows is {rows!r}"
    for end in _spread(1, len(candles), ROWS_CHECKED_MAX):
        window = live.signal(columns.window(end, rows))
        assert window[-1:].tobytes() == whole[end - 1 : end].tobytes(), (
            f"row {end - 1}: {window[-1]!r} from the last {rows} rows, {whole[end - 1]!r} from all"
        )


def does_not_know_the_future(strategy: Strategy, candles: Candles) -> None:
    """Demand that another future, or none, changes no earlier row."""
    whole = _signal(strategy, candles)
    for count in _spread(1, len(candles) - 1, FUTURES_MAX):
        cut = _signal(strategy, part(candles, count))
        _same(cut, whole[:count], f"without what comes after row {count - 1}")
        for factor in FACTORS:
            other = _signal(strategy, with_another_future(candles, count, factor))[:count]
            _same(other, whole[:count], f"with prices times {factor:g} after row {count - 1}")


CHECKS: Final[dict[str, Callable[[Strategy, Candles], None]]] = {
    check.__name__: check
    for check in (
        has_typed_parameters,
        names_features,
        gives_one_number_a_row,
        says_something,
        remembers_nothing,
        needs_no_more_than_its_lookback,
        does_not_know_the_future,
    )
}
"""Every check by its name."""


def market(strategy: Strategy, seed: int = 1) -> Candles:
    """Return made-up minutes, enough for `strategy` to warm up and to look back twice.

    Its moods alternate: lively, quiet by single ticks so that averages tie, and quite still.
    About one minute in fifty has no trade, and so no row.
    """
    warm_up = max((_rows(feature) for feature in strategy.features()), default=0)
    count = ROWS_MIN + 2 * (warm_up + strategy.lookback_rows)
    draws = rng.stream(seed, 0)
    minutes = np.cumsum([1 + (rng.draw(draws) % 50 == 0) for _ in range(count)])
    close_u = np.empty(count, np.int64)
    reach_u = np.empty((2, count), np.int64)
    price_u = 10_000
    for row in range(count):
        step_u = _MOODS[row // _MOOD_ROWS % len(_MOODS)]
        price_u = max(price_u + _between(draws, -step_u, step_u), 1_000)
        close_u[row] = price_u
        reach_u[:, row] = _between(draws, 0, step_u), _between(draws, 0, step_u)
    open_u = np.concatenate(([10_000], close_u[:-1]))
    return Candles(
        instrument=_INSTRUMENT,
        interval_ns=NS_PER_MINUTE,
        open_ts_ns=START_NS + minutes * NS_PER_MINUTE,
        open_u=open_u,
        high_u=np.maximum(open_u, close_u) + reach_u[0],
        low_u=np.minimum(open_u, close_u) - reach_u[1],
        close_u=close_u,
        volume_u=np.array([_between(draws, 1, 10**9) for _ in range(count)], np.int64),
        synthetic=True,
    )


def part(candles: Candles, count: int) -> Candles:
    """Return the first `count` candles."""
    return replace(candles, **{name: getattr(candles, name)[:count] for name in CANDLE_COLUMNS})


def with_another_future(candles: Candles, count: int, factor: float) -> Candles:
    """Return the candles, prices and volumes after the first `count` multiplied by `factor`."""
    changed = {}
    for name in CANDLE_COLUMNS[1:]:
        values = getattr(candles, name).copy()
        values[count:] = np.maximum(values[count:] * factor, 1.0)
        changed[name] = values
    return replace(candles, **changed)


_MOODS: Final = (50, 1, 20, 0)
"""Largest step of a minute, in units, of each mood in turn."""
_MOOD_ROWS: Final = 75
_INSTRUMENT: Final = Instrument(
    venue="made-up",
    market="AAA-BBB",
    price_exp=2,
    size_exp=8,
    rules=(
        Rules(
            valid_from_ns=TsNs(0),
            ticks=((Decimal(0), Decimal("0.01")),),
            lot=Decimal("1e-8"),
            value_min=Decimal(1),
            value_max=Decimal(10**9),
            fee_maker=Decimal(0),
            fee_taker=Decimal(0),
        ),
    ),
)


def _signal(strategy: Strategy, candles: Candles) -> NDArray[np.float64]:
    return strategy.signal(columns_of(candles, strategy.features(), INTERVAL))


def _rows(feature: Feature) -> int:
    """Return how many minutes the window of a feature spans."""
    return feature.window * INTERVALS_NS[feature.interval or INTERVAL] // NS_PER_MINUTE


def _spread(first: int, last: int, most: int) -> list[int]:
    """Return up to `most` whole numbers from `first` to `last`, both included."""
    return sorted({int(number) for number in np.linspace(first, last, most)})


def _same(found: NDArray[np.float64], expected: NDArray[np.float64], when: str) -> None:
    """Demand the same bits; name the first row that differs."""
    different = np.flatnonzero(found.view(np.int64) != expected.view(np.int64))
    if len(different):
        row = different[0]
        raise AssertionError(f"row {row}: {found[row]!r}, not {expected[row]!r}, {when}")


def _between(draws: rng.State, low: int, high: int) -> int:
    return low + rng.draw(draws) % (high - low + 1)
