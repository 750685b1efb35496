"""The switch table as kernels have it, and what a run tells of it afterwards. Decides nothing."""

import math
from itertools import accumulate
from typing import Any, Final

import numpy as np

from sigma_cli.domain.dtypes.bounds import FIRINGS_MAX, MOVE_BUCKETS
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.features import Family
from sigma_cli.domain.switches import SWITCHES, Metric, Scope, Wake
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.settings import Settings
from sigma_cli.settings.switches import Switches

FAMILIES: Final = {
    Metric.HURST_NOISE: Family.MOMENTS,
    Metric.LAMBDA_EXCESS: Family.FLOW | Family.IMPACT | Family.MOMENTS,
    Metric.VOLUME_RATIO: Family.FLOW,
    Metric.TOXICITY: Family.FLOW,
}
"""What has to be kept up to date for a metric; VPIN and the touch always are."""


def pack(params: np.record, settings: Settings, *, ticks: bool) -> None:
    """Fill in the rows that are on, and how their metrics are measured.

    Bars know the rows of `limits` only.
    """
    if ticks:
        _fill_measures(params, settings.switches)
    packed = slots = 0
    ends = dict.fromkeys(Wake, 0)
    for index, switch in enumerate(SWITCHES):
        if _setting(settings, switch.limit) is None or not (ticks or switch.section == "limits"):
            continue
        row = params.switches[packed]
        row.index = index
        row.metric = switch.metric
        row.comparison = switch.comparison
        row.latch = switch.latch
        row.action = switch.action
        row.reason = switch.reason
        row.limit = _number(settings, switch.limit)
        row.amount = _number(settings, switch.amount)
        row.samples_min = _number(settings, switch.samples)
        row.quiet_ns = int(_number(settings, switch.quiet_s) * NS_PER_S)
        row.slot = slots
        slots += switch.scope is Scope.MARKET
        packed += 1
        ends[switch.wake] += 1
    equity, order, market, closed, _ = accumulate(ends.values())
    params.equity_rows = equity
    params.order_rows = order
    params.market_rows = market
    params.closed_rows = closed
    params.switch_rows = packed
    params.watching = packed > sum(row.section == "limits" for row in SWITCHES)


def _fill_measures(params: np.record, switches: Switches) -> None:
    params.move_max = math.inf if switches.move_max is None else switches.move_max
    params.move_bucket_ns = int(switches.move_window_s * NS_PER_S) // (MOVE_BUCKETS - 1)
    params.lambda_quantile = switches.lambda_quantile
    params.lambda_minutes_min = switches.lambda_minutes_min
    params.hurst_centre = switches.hurst_centre
    params.hurst_sd = switches.hurst_sd
    params.unexplained_minutes = switches.unexplained_minutes


def _number(settings: Settings, name: str | None) -> float:
    """Return the value of `section.name`, 0 where a row has none."""
    return float(_setting(settings, name) or 0.0) if name is not None else 0.0


def _setting(settings: Settings, name: str) -> float | None:
    section, _, field = name.partition(".")
    value: float | None = getattr(getattr(settings, section), field)
    return value


def families(params: Record) -> Family:
    """Return the features that the rows that are on look at."""
    found = Family(0)
    for row in params.switches[: params.switch_rows]:
        found |= FAMILIES.get(Metric(int(row.metric)), Family(0))
    return found


def timeline(world: Record) -> list[dict[str, Any]]:
    """Return the switches that fired, in order of time: the last FIRINGS_MAX times."""
    firings, rows = world.state.firings, world.params.switches
    count = int(firings.count)
    found = []
    for number in range(max(count - FIRINGS_MAX, 0), count):
        one = firings.last[number % FIRINGS_MAX]
        row = rows[one.row]
        switch = SWITCHES[row.index]
        found.append(
            {
                "name": switch.setting,
                "number": switch.number,
                "ts_ns": int(one.ts_ns),
                "market": int(one.market) if switch.scope is Scope.MARKET else None,
                "value": float(one.value),
                "limit": float(row.limit),
            }
        )
    return found


def blind(world: Record) -> list[str]:
    """Return the switches that were on and never knew what they watch, so that they did nothing."""
    params, fired = world.params, world.state.fired
    return [
        SWITCHES[params.switches[row].index].setting
        for row in range(params.switch_rows)
        if params.watching and not fired[row].known
    ]
