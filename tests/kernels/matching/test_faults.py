"""What goes wrong on purpose: lost answers, balances that others change, and reports of them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.dtypes.bounds import LOST_MAX
from sigma_cli.domain.dtypes.venue import INBOX
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.kernels.matching import faults
from sigma_cli.kernels.rng import stream
from tests.kernels.exchange import BUY, LIMIT, MARKET, SELL, line
from tests.kernels.matching.tick_exchange import TickExchange

ALWAYS = 1_000_000


def exchange(**chosen: float) -> TickExchange:
    made = TickExchange(held_u=1_000)
    venue = made.venue[0]
    venue.ticks.rng[:] = stream(1, 0)
    chosen = {"patience_ns": 5 * NS_PER_MS, "verdict_ns": 20 * NS_PER_MS} | chosen
    for name, value in chosen.items():
        venue.ticks.faults[name] = value
    return made


def said(made: TickExchange) -> list[tuple[int, str]]:
    """Let time go on until nothing is left to say; return what was said and after how many ms."""
    venue, lines = made.venue[0], []
    while faults.lost_due_ns(venue) != faults.NEVER:
        due_ns = faults.lost_due_ns(venue)
        inbox = np.zeros(1, INBOX)[0]
        faults.speak(venue, inbox, due_ns)
        assert inbox.count > 0
        lines += [(due_ns - made.now_ns, line(fact)) for fact in inbox.facts[: inbox.count]]
    return [(ns // NS_PER_MS, told) for ns, told in lines]


def disturbed(made: TickExchange, deed: Callable[[], object]) -> list[Any]:
    """Do something; return what was told then and besides."""
    told = len(made.facts)
    deed()
    inbox = np.zeros(1, INBOX)[0]
    for fact in made.facts[told:]:
        inbox.facts[inbox.count] = fact
        inbox.count += 1
    if inbox.count:
        faults.disturb(made.venue[0], inbox)
    return [fact.copy() for fact in inbox.facts[: inbox.count]]


@pytest.mark.parametrize("chosen", [{"external_lots": 20}, {"external_value": 100.0}])
def test_somebody_moves_what_is_set_and_nothing_else(chosen: dict[str, float]) -> None:
    made = exchange(external_ppm=ALWAYS, **chosen)
    moved = [
        (int(fact.size_u != 0), int(fact.fee != 0.0))
        for _ in range(20)
        for fact in disturbed(made, lambda: made.submit(BUY, MARKET))
        if fact.kind == FactKind.EXTERNAL
    ]
    assert {*moved} == {("external_lots" in chosen, "external_value" in chosen)}
    assert len(moved) > 10


def test_unless_asked_for_nothing_goes_wrong_and_nothing_is_drawn() -> None:
    made = exchange()
    before = made.venue[0].ticks.rng.tolist()
    assert len(disturbed(made, lambda: made.submit(BUY, MARKET))) == 2
    assert made.venue[0].ticks.rng.tolist() == before
    assert made.venue[0].ticks.faults.told == 0
    assert said(made) == []


def test_a_lost_acceptance_is_found_out() -> None:
    made = exchange(lost_ppm=ALWAYS)
    assert made.submit(BUY, LIMIT, price_u=9_980) == []
    assert made.resting == 1, "the venue has it"
    assert said(made) == [(5, "1 unknown"), (25, "1 accepted")]


def test_a_lost_refusal_is_found_out() -> None:
    made = exchange(lost_ppm=ALWAYS)
    assert made.submit(BUY, LIMIT, price_u=0) == []
    assert said(made) == [(5, "1 unknown"), (25, "1 resolved")]


def test_an_order_of_which_something_is_told_exists() -> None:
    made = exchange(lost_ppm=ALWAYS)
    assert [line(f) for f in disturbed(made, lambda: made.submit(BUY, MARKET))] == [
        "1 filled 100 @ 10010 taker"
    ]
    assert said(made) == []
    made.submit(BUY, LIMIT, price_u=9_980)
    made.submit(BUY, LIMIT, price_u=9_981)
    assert [line(f) for f in disturbed(made, lambda: made.cancel(2))] == [
        "2 cancelled cancel_requested"
    ]
    assert said(made) == [(4, "3 unknown"), (24, "3 accepted")]


def test_other_orders_stay_unknown() -> None:
    made = exchange(lost_ppm=ALWAYS)
    made.submit(BUY, LIMIT, price_u=9_980)
    made.venue[0].ticks.faults.lost_ppm = 0
    disturbed(made, lambda: made.submit(BUY, MARKET))
    assert said(made) == [(4, "1 unknown"), (24, "1 accepted")]


def test_answers_are_lost_as_often_as_was_said() -> None:
    made = exchange(lost_ppm=200_000)
    for _ in range(500):
        made.submit(BUY, LIMIT, price_u=0)
        said(made)
    lost = 500 - len(made.facts)
    assert 60 < lost < 140


def test_no_more_are_lost_than_there_is_room_for() -> None:
    made = exchange(lost_ppm=ALWAYS)
    for no in range(LOST_MAX):
        assert made.submit(BUY, LIMIT, price_u=0) == [], no
    assert made.submit(BUY, LIMIT, price_u=0) == [f"{LOST_MAX + 1} refused tick"]
    assert len(said(made)) == 2 * LOST_MAX


def test_somebody_else_moves_money_and_coins() -> None:
    made = exchange(external_ppm=ALWAYS, external_lots=7, external_value=250.5)
    moves: Counter[tuple[int, float]] = Counter()
    for _ in range(200):
        cash, held_u = made.cash, made.held_u
        _, fact = disturbed(made, lambda: made.submit(BUY, LIMIT, price_u=0))
        assert (fact.kind, fact.local_no) == (FactKind.EXTERNAL, 0)
        moves[(int(fact.size_u), float(fact.fee))] += 1
        assert made.held_u - held_u == fact.size_u
        assert made.cash - cash == -fact.fee
    assert set(moves) == {(7, 0.0), (-7, 0.0), (0, 250.5), (0, -250.5)}
    assert min(moves.values()) > 20


def test_nobody_takes_what_is_not_there() -> None:
    made = exchange(external_ppm=ALWAYS, external_lots=7, external_value=250.5)
    made.venue[0].cash, made.venue[0].positions_u[0] = 250.0, 6
    for _ in range(100):
        disturbed(made, lambda: made.submit(BUY, LIMIT, price_u=0))
        assert made.cash >= 0
        assert made.held_u >= 0


def test_the_venue_reports_what_it_holds_every_so_many_facts() -> None:
    made = exchange(report_every=3)
    told = []
    for side in (BUY, SELL, BUY, SELL):
        told += disturbed(made, lambda side=side: made.submit(side, MARKET))  # type: ignore[misc]
    kinds = [FactKind(int(fact.kind)).name[0] for fact in told]
    assert "".join(kinds) == "AFAFBAFBAF"
    assert [int(f.size_u) for f in told if f.kind == FactKind.BALANCE] == [1_000, 1_100]
