"""From settings and candles to the numbers that kernels count in. No decision is taken here."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.run import WORLD
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.switches import ORDER_SAMPLES_MIN, Sizer
from sigma_cli.domain.units import NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.kernels.simulate import Rows, Schedule
from sigma_cli.runtime import switch_rows
from sigma_cli.settings import Settings

BPS = 1e-4


def build(settings: Settings, market_count: int, *, ticks: bool = False) -> Records:
    """Return WORLD [1] before its first event: the cash is there, nothing is held."""
    world = np.zeros(1, WORLD)
    state, venue = world[0].state, world[0].venue
    state.market_count = market_count
    state.next_local_no = 1
    state.account.cash = settings.account.cash
    state.kelly.fraction = settings.stakes.kelly_start
    venue.cash = settings.account.cash
    venue.slippage = settings.fills.slippage_bps * BPS
    venue.participation = settings.fills.participation_max
    _fill_params(world[0].params, settings, ticks=ticks)
    return world


def _fill_params(params: np.record, settings: Settings, *, ticks: bool) -> None:
    params.on_ticks = ticks
    params.sizer = Sizer[settings.sizing.kind.upper()]
    params.units = settings.sizing.units
    params.fraction = settings.sizing.fraction
    params.share_max = settings.limits.market_share_max  # what it would refuse need not be asked
    if settings.sizing.kind in ("volatility", "risk_parity"):
        params.risk = settings.sizing.risk
        params.atr_multiple = settings.sizing.atr_multiple
        params.atr_bars = settings.sizing.atr_bars
    exits = settings.exits
    params.exit_stop = exits.stop
    params.exit_target = exits.target
    params.exit_trailing = exits.trailing
    params.exit_bars = exits.time_bars
    params.has_exits = any((exits.stop, exits.target, exits.trailing, exits.time_bars))
    params.day_offset_ns = -settings.limits.day_utc_offset_hours * NS_PER_HOUR
    params.rate_window_ns = NS_PER_MINUTE
    params.order_samples_min = ORDER_SAMPLES_MIN
    switch_rows.pack(params, settings, ticks=ticks)


def schedule(candles: Sequence[Candles]) -> Schedule:
    """Return the rules in force at the first candle of each market, and every change after it."""
    return rules_from([(one.instrument, int(one.open_ts_ns[0])) for one in candles])


def rules_from(markets: Sequence[tuple[Instrument, int]]) -> Schedule:
    """Return the rules of each market in force at a time in ns, and every change after it."""
    changes = []
    for market, (instrument, first_ns) in enumerate(markets):
        now = instrument.rules_at(first_ns)
        later = [rules for rules in instrument.rules if rules.valid_from_ns > first_ns]
        for rules in (now, *later):
            valid_from_ns = max(first_ns, rules.valid_from_ns)
            changes.append((valid_from_ns, market, pack_rules(instrument, rules)))
    changes.sort(key=lambda change: change[:2])
    packed = np.concatenate([change[2] for change in changes])
    return Schedule(
        valid_from_ns=np.array([change[0] for change in changes], np.int64),
        market=np.array([change[1] for change in changes], np.uint32),
        rules=packed,
        day_volume_u=np.zeros(len(changes), np.int64),
    )


def order(candles: Sequence[Candles]) -> slice | NDArray[np.intp]:
    """Return what puts the rows of all markets in order of (open time, market)."""
    if len(candles) == 1:
        return slice(None)
    market = np.repeat(np.arange(len(candles)), [len(c) for c in candles])
    return np.lexsort((market, np.concatenate([c.open_ts_ns for c in candles])))


def in_order(columns: Sequence[NDArray[Any]], order: slice | NDArray[np.intp]) -> NDArray[Any]:
    """Return a column of all markets as one, in `order`; of a single market as it is."""
    return np.concatenate(columns)[order] if len(columns) > 1 else columns[0]


def rows(
    candles: Sequence[Candles], signals: Sequence[NDArray[np.float64]], strategy: int = 0
) -> Rows:
    """Return the bars of all markets and their signals in order of (open time, market)."""
    placed = order(candles)

    def column(name: str) -> NDArray[np.int64]:
        return in_order([getattr(c, name) for c in candles], placed)

    return Rows(
        interval_ns=candles[0].interval_ns,
        strategy=strategy,
        open_ts_ns=column("open_ts_ns"),
        market=in_order([np.full(len(c), i, np.uint32) for i, c in enumerate(candles)], placed),
        open_u=column("open_u"),
        high_u=column("high_u"),
        low_u=column("low_u"),
        close_u=column("close_u"),
        volume_u=column("volume_u"),
        signal=in_order(signals, placed),
    )
