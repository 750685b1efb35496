"""What a report is told of the tape and the assumptions of a run on ticks."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sigma_cli.domain.fills import Depth
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_S
from sigma_cli.runtime import tick_words
from sigma_cli.runtime.periods import Period
from sigma_cli.runtime.tape import MarketNotes, TapeNotes, open_tape
from sigma_cli.runtime.tape_clocks import FeedLatency
from sigma_cli.settings import Settings
from sigma_cli.store.lake import Lake
from tests.market import START_NS
from tests.runtime.tape_reference import Made, made, stored

NAME = ("binance", "BTCUSDT")
MINUTES = Period(start_ns=START_NS, end_ns=START_NS + 10 * NS_PER_MINUTE, text="ten minutes")
MARKET = MarketNotes(
    venue="upbit",
    market="KRW-BTC",
    kinds=("trades", "books"),
    offset_ns=None,
    quantiles_ns=(),
    unheard=0,
    untimed=0,
    trades=9,
    quotes=0,
    books=5,
    gaps=0,
    silent=0,
    left_out=0,
    moved=0,
)
FIXED = FeedLatency(kind="fixed", fixed_ns=20_000_000)


def said(depth: Depth, latency: FeedLatency = FIXED, *, scores: bool = False, **more: Any) -> str:
    notes = TapeNotes(latency=latency, markets=(replace(MARKET, **more),))
    return " ".join(tick_words.notes(notes, [depth], scores=scores))


def test_a_score_says_what_it_stands_for_and_what_it_lacks() -> None:
    assert "stands in for the expected profit" in said(Depth.LEVELS, scores=True)
    assert "absent from the score" in said(Depth.NONE, scores=True)
    assert said(Depth.LEVELS) == ""


@pytest.mark.parametrize(
    ("books", "quotes", "words"),
    [(5, 0, ""), (0, 7, "only best bid and ask are known"), (0, 0, "nothing is known")],
)
def test_what_is_known_of_a_book_is_what_the_period_holds(
    books: int, quotes: int, words: str
) -> None:
    found = said(Depth.LEVELS, books=books, quotes=quotes)
    assert (words in found) and bool(words) == bool(found)
    assert "known" not in said(Depth.NONE, books=0, quotes=0)


def test_modelled_arrivals_name_their_model() -> None:
    assert "modelled (20 ms)" in said(Depth.LEVELS, unheard=3)
    drawn = replace(FIXED, kind="sampled")
    told = said(Depth.LEVELS, drawn, unheard=3)
    assert "rows whose arrival is known" in told
    assert "20 ms" not in told


def test_clocks_and_gaps_are_told() -> None:
    assert "off by -1,276 ms" in said(Depth.LEVELS, offset_ns=-1_276_000_000)
    assert "unknown 2 times" in said(Depth.LEVELS, gaps=2)


@pytest.mark.parametrize("fidelity", ["trades", "book"])
def test_what_positions_are_valued_at(fidelity: str) -> None:
    told = [
        tick_words.fill_model(Settings(), fidelity, by_candles=by_candles)[-1]
        for by_candles in (False, True)
    ]
    assert all(one.startswith("Positions are valued at") for one in told)
    assert (told[0] != told[1]) == (fidelity == "book"), "a candle closes at a trade"


def test_given_numbers_are_named() -> None:
    settings = Settings.model_validate({"latency": {"order": "sampled"}, "fills": {"fee": 0.001}})
    told = " ".join(tick_words.fill_model(settings, "book", by_candles=False))
    assert "as long as rows of the feed were recorded to take" in told
    assert "0.1000% of the value" in told


def test_late_trades_are_counted() -> None:
    assert tick_words.late_trades(0) == []
    assert "1,200 trades" in tick_words.late_trades(1_200)[0]


def of_tape(store: Path, given: Made) -> list[str]:
    lake = Lake(store)
    stored(lake, NAME, given, kinds="trades")
    tape = open_tape(lake, [NAME], MINUTES, "trades", FeedLatency(kind="recorded"))
    return tick_words.notes(tape.notes, [Depth.NONE], scores=False)


def test_clocks_that_agree_are_no_matter(tmp_path: Path) -> None:
    assert not any("late" in note for note in of_tape(tmp_path, made(1)))


def test_one_wrong_time_that_delays_all_rows_is_told(tmp_path: Path) -> None:
    given = made(1)
    given.trades[-1]["exch_ts_ns"] += 5 * NS_PER_MINUTE
    assert any("one row in ten counts as more than 5 s late" in n for n in of_tape(tmp_path, given))


def test_two_clocks_in_one_period_are_told(tmp_path: Path) -> None:
    given = made(1)
    for trade in given.trades[len(given.trades) // 2 :]:
        trade["recv_ts_ns"] += 30 * NS_PER_S
    assert any("one row in ten" in note for note in of_tape(tmp_path, given))


def test_a_sizer_that_breaks_the_caps_is_named() -> None:
    assert tick_words.caps(Settings()) == []
    (told,) = tick_words.caps(Settings.model_validate({"sizing": {"kind": "confidence"}}))
    assert "breaks the caps" in told


@pytest.mark.parametrize("fidelity", ["trades", "book"])
@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"lost": 0.05, "verdict_s": 2}, "5.0000% of the answers to submits were lost"),
        ({"external": 0.5, "external_value": 1e6}, "0 lots or 1,000,000 of the quote currency"),
        ({"report_every": 10}, "reported what it held every 10 answers"),
    ],
)
def test_what_goes_wrong_on_purpose_is_said(
    fidelity: str, faults: dict[str, float], words: str
) -> None:
    settings = Settings.model_validate({"faults": faults})
    plain, told = (
        tick_words.fill_model(one, fidelity, by_candles=False) for one in (Settings(), settings)
    )
    (more,) = set(told) - set(plain)
    assert words in more
    assert len(told) == len(plain) + 1, "nothing is said of what does not go wrong"
