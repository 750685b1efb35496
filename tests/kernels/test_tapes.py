"""One run, told in many ways: simulated, replayed, stepped, in pieces, and without compiling."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.dtypes.bounds import LOG_MAX
from sigma_cli.domain.dtypes.desk import OUTBOX, STATE
from sigma_cli.domain.dtypes.params import PARAMS
from sigma_cli.domain.dtypes.run import LOG
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import OrderState
from sigma_cli.domain.requests import OrderType, RequestKind, Side, TimeInForce
from sigma_cli.kernels.desk.step import step
from sigma_cli.kernels.jit import DISABLED
from sigma_cli.kernels.simulate import ROOM, simulate
from tests.kernels import tapes
from tests.kernels.plainly import plainly

Depth = Callable[..., int]


@pytest.mark.prove
def test_replay_and_step_say_what_simulate_said(depth: Depth) -> None:
    facts = requests = 0
    seeds = depth(quick=3 if DISABLED else 12, full=2_000)
    for seed in range(seeds):
        setup = tapes.made_up(seed, markets=seed % 4 + 1)
        tape = tapes.simulated(setup)
        assert tapes.replayed(setup, tape) == tapes.outcome(tape), seed
        assert tapes.stepped(setup, tape) == tapes.outcome(tape), seed
        facts, requests = facts + len(tape.facts), requests + len(tape.requests)
    assert facts > 80 * seeds and requests > 40 * seeds, "the tapes traded"


@pytest.mark.prove
@pytest.mark.skipif(DISABLED, reason="compares with compiled code")
def test_without_compiling_every_byte_is_the_same(tmp_path: Path, depth: Depth) -> None:
    for seed in range(depth(quick=2, full=60)):
        setup = tapes.made_up(seed, markets=seed % 3 + 2)
        expected = tapes.told(setup, tapes.simulated(setup))
        assert plainly(tapes.told_anew, setup, tmp_path) == expected, seed
        assert expected["state"] == expected["replayed"] == expected["stepped"], seed


# --- In pieces --------------------------------------------------------------------------------


def in_pieces(setup: tapes.Setup, slice_rows: int, used: int = 0) -> tuple[Any, dict[str, Any]]:
    """Run a few rows a call, with only what is beyond `used` left of the log."""
    one, rows, schedule = setup.world(), setup.rows, setup.schedule
    equity = np.zeros((len(rows.open_ts_ns), 2))
    cursor = one[0].cursor
    parts: dict[str, list[Any]] = {"facts": [], "requests": [], "decisions": []}
    while cursor.row < len(rows.open_ts_ns):
        log = np.zeros(1, LOG)
        cursor.facts = cursor.requests = cursor.decisions = cursor.sent = used
        before = int(cursor.row)
        simulate(rows, schedule, one, log, equity, before + slice_rows)
        assert cursor.row > before
        for name, part in parts.items():
            part.append(log[0][name][used : cursor[name]].copy())
    return one, {"equity": equity} | {name: np.concatenate(part) for name, part in parts.items()}


@pytest.mark.parametrize(("slice_rows", "used"), [(1, 0), (7, 0), (10_000, LOG_MAX - ROOM)])
def test_a_run_in_pieces_is_the_same_run(slice_rows: int, used: int) -> None:
    setup = tapes.made_up(3, markets=3)
    tape = tapes.simulated(setup)
    one, parts = in_pieces(setup, slice_rows, used)
    assert one["state"].tobytes() == tape.world["state"].tobytes()
    assert one["venue"].tobytes() == tape.world["venue"].tobytes()
    for name, found in parts.items():
        assert np.array_equal(found, getattr(tape, name)), name


def test_a_log_with_too_little_room_stops_the_run_where_it_is() -> None:
    setup = tapes.made_up(3, markets=3)
    rows, one = setup.rows, setup.world()
    log, equity = np.zeros(1, LOG), np.zeros((len(rows.open_ts_ns), 2))
    room = len(log[0].facts) - ROOM
    one[0].cursor.requests = one[0].cursor.sent = room + 1
    simulate(rows, setup.schedule, one, log, equity, len(rows.open_ts_ns))
    assert one[0].cursor.row == 0
    one[0].cursor.requests = one[0].cursor.sent = room
    simulate(rows, setup.schedule, one, log, equity, len(rows.open_ts_ns))
    assert one[0].cursor.row > 0


def test_a_replay_that_asks_for_more_than_its_tape_is_another_tape() -> None:
    setup = tapes.made_up(3)
    tape = tapes.simulated(setup)
    with pytest.raises(IndexError, match="fewer orders"):
        tapes.replayed(setup, replace(tape, requests=tape.requests[:-1]))


def test_orders_that_rest_are_filled_inside_a_bar() -> None:
    """A stop put there by hand, before the run: the desk knows it, the bar's fall reaches it."""
    setup = tapes.made_up(5, bars=300)
    silent = replace(setup, signals=(np.full(len(setup.candles[0]), np.nan),))
    one, rows = silent.world(), silent.rows
    at = int(np.flatnonzero(rows.low_u < rows.open_u[0] - 50)[0])
    stop_u = int(rows.low_u[at])
    assert rows.open_u[at] > stop_u
    order, resting = one[0].state.orders[1], one[0].venue.resting[0]
    order.local_no = resting.local_no = 1
    order.side = resting.side = Side.SELL
    order.order_type = resting.order_type = OrderType.STOP
    order.state = OrderState.OPEN
    order.size_u = resting.left_u = 100
    resting.price_u, resting.tif, resting.reduce_only = stop_u, TimeInForce.GTC, 1
    one[0].venue.open_count = 1
    one[0].state.positions[0].size_u = one[0].venue.positions_u[0] = 100
    equity = np.zeros((len(rows.open_ts_ns), 2))
    log = np.zeros(1, LOG)
    simulate(rows, silent.schedule, one, log, equity, len(rows.open_ts_ns))
    fill = log[0].facts[0]
    assert (fill.kind, fill.price_u) == (FactKind.FILLED, stop_u)
    assert fill.recv_ts_ns == rows.open_ts_ns[at] + rows.interval_ns
    assert one[0].cursor.facts == 1
    assert one[0].state.positions[0].size_u == 0
    assert one[0].state.positions[0].mark_u == rows.close_u[-1]
    assert equity[at, 1] == one[0].state.account.cash
    assert equity[at - 1, 1] == silent.settings.account.cash


# --- Money ------------------------------------------------------------------------------------


class Ledger:
    """Money in Decimal, from facts and requests alone."""

    def __init__(self, setup: tapes.Setup) -> None:
        self.cash = Decimal(setup.settings.account.cash)
        self.held_u = [0] * len(setup.candles)
        self.sides: dict[int, int] = {}

    def read(self, log: Any, cursor: Any) -> None:
        for request in log[0].requests[: cursor.requests]:
            if request.kind == RequestKind.SUBMIT:
                self.sides[int(request.local_no)] = int(request.side)
        for fact in log[0].facts[: cursor.facts]:
            if fact.kind == FactKind.FILLED:
                side = self.sides[int(fact.local_no)]
                value = Decimal(int(fact.price_u)) * int(fact.size_u) / 1000
                assert float(fact.fee) == pytest.approx(float(value) * 0.0005, rel=1e-12)
                self.cash -= side * value + value * Decimal("0.0005")
                self.held_u[fact.market] += side * int(fact.size_u)


@pytest.mark.prove
def test_after_every_bar_venue_desk_and_ledger_agree(depth: Depth) -> None:
    for seed in range(100, 100 + depth(quick=5, full=500)):
        setup = tapes.made_up(seed, markets=seed % 3 + 1)
        rows, one, ledger = setup.rows, setup.world(), Ledger(setup)
        log, equity = np.zeros(1, LOG), np.zeros((len(rows.open_ts_ns), 2))
        state, venue, cursor = one[0].state, one[0].venue, one[0].cursor
        while cursor.row < len(rows.open_ts_ns):
            cursor.facts = cursor.requests = cursor.decisions = cursor.sent = 0
            simulate(rows, setup.schedule, one, log, equity, int(cursor.row) + 1)
            ledger.read(log, cursor)
            held_u = state.positions["size_u"][: len(setup.candles)].tolist()
            assert held_u == venue.positions_u[: len(setup.candles)].tolist() == ledger.held_u
            assert state.account.cash == venue.cash >= 0.0
            assert float(ledger.cash) == pytest.approx(float(venue.cash), rel=1e-9, abs=1e-6)
            assert min(held_u) >= 0
            worth = sum(
                int(p.size_u) * int(p.mark_u) for p in state.positions[: len(setup.candles)]
            )
            assert state.account.equity == pytest.approx(venue.cash + worth / 1000, rel=1e-12)
            assert equity[cursor.row - 1].tolist() == [state.account.equity, state.account.cash]
            assert -1e-6 <= state.account.promised <= state.account.cash * (1 + 1e-9)


# --- Markets apart ----------------------------------------------------------------------------


def test_an_event_of_one_market_leaves_the_records_of_others_alone() -> None:
    setup = tapes.made_up(7, bars=120, markets=3)
    tape = tapes.simulated(setup)
    one = setup.world()
    state, params, outbox = np.zeros(1, STATE), np.zeros(1, PARAMS), np.zeros(1, OUTBOX)
    state[:], params[:] = one["state"], one["params"]
    for event in tapes.events(setup, tape):
        others = [m for m in range(3) if m != event[0].market]
        before = [(state[0].positions[m].tobytes(), state[0].wishes[m].tobytes()) for m in others]
        step(state, event, params, outbox)
        after = [(state[0].positions[m].tobytes(), state[0].wishes[m].tobytes()) for m in others]
        assert after == before


def test_a_market_that_is_only_watched_changes_nothing() -> None:
    alone = tapes.made_up(11, markets=1)
    beside = tapes.made_up(12, markets=1)
    silent = tapes.Setup(
        (*alone.candles, *beside.candles),
        (*alone.signals, np.full(len(beside.candles[0]), np.nan)),
        alone.settings,
    )
    one, both = tapes.simulated(alone), tapes.simulated(silent)
    assert both.requests.tobytes() == one.requests.tobytes()
    money = ("local_no", "kind", "price_u", "size_u", "fee")
    assert [fact[list(money)] for fact in both.facts] == [fact[list(money)] for fact in one.facts]
