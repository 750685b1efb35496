"""What serves one decision, and how many wishes came how far: by hand."""

from dataclasses import fields
from typing import Any

import numpy as np

from sigma_cli.domain.dtypes.run import QUEUED
from sigma_cli.domain.dtypes.tape import DECISION, FACT, REQUEST
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.requests import Reason, RequestKind, Side
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.runtime.tick_costs import split
from sigma_cli.runtime.tick_decisions import firsts, wishes
from sigma_cli.runtime.tick_orders import orders
from sigma_cli.runtime.tick_outcome import _by_decision, _exit_reasons, _queue
from sigma_cli.runtime.tick_simulation import TickTape
from tests.market import instrument

BUY, SELL = Side.BUY, Side.SELL
MS = NS_PER_MS


class Story:
    """A tape by hand: numbers of orders are told from 1, times in ms."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.facts: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.touches: list[tuple[int, int]] = []

    def ask(self, at: int, side: Side, reason: Reason, bid: int = 99, market: int = 0) -> int:
        """Ask for ten units while the touch is `bid` and two above."""
        number = len(self.requests) + 1
        order = {"local_no": number, "side": side, "reason": reason, "market": market}
        sized = {"kind": RequestKind.SUBMIT, "size_u": 10, "decision_ts_ns": at * MS}
        self.requests.append({**order, **sized})
        self.decisions.append({**order, "ts_ns": at * MS})
        self.touches.append((bid, bid + 2))
        self.tell(at + 1, number, FactKind.ACCEPTED)
        return number

    def refuse(self, at: int, reason: Reason, side: int = BUY, size_u: int = 0) -> None:
        self.decisions.append({"ts_ns": at * MS, "reason": reason, "side": side, "size_u": size_u})

    def tell(self, at: int, number: int, kind: FactKind, **rest: Any) -> None:
        """Let a fact happen, and arrive a ms later."""
        market = self.requests[number - 1]["market"]
        clocks = {"exch_ts_ns": at * MS, "recv_ts_ns": (at + 1) * MS}
        self.facts.append({"local_no": number, "market": market, "kind": kind, **clocks, **rest})

    def fill(self, at: int, number: int, price: int, size: int, *, maker: bool = False) -> None:
        kind = Liquidity.MAKER if maker else Liquidity.TAKER
        self.tell(at, number, FactKind.FILLED, price_u=price, size_u=size, liquidity=kind)

    def end(self, at: int, number: int, reason: Reason = Reason.CANCEL_REQUESTED) -> None:
        self.tell(at, number, FactKind.CANCELLED, reason=reason)

    @property
    def lived(self) -> TickTape:
        empty: dict[str, Any] = {field.name: None for field in fields(TickTape)}
        bids, asks = (np.array([one[i] for one in self.touches], np.int64) for i in (0, 1))
        told = {
            "requests": rows(REQUEST, self.requests),
            "facts": rows(FACT, self.facts),
            "decisions": rows(DECISION, self.decisions),
            "queued": np.zeros(0, QUEUED),
            "request_bid_u": bids,
            "request_ask_u": asks,
        }
        return TickTape(**{**empty, **told})

    @property
    def told(self) -> dict[str, Any]:
        class Selected:
            instruments = (instrument(), instrument())

        return orders(Selected(), self.lived)  # type: ignore[arg-type]


def rows(kind: Any, found: list[dict[str, Any]]) -> Any:
    made = np.zeros(len(found), kind)
    for row, one in zip(made, found, strict=True):
        for name, value in one.items():
            row[name] = value
    return made


def test_a_fallback_is_a_step_of_its_entry_and_a_ladder_one_exit() -> None:
    story = Story()
    story.ask(0, BUY, Reason.SCORE)
    story.ask(10, BUY, Reason.ENTRY_FALLBACK)
    story.ask(20, SELL, Reason.EXIT_TARGET)
    story.ask(30, SELL, Reason.EXIT_STOP)
    story.ask(31, SELL, Reason.EXIT_STOP)
    story.ask(32, SELL, Reason.EXIT_LADDER)
    story.ask(40, BUY, Reason.SCORE)
    story.ask(50, SELL, Reason.EXIT_STOP)
    assert firsts(story.lived.requests).tolist() == [0, 0, 2, 3, 3, 3, 6, 7]


def test_markets_and_trims_are_decided_apart() -> None:
    story = Story()
    story.ask(0, BUY, Reason.SCORE)
    story.ask(0, BUY, Reason.SCORE, market=1)
    story.ask(1, BUY, Reason.ENTRY_FALLBACK)
    story.ask(2, SELL, Reason.TRIMMED)
    story.ask(3, SELL, Reason.TRIMMED)
    story.ask(4, SELL, Reason.SIGNAL_EXIT)
    story.ask(5, SELL, Reason.SIGNAL_EXIT)
    assert firsts(story.lived.requests).tolist() == [0, 1, 0, 3, 4, 5, 6]


def test_a_wish_counts_once_whatever_it_takes() -> None:
    story = Story()
    story.refuse(0, Reason.CASH, size_u=10)
    story.refuse(1, Reason.SLOTS)
    first = story.ask(2, BUY, Reason.SCORE)
    story.end(10, first)
    rest = story.ask(11, BUY, Reason.ENTRY_FALLBACK)
    story.fill(12, rest, 101, 4)
    story.end(12, rest, Reason.TIME_IN_FORCE)
    found = wishes(story.lived, story.told)
    assert found.funnel == [
        ("wished", 3),
        ("asked for", 1),
        ("taken by the venue", 1),
        ("filled, in part at least", 1),
    ]
    assert found.kept_back == {"CASH": 1, "SLOTS": 1}, "what a fallback did not get is no refusal"


def test_what_could_not_be_sold_was_never_wished_for() -> None:
    story = Story()
    first = story.ask(0, BUY, Reason.SCORE)
    story.fill(1, first, 100, 10)
    leaving = story.ask(5, SELL, Reason.EXIT_STOP)
    story.fill(6, leaving, 99, 9)
    story.end(6, leaving, Reason.TIME_IN_FORCE)
    story.refuse(7, Reason.VALUE_MIN, SELL, 1)
    story.refuse(8, Reason.BAD_SIGNAL, 0)
    found = wishes(story.lived, story.told)
    assert (found.funnel[0], found.kept_back) == (("wished", 1), {})
    assert found.sales_refused == {"VALUE_MIN": 1}


def test_a_rest_that_is_refused_is_no_wish_of_its_own() -> None:
    story = Story()
    first = story.ask(0, BUY, Reason.SCORE)
    story.fill(1, first, 100, 4)
    story.end(9, first)
    story.refuse(10, Reason.PAUSED, size_u=6)
    assert wishes(story.lived, story.told).funnel[0] == ("wished", 1)
    story.refuse(10, Reason.SLOTS)
    assert wishes(story.lived, story.told).funnel[0] == ("wished", 2), "without a size: a new one"
    story.refuse(11, Reason.CASH, size_u=6)
    assert wishes(story.lived, story.told).funnel[0] == ("wished", 3), "at another moment"


def test_each_step_of_the_funnel_is_told_by_who_kept_the_wish_back() -> None:
    story = Story()
    full = story.ask(0, BUY, Reason.SCORE)
    story.fill(1, full, 100, 4)
    story.end(2, full, Reason.INSUFFICIENT_FUNDS)
    crossing = story.ask(10, BUY, Reason.SCORE)
    story.end(11, crossing, Reason.POST_ONLY)
    missed = story.ask(20, BUY, Reason.SCORE)
    story.end(30, missed)
    story.refuse(40, Reason.CASH, size_u=1)
    found = wishes(story.lived, story.told)
    counts = [count for _, count in found.funnel]
    assert counts == [4, 3, 2, 1], "filled in part, it was taken, however it ended"
    assert found.kept_back == {"CASH": 1, "POST_ONLY": 1}
    assert sum(found.kept_back.values()) == counts[0] - counts[2]


def test_slippage_and_costs_count_from_the_first_order_of_a_decision() -> None:
    story = Story()
    first = story.ask(0, BUY, Reason.SCORE, bid=99)
    story.fill(3, first, 100, 5, maker=True)
    story.end(9, first)
    rest = story.ask(10, BUY, Reason.ENTRY_FALLBACK, bid=109)
    story.fill(13, rest, 110, 5)
    told, lived = story.told, story.lived
    assert told["decision_no"].tolist() == [1, 1]
    assert told["decided_price"].tolist() == [100.0, 100.0]
    wait_ms, slipped = _by_decision(told, told["filled_u"] > 0)
    assert wait_ms.tolist() == [3.0]
    np.testing.assert_allclose(slipped, [500.0])
    assert split(lived, [Depth.LEVELS]).total.tolist() == [0, 20], "twice, and waiting was not free"


def test_a_ladder_is_one_exit_by_its_first_rule() -> None:
    story = Story()
    for at in (0, 10, 20):
        number = story.ask(at, SELL, Reason.EXIT_STOP)
        story.fill(at + 1, number, 99, 3)
    told = story.told
    assert _exit_reasons(told, told["side"] == SELL) == {"EXIT_STOP": 1}


def test_waiting_in_a_queue_ends_with_a_fill_as_maker() -> None:
    story = Story()
    number = story.ask(0, BUY, Reason.SCORE)
    story.fill(1, number, 100, 5)
    story.fill(41, number, 100, 5, maker=True)
    told = {**story.told, "ahead_u": np.array([7.0])}
    assert _queue(told)["wait_ms"]["p50"] == 40.0


def test_nothing_at_all_is_told_as_nothing() -> None:
    story = Story()
    assert [count for _, count in wishes(story.lived, story.told).funnel] == [0, 0, 0, 0]
