"""From settings, a policy and rules to the numbers that kernels on ticks count in."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.bounds import LATENCIES_MAX
from sigma_cli.domain.dtypes.layout import Record, Records
from sigma_cli.domain.features import Family
from sigma_cli.domain.fills import Depth, Queue
from sigma_cli.domain.policies import BOOK_PARTS, Policy
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_S
from sigma_cli.errors import UsageError
from sigma_cli.kernels.features import market as features
from sigma_cli.kernels.features.chunks import CHANGE
from sigma_cli.kernels.features.market import FEATURES
from sigma_cli.kernels.rng import stream
from sigma_cli.kernels.simulate import Schedule
from sigma_cli.runtime import feature_days, stakes, switch_rows, world
from sigma_cli.runtime.choice import Choice
from sigma_cli.runtime.tape_clocks import FeedLatency
from sigma_cli.runtime.tick_selection import TickSelection
from sigma_cli.runtime.told import told
from sigma_cli.settings import Latency, Loaded, Settings
from sigma_cli.settings.faults import Faults
from sigma_cli.settings.switches import Switches
from sigma_cli.store.lake import Lake
from sigma_cli.strategies.policy import Plan

NS_PER_MS = 1e6
SEED = 1
"""Of the latencies that are drawn: the same run draws the same."""


def build(
    loaded: Loaded, selection: TickSelection, chosen: Choice, recorded_ns: NDArray[np.int64]
) -> Records:
    """Return WORLD [1] before its first event; `recorded_ns` are measured latencies of the feed.

    Raises:
        UsageError: latencies are to be drawn from what was measured, and nothing was.
    """
    settings = loaded.settings
    built = world.build(settings, len(selection.series), ticks=True)
    venue, params = built[0].venue.ticks, built[0].params
    venue.queue = Queue[settings.fills.queue.upper()]
    venue.queue_power = settings.fills.queue_power
    venue.whole = not settings.fills.partial
    venue.rng[:] = stream(SEED, 0)
    for market, depth in enumerate(selection.depths):
        venue.depth[market] = depth
    _set_delay(venue.request_delay, settings.latency, settings.latency.order_ms, recorded_ns)
    _set_delay(venue.fact_delay, settings.latency, settings.latency.answer_ms, recorded_ns)
    _set_faults(venue.faults, settings.faults)
    stakes.pack(params, settings, selection.bases, loaded.calendar)
    params.marks_trades = Depth.NONE in selection.depths
    if chosen.is_policy:
        for market, plan in enumerate(plans(selection, chosen, settings)):
            for name, value in asdict(plan).items():
                params.plans[market][name] = value
    is_short = selection.period.end_ns - selection.period.start_ns <= NS_PER_DAY
    built[0].cursor.sample_every_ns = NS_PER_S if is_short else NS_PER_MINUTE
    return built


def plans(selection: TickSelection, chosen: Choice, settings: Settings) -> list[Plan]:
    """Return the policy's plan for each market, as far as it can be followed there.

    Raises:
        UsageError: without a book nothing is left that the policy could judge by.
    """
    found = []
    majors = stakes.majors(settings, selection.bases)
    for market, is_major, depth in zip(selection.names, majors, selection.depths, strict=True):
        plan: Plan = chosen.strategy.plan(is_major=is_major)
        if depth is Depth.NONE:
            plan = replace(plan, weights=(0.0,) * BOOK_PARTS + plan.weights[BOOK_PARTS:])
            if plan.policy is Policy.SCALPER and sum(plan.weights) == 0.0:
                raise UsageError(
                    f"without a book of {market[1]} the score of {chosen.text} has no weight left",
                    where="--fidelity trades",
                    fix="give --set weight_flow=1, or use --fidelity book",
                )
        found.append(plan)
    return found


def feed_latency(latency: Latency) -> FeedLatency:
    """Return when rows arrive whose arrival nobody recorded."""
    return FeedLatency(
        kind=latency.feed,
        fixed_ns=round(latency.feed_ms * NS_PER_MS),
        floor_ns=round(latency.feed_floor_ms * NS_PER_MS),
        seed=SEED,
    )


def minds(schedule: Schedule, world: Record, chosen: Choice) -> Records:
    """Return FEATURES [markets] that know nothing yet but the rules of their market.

    Only what the policy or a kill switch reads is kept up to date, and the sides of trades whose
    venue tells none: flow, VPIN and the last trades are made of them.
    """
    wanted = switch_rows.families(world.params) | Family.SIGNS
    if chosen.is_policy:
        wanted |= chosen.strategy.families
    found = np.zeros(int(world.state.market_count), FEATURES)
    for market in range(len(found)):
        first = int(np.flatnonzero(schedule.market == market)[0])
        rules = schedule.rules[first : first + 1]
        found[market] = features.begin(rules, 0, makes_bars=True, families=wanted)[0]
    return found


def schedule(
    lake: Lake,
    selection: TickSelection,
    switches: Switches,
    *,
    hot: Path | None = None,
    reads_bounds: bool = False,
) -> Schedule:
    """Return what markets are told: rules in force when the period begins, and what changes.

    Once a day also the mean volume of a day; and what `told.py` knows.

    Raises:
        UsageError: `hot` is no hot list of these markets.
    """
    rows, bounds = told(lake, selection, switches, hot=hot, reads_bounds=reads_bounds)
    known = [
        (int(change.ts_ns), market, change)
        for market, instrument in enumerate(selection.instruments)
        for change in feature_days.changes(lake, instrument, selection.period)
    ]
    known.sort(key=lambda one: one[:2])
    changes = np.array([change for _, _, change in known], CHANGE)
    return Schedule(
        valid_from_ns=np.maximum(changes["ts_ns"], selection.period.start_ns),
        market=np.array([market for _, market, _ in known], np.uint32),
        rules=np.ascontiguousarray(changes["rules"]),
        day_volume_u=np.ascontiguousarray(changes["day_volume_u"]),
        told=rows,
        bounds=bounds,
    )


def _set_faults(record: Record, faults: Faults) -> None:
    """Say what goes wrong at the venue. record: FAULTS."""
    record.lost_ppm = _ppm(faults.lost)
    record.patience_ns = round(faults.patience_s * NS_PER_S)
    record.verdict_ns = round(faults.verdict_s * NS_PER_S)
    record.external_ppm = _ppm(faults.external)
    record.external_lots = faults.external_lots
    record.external_value = faults.external_value
    record.report_every = faults.report_every


def _ppm(share: float) -> int:
    """Return a share in millionths, at least one where it is more than 0."""
    return max(round(share * 1e6), int(share > 0.0))


def _set_delay(
    delay: Record, latency: Latency, fixed_ms: float, recorded_ns: NDArray[np.int64]
) -> None:
    delay.fixed_ns = round(fixed_ms * NS_PER_MS)
    if latency.order == "sampled":
        if len(recorded_ns) == 0:
            raise UsageError(
                "no row of the tape says when it arrived: there is no latency to draw from",
                where="latency.order=sampled",
                fix="--set latency.order=fixed, with latency.order_ms and latency.answer_ms",
            )
        places = np.linspace(0, len(recorded_ns) - 1, min(LATENCIES_MAX, len(recorded_ns)))
        measured = np.sort(recorded_ns)[np.round(places).astype(np.int64)]
        delay.count = len(measured)
        delay.measured_ns[: len(measured)] = measured
