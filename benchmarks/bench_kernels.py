"""Kernels one by one, warm, under pytest-benchmark: a million rows each, so 1 ms is 1 ns a row.

    python -m benchmarks.bench_kernels [options of pytest-benchmark]

Numbers of one machine at one time: compare with `--benchmark-save` and `--benchmark-compare`, or
within one run with the calibration loop, which does nothing but add.
"""

import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.run import LOG
from sigma_cli.domain.dtypes.tape import BAR, REQUEST, TRADE, TURN
from sigma_cli.domain.instruments import Instrument, Rules
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_S, TsNs
from sigma_cli.kernels import resample, rng, trade_bars
from sigma_cli.kernels.chunk import KINDS, Chunk
from sigma_cli.kernels.desk import switchboard
from sigma_cli.kernels.features import averages, bars, changes, chunks, crossings, extremes, wilder
from sigma_cli.kernels.features import market as features
from sigma_cli.kernels.features import rows as feature_rows
from sigma_cli.kernels.jit import njit
from sigma_cli.kernels.replay import Asked, Facts, replay
from sigma_cli.kernels.simulate import Rows
from sigma_cli.kernels.sweep import Curve, simulate_cell
from sigma_cli.runtime import simulation, synthetic_market, world
from sigma_cli.runtime.progress import Silent
from sigma_cli.settings import load, parse_overrides

COUNT: Final = 1_000_000
UNIT: Final = 100.0
FIRST_NS: Final = 1_756_684_800 * NS_PER_S


def market() -> Candles:
    """Return a random walk of minutes."""
    random = np.random.default_rng(7)
    close = 1_000_000 + np.cumsum(random.integers(-30, 31, COUNT))
    before = np.append(1_000_000, close[:-1])
    rules = Rules(
        valid_from_ns=TsNs(0),
        ticks=((Decimal(0), Decimal("0.01")),),
        lot=Decimal("0.001"),
        value_min=Decimal(0),
        value_max=Decimal(10**15),
        fee_maker=Decimal("0.0005"),
        fee_taker=Decimal("0.0005"),
    )
    return Candles(
        instrument=Instrument(
            venue="bench", market="BARS", price_exp=2, size_exp=3, rules=(rules,)
        ),
        interval_ns=NS_PER_MINUTE,
        open_ts_ns=FIRST_NS + np.arange(COUNT, dtype=np.int64) * NS_PER_MINUTE,
        open_u=before,
        high_u=np.maximum(before, close) + 10,
        low_u=np.minimum(before, close) - 10,
        close_u=close,
        volume_u=random.integers(1, 10**6, COUNT),
    )


CANDLES: Final = market()
FAST: Final = averages.sma(CANDLES.close_u, 10, UNIT)
SLOW: Final = averages.sma(CANDLES.close_u, 30, UNIT)
CROSSED: Final = crossings.crossings(FAST, SLOW, 1_000)
NEVER: Final = np.full(COUNT, np.nan)
SCHEDULE: Final = world.schedule([CANDLES])
SETTINGS: Final = load(
    None, None, {}, parse_overrides(["units=1", "limits.drawdown_max=1"])
).settings
TRADES: Final = np.zeros(COUNT, TRADE)
TRADES["exch_ts_ns"] = FIRST_NS + np.arange(COUNT) * NS_PER_S
TRADES["price_u"], TRADES["size_u"] = CANDLES.close_u, CANDLES.volume_u
BARS: Final = np.zeros(COUNT, BAR)
for _name in BAR.names or ():
    BARS[_name] = getattr(CANDLES, _name)
TAPE_ROWS: Final = 65_536
HOURS: Final = resample.resampled(CANDLES, 60 * NS_PER_MINUTE)


def fresh(*, held: bool = False) -> Records:
    """Return a world before its first event; `held`: with a position that nobody sells."""
    found = world.build(SETTINGS, 1)
    if held:
        found[0].state.positions[0].size_u = found[0].venue.positions_u[0] = 100_000
    return found


def rows(signal: Any) -> Rows:
    """Return the bars with signals."""
    return world.rows([CANDLES], [signal])


def simulated(signal: Any, *, held: bool = False) -> Callable[[], object]:
    """Return a run over all bars: the desk, the venue and the tape."""
    bars = rows(signal)
    return lambda: simulation.run(bars, SCHEDULE, fresh(held=held), Silent())


def replayed() -> Callable[[], object]:
    """Return a replay of the tape of the crossing averages."""
    bars = rows(CROSSED)
    tape = simulation.run(bars, SCHEDULE, fresh(), Silent())
    facts = Facts(tape.facts, tape.fact_seq)

    def again() -> None:
        room = len(tape.requests)
        asked = Asked(np.zeros(room, REQUEST), np.zeros(room, np.int64), np.zeros(3, np.int64))
        replay(bars, SCHEDULE, facts, fresh(), asked)

    return again


def cell() -> Callable[[], object]:
    """Return one cell of a sweep over the same bars."""
    bars, log = rows(CROSSED), np.zeros(1, LOG)
    curve = Curve(np.array([COUNT - 1]), np.zeros(1))
    return lambda: simulate_cell(bars, SCHEDULE, fresh(), log, curve)


def bars_of_trades() -> None:
    """Gather trades into minutes."""
    trade_bars.add(TRADES, NS_PER_MINUTE, trade_bars.no_bar(), np.zeros(COUNT, BAR))


def bar_features() -> None:
    """Compute every feature of bars."""
    state = np.zeros(1, bars.BARS)
    bars.begin(state[0])
    bars.columns(state, BARS, np.empty((COUNT, len(bars.COLUMNS))))


def tape() -> tuple[Records, Records, Records, Records]:
    """Return trades, quotes and books of a synthetic market, a million in all, and its rules.

    The last books are left out to make it a million.
    """
    found = synthetic_market.begin(synthetic_market.find("KRW-BTC"), 1, FIRST_NS, 2)
    rows, pieces = 0, []
    for piece in synthetic_market.stream(
        found, found.end_ns, quotes_max=TAPE_ROWS, books_max=TAPE_ROWS
    ):
        pieces.append(tuple(part.copy() for part in piece))
        rows += sum(map(len, piece))
        if rows >= COUNT:
            break
    trades, quotes, books = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    return trades, quotes, books[: COUNT - len(trades) - len(quotes)], found.state["rules"][:, 0]


def feature_rows_of_tape(every_s: int) -> Callable[[], object]:
    """Return a pass over the tape that writes a row of features at each mark of the clock."""
    trades, quotes, books, rules = tape()
    chunk = arrived(trades, quotes, books)
    out = np.empty((2 * 86_400 // every_s, feature_rows.COLUMNS))

    def again() -> int:
        state = features.begin(rules, int(trades["size_u"].sum()), makes_bars=True)
        reader = np.zeros(1, chunks.READER)
        reader["next_ns"], reader["last_ns"] = FIRST_NS, FIRST_NS
        reader["every_ns"] = every_s * NS_PER_S
        return chunks.read(state, chunk, np.zeros(0, chunks.CHANGE), reader, out)

    return again


def arrived(trades: Records, quotes: Records, books: Records) -> Chunk:
    """Return a tape as one chunk, in order of arrival."""
    parts = (trades, quotes, books)
    turns = np.zeros(sum(map(len, parts)), np.dtype((np.record, TURN)))
    turns["ts_ns"] = np.concatenate([arrivals(part) for part in parts])
    turns["kind"] = np.repeat(KINDS, [len(part) for part in parts])
    turns["row"] = np.concatenate([np.arange(len(part)) for part in parts])
    desk = turns[np.lexsort((turns["kind"], turns["ts_ns"]))]
    return Chunk(trades, quotes, books, desk[:0], desk, FIRST_NS, int(desk["ts_ns"][-1]) + 1)


def arrivals(rows: Records) -> NDArray[np.int64]:
    """Return when rows arrive; where nobody recorded it, when they happened."""
    return np.where(rows["recv_ts_ns"] > 0, rows["recv_ts_ns"], rows["exch_ts_ns"])


def switched(markets: int, per_second: int) -> Callable[[], object]:
    """Return a pass over events in which every kill switch is on and none fires."""
    random = np.random.default_rng(7)
    ts_ns = FIRST_NS + np.cumsum(random.exponential(NS_PER_S / per_second, COUNT)).astype(np.int64)
    market = random.integers(0, markets, COUNT)
    price_u = np.zeros(COUNT, np.int64)
    for one in range(markets):
        mine = market == one
        price_u[mine] = 1_000_000 + np.cumsum(random.integers(-30, 31, int(mine.sum())))
    equity = 1e6 + np.cumsum(random.normal(0.0, 1.0, COUNT))
    minds = np.zeros(markets, features.FEATURES)
    for one in range(markets):
        minds[one] = features.begin(SCHEDULE.rules[:1], 0, makes_bars=False)[0]

    begun = world.build(SETTINGS, markets, ticks=True)
    account = begun[0].state.account
    account.equity = account.equity_peak = account.equity_day_start = 1e6

    def again() -> None:
        found = begun.copy()
        watch_all(found, minds, ts_ns, market, price_u, equity)
        assert found[0].state.firings.count == 0

    return again


@njit
def watch_all(world: Any, minds: Any, ts_ns: Any, market: Any, price_u: Any, equity: Any) -> None:
    """Let events move prices and equity, and the clock go on, before the eyes of the switches."""
    state, params = world[0].state, world[0].params
    switchboard.on_start(state, params)
    timer_ns = ts_ns[0]
    for i in range(len(ts_ns)):
        state.now_ns = ts_ns[i]
        state.account.equity = equity[i]
        if equity[i] > state.account.equity_peak:
            state.account.equity_peak = equity[i]
        switchboard.on_tick(state, params, minds[market[i]], market[i], price_u[i])
        switchboard.on_mark(state, params)
        if ts_ns[i] >= timer_ns:
            timer_ns += 100_000_000
            switchboard.on_timer(state, params)


@njit
def draw_all(state: Any, count: int) -> float:
    """Draw standard normals."""
    total = 0.0
    for _ in range(count):
        total += rng.normal(state)
    return total


@njit
def add_all(values: Any) -> int:
    """Add, as a measure of the machine."""
    total = 0
    for value in values:
        total = total * 3 + value
    return total


KERNELS: Final[Mapping[str, Callable[[], object]]] = {
    "calibration loop": lambda: add_all(CANDLES.close_u),
    "sma(30)": lambda: averages.sma(CANDLES.close_u, 30, UNIT),
    "ema(30)": lambda: averages.ema(CANDLES.close_u, 30, UNIT),
    "rsi(14)": lambda: wilder.rsi(CANDLES.close_u, 14),
    "atr(14)": lambda: wilder.atr(CANDLES.high_u, CANDLES.low_u, CANDLES.close_u, 14),
    "highest(20)": lambda: extremes.highest(CANDLES.high_u, 20, UNIT),
    "roc(20)": lambda: changes.roc(CANDLES.close_u, 20),
    "crossings": lambda: crossings.crossings(FAST, SLOW, 1_000),
    "resample to 1h": lambda: resample.resampled(CANDLES, 60 * NS_PER_MINUTE),
    "hours as of minutes": lambda: resample.as_of(CANDLES, HOURS, HOURS.close_u / UNIT),
    "bars of trades": bars_of_trades,
    "bar features": bar_features,
    "features of a tape, 1s": feature_rows_of_tape(1),
    "features of a tape, 1m": feature_rows_of_tape(60),
    "kill switches, 1 market": switched(1, 1_000),
    "kill switches, 20 markets": switched(20, 2_000),
    "normal numbers": lambda: draw_all(rng.stream(7, 0), COUNT),
    "simulate, flat": simulated(NEVER),
    "simulate, held": simulated(NEVER, held=True),
    "simulate, crossings": simulated(CROSSED),
    "replay, crossings": replayed(),
    "sweep cell, crossings": cell(),
}
"""What is measured; each call is a million rows."""


@pytest.mark.parametrize("name", KERNELS)
def test_kernel(benchmark: BenchmarkFixture, name: str) -> None:
    """Run one kernel until its median is known."""
    KERNELS[name]()  # compiled before it counts
    benchmark(KERNELS[name])


if __name__ == "__main__":
    words = ["--benchmark-columns=median,min,iqr,rounds", "--benchmark-sort=fullname"]
    raise SystemExit(pytest.main([__file__, "-q", "-p", "no:cacheprovider", *words, *sys.argv[1:]]))
