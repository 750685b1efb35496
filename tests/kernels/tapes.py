"""Whole tapes: made-up markets with gaps and a change of rules, and three ways through them.

    python -m tests.kernels.tapes SETUP TOLD

runs a pickled setup as plain Python and pickles what it told.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.dtypes.desk import OUTBOX, STATE
from sigma_cli.domain.dtypes.params import PARAMS
from sigma_cli.domain.dtypes.tape import EVENT, REQUEST
from sigma_cli.domain.events import ControlKind, EventKind
from sigma_cli.domain.units import NS_PER_MINUTE, TsNs
from sigma_cli.kernels.desk.step import step
from sigma_cli.kernels.jit import DISABLED
from sigma_cli.kernels.replay import Asked, Facts, replay
from sigma_cli.kernels.simulate import Rows, Schedule
from sigma_cli.runtime import simulation, world
from sigma_cli.runtime.progress import Silent
from sigma_cli.settings import Settings
from tests.kernels.harness import instrument, settings
from tests.market import START_NS

Tape = simulation.Tape
BARS = 100 if DISABLED else 300
"""Bars of a made-up market; without compiling they take a hundred times longer."""
COMPARED = ("facts", "fact_seq", "requests", "request_seq", "equity")
"""What a tape is compared by; decisions have padding and are compared by value."""


@dataclass(frozen=True)
class Setup:
    """What a run begins with."""

    candles: tuple[Candles, ...]
    signals: tuple[NDArray[np.float64], ...]
    settings: Settings

    @property
    def rows(self) -> Rows:
        return world.rows(self.candles, self.signals)

    @property
    def schedule(self) -> Schedule:
        return world.schedule(self.candles)

    def world(self) -> Any:
        return world.build(self.settings, len(self.candles))


@dataclass(frozen=True)
class Outcome:
    """What came out of a desk: requests with the events that caused them, and its last state."""

    requests: bytes
    seq: list[int]
    state: bytes
    events: int


def made_up(
    seed: int, *, bars: int = BARS, markets: int = 1, chosen: Settings | None = None
) -> Setup:
    """Return random walks of some 1 % a bar with missing bars, and signals of every kind.

    Prices count in tenths of a won, sizes in hundredths of a coin.
    """
    random = np.random.default_rng(seed)
    candles = tuple(_walk(random, bars, name) for name in range(markets))
    values = [math.nan, 0.0, 1.0, 0.5, 0.25, -1.0, 3.0]
    signals = tuple(
        random.choice(values, len(one), p=[0.5, 0.2, 0.15, 0.06, 0.05, 0.03, 0.01])
        for one in candles
    )
    return Setup(candles, signals, chosen or usual(random))


def usual(random: np.random.Generator) -> Settings:
    """Return settings in which every room of the desk and the venue has something to do."""
    sizing: dict[str, float] = {"fraction": float(random.choice([0.1, 0.3, 1.0]))}
    if random.random() < 0.4:
        sizing = {"units": float(random.integers(10, 300))}
    return settings(
        **sizing,
        fills={
            "slippage_bps": float(random.choice([0, 5])),
            "participation_max": float(random.choice([0.0, 0.2])),
        },
        day_loss_max=float(random.choice([0.02, 1.0])),
        drawdown_max=float(random.choice([0.1, 1.0])),
        market_share_max=float(random.choice([0.4, 1.0])),
        orders_per_minute_max=int(random.choice([2, 1000])),
    )


def _walk(random: np.random.Generator, bars: int, name: int) -> Candles:
    close = 10_000 * np.exp(np.cumsum(random.normal(0, 0.01, bars)))
    close_u = np.maximum(np.rint(close), 1).astype(np.int64)
    open_u = np.roll(close_u, 1) + random.integers(-30, 31, bars)
    open_u[0] = close_u[0]
    # At first one minute a bar, later gaps, and two minutes in which every market is silent.
    at = np.sort(random.permutation(bars + bars // 10)[:bars]).astype(np.int64)
    at += np.where(at > bars // 2, 2 + 8 * 60, 0)
    edge_ns = START_NS + bars // 3 * NS_PER_MINUTE
    before = instrument(f"M{name}", fee="0.0005", value_min="1000")
    (old,) = before.rules
    tick = ((Decimal(0), Decimal(5)),)
    new = replace(old, valid_from_ns=TsNs(edge_ns), ticks=tick, value_min=Decimal(5_000))
    return Candles(
        instrument=replace(before, price_exp=1, rules=(old, new)),
        interval_ns=NS_PER_MINUTE,
        open_ts_ns=START_NS + at * NS_PER_MINUTE,
        open_u=open_u,
        high_u=np.maximum(open_u, close_u) + random.integers(0, 50, bars),
        low_u=np.maximum(np.minimum(open_u, close_u) - random.integers(0, 50, bars), 1),
        close_u=close_u,
        volume_u=random.integers(0, 5_000, bars),
    )


# --- Ways through a tape ----------------------------------------------------------------------


def simulated(setup: Setup) -> Tape:
    return simulation.run(setup.rows, setup.schedule, setup.world(), Silent())


def outcome(tape: Tape) -> Outcome:
    return Outcome(
        requests=tape.requests.tobytes(),
        seq=tape.request_seq.tolist(),
        state=tape.world["state"].tobytes(),
        events=tape.events,
    )


def replayed(setup: Setup, tape: Tape) -> Outcome:
    """Fold the tape by `replay`."""
    room = len(tape.requests)
    asked = Asked(np.zeros(room, REQUEST), np.zeros(room, np.int64), np.zeros(3, np.int64))
    one = setup.world()
    replay(setup.rows, setup.schedule, Facts(tape.facts, tape.fact_seq), one, asked)
    events, facts, requests = asked.counts.tolist()
    assert facts == len(tape.facts), "every fact found its turn"
    assert requests == room
    return Outcome(asked.requests.tobytes(), asked.seq.tolist(), one["state"].tobytes(), events)


def stepped(setup: Setup, tape: Tape) -> Outcome:
    """Let the tape enter `step` event by event, as a live loop would."""
    one = setup.world()
    state, params, outbox = np.zeros(1, STATE), np.zeros(1, PARAMS), np.zeros(1, OUTBOX)
    state[:], params[:] = one["state"], one["params"]  # a copy would leave its padding to chance
    requests, seq = [], []
    at = 0
    for at, event in enumerate(events(setup, tape)):
        event[0].seq = at
        step(state, event, params, outbox)
        count = int(outbox[0].request_count)
        requests.append(outbox[0].requests[:count].tobytes())
        seq += [at] * count
    return Outcome(b"".join(requests), seq, state.tobytes(), at + 1)


def events(setup: Setup, tape: Tape) -> Iterator[Any]:
    """Yield every event in order: those of the market as documented, facts where they were."""
    facts = dict(zip(tape.fact_seq.tolist(), tape.facts, strict=True))
    at = 0
    for event in _of_the_market(setup.rows, setup.schedule):
        while at in facts:
            yield _event(EventKind.FACT, facts[at].recv_ts_ns, facts[at].market, fact=facts[at])
            at += 1
        yield event
        at += 1
    while at in facts:
        yield _event(EventKind.FACT, facts[at].recv_ts_ns, facts[at].market, fact=facts[at])
        at += 1


def _of_the_market(rows: Rows, schedule: Schedule) -> Iterator[Any]:
    yield _event(EventKind.START, rows.open_ts_ns[0], 0)
    change = 0
    for now_ns in np.unique(rows.open_ts_ns):
        while change < len(schedule.market) and schedule.valid_from_ns[change] <= now_ns:
            event = _event(EventKind.CONTROL, now_ns, schedule.market[change])
            event[0].exch_ts_ns = schedule.valid_from_ns[change]
            event[0].control.kind = ControlKind.RULES
            event[0].control.rules = schedule.rules[change]
            yield event
            change += 1
        instant = np.flatnonzero(rows.open_ts_ns == now_ns)
        for i in instant:
            event = _event(EventKind.BAR, now_ns + rows.interval_ns, rows.market[i])
            event[0].bar.open_ts_ns = now_ns
            for name in ("open_u", "high_u", "low_u", "close_u", "volume_u"):
                event[0].bar[name] = getattr(rows, name)[i]
            yield event
        for i in instant[~np.isnan(rows.signal[instant])]:
            event = _event(EventKind.SIGNAL, now_ns + rows.interval_ns, rows.market[i])
            event[0].signal.value = rows.signal[i]
            yield event


def _event(kind: EventKind, now_ns: int, market: int, fact: Any = None) -> Any:
    event = np.zeros(1, EVENT)
    event[0].kind, event[0].market = kind, market
    event[0].exch_ts_ns = event[0].recv_ts_ns = now_ns
    if fact is not None:
        event[0].fact = fact
    return event


# --- Without compiling ------------------------------------------------------------------------


def told(setup: Setup, tape: Tape) -> dict[str, bytes]:
    """Return all that must be the same in every way through a tape, as bytes."""
    columns = {name: getattr(tape, name) for name in COMPARED}
    columns |= {"state": tape.world["state"], "venue": tape.world["venue"]}
    every = {name: column.tobytes() for name, column in columns.items()}
    return every | {"replayed": replayed(setup, tape).state, "stepped": stepped(setup, tape).state}


def told_anew(setup: Setup) -> dict[str, bytes]:
    """Simulate, and return what was told."""
    return told(setup, simulated(setup))
