"""Packs what entries on ticks may cost and must earn. No decision is taken here."""

from collections.abc import Sequence

import numpy as np

from sigma_cli.domain.dtypes.bounds import WINDOWS_MAX
from sigma_cli.errors import UsageError
from sigma_cli.settings import Settings
from sigma_cli.settings.events import Events


def pack(params: np.record, settings: Settings, bases: Sequence[str], events: Events) -> None:
    """Fill PARAMS.stakes, threshold and calendar; `bases` is each market's base currency."""
    _fill_stakes(params.stakes, settings)
    _fill_threshold(params.threshold, settings)
    stakes, threshold = settings.stakes, settings.threshold
    for market, is_major in enumerate(majors(settings, bases)):
        params.stakes.share_max[market] = (
            stakes.share_major_max if is_major else stakes.share_other_max
        )
        params.threshold.least[market] = threshold.base_major if is_major else threshold.base_other
    _fill_calendar(params.calendar, events)


def majors(settings: Settings, bases: Sequence[str]) -> list[bool]:
    """Return which markets count as major, by their base currencies."""
    named = {name.strip() for name in settings.stakes.majors.split(",")}
    return [base in named for base in bases]


def _fill_stakes(row: np.record, settings: Settings) -> None:
    stakes = settings.stakes
    row.use = stakes.kelly_use
    row.ceiling = stakes.kelly_ceiling
    row.step = stakes.kelly_step
    row.trips_min = stakes.kelly_trips_min
    row.bound_percent = stakes.kelly_bound_percent
    row.resamples = stakes.kelly_resamples
    row.block = stakes.kelly_block
    row.probes_max = stakes.probes_day_max
    row.few_max = stakes.open_few_max
    row.few = stakes.open_few_scale
    row.many = stakes.open_many_scale
    row.open_max = stakes.open_max
    row.kinship_max = stakes.kinship_max
    row.kinship_minutes = stakes.kinship_minutes
    row.kinship = stakes.kinship_scale
    row.market_max = stakes.share_least_max
    row.eager_low = stakes.eager_low
    row.eager_high = stakes.eager_high
    row.order_min = stakes.order_min_ratio
    row.exit_min = stakes.exit_min_ratio
    row.score_min = stakes.score_min
    row.has_small = stakes.small_accounts
    row.small_equity = stakes.small_equity_max
    row.small_sure = stakes.small_sure
    row.small_share = stakes.small_share


def _fill_threshold(row: np.record, settings: Settings) -> None:
    threshold = settings.threshold
    row.wild = threshold.wild_add
    row.wild_volatility = threshold.wild_volatility
    row.wild_spread = threshold.wild_spread
    row.slow = threshold.slow_factor
    row.slow_volume = threshold.slow_volume
    row.idle = threshold.idle_factor
    row.idle_volume = threshold.idle_volume
    row.holiday = threshold.holiday_factor
    row.event = threshold.event_factor
    row.belief = threshold.belief_add
    row.belief_trips = threshold.belief_trips


def _fill_calendar(row: np.record, events: Events) -> None:
    for what, found in (("holidays", events.holidays), ("windows", events.windows)):
        if len(found) > WINDOWS_MAX:
            raise UsageError(
                f"{len(found)} {what} are more than the {WINDOWS_MAX} that a run can know",
                where="events.toml",
                fix="leave out those that are over",
            )
    row.days = len(events.holidays)
    row.day_ns[: row.days] = events.holidays_ns
    row.windows = len(events.windows)
    for k, window in enumerate(events.windows):
        row.from_ns[k], row.until_ns[k] = window.from_ns, window.until_ns
