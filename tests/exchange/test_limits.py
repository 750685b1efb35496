"""How many requests are taken, by the exchange's own seconds."""

import pytest

from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.exchange.upbit import limits
from sigma_cli.exchange.upbit.limits import Group, Limits, MessageLimit, Rates

T = 1_767_323_045 * NS_PER_S


def taken(counter: Limits, group: Group, now_ns: int, who: str = "a") -> int:
    """Return how many requests pass before one does not."""
    count = 0
    while counter.spend(group, who, now_ns).status == 200:
        count += 1
    return count


@pytest.mark.parametrize(
    ("group", "count"),
    [
        (limits.MARKET, 10),
        (limits.CANDLE, 10),
        (limits.TRADE, 10),
        (limits.TICKER, 10),
        (limits.ORDERBOOK, 10),
        (limits.DEFAULT, 30),
        (limits.ORDER, 12),
        (limits.ORDER_TEST, 8),
        (limits.ORDER_CANCEL_ALL, 1),
        (limits.CONNECT, 5),
    ],
    ids=lambda value: value.name if isinstance(value, Group) else "",
)
def test_a_group_takes_so_many_in_a_second(group: Group, count: int) -> None:
    assert taken(Limits(Rates()), group, T) == count


def test_the_second_after_takes_as_many_again() -> None:
    counter = Limits(Rates())
    assert taken(counter, limits.ORDER, T + 999 * NS_PER_MS) == 12
    assert taken(counter, limits.ORDER, T + NS_PER_S) == 12


def test_orders_were_eight_before_august() -> None:
    assert taken(Limits(Rates(order_per_s=8)), limits.ORDER, T) == 8


def test_cancelling_everything_is_once_in_two_seconds() -> None:
    counter, even = Limits(Rates()), T - T % (2 * NS_PER_S)
    assert taken(counter, limits.ORDER_CANCEL_ALL, even) == 1
    assert taken(counter, limits.ORDER_CANCEL_ALL, even + NS_PER_S) == 0
    assert taken(counter, limits.ORDER_CANCEL_ALL, even + 2 * NS_PER_S) == 1


def test_the_header_counts_down() -> None:
    counter = Limits(Rates())
    left = [counter.spend(limits.DEFAULT, "a", T).remaining for _ in range(31)]
    assert [each.sec for each in left[:3]] == [29, 28, 27]
    assert [each.sec for each in left[-2:]] == [0, 0]
    assert {(each.group, each.min) for each in left} == {("default", 1_800)}


def test_callers_and_groups_are_counted_apart() -> None:
    counter = Limits(Rates())
    assert taken(counter, limits.MARKET, T, "a") == 10
    assert taken(counter, limits.MARKET, T, "b") == 10
    assert taken(counter, limits.CANDLE, T, "a") == 10


def test_who_goes_on_is_blocked_and_each_time_for_longer() -> None:
    counter, now_ns = Limits(Rates(strikes=3)), T
    for block_s in (60, 120, 240):
        assert taken(counter, limits.MARKET, now_ns) == 10  # and one strike
        assert counter.spend(limits.MARKET, "a", now_ns).status == 429
        blocked = counter.spend(limits.MARKET, "a", now_ns)
        assert (blocked.status, blocked.block_s) == (418, block_s)
        other = counter.spend(limits.CANDLE, "a", now_ns + NS_PER_S)
        assert (other.status, other.block_s) == (418, block_s - 1)
        assert counter.spend(limits.MARKET, "b", now_ns).status == 200
        now_ns += block_s * NS_PER_S


def test_strikes_are_forgotten_after_a_minute() -> None:
    counter = Limits(Rates(strikes=2))
    for minute in range(5):
        assert taken(counter, limits.MARKET, T + minute * 60 * NS_PER_S) == 10


def test_a_person_may_block_a_caller() -> None:
    counter = Limits(Rates())
    counter.block("a", 5, T)
    assert counter.spend(limits.MARKET, "a", T + 5 * NS_PER_S - 1).status == 418
    assert counter.spend(limits.MARKET, "a", T + 5 * NS_PER_S).status == 200


def test_the_number_of_callers_is_bounded_and_blocks_outlast_it() -> None:
    counter = Limits(Rates())
    counter.block("bad", 60, T)
    for n in range(limits.COUNTED_MAX + 10):
        counter.spend(limits.MARKET, f"caller {n}", T)
    assert len(counter._callers) <= limits.COUNTED_MAX
    assert counter.spend(limits.MARKET, "bad", T).status == 418


def test_messages_of_a_stream_are_five_a_second_and_a_hundred_a_minute() -> None:
    limit, minute = MessageLimit(), T - T % (60 * NS_PER_S)
    assert [limit.spend(minute) for _ in range(7)] == [True] * 5 + [False] * 2
    got = [limit.spend(minute + second * NS_PER_S) for second in range(1, 60) for _ in range(2)]
    assert got.count(True) == 93, "the two that were refused count too"
    assert limit.spend(minute + 60 * NS_PER_S)
