"""The made-up markets live like markets: the stylised facts, each beside a control that lacks it.

Facts as in Cont, "Empirical properties of asset returns: stylized facts and statistical issues",
Quantitative Finance 1 (2001). Bounds are wide enough for any seed and fail for a random walk with
independent arrivals, which the controls show.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S
from sigma_cli.errors import UsageError
from sigma_cli.kernels import trade_bars
from sigma_cli.runtime.synthetic_market import MARKETS, Simulation, begin, candles, find, stream
from sigma_cli.venues.upbit.rules import KRW_CHANGE_NS

START_NS = 1_756_684_800 * NS_PER_S
DAYS = 2
SECONDS = DAYS * NS_PER_DAY // NS_PER_S
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lived:
    """A market without its crash and outage: what every ordinary second looked like."""

    trades: Records
    order_ts_ns: NDArray[np.int64]
    """When a market order came; one that walks the book prints more than once."""
    order_side: NDArray[np.int64]
    mid: Values
    spread: Values
    depth: Values
    volume: Values


@pytest.fixture(scope="module", params=[1, 2])
def lived(request: pytest.FixtureRequest) -> Lived:
    simulation = begin(find("KRW-BTC"), request.param, START_NS, DAYS)
    calendar = simulation.state[0].calendar
    calendar.crash_depth, calendar.outage_until_ns = 0.0, calendar.outage_from_ns
    pieces = [
        (piece.trades.copy(), piece.quotes.copy())
        for piece in stream(simulation, simulation.end_ns, quotes_max=100_000)
    ]
    trades, quotes = (np.concatenate(rows) for rows in zip(*pieces, strict=True))
    seconds = START_NS + np.arange(SECONDS + 1) * NS_PER_S
    seen = quotes[np.maximum(np.searchsorted(quotes["exch_ts_ns"], seconds[1:]) - 1, 0)]
    first = np.diff(trades["exch_ts_ns"], prepend=0) > 1_000
    return Lived(
        trades=trades,
        order_ts_ns=trades["exch_ts_ns"][first],
        order_side=trades["side"][first],
        mid=(seen["bid_u"] + seen["ask_u"]) / 2,
        spread=seen["ask_u"] - seen["bid_u"],
        depth=(seen["bid_size_u"] + seen["ask_size_u"]).astype(float),
        volume=np.histogram(trades["exch_ts_ns"], seconds, weights=trades["size_u"])[0],
    )


def minute_returns(lived: Lived) -> Values:
    return np.diff(np.log(lived.mid[59::60]))


def correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def lagged(values: NDArray[Any], lag: int) -> float:
    return correlation(values[:-lag], values[lag:])


def kurtosis(values: Values) -> float:
    return float(np.mean((values - values.mean()) ** 4) / values.var() ** 2)


def counts(times_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many there were in each second."""
    return np.bincount((times_ns - START_NS) // NS_PER_S, minlength=SECONDS)


def dispersion(per_second: NDArray[np.int64]) -> float:
    """Return variance over mean of counts within a minute: 1 for independent arrivals."""
    minutes = per_second.reshape(-1, 60)
    return float((minutes.var(axis=1, ddof=1) / np.maximum(minutes.mean(axis=1), 0.02)).mean())


def test_returns_have_the_deviation_asked_for_and_fat_tails(lived: Lived) -> None:
    returns = minute_returns(lived)
    assert 0.00021 < returns.std() < 0.00058  # 0.00035 in the long run
    assert kurtosis(returns) > 4.2
    control = np.random.default_rng(1).normal(size=len(returns))
    assert kurtosis(control) < 3.4


def test_calm_follows_calm_and_direction_follows_nothing(lived: Lived) -> None:
    returns = minute_returns(lived)
    for lag in (1, 10):
        assert lagged(np.abs(returns), lag) > 0.06
    for lag in (1, 2, 10):
        assert abs(lagged(returns, lag)) < 0.1
    shuffled = np.random.default_rng(1).permutation(returns)
    assert abs(lagged(np.abs(shuffled), 1)) < 0.06


def test_prices_neither_trend_nor_return_within_the_hour(lived: Lived) -> None:
    returns = minute_returns(lived)[: 60 * (24 * DAYS - 1)]
    hours = returns.reshape(-1, 60).sum(axis=1)
    assert 0.4 < hours.var() / returns.var() / 60 < 2.2


def test_arrivals_cluster(lived: Lived) -> None:
    found = counts(lived.order_ts_ns)
    assert dispersion(found) > 1.15
    assert lagged(found, 1) > 0.2
    assert lagged(found, 60) > 0.08
    independent = np.random.default_rng(1).poisson(found.reshape(-1, 60).mean(axis=1).repeat(60))
    assert 0.95 < dispersion(independent) < 1.05


def test_buys_follow_buys(lived: Lived) -> None:
    assert lagged(lived.order_side, 1) > 0.07
    assert lagged(lived.order_side, 3) > 0.02
    shuffled = np.random.default_rng(1).permutation(lived.order_side)
    assert abs(lagged(shuffled, 1)) < 0.02
    assert abs(lived.order_side.mean()) < 0.05


def test_the_spread_widens_and_the_book_thins_where_flow_hits(lived: Lived) -> None:
    hit = np.flatnonzero(lived.volume > np.quantile(lived.volume, 0.995))
    hit = hit[(hit > 60) & (hit < SECONDS - 100)]
    assert len(hit) > 200

    def against_before(values: Values, seconds: int) -> float:
        return float(values[hit + seconds].mean() / values[hit - 1].mean())

    assert against_before(lived.spread, 0) > 1.2
    assert against_before(lived.spread, 90) < 1.08, "and comes back"
    assert against_before(lived.depth, 3) < 0.97
    control = np.random.default_rng(1).permutation(lived.spread)
    assert 0.87 < against_before(control, 0) < 1.13


def test_volume_moves_with_volatility(lived: Lived) -> None:
    per_minute = lived.volume.reshape(-1, 60).sum(axis=1)[1:]
    assert correlation(np.abs(minute_returns(lived)), per_minute) > 0.2


def test_the_day_has_busy_and_quiet_hours(lived: Lived) -> None:
    hour = (lived.order_ts_ns // NS_PER_HOUR) % 24
    per_hour = np.bincount(hour, minlength=24)
    assert per_hour[12:16].sum() > 1.5 * per_hour[17:21].sum()


def everything(name: str, seed: int = 3, days: int = DAYS) -> tuple[Simulation, Records]:
    simulation = begin(find(name), seed, START_NS, days)
    bar = trade_bars.no_bar()
    bars = candles(simulation, NS_PER_MINUTE, simulation.end_ns, bar)
    return simulation, np.concatenate([bars, bar])


@pytest.fixture(scope="module")
def all_candles() -> dict[str, tuple[Simulation, Records]]:
    return {named.name: everything(named.name) for named in MARKETS}


Told = dict[str, tuple[Simulation, Records]]


def test_candles_are_candles_of_their_market(all_candles: Told) -> None:
    for simulation, bars in all_candles.values():
        assert (bars["low_u"] <= np.minimum(bars["open_u"], bars["close_u"])).all()
        assert (bars["high_u"] >= np.maximum(bars["open_u"], bars["close_u"])).all()
        assert (np.diff(bars["open_ts_ns"]) >= NS_PER_MINUTE).all()
        assert bars["open_ts_ns"][0] >= simulation.start_ns
        assert bars["open_ts_ns"][-1] < simulation.end_ns


def test_quiet_minutes_have_no_candle(all_candles: Told) -> None:
    _, busy = all_candles["KRW-BTC"]
    gaps = np.diff(busy["open_ts_ns"]) > NS_PER_MINUTE
    assert gaps.sum() == 1, "the outage"
    simulation, quiet = all_candles["KRW-DUSK"]
    listed_ns = simulation.state[0].calendar.listed_until_ns - START_NS
    assert 0.3 < 1 - len(quiet) / (listed_ns / NS_PER_MINUTE) < 0.8


def test_one_outage_hits_the_whole_venue(all_candles: Told) -> None:
    spans = set()
    for simulation, bars in all_candles.values():
        calendar = simulation.state[0].calendar
        spans.add((int(calendar.outage_from_ns), int(calendar.outage_until_ns)))
        close_ts_ns = bars["open_ts_ns"] + NS_PER_MINUTE
        inside = (bars["open_ts_ns"] > calendar.outage_from_ns) & (
            close_ts_ns < calendar.outage_until_ns
        )
        assert not inside.any()
    assert len(spans) == 1
    begin_ns, end_ns = spans.pop()
    assert START_NS < begin_ns < end_ns < START_NS + DAYS * NS_PER_DAY
    assert end_ns - begin_ns == 45 * NS_PER_MINUTE


def test_one_flash_crash_hits_every_listed_market(all_candles: Told) -> None:
    for name in ("KRW-BTC", "KRW-ETH", "KRW-DOGE"):
        simulation, bars = all_candles[name]
        crash_ns = simulation.state[0].calendar.crash_from_ns
        span_ns = [crash_ns - NS_PER_MINUTE, crash_ns + NS_PER_HOUR]
        near = slice(*np.searchsorted(bars["open_ts_ns"], span_ns))
        before = bars["close_u"][near.start - 1]
        assert bars["low_u"][near].min() < 0.89 * before
        assert bars["close_u"][near][-1] > bars["low_u"][near].min() * 1.03
        returns = np.diff(np.log(bars["close_u"]))
        falls = np.flatnonzero(returns < -0.04)
        assert len(falls) and (np.abs(bars["open_ts_ns"][falls] - crash_ns) < NS_PER_HOUR).all()


def test_one_market_is_listed_late_and_one_goes(all_candles: Told) -> None:
    simulation, bars = all_candles["KRW-DAWN"]
    calendar = simulation.state[0].calendar
    assert calendar.listed_from_ns > START_NS
    assert 0 <= bars["open_ts_ns"][0] + NS_PER_MINUTE - calendar.listed_from_ns < NS_PER_HOUR
    simulation, bars = all_candles["KRW-DUSK"]
    calendar = simulation.state[0].calendar
    assert calendar.listed_until_ns < simulation.end_ns
    assert 0 < calendar.listed_until_ns - bars["open_ts_ns"][-1] < NS_PER_HOUR


def test_markets_of_one_seed_move_together() -> None:
    def returns(name: str, seed: int) -> Values:
        simulation = begin(find(name), seed, START_NS, 1)
        calendar = simulation.state[0].calendar
        calendar.crash_depth, calendar.outage_until_ns = 0.0, calendar.outage_from_ns
        bars = candles(simulation, 5 * NS_PER_MINUTE, simulation.end_ns, trade_bars.no_bar())
        assert len(bars) >= 286
        return np.diff(np.log(bars["close_u"][:286]))

    assert 0.25 < correlation(returns("KRW-BTC", 5), returns("KRW-ETH", 5)) < 0.9
    assert abs(correlation(returns("KRW-BTC", 5), returns("KRW-ETH", 6))) < 0.2


def test_a_period_across_a_change_of_rules_has_both_grids() -> None:
    start_ns = KRW_CHANGE_NS // NS_PER_DAY * NS_PER_DAY
    row = begin(find("KRW-BTC"), 1, start_ns - NS_PER_DAY, 2).state[0]
    assert row.grids == 2
    assert row.rules_from_ns[1] == KRW_CHANGE_NS
    assert begin(find("KRW-BTC"), 1, START_NS, 2).state[0].grids == 1


def test_an_unknown_market_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="KRW-DAWN"):
        find("KRW-DAWM")
