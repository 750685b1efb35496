"""Enum numbers are part of a tape's format: a change here makes old tapes unreadable."""

from enum import IntEnum

import pytest

from sigma_cli.domain import events, facts, fills, orders, policies, requests, switches
from sigma_cli.domain.units import INTERVALS_NS, NS_PER_DAY, NS_PER_MINUTE

PINNED: dict[type[IntEnum], str] = {
    events.EventKind: "1 START 2 BAR 3 TRADE 4 QUOTE 5 BOOK 6 FACT 7 TIMER 8 SIGNAL 9 CONTROL "
    "10 GAP",
    events.ControlKind: "1 RULES 2 HALT 3 REARM 4 USUAL 5 HOT 6 BOUND",
    facts.FactKind: "1 ACCEPTED 2 FILLED 3 CANCELLED 4 REFUSED 5 UNKNOWN 6 RESOLVED 7 EXTERNAL "
    "8 BALANCE",
    facts.Liquidity: "0 NONE 1 MAKER 2 TAKER",
    orders.OrderState: "0 FREE 1 REQUESTED 2 OPEN 3 UNKNOWN 4 FILLED 5 CANCELLED 6 REFUSED "
    "7 RESOLVED",
    orders.Role: "0 WISH 1 STOP 2 TARGET 3 ENTRY 4 EXIT",
    orders.Phase: "0 FLAT 1 ENTERING 2 HOLDING 3 LEAVING",
    fills.Depth: "0 NONE 1 TOUCH 2 LEVELS",
    fills.Queue: "0 RISK_AVERSE 1 POWER 2 LOG",
    policies.Policy: "0 NONE 1 IMBALANCE 2 SCALPER",
    requests.RequestKind: "1 SUBMIT 2 CANCEL 3 REPLACE",
    requests.Side: "1 BUY -1 SELL",
    requests.OrderType: "1 MARKET 2 VALUE 3 LIMIT 4 STOP 5 BEST",
    requests.TimeInForce: "1 GTC 2 IOC 3 FOK",
    requests.Reason: "0 NONE 1 SIGNAL_ENTRY 2 SIGNAL_EXIT 3 SIGNAL_REVERSED "
    "4 EXIT_STOP 5 EXIT_TARGET 6 EXIT_TRAILING 7 EXIT_TIME 8 PROTECTION_MOVED "
    "9 SCORE 10 ENTRY_WAITED 11 ENTRY_FALLBACK 12 EXIT_WAITED 13 EXIT_LADDER "
    "14 EMERGENCY 15 TRIMMED 16 SWITCHED_OFF 17 ENTRY_TOPPED_UP "
    "18 EXIT_EXPECTED 20 TICK 21 LOT "
    "22 VALUE_MIN 23 VALUE_MAX 25 NO_PRICE 26 NO_RULES 27 NO_VOLATILITY "
    "40 CASH 41 DAY_LOSS 42 DRAWDOWN 43 MARKET_SHARE 44 ORDER_RATIO 45 ORDER_RATE "
    "46 HALTED 47 UNKNOWN_ORDER 48 OVERFLOW 49 BAD_SIGNAL "
    "50 COOLDOWN 51 SLOTS 52 STALE 53 EXPECTED 54 STAKE 55 APART 56 NOT_HOT "
    "57 HOURS 60 INSUFFICIENT_FUNDS "
    "61 REDUCE_ONLY 62 POST_ONLY 63 TIME_IN_FORCE "
    "65 CANCEL_REQUESTED 66 SELF_MATCH 67 EXPIRED 68 UNSUPPORTED "
    "80 WEEK_LOSS 81 DAY_LOSS_VALUE 82 REPEATS "
    "83 ENTRIES 84 MEDIAN_RATIO 85 POSITION_VALUE 86 COLLAR 87 LOSSES 88 SLIPPAGE 89 SLIPPAGE_P95 "
    "90 FEE_SHARE 91 EXPOSURE 92 ROUND_TRIP 93 UNEXPLAINED 94 UNTRACKED 95 SAME_SCORES "
    "96 POSITION_SHARE 97 HURST_NOISE 98 VPIN 99 LAMBDA_EXCESS 100 SPREAD_RATIO 101 VOLUME_RATIO "
    "102 MOVE 103 STILLNESS 104 TOXICITY 105 PAUSED",
    switches.Metric: "0 DRAWDOWN 1 DAY_LOSS 2 MARKET_SHARE 3 ORDER_RATIO 4 ORDER_RATE "
    "5 WEEK_LOSS 6 DAY_LOSS_VALUE 7 REPEATS 8 ENTRIES 9 MEDIAN_RATIO 10 POSITION_VALUE 11 COLLAR "
    "12 LOSSES 13 SLIPPAGE 14 SLIPPAGE_P95 15 FEE_SHARE 16 EXPOSURE 17 ROUND_TRIP 18 UNEXPLAINED "
    "19 UNTRACKED 20 SAME_SCORES 32 POSITION_SHARE 33 HURST_NOISE 34 VPIN 35 LAMBDA_EXCESS "
    "36 SPREAD_RATIO 37 VOLUME_RATIO 38 MOVE 39 STILLNESS 40 TOXICITY",
    switches.Comparison: "1 AT_LEAST 2 ABOVE 3 BELOW 4 AT_MOST",
    switches.Wake: "1 EQUITY 2 ORDER 3 MARKET 4 TRADE_CLOSED 5 TIMER",
    switches.Scope: "1 MARKET 2 ACCOUNT 3 ORDER",
    switches.Latch: "0 NONE 1 DAY 2 PERSON",
    switches.Sizer: "1 UNITS 2 FRACTION 3 VOLATILITY 4 RISK_PARITY 5 KELLY 6 CONFIDENCE",
}


@pytest.mark.parametrize("enum", PINNED, ids=lambda enum: enum.__name__)
def test_numbers_are_never_changed(enum: type[IntEnum]) -> None:
    assert " ".join(f"{member.value} {member.name}" for member in enum) == PINNED[enum]


def test_every_switch_gives_the_reason_named_like_its_metric() -> None:
    assert all(row.reason.name == row.metric.name for row in switches.SWITCHES)
    assert {row.metric for row in switches.SWITCHES} == set(switches.Metric)


def test_rows_are_in_order_of_their_wakes() -> None:
    wakes = [row.wake for row in switches.SWITCHES]
    assert wakes == sorted(wakes)


def test_what_watches_an_order_is_latched_only_on_purpose() -> None:
    """A latch of an order's row refuses every order after it."""
    latched = {
        row.setting
        for row in switches.SWITCHES
        if row.wake is switches.Wake.ORDER and row.latch is not switches.Latch.NONE
    }
    assert latched == {"repeats_halt", "entries_day_max"}
    for row in switches.SWITCHES:
        if row.wake is switches.Wake.EQUITY:
            assert row.latch is not switches.Latch.NONE


def test_intervals_are_named_by_their_length() -> None:
    unit = {"s": NS_PER_MINUTE // 60, "m": NS_PER_MINUTE, "h": 60 * NS_PER_MINUTE, "d": NS_PER_DAY}
    for name, length_ns in INTERVALS_NS.items():
        assert length_ns == int(name[:-1]) * unit[name[-1]]
