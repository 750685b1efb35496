"""Why cash lay idle: small tapes whose answer is known by hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.requests import Reason, RequestKind, Side
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.report import idle as states
from sigma_cli.report.cash import cash, causes
from sigma_cli.report.idle import Idle, idle
from sigma_cli.report.inputs import Run

MakeRun = Callable[..., Run]
CASH = 1000.0
HOUR = 60 * NS_PER_MINUTE


def table(names: str, rows: list[tuple[float, ...]]) -> dict[str, Any]:
    columns = zip(*rows, strict=True) if rows else [[] for _ in names.split()]
    return {
        name: np.array(list(column), np.float64 if name in ("fee", "value") else np.int64)
        for name, column in zip(names.split(), columns, strict=True)
    }


class Tape:
    """Ten hours of one or two markets at a price of 1; times in hours."""

    def __init__(self) -> None:
        self.requests: list[tuple[float, ...]] = []
        self.facts: list[tuple[float, ...]] = []
        self.decisions: list[tuple[float, ...]] = []
        self.signals: list[tuple[float, ...]] = []

    def signal(self, at: float, value: float, market: int = 0) -> None:
        self.signals.append((market, value, at * HOUR - NS_PER_MINUTE))

    def submit(self, at: float, side: Side = Side.BUY, market: int = 0) -> int:
        number = len(self.requests) + 1
        self.requests.append((RequestKind.SUBMIT, number, market, side, at * HOUR))
        self.decisions.append((at * HOUR, market, number, Reason.SIGNAL_ENTRY))
        return number

    def fact(self, at: float, kind: FactKind, number: int, size: int = 0, reason: int = 0) -> None:
        market = self.requests[number - 1][2]
        self.facts.append((kind, number, market, reason, 1, size, 0.0, at * HOUR))

    def trade(self, at: float, side: Side, size: int, market: int = 0) -> None:
        self.fact(at, FactKind.FILLED, self.submit(at, side, market), size)

    def refuse(self, at: float, reason: Reason, market: int = 0) -> None:
        self.decisions.append((at * HOUR, market, 0, reason))

    def idle(self, run: Run, markets: int = 1, **settings: Any) -> Idle:
        market = {"market": "M", "price_exp": 0, "size_exp": 0}
        ts_ns = np.arange(11, dtype=np.int64) * HOUR
        found = idle(
            replace(
                run,
                summary={
                    **run.summary,
                    "start_cash": CASH,
                    "markets": [market] * markets,
                    "settings": settings,
                },
                equity={"ts_ns": ts_ns, "equity": np.full(11, CASH)},
                requests=table("kind local_no market side decision_ts_ns", self.requests),
                facts=table(
                    "kind local_no market reason price_u size_u fee exch_ts_ns", self.facts
                ),
                decisions=table("ts_ns market local_no reason", self.decisions),
                signals=table("market value open_ts_ns", self.signals),
            )
        )
        assert found is not None
        assert found.used + sum(found.causes.values()) == pytest.approx(1.0)
        return found


@pytest.fixture
def run(make_run: MakeRun) -> Run:
    return make_run(("KRW-BTC",), minutes=100)


def test_warming_up_flat_and_in_the_market(run: Run) -> None:
    tape = Tape()
    tape.signal(2, 0.0)
    tape.signal(4, 1.0)
    tape.trade(4, Side.BUY, 600)
    tape.signal(9, 0.0)
    tape.trade(9, Side.SELL, 600)
    found = tape.idle(run)
    assert found.used == pytest.approx(0.5 * 0.6)
    assert found.invested == pytest.approx(0.5)
    assert found.causes == pytest.approx(
        {states.NO_SIGNAL: 0.2, states.FLAT: 0.3, states.SIZING: 0.5 * 0.4}
    )


def test_waiting_for_a_fill(run: Run) -> None:
    tape = Tape()
    tape.signal(0, 1.0)
    number = tape.submit(0)
    tape.fact(0, FactKind.ACCEPTED, number)
    tape.fact(3, FactKind.FILLED, number, 1000)
    found = tape.idle(run)
    assert found.causes == pytest.approx({states.WAITING: 0.3})


def test_refusals_by_reason_ours_and_the_venues(run: Run) -> None:
    tape = Tape()
    tape.signal(0, 1.0)
    tape.refuse(0, Reason.VALUE_MIN)
    tape.refuse(4, Reason.DRAWDOWN)
    number = tape.submit(7)
    tape.fact(7, FactKind.REFUSED, number, reason=Reason.INSUFFICIENT_FUNDS)
    found = tape.idle(run)
    assert found.causes == pytest.approx(
        {
            states.REFUSED + Reason.VALUE_MIN: 0.4,
            states.REFUSED + Reason.DRAWDOWN: 0.3,
            states.REFUSED + Reason.INSUFFICIENT_FUNDS: 0.3,
        }
    )


def test_a_refusal_stands_for_later_wishes_as_the_tape_holds_only_changes(run: Run) -> None:
    tape = Tape()
    tape.signal(0, 1.0)
    tape.refuse(0, Reason.DRAWDOWN)
    tape.signal(5, 0.0)
    tape.signal(8, 1.0)
    found = tape.idle(run)
    assert found.causes == pytest.approx(
        {states.REFUSED + Reason.DRAWDOWN: 0.7, states.FLAT: 0.3},
    )


def test_a_refusal_ends_with_the_next_order(run: Run) -> None:
    tape = Tape()
    tape.signal(0, 1.0)
    tape.refuse(0, Reason.CASH)
    tape.signal(2, 0.0)
    tape.signal(3, 1.0)
    tape.trade(3, Side.BUY, 1000)
    tape.trade(6, Side.SELL, 1000)
    tape.signal(7, 0.0)
    tape.signal(9, 1.0)
    found = tape.idle(run)
    assert found.causes == pytest.approx(
        {
            states.REFUSED + Reason.CASH: 0.2,
            states.FLAT: 0.3,
            states.CLOSED: 0.1,
            states.UNTOLD: 0.1,
        }
    )


def test_a_refusal_before_a_fill_of_the_same_wish_is_over(run: Run) -> None:
    tape = Tape()
    tape.signal(0, 0.5)
    tape.trade(0, Side.BUY, 500)
    stop = tape.submit(0, Side.SELL)
    tape.refuse(2, Reason.MARKET_SHARE)
    tape.fact(5, FactKind.FILLED, stop, 500)
    tape.fact(5, FactKind.CANCELLED, tape.submit(0, Side.SELL), reason=Reason.REDUCE_ONLY)
    assert tape.idle(run).causes == pytest.approx({states.SIZING: 0.25, states.CLOSED: 0.5})


def test_a_position_closed_by_an_exit_waits_for_a_new_signal(run: Run) -> None:
    tape = Tape()
    tape.signal(0, 1.0)
    tape.trade(0, Side.BUY, 1000)
    tape.trade(6, Side.SELL, 1000)
    assert tape.idle(run).causes == pytest.approx({states.CLOSED: 0.4})


def test_shorts_that_are_not_possible(run: Run) -> None:
    tape = Tape()
    tape.signal(0, -1.0)
    assert tape.idle(run).causes == pytest.approx({states.SHORT: 1.0})


def test_what_the_sizing_leaves_comes_first_and_the_rest_in_equal_parts(run: Run) -> None:
    tape = Tape()
    tape.signal(0, 1.0, market=0)
    tape.trade(0, Side.BUY, 250, market=0)
    tape.signal(0, 0.0, market=1)
    sizing = {"sizing.kind": "fraction", "sizing.fraction": 0.25}
    found = tape.idle(run, markets=3, **sizing)
    assert found.used == pytest.approx(0.25)
    assert found.causes == pytest.approx(
        {states.SIZING: 0.25, states.FLAT: 0.25, states.NO_SIGNAL: 0.25}
    )


@pytest.mark.parametrize(
    ("sizing", "kept"),
    [
        ({"kind": "volatility", "fraction": 0.25}, 0.5),
        ({"kind": "risk_parity", "fraction": 0.25}, 0.5),
        ({"kind": "risk_parity", "fraction": 0.75}, 0.0),
        ({"kind": "units", "fraction": 0.25}, 0.0),
    ],
)
def test_what_other_sizers_leave(run: Run, sizing: dict[str, Any], kept: float) -> None:
    tape = Tape()
    tape.signal(0, 0.0, market=0)
    found = tape.idle(run, markets=2, **{f"sizing.{name}": at for name, at in sizing.items()})
    free = (1.0 - kept) / 2
    expected = {states.SIZING: kept, states.FLAT: free, states.NO_SIGNAL: free}
    assert found.causes == pytest.approx({code: share for code, share in expected.items() if share})


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("units", "number of units"),
        ("volatility", "below sizing.fraction"),
        ("risk_parity", "volatilities are unknown"),
        ("fraction", None),
    ],
)
def test_the_note_says_what_a_sizer_hides(make_run: MakeRun, kind: str, said: str | None) -> None:
    shown = cash(make_run(minutes=300, settings={"sizing.kind": kind}))
    assert said in shown if said else "be told:" not in shown


def test_a_whole_run_adds_up_and_is_told_in_words(make_run: MakeRun) -> None:
    told = causes(make_run(minutes=3000))
    assert sum(told.values()) == pytest.approx(1.0)
    assert {"in positions", "flat by the strategy"} <= set(told)


def test_without_tables_nothing_is_told(make_run: MakeRun) -> None:
    assert idle(replace(make_run(), facts={}, decisions={}, signals={})) is None
