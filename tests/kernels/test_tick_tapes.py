"""One run on ticks, told in many ways: simulated, replayed, in pieces, and without compiling."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.dtypes.bounds import LOG_MAX
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.fills import Depth, Queue
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.kernels.jit import DISABLED
from sigma_cli.kernels.replay import Facts
from sigma_cli.kernels.replay_ticks import replay_ticks
from sigma_cli.kernels.simulate_ticks import ROOM, begin
from sigma_cli.strategies.policy import Plan
from tests.kernels import tick_tapes as tapes
from tests.kernels.plainly import plainly
from tests.kernels.tick_reference import DELAY_NS, Engine
from tests.kernels.tick_tapes import (
    BUSY,
    CLOCKED,
    IMBALANCE,
    NO_BARS,
    SIGNALS,
    TickRun,
    TickSetup,
    made_up,
)

Depths = Callable[..., int]
WRONG = {
    "lost_ppm": 150_000.0,
    "patience_ns": 30.0 * NS_PER_MS,
    "verdict_ns": 90.0 * NS_PER_MS,
    "external_ppm": 50_000.0,
    "external_lots": 20.0,
    "external_value": 1_000.0,
    "report_every": 7.0,
}


def any_setup(seed: int) -> TickSetup:
    """A setup in which every room of the desk and the venue has something to do."""
    follows = seed % 4 == 2
    return made_up(
        seed,
        markets=seed % 3 + 1,
        depth=Depth(2 - seed % 3),
        queue=Queue(seed % 2 + 1),
        plan=SIGNALS if follows else (BUSY, IMBALANCE, CLOCKED)[seed // 3 % 3],
        signals=(1.0, 0.5, math.nan, 0.0, 0.7, 0.0, 1.0, math.nan) if follows else (),
        units=(1.0, 7.0)[seed % 2],
        delays_ms=((10,), (10,)) if seed % 4 else ((2, 9, 30), (1, 5, 60)),
        faults=WRONG if seed % 5 == 1 else {},
        venue_cash=5_000.0 if seed % 7 == 6 else 1e6,  # too little: the venue refuses
    )


# --- Ways through a tape ----------------------------------------------------------------------


@pytest.mark.prove
def test_replay_says_what_simulate_said(depth: Depths) -> None:
    heard: Counter[int] = Counter()
    for seed in range(depth(quick=3 if DISABLED else 12, full=1_000)):
        setup = any_setup(seed)
        run = tapes.simulated(setup)
        told = run.told
        for name, part in tapes.replayed(setup, run).items():
            assert part == told[name], (seed, name)
        heard.update(run.log["facts"]["kind"].tolist())
    if not DISABLED:
        assert set(heard) == set(FactKind), "every kind of fact was told"
        assert heard[FactKind.FILLED] > 200


@pytest.mark.prove
def test_where_chunks_end_changes_nothing(depth: Depths) -> None:
    for seed in range(depth(quick=1 if DISABLED else 6, full=300)):
        setup = any_setup(seed)
        random = np.random.default_rng(seed)
        start_ns, end_ns = setup.span_ns
        cuts = random.integers(start_ns, end_ns, 12).tolist()
        cuts += random.choice(tapes.times(setup), 12).tolist()
        whole, cut = tapes.simulated(setup), tapes.simulated(setup, cuts)
        for name, part in whole.told.items():
            assert part == cut.told[name], (seed, name)
        assert tapes.replayed(setup, whole, cuts) == tapes.replayed(setup, whole)


def test_step_by_step_is_the_same_run() -> None:
    """A chunk for every moment at which something reaches the desk."""
    setup = made_up(4, markets=2, events=150, plan=BUSY)
    run = tapes.simulated(setup)
    assert tapes.replayed(setup, run, tapes.times(setup)) == tapes.replayed(setup, run)


@pytest.mark.parametrize("plan", [IMBALANCE, CLOCKED])
def test_a_log_with_little_room_changes_nothing(plan: Plan) -> None:
    setup = replace(any_setup(3), plan=plan)
    whole, slowly = tapes.simulated(setup), tapes.simulated(setup, used=LOG_MAX - ROOM)
    assert whole.told == slowly.told
    assert len(whole.log["facts"]) > 1


@pytest.mark.prove
@pytest.mark.skipif(DISABLED, reason="compares with compiled code")
def test_without_compiling_every_byte_is_the_same(tmp_path: Path, depth: Depths) -> None:
    for seed in range(depth(quick=1, full=20)):
        setup = replace(any_setup(seed + 1), plan=BUSY)
        told = tapes.simulated(setup).told
        assert plainly(tapes.told_anew, setup, tmp_path) == told, seed


def test_a_replay_that_asks_for_more_than_its_tape_is_another_tape() -> None:
    setup = made_up(3)
    run = tapes.simulated(setup)
    log = {**run.log, "requests": run.log["requests"][:-1]}
    with pytest.raises(IndexError, match="fewer orders"):
        tapes.replayed(setup, replace(run, log=log))


# --- Laws -------------------------------------------------------------------------------------


def hold_to_laws(setup: TickSetup, run: TickRun) -> None:
    """Hold a run without faults to what must be true of it."""
    facts, requests = run.log["facts"], run.log["requests"]
    submits = {int(r.local_no): r for r in requests if r.kind == RequestKind.SUBMIT}
    least = [min(delays) * NS_PER_MS for delays in setup.delays_ms]
    cash, held_u = Decimal(1_000_000), [0] * setup.markets
    for fact in facts:
        request = submits[int(fact.local_no)]
        assert fact.exch_ts_ns >= request.decision_ts_ns + least[0], "nothing before it arrived"
        assert fact.recv_ts_ns >= fact.exch_ts_ns + least[1], "nothing before it was heard"
        if fact.kind == FactKind.FILLED:
            side, value = int(request.side), Decimal(int(fact.price_u) * int(fact.size_u)) / 100
            assert float(fact.fee) == pytest.approx(float(value) * 0.0005, rel=1e-12)
            cash -= side * value + value * Decimal("0.0005")
            held_u[fact.market] += side * int(fact.size_u)
            dust_u = 10  # worth less than the minimum: it is sold with the next position
            assert 0 <= held_u[fact.market] < setup.units * 100 + dust_u, "one, and no more"
    for request in submits.values():
        assert request.size_u > 0
        price_u = int(request.price_u) or 10_000
        assert request.size_u * price_u >= 1_000 * 100 * 0.9, "no request below the minimum"
        assert request.reduce_only == (request.side == Side.SELL)
    state, venue = run.world[0].state, run.world[0].venue
    assert state.positions["size_u"][: setup.markets].tolist() == held_u
    assert venue.positions_u[: setup.markets].tolist() == held_u
    assert float(cash) == pytest.approx(float(venue.cash), rel=1e-12)
    marks = state.positions["mark_u"][: setup.markets].tolist()
    worth = sum(Decimal(size * mark) / 100 for size, mark in zip(held_u, marks, strict=True))
    assert float(cash + worth) == pytest.approx(float(state.account.equity), rel=1e-12)
    numbers = [int(fact.fill_id) for fact in facts if fact.kind == FactKind.FILLED]
    assert numbers == list(range(1, len(numbers) + 1))
    for times in (facts["exch_ts_ns"], facts["recv_ts_ns"], requests["decision_ts_ns"]):
        assert (np.diff(times) >= 0).all()


@pytest.mark.prove
def test_money_latency_sizes_and_lives(depth: Depths) -> None:
    for seed in range(depth(quick=2 if DISABLED else 12, full=1_000)):
        setup = replace(any_setup(seed), faults={}, venue_cash=1e6)
        run = tapes.simulated(setup)
        hold_to_laws(setup, run)
        assert run.world[0].state.halted == 0


@pytest.mark.prove
def test_the_desk_bears_what_goes_wrong(depth: Depths) -> None:
    entered = 0
    for seed in range(depth(quick=1 if DISABLED else 8, full=500)):
        setup = replace(any_setup(seed), faults=WRONG, venue_cash=1e6)
        run = tapes.simulated(setup)
        state, venue = run.world[0].state, run.world[0].venue
        markets = slice(0, setup.markets)
        assert state.halted == 0, "nothing that was told is against the life of an order"
        pending = int(venue.ticks.flight.fact_count)
        if pending == 0:
            held_u = state.positions["size_u"][markets].tolist()
            assert held_u == venue.positions_u[markets].tolist()
            assert state.account.cash == pytest.approx(float(venue.cash), rel=1e-12)
        assert (state.positions["unknown"][markets] >= 0).all()
        entered += int((run.log["requests"]["side"] == Side.BUY).sum())
        hold_back(setup, run)
    assert entered > 10 or DISABLED


def hold_back(setup: TickSetup, run: TickRun) -> None:
    """Hold that a market with an unknown order is not entered."""
    unknown: dict[int, set[int]] = {market: set() for market in range(setup.markets)}
    asked = list(zip(run.log["request_seq"].tolist(), run.log["requests"], strict=True))
    for seq, fact in zip(run.log["fact_seq"].tolist(), run.log["facts"], strict=True):
        while asked and asked[0][0] < seq:
            _, request = asked.pop(0)
            if request.kind == RequestKind.SUBMIT and request.side == Side.BUY:
                assert not unknown[int(request.market)]
        if fact.kind == FactKind.UNKNOWN:
            unknown[int(fact.market)].add(int(fact.local_no))
        else:
            unknown[int(fact.market)].discard(int(fact.local_no))


# --- Markets apart ----------------------------------------------------------------------------


def test_an_event_of_one_market_leaves_every_byte_of_the_others_alone() -> None:
    setup = made_up(7, events=120 if DISABLED else 400, markets=3)
    run = tapes.simulated(setup)
    one, minds = setup.world(), setup.minds()
    asked = tapes.room(len(run.log["requests"]))
    facts = Facts(run.log["facts"], run.log["fact_seq"])
    begin(setup.span_ns[0], one)
    state, cursor = one[0].state, one[0].cursor
    compared = 0
    for chunk in setup.chunks([ns for at in tapes.times(setup) for ns in (at, at + 1)]):
        before, seq = [known(minds, state, m) for m in range(3)], int(cursor.seq)
        cursor.desk_turn = 0
        replay_ticks(chunk, setup.schedule, NO_BARS, facts, one, minds, asked)
        if len(chunk.desk_turns) == cursor.seq - seq == 1:
            others = {0, 1, 2} - {int(chunk.desk_turns[0].market)}
            for m in others:
                assert known(minds, state, m) == before[m]
                compared += 1
    assert compared > 200


def known(minds: Any, state: Any, market: int) -> tuple[bytes, bytes, bytes]:
    return tuple(one[market].tobytes() for one in (minds, state.trips, state.positions))


# --- Against a plain backtest -----------------------------------------------------------------


@pytest.mark.prove
@pytest.mark.parametrize("post_only", [False, True])
def test_entries_fills_and_exits_are_those_of_a_plain_backtest(
    post_only: bool, depth: Depths
) -> None:
    plan = replace(IMBALANCE, post_only=post_only)
    traded: Counter[str] = Counter()
    for seed in range(depth(quick=1 if DISABLED else 6, full=500)):
        setup = made_up(seed, depth=Depth.TOUCH, plan=plan, queue=Queue.RISK_AVERSE, whole=True)
        setup.rows[EventKind.QUOTE]["update_id"] = -1
        run, plain = tapes.simulated(setup), plain_run(setup, post_only)
        requests = run.log["requests"]
        submits = requests[requests["kind"] == RequestKind.SUBMIT]
        entries = submits[submits["side"] == Side.BUY]
        exits = submits[submits["side"] == Side.SELL]
        assert times_and(entries, "price_u") == plain.entries, seed
        found = [(ns, REASONS[Reason(reason)]) for ns, reason in times_and(exits, "reason")]
        assert found == plain.exits, seed
        cancels = requests[requests["kind"] == RequestKind.CANCEL]
        assert cancels["decision_ts_ns"].tolist() == plain.cancels, seed
        assert fills(run) == [
            fill for fill in plain.fills if fill[0] + DELAY_NS < setup.span_ns[1]
        ], seed
        traded.update(reason for _, reason in plain.exits)
    assert traded.total() > (0 if DISABLED else 20)


REASONS = {
    Reason.EXIT_STOP: "stop",
    Reason.EXIT_TARGET: "target",
    Reason.EXIT_TIME: "time",
}


def times_and(requests: Any, name: str) -> list[tuple[int, int]]:
    return [(int(r.decision_ts_ns), int(r[name])) for r in requests]


def fills(run: TickRun) -> list[tuple[int, int, int, bool]]:
    sides = {int(r.local_no): int(r.side) for r in run.log["requests"]}
    return [
        (
            int(fact.exch_ts_ns),
            sides[int(fact.local_no)],
            int(fact.price_u),
            bool(fact.liquidity == Liquidity.MAKER),
        )
        for fact in run.log["facts"]
        if fact.kind == FactKind.FILLED
    ]


def plain_run(setup: TickSetup, post_only: bool) -> Engine:
    plain = Engine(
        ticks=setup.plan.stop_ticks,
        wait_ns=setup.plan.entry_wait_ns,
        hold_ns=setup.plan.hold_ns,
        least=2 * setup.plan.threshold - 1,
        post_only=post_only,
    )
    assert setup.delays_ms[0][0] * NS_PER_MS == DELAY_NS
    rows: list[tuple[int, int, Any]] = []
    for t in setup.rows[EventKind.TRADE]:
        what = ("trade", int(t.price_u), int(t.size_u), int(t.side))
        rows.append((int(t.exch_ts_ns), int(t.recv_ts_ns), what))
    for q in setup.rows[EventKind.QUOTE]:
        sides = (int(q.bid_u), int(q.bid_size_u), int(q.ask_u), int(q.ask_size_u))
        rows.append((int(q.exch_ts_ns), int(q.recv_ts_ns), ("quote", *sides)))
    plain.run(rows, *setup.span_ns)
    return plain


def test_the_imbalance_policy_leaves_at_the_market() -> None:
    run = tapes.simulated(made_up(2, events=500))
    sells = [r for r in run.log["requests"] if r.side == Side.SELL]
    assert {int(r.order_type) for r in sells if r.kind == RequestKind.SUBMIT} == {OrderType.MARKET}
