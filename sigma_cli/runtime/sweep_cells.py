"""The cells of a sweep, as a worker computes them: each is one run, of which a few numbers stay.

A worker reads the candles once. Features are computed once and shared between combinations, in
bounded memory; the signal, the world, the log and the equity curve of a cell use the same few
buffers as the cell before it. Must not choose among the cells.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.run import LOG, WORLD
from sigma_cli.errors import OutsideError
from sigma_cli.kernels.sweep import Curve, simulate_cell
from sigma_cli.runtime import choice, gate, identity, world
from sigma_cli.runtime.choice import Choice
from sigma_cli.runtime.course import last_of_instants
from sigma_cli.runtime.selection import Selection, select
from sigma_cli.settings import Settings
from sigma_cli.stats.days import last_of_days
from sigma_cli.stats.equity import DAYS_MIN, sampled, sharpe, total_return
from sigma_cli.stats.overfitting import PARTS, sums_of_parts
from sigma_cli.stats.sharpe import RETURNS_MIN, moments
from sigma_cli.store.lake import Lake
from sigma_cli.strategies.features import Feature
from sigma_cli.strategies.strategy import Columns, columns_of

SHARED_BYTES_MAX: Final = 32 * 2**20
"""Features kept by one worker; what was not used for the longest time goes first."""

Combination = tuple[str, ...]
"""The values of the swept parameters, as text, in the order of their names."""
Cells = dict[str, NDArray[Any]]
"""The metrics of some combinations by name, a column each."""

METRICS: Final = {
    "final_equity": np.float64,
    "total_return": np.float64,
    "sharpe": np.float64,
    "max_drawdown": np.float64,
    "fills": np.int64,
    "fees": np.float64,
    "returns_count": np.int64,
    "returns_sharpe": np.float64,
    "returns_skew": np.float64,
    "returns_kurtosis": np.float64,
    **{f"returns_sum_{part}": np.float64 for part in range(PARTS)},
    **{f"returns_squares_{part}": np.float64 for part in range(PARTS)},
}
"""What is kept of a cell; `returns_*` are per period, of the returns that `sharpe` rests on, and
the sums of each tenth of the time, from which the probability of overfitting comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsJob:
    """What to sweep: small, and complete for a worker that sees the same store."""

    store: Path
    markets: tuple[str, ...]
    venue: str
    interval: str
    period: str
    settings: Settings
    strategy: str
    sets: tuple[str, ...]
    """`--set` words that are parameters of the strategy, and not swept."""
    names: tuple[str, ...]
    """The swept parameters."""
    code_hash: str
    gate: bool
    """Ask of each combination, in a few rows, whether it knew the future."""
    read: Mapping[str, str]
    """The hashes of the candles and their rules."""

    def prepare(self) -> Callable[[Sequence[Combination]], Cells]:
        """Read the candles and make the buffers; return what computes some combinations.

        Raises:
            OutsideError: this worker has other candles or another version of sigma.
        """
        selection = select(
            Lake(self.store),
            self.markets,
            venue=self.venue,
            interval=self.interval,
            period=self.period,
            fee=self.settings.fills.fee,
        )
        bench = _Bench(selection, self.settings)
        if identity.read_hashes(selection, bench.schedule) != self.read:
            raise _differs("the stored candles have changed since the sweep began")
        base: Choice | None = None

        def work(combinations: Sequence[Combination]) -> Cells:
            nonlocal base
            rows = []
            for combination in combinations:
                values = dict(zip(self.names, combination, strict=True))
                if base is None:
                    base = self._choose(values)
                rows.append(bench.run(choice.vary(base, values), gated=self.gate))
            columns = zip(*rows, strict=True)
            return {
                name: np.array(column, kind)
                for (name, kind), column in zip(METRICS.items(), columns, strict=True)
            }

        return work

    def _choose(self, values: Mapping[str, str]) -> Choice:
        words = [f"{name}={value}" for name, value in values.items()]
        chosen, _ = choice.choose(self.strategy, [*self.sets, *words])
        if chosen.code_hash != self.code_hash:
            raise _differs("this worker has another version of sigma, or of the strategy")
        return chosen


class _Bench:
    """One place to run cells on, one after the other, in the same memory."""

    def __init__(self, selection: Selection, settings: Settings) -> None:
        self.schedule = world.schedule(selection.candles)
        self._selection = selection
        self._order = world.order(selection.candles)
        silent = [np.full(len(one), np.nan) for one in selection.candles]
        self._rows = world.rows(selection.candles, silent)
        self._fresh = world.build(settings, len(selection.candles)).view(np.uint8)
        self._world = np.empty(1, WORLD)
        self._bytes = self._world.view(np.uint8)
        self._fills = self._world["venue"]["next_fill_id"]
        self._fees = self._world["state"]["account"]["fees"]
        self._log = np.empty(1, LOG)  # one instant's worth of it is ever touched
        self._shared = _Shared()
        after, self._ts_ns = _samples(self._rows, selection)
        self._curve = Curve(after, np.full(len(after), settings.account.cash, np.float64))
        self._per_year = nan
        if len(after) > 1:
            found = sampled(self._ts_ns, self._curve.equity, always_open=selection.always_open)
            self._per_year = found.per_year

    def run(self, chosen: Choice, *, gated: bool) -> tuple[float, ...]:
        """Return the metrics of one cell, in their order.

        Raises:
            CheckError: it is `gated`, and knew the future.
        """
        signals = []
        for market, one in enumerate(self._selection.candles):
            columns = self._columns(market, chosen)
            signals.append(choice.ask(chosen, columns, one))
            if gated:
                gate.check_windows(chosen, columns, one, signals[-1], gate.SPOTS)
        rows = self._rows._replace(signal=world.in_order(signals, self._order))
        self._bytes[:] = self._fresh
        deepest = simulate_cell(rows, self.schedule, self._world, self._log, self._curve)
        return self._metrics(deepest)

    def _columns(self, market: int, chosen: Choice) -> Columns:
        """Return what the strategy sees of a market, taken from the shelf where it is there."""
        candles = self._selection.candles[market]
        features = chosen.strategy.features()
        own = columns_of(candles, features, self._selection.interval)

        def make(key: str | Feature) -> NDArray[np.float64]:
            if isinstance(key, Feature) and key not in features:
                return own[key]  # which refuses it
            return self._shared.get((market, key), lambda: own[key])

        return Columns(len(candles), make)

    def _metrics(self, deepest: float) -> tuple[float, ...]:
        curve = self._curve.equity
        returns = curve[1:] / curve[:-1] - 1.0
        found = moments(returns)
        ratio = found.sharpe * self._per_year**0.5
        if found.count < RETURNS_MIN:  # a single run shows a ratio even of two
            always_open = self._selection.always_open
            ratio = sharpe(self._ts_ns, curve, always_open=always_open).value
        # An account that lost everything earns nothing any more.
        sums, squares = sums_of_parts(np.where(np.isfinite(returns), returns, 0.0))
        return (
            float(curve[-1]),
            total_return(curve),
            ratio,
            deepest,
            int(self._fills[0]),
            float(self._fees[0]),
            found.count,
            found.sharpe,
            found.skew,
            found.kurtosis,
            *sums.tolist(),
            *squares.tolist(),
        )


class _Shared:
    """Columns that several cells look at, within a bound of memory."""

    def __init__(self) -> None:
        self._columns: OrderedDict[tuple[int, str | Feature], NDArray[np.float64]] = OrderedDict()
        self._bytes = 0

    def get(
        self, key: tuple[int, str | Feature], make: Callable[[], NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        if key in self._columns:
            self._columns.move_to_end(key)
            return self._columns[key]
        column = self._columns[key] = make()
        self._bytes += column.nbytes
        while self._bytes > SHARED_BYTES_MAX and len(self._columns) > 1:
            self._bytes -= self._columns.popitem(last=False)[1].nbytes
        return column


def _samples(rows: Any, selection: Selection) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows after which equity is wanted, and when they close: the first, and each day's.

    Where there are too few days for daily returns it is wanted after every instant.
    """
    last = last_of_instants(rows)
    close_ts_ns = rows.open_ts_ns[last] + rows.interval_ns
    days = last_of_days(close_ts_ns, always_open=selection.always_open)
    wanted = np.union1d([0], days) if len(days) >= DAYS_MIN else np.arange(len(last))
    return last[wanted].astype(np.int64), close_ts_ns[wanted]


def _differs(what: str) -> OutsideError:
    return OutsideError(what, where="a worker of the sweep", fix="run the same command again")
