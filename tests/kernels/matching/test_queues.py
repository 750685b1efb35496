"""Where an order stands in its queue: by hand, and against the formulas as they are published."""

import math
from collections.abc import Callable

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from sigma_cli.domain.dtypes.venue import RESTING
from sigma_cli.domain.fills import Queue
from sigma_cli.kernels.matching.queues import ENDLESS, line_up, on_level, on_traded
from sigma_cli.kernels.matching.views import UNSEEN
from tests.kernels.exchange import BUY, LIMIT, SELL
from tests.kernels.matching.tick_exchange import TickExchange

ACCEPTED = ["1 accepted"]


def in_line(queue: Queue = Queue.RISK_AVERSE, power: int = 2) -> TickExchange:
    """A buy of 100 at 9,980, with 700 ahead of it."""
    exchange = TickExchange(queue=queue)
    exchange.venue[0].ticks.queue_power = power
    assert exchange.submit(BUY, LIMIT, price_u=9_980) == ACCEPTED
    assert exchange.front == 700
    return exchange


def level(exchange: TickExchange, size_u: int) -> list[str]:
    """Let the level at 9,980 be of another size."""
    here = [(9_980, size_u)] if size_u else []
    return exchange.book([(9_990, 500), *here, (9_970, 900)], [(10_010, 400)])


@pytest.mark.parametrize("queue", Queue)
def test_trades_at_the_price_take_those_ahead_then_us(queue: Queue) -> None:
    exchange = in_line(queue)
    assert exchange.trade(9_980, 300, SELL) == []
    assert exchange.front == 400
    assert exchange.trade(9_980, 430, SELL) == ["1 filled 30 @ 9980 maker"]
    assert exchange.front == 0
    assert exchange.trade(9_980, 50, SELL) == ["1 filled 50 @ 9980 maker"]
    assert exchange.trade(9_980, 50, SELL) == ["1 filled 20 @ 9980 maker"], "no more than it wants"
    assert exchange.resting == 0


@pytest.mark.parametrize("queue", Queue)
def test_a_level_that_shrank_by_what_was_traded_changes_nothing(queue: Queue) -> None:
    exchange = in_line(queue)
    exchange.trade(9_980, 300, SELL)
    level(exchange, 400)
    assert exchange.front == 400


@pytest.mark.parametrize("queue", Queue)
def test_a_message_about_another_level_does_not_hide_a_trade(queue: Queue) -> None:
    """It came between the trade and the book that the trade left behind."""
    exchange = in_line(queue)
    level(exchange, 1_000)
    exchange.trade(9_980, 300, SELL)
    level(exchange, 1_000)
    level(exchange, 700)
    assert exchange.front == 400, "the 300 were traded, nobody was cancelled"


@pytest.mark.parametrize("queue", Queue)
def test_who_comes_later_stands_behind(queue: Queue) -> None:
    exchange = in_line(queue)
    level(exchange, 1_500)
    assert exchange.front == 700


@pytest.mark.parametrize("queue", Queue)
def test_no_more_are_ahead_than_there_are(queue: Queue) -> None:
    exchange = in_line(queue)
    level(exchange, 60)
    assert exchange.front == 60
    level(exchange, 0)
    assert exchange.front == 0


@pytest.mark.parametrize(
    ("queue", "power", "front"),
    [
        (Queue.RISK_AVERSE, 2, 700.0),
        (Queue.POWER, 1, 700 - 100 * 700 / 1_000),  # 300 behind: 3 of 10 believe it was they
        (Queue.POWER, 2, 700 - 100 * 49 / 58),
        (Queue.POWER, 3, 700 - 100 * 343 / 370),
        (Queue.LOG, 2, 700 - 100 * math.log(701) / (math.log(701) + math.log(301))),
    ],
)
def test_who_was_cancelled_the_model_believes(queue: Queue, power: int, front: float) -> None:
    exchange = in_line(queue, power)
    level(exchange, 1_000)
    level(exchange, 900)
    assert exchange.front == pytest.approx(front, rel=1e-12)


@pytest.mark.parametrize("queue", Queue)
def test_of_what_was_traded_nobody_was_cancelled(queue: Queue) -> None:
    exchange = in_line(queue)
    level(exchange, 1_000)
    exchange.trade(9_980, 100, SELL)
    level(exchange, 900)
    assert exchange.front == 600


def test_more_cannot_have_been_cancelled_behind_than_was_there() -> None:
    exchange = in_line(Queue.POWER)
    level(exchange, 10_700)
    level(exchange, 600)
    assert exchange.front == pytest.approx(600), "10,000 behind and 100 ahead"


def test_a_queue_ends_at_its_front() -> None:
    """The logarithm believes too many ahead of us: they were 1."""
    exchange = TickExchange(queue=Queue.LOG)
    exchange.book([(9_990, 1)], [(10_010, 400)])
    exchange.submit(BUY, LIMIT, price_u=9_990)
    exchange.book([(9_990, 1_001)], [(10_010, 400)])
    exchange.book([(9_990, 101)], [(10_010, 400)])
    assert exchange.front == 0.0
    assert exchange.trade(9_990, 7, SELL) == ["1 filled 7 @ 9990 maker"]


def test_a_price_that_nobody_has_is_ours_alone() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_985)
    assert exchange.front == 0
    assert exchange.trade(9_985, 40, SELL) == ["1 filled 40 @ 9985 maker"]


def test_beyond_what_is_shown_the_queue_is_endless_until_it_is_seen() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_960)
    assert exchange.front == ENDLESS
    assert exchange.trade(9_960, 10**9, SELL) == []
    exchange.book([(9_960, 300), (9_950, 1)], [(10_010, 400)])
    assert exchange.front == 300


def test_a_level_that_went_out_of_sight_is_taken_as_it_was() -> None:
    exchange = in_line(Queue.POWER)
    exchange.book([(9_990, 500)], [(10_010, 400)])
    assert exchange.front == 700
    level(exchange, 2_000)
    assert exchange.front == 700
    level(exchange, 650)
    assert exchange.front < 650


def test_our_own_orders_at_a_price_are_served_one_after_the_other() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_990)
    exchange.submit(BUY, LIMIT, price_u=9_990)
    told = exchange.trade(9_990, 630, SELL)
    assert told == ["1 filled 100 @ 9990 maker", "2 filled 30 @ 9990 maker"]
    assert exchange.trade(9_990, 70, SELL) == ["2 filled 70 @ 9990 maker"]


def test_one_that_came_later_waits_for_those_who_came_between() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_985)
    exchange.book([(9_985, 200), (9_980, 700)], [(10_010, 400)])
    exchange.submit(BUY, LIMIT, price_u=9_985)
    assert exchange.trade(9_985, 280, SELL) == ["1 filled 100 @ 9985 maker"]
    assert exchange.trade(9_985, 50, SELL) == ["2 filled 30 @ 9985 maker"]


# --- Against the formulas ---------------------------------------------------------------------


class Published:
    """ProbQueueModel of hftbacktest as its page has it; the queue ends at 0, as ours does.

    https://hftbacktest.readthedocs.io/en/latest/order_fill.html
    """

    def __init__(self, level: float, f: Callable[[float], float]) -> None:
        self.front, self.level, self.traded, self.f = level, level, 0.0, f

    def trade(self, size: float) -> int:
        """Return what of a trade went past those ahead."""
        self.front -= size
        self.traded += size
        past, self.front = max(-self.front, 0.0), max(self.front, 0.0)
        return int(past)

    def depth(self, level: float) -> None:
        change = self.level - level - self.traded
        before, self.level, self.traded = self.level, level, 0.0
        if change < 0:
            self.front = min(self.front, level)
            return
        front, back = self.front, before - self.front
        far, near = self.f(max(back, 0.0)), self.f(front)
        prob = far / (far + near) if far + near > 0 else 1.0
        estimate = front - (1.0 - prob) * change + min(back - prob * change, 0.0)
        self.front = max(min(estimate, level), 0.0)


FUNCTIONS: dict[tuple[Queue, int], Callable[[float], float]] = {
    (Queue.POWER, 1): lambda x: x,
    (Queue.POWER, 2): lambda x: x**2,
    (Queue.POWER, 3): lambda x: x**3,
    (Queue.LOG, 0): lambda x: math.log(1.0 + x),
}
steps = st.lists(st.tuples(st.booleans(), st.integers(0, 300)), max_size=30)


@pytest.mark.prove
@given(st.sampled_from(list(FUNCTIONS)), st.integers(0, 300), steps)
def test_the_queue_is_the_published_one(
    model: tuple[Queue, int], first_u: int, changes: list[tuple[bool, int]]
) -> None:
    order = np.zeros(1, RESTING)[0]
    line_up(order, first_u)
    published = Published(first_u, FUNCTIONS[model])
    for is_trade, size_u in changes:
        if is_trade:
            past_u = on_traded(order, size_u, size_u)
            expected_u = published.trade(size_u)
            assert abs(past_u - expected_u) <= (order.front != int(order.front)), "but for rounding"
        elif size_u != published.level:
            on_level(order, size_u, *model)
            published.depth(size_u)
        assert order.front == pytest.approx(published.front, rel=1e-9, abs=1e-6)
        assert order.front >= 0.0


def test_a_price_out_of_sight_has_no_level() -> None:
    order = np.zeros(1, RESTING)[0]
    line_up(order, UNSEEN)
    assert (order.front, order.level_u) == (ENDLESS, UNSEEN)
    assert on_traded(order, 10**15, 10**15) == 0
