"""Whole tapes of ticks: made-up markets with latency, disorder and gaps, and the ways through them.

    python -m tests.kernels.tick_tapes SETUP TOLD

runs a pickled setup as plain Python and pickles what it told.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.run import LOG
from sigma_cli.domain.dtypes.tape import BOOK, BOUND, QUOTE, REQUEST, TOLD, TRADE, TURN
from sigma_cli.domain.events import ControlKind, EventKind
from sigma_cli.domain.fills import Depth, Queue
from sigma_cli.domain.policies import Policy
from sigma_cli.domain.requests import Side
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.kernels.chunk import KINDS, Chunk
from sigma_cli.kernels.features import market as features
from sigma_cli.kernels.jit import DISABLED
from sigma_cli.kernels.replay import Asked, Facts
from sigma_cli.kernels.replay_ticks import replay_ticks
from sigma_cli.kernels.rng import stream
from sigma_cli.kernels.simulate import Rows, Schedule
from sigma_cli.kernels.simulate_ticks import begin, simulate_ticks
from sigma_cli.runtime import world
from sigma_cli.strategies.policy import Plan
from tests.kernels.desk.tower import without_switches
from tests.kernels.harness import instrument, settings
from tests.market import START_NS

EVENTS: Final = 400 if DISABLED else 2_500
"""Of one market; without compiling they take a hundred times longer."""
IMBALANCE: Final = Plan(
    policy=Policy.IMBALANCE,
    threshold=0.6,
    entry_from=Side.BUY,
    entry_ticks=1,
    entry_rests=True,
    post_only=False,
    entry_wait_ns=400 * NS_PER_MS,
    slots=64,
    stop_ticks=3,
    target_ticks=3,
    hold_ns=2_000 * NS_PER_MS,
)
"""The policy of the comparisons, with less patience."""
BUSY: Final = replace(
    IMBALANCE,
    entry_ticks=0,
    entry_enough=0.5,
    entry_slip_max=0.001,
    requotes=1,
    ttl_ns=1_500 * NS_PER_MS,
    cooldown_loss_ns=100 * NS_PER_MS,
    target_rests=True,
    exit_wait_ns=200 * NS_PER_MS,
    ladder_slip=(0.0, 0.0005),
    ladder_ns=(50 * NS_PER_MS, 100 * NS_PER_MS),
)
"""The same with every way in and out that there is."""
CLOCKED: Final = replace(
    BUSY,
    every_ns=300 * NS_PER_MS,
    slots=1,
    target_ticks=0,
    stop_ticks=9,
    target=0.003,
    fade=0.001,
    hold_ns=20_000 * NS_PER_MS,
)
"""The same by the clock, one market at a time, with an eye on what is expected."""
SIGNALS: Final = replace(IMBALANCE, policy=Policy.NONE)
"""A desk that follows signals."""
BAR_NS: Final = 5_000 * NS_PER_MS
TOLD_WHEN: Final = (
    (-1, ControlKind.USUAL, 0),
    (-1, ControlKind.BOUND, 0),
    (0, ControlKind.USUAL, 0),
    (BAR_NS // 4, ControlKind.HOT, 0),
    (BAR_NS // 3, ControlKind.HOT, 1),
    (BAR_NS // 2, ControlKind.USUAL, 0),
)
"""After the start, in ns; the kind; whether it is hot."""
NO_BARS: Final = Rows(
    60_000_000_000,
    0,
    *(np.zeros(0, dtype) for dtype in ("i8", "u4", "i8", "i8", "i8", "i8", "i8", "f8")),
)


@dataclass(frozen=True)
class TickSetup:
    """What a run begins with: rows of all markets, and of which each is."""

    rows: dict[EventKind, Records]
    of: dict[EventKind, Any]
    """The market of each row."""
    gaps: Any
    """Which books are gaps."""
    markets: int
    plan: Plan = IMBALANCE
    depth: Depth = Depth.LEVELS
    queue: Queue = Queue.POWER
    whole: bool = False
    delays_ms: tuple[Sequence[int], Sequence[int]] = ((10,), (10,))
    """Of requests and facts; several are drawn from."""
    faults: dict[str, float] = field(default_factory=dict)
    units: float = 1.0
    signals: Sequence[float] = ()
    """What a strategy wishes after each bar of five seconds, of every market."""
    venue_cash: float = 1e6
    """What the venue has, whatever the desk believes."""

    @property
    def span_ns(self) -> tuple[int, int]:
        last = max(int(rows["recv_ts_ns"].max()) for rows in self.rows.values() if len(rows))
        return START_NS, last + 1

    @property
    def schedule(self) -> Schedule:
        one = instrument(fee="0.0005", value_min="1000")
        rules = np.repeat(pack_rules(one, one.rules[0]), self.markets)
        return rules_at(START_NS - 1, rules)._replace(told=self._told(), bounds=self._bounds())

    def _told(self) -> Records:
        """Every market is told all there is, some of it at once; for a while none is hot."""
        told = np.zeros(len(TOLD_WHEN) * self.markets, TOLD)
        after_ns, kind, hot = np.repeat(np.array(TOLD_WHEN), self.markets, axis=0).T
        told["ts_ns"], told["kind"], told["hot"] = START_NS + after_ns, kind, hot
        told["market"] = np.tile(np.arange(self.markets), len(TOLD_WHEN))
        told["usual"]["until_ns"] = told["ts_ns"] + BAR_NS
        told["usual"]["spread"], told["usual"]["volume"] = 0.001, 2.0
        return told

    def _bounds(self) -> Records:
        return np.ones(1, BOUND)

    @property
    def bars(self) -> Rows:
        if not self.signals:
            return NO_BARS
        count = len(self.signals) * self.markets
        made = NO_BARS._replace(
            interval_ns=BAR_NS,
            open_ts_ns=START_NS + np.arange(count) // self.markets * BAR_NS,
            market=np.tile(np.arange(self.markets, dtype=np.uint32), len(self.signals)),
            signal=np.repeat(self.signals, self.markets),
        )
        at_u = np.full(count, 10_000)
        return made._replace(open_u=at_u, high_u=at_u, low_u=at_u, close_u=at_u, volume_u=at_u)

    def world(self) -> Any:
        chosen = without_switches(settings(cash=1e6, units=self.units))
        made = world.build(chosen, self.markets, ticks=True)
        ticks = made[0].venue.ticks
        for market in range(self.markets):
            for name, value in asdict(self.plan).items():
                made[0].params.plans[market][name] = value
            ticks.depth[market] = self.depth
        made[0].params.marks_trades = self.depth is Depth.NONE
        ticks.queue, ticks.queue_power, ticks.whole = self.queue, 2, self.whole
        ticks.rng[:] = stream(7, 0)
        made[0].venue.cash = self.venue_cash
        ways = (ticks.request_delay, ticks.fact_delay)
        for way, delays_ms in zip(ways, self.delays_ms, strict=True):
            way.fixed_ns = delays_ms[0] * NS_PER_MS
            way.count = len(delays_ms) if len(delays_ms) > 1 else 0
            way.measured_ns[: len(delays_ms)] = np.array(delays_ms) * NS_PER_MS
        for name, value in self.faults.items():
            ticks.faults[name] = value
        made[0].cursor.sample_every_ns = 1_000 * NS_PER_MS
        return made

    def minds(self) -> Any:
        one = instrument(fee="0.0005", value_min="1000")
        rules = pack_rules(one, one.rules[0])
        made = np.zeros(self.markets, features.FEATURES)
        for market in range(self.markets):
            made[market : market + 1] = features.begin(rules, 0, makes_bars=True)
        return made

    def chunks(self, cuts: Sequence[int] = ()) -> list[Chunk]:
        """The tape, cut at some times; a row stands wherever it has a turn."""
        start_ns, end_ns = self.span_ns
        edges = [start_ns, *sorted(ns for ns in set(cuts) if start_ns < ns < end_ns), end_ns]
        orders = (self._turns("exch_ts_ns"), self._turns("recv_ts_ns"))
        return [self._chunk(orders, *span) for span in pairwise(edges)]

    def _turns(self, clock: str) -> Any:
        """All turns by one clock, their rows counted over the whole tape."""
        turns = []
        for order, kind in enumerate(KINDS):
            for row, ns in enumerate(self.rows[kind][clock].tolist()):
                is_gap = kind is EventKind.BOOK and self.gaps[row]
                market = int(self.of[kind][row])
                turns.append((ns, order, market, row, EventKind.GAP if is_gap else kind))
        return np.array([(ns, row, m, kind) for ns, _, m, row, kind in sorted(turns)], TURN)

    def _chunk(self, orders: tuple[Any, Any], start_ns: int, end_ns: int) -> Chunk:
        edges = [np.searchsorted(turns["ts_ns"], (start_ns, end_ns)) for turns in orders]
        venue, desk = (
            turns[first:last].copy() for turns, (first, last) in zip(orders, edges, strict=True)
        )
        kept = []
        for kind in KINDS:
            kinds = (kind, EventKind.GAP) if kind is EventKind.BOOK else (kind,)
            here = [np.isin(turns["kind"], kinds) for turns in (venue, desk)]
            used = np.union1d(venue["row"][here[0]], desk["row"][here[1]])
            for turns, own in zip((venue, desk), here, strict=True):
                turns["row"][own] = np.searchsorted(used, turns["row"][own])
            kept.append(self.rows[kind][used])
        trades, quotes, books = kept
        return Chunk(trades, quotes, books, venue, desk, start_ns, end_ns)


@dataclass(frozen=True)
class TickRun:
    """What a run left behind."""

    world: Any
    minds: Any
    log: dict[str, Any]

    @property
    def told(self) -> dict[str, bytes]:
        """All that must be the same in every way through a tape."""
        parts = {"state": self.world["state"], "venue": self.world["venue"], "minds": self.minds}
        every = {name: part.tobytes() for name, part in (parts | self.log).items()}
        return every | {"events": str(self.world[0].cursor.seq).encode()}


def rules_at(now_ns: int, rules: Records) -> Schedule:
    """Return what tells each market its rules at a time."""
    count = len(rules)
    markets = np.arange(count, dtype=np.uint32)
    return Schedule(np.full(count, now_ns), markets, rules, np.zeros(count, np.int64))


LOGGED: Final = {
    "facts": "facts",
    "fact_seq": "facts",
    "requests": "requests",
    "request_seq": "requests",
    "request_bid_u": "requests",
    "request_ask_u": "requests",
    "queued": "queued",
    "counted": "counted",
    "sample_ts_ns": "samples",
    "sample_equity": "samples",
    "sample_cash": "samples",
}
"""What of a log is compared; decisions have padding."""


def simulated(setup: TickSetup, cuts: Sequence[int] = (), used: int = 0) -> TickRun:
    """Simulate; `used` rows of the log are not to be had."""
    one, minds, log = setup.world(), setup.minds(), np.zeros(1, LOG)
    parts: dict[str, list[Any]] = {name: [] for name in LOGGED}
    cursor = one[0].cursor
    begin(setup.span_ns[0], one)
    for chunk in setup.chunks(cuts):
        cursor.venue_turn = cursor.desk_turn = 0
        is_done = False
        while not is_done:
            cursor.facts = cursor.requests = cursor.decisions = cursor.samples = used
            cursor.queued = cursor.counted = used
            is_done = simulate_ticks(chunk, setup.schedule, setup.bars, one, minds, log)
            for name, count in LOGGED.items():
                parts[name].append(log[0][name][used : cursor[count]].copy())
    return TickRun(one, minds, {name: np.concatenate(part) for name, part in parts.items()})


def replayed(setup: TickSetup, run: TickRun, cuts: Sequence[int] = ()) -> dict[str, bytes]:
    """Fold the tape by `replay_ticks`; return what `TickRun.told` has of a desk."""
    one, minds = setup.world(), setup.minds()
    asked = room(len(run.log["requests"]))
    facts = Facts(run.log["facts"], run.log["fact_seq"])
    begin(setup.span_ns[0], one)
    for chunk in setup.chunks(cuts):
        one[0].cursor.desk_turn = 0
        replay_ticks(chunk, setup.schedule, setup.bars, facts, one, minds, asked)
    assert asked.counts[1:].tolist() == [len(run.log["facts"]), len(run.log["requests"])]
    parts = {"requests": asked.requests, "request_seq": asked.seq, "state": one["state"]}
    every = {name: part.tobytes() for name, part in (parts | {"minds": minds}).items()}
    return every | {"events": str(one[0].cursor.seq).encode()}


def room(requests: int) -> Asked:
    return Asked(np.zeros(requests, REQUEST), np.zeros(requests, np.int64), np.zeros(3, np.int64))


def times(setup: TickSetup) -> list[int]:
    """Every moment at which market data reaches the desk."""
    arrivals = [rows["recv_ts_ns"] for rows in setup.rows.values()]
    return sorted(set(np.concatenate(arrivals).tolist()))


# --- Made-up markets --------------------------------------------------------------------------


def made_up(
    seed: int, *, markets: int = 1, events: int = EVENTS, depth: Depth = Depth.LEVELS, **chosen: Any
) -> TickSetup:
    """Return markets some 50 events a second, whose buyers and sellers come in herds."""
    random = np.random.default_rng(seed)
    made = [_market(random, events, depth) for _ in range(markets)]
    rows, of = {}, {}
    for n, kind in enumerate(KINDS):
        rows[kind] = np.concatenate([one[n] for one in made])
        of[kind] = np.repeat(np.arange(markets), [len(one[n]) for one in made])
    gaps = np.concatenate([one[3] for one in made])
    return TickSetup(rows=rows, of=of, gaps=gaps, markets=markets, depth=depth, **chosen)


def _market(random: np.random.Generator, events: int, depth: Depth) -> tuple[Any, Any, Any, Any]:
    shares = {Depth.NONE: [1.0, 0, 0], Depth.TOUCH: [0.4, 0.6, 0], Depth.LEVELS: [0.4, 0.3, 0.3]}
    kinds = random.choice(3, events, p=shares[depth])
    rows = [np.zeros((kinds == n).sum(), dtype) for n, dtype in enumerate((TRADE, QUOTE, BOOK))]
    gaps = np.zeros(len(rows[2]), np.bool_)
    at, bid_u, side, now_ns = [0, 0, 0], 10_000, 1, START_NS
    for no, kind in enumerate(kinds.tolist()):
        now_ns += int(random.exponential(20)) * NS_PER_MS
        spread_u = int(random.integers(1, 4))
        sizes_u = random.integers(1, 300, 12)
        row = rows[kind][at[kind]]
        row.exch_ts_ns, row.recv_ts_ns = now_ns, now_ns + int(random.integers(1, 9)) * NS_PER_MS
        if kind == 0:
            side = side if random.random() < 0.97 else -side
            through_u = int(random.choice([0, 0, 0, 1, 3]))
            row.side, row.size_u, row.trade_id = side, int(sizes_u[0] + sizes_u[1]), no
            row.price_u = bid_u + spread_u + through_u if side > 0 else bid_u - through_u
            bid_u += side * int(random.random() < 0.25)
        elif kind == 1:
            row.update_id, row.bid_u, row.ask_u = no, bid_u, bid_u + spread_u
            row.bid_size_u, row.ask_size_u = sizes_u[:2]
        else:
            row.update_id = no
            row.bid_u[:6], row.ask_u[:6] = bid_u - np.arange(6), bid_u + spread_u + np.arange(6)
            row.bid_size_u[:6], row.ask_size_u[:6] = sizes_u[:6], sizes_u[6:]
            if random.random() < 0.02:
                gaps[at[2]] = True
                for name in ("bid_u", "bid_size_u", "ask_u", "ask_size_u"):
                    row[name][:] = 0
        at[kind] += 1
    return rows[0], rows[1], rows[2], gaps


def told_anew(setup: TickSetup) -> dict[str, bytes]:
    """Simulate, and return what was told."""
    return simulated(setup).told
