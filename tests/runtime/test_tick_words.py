"""What a run on ticks says of its tape."""

from pathlib import Path

from sigma_cli.domain.fills import Depth
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_S
from sigma_cli.runtime import tick_words
from sigma_cli.runtime.periods import Period
from sigma_cli.runtime.tape import open_tape
from sigma_cli.runtime.tape_clocks import FeedLatency
from sigma_cli.store.lake import Lake
from tests.market import START_NS
from tests.runtime.tape_reference import Made, made, stored

NAME = ("binance", "BTCUSDT")
MINUTES = Period(start_ns=START_NS, end_ns=START_NS + 10 * NS_PER_MINUTE, text="ten minutes")


def said(store: Path, given: Made) -> list[str]:
    lake = Lake(store)
    stored(lake, NAME, given, kinds="trades")
    tape = open_tape(lake, [NAME], MINUTES, "trades", FeedLatency(kind="recorded"))
    return tick_words.notes(tape.notes, [Depth.NONE], scores=False)


def test_clocks_that_agree_are_no_matter(tmp_path: Path) -> None:
    assert not any("late" in note for note in said(tmp_path, made(1)))


def test_one_wrong_time_that_delays_all_rows_is_told(tmp_path: Path) -> None:
    given = made(1)
    given.trades[-1]["exch_ts_ns"] += 5 * NS_PER_MINUTE
    assert any("one row in ten counts as more than 5 s late" in n for n in said(tmp_path, given))


def test_two_clocks_in_one_period_are_told(tmp_path: Path) -> None:
    given = made(1)
    for trade in given.trades[len(given.trades) // 2 :]:
        trade["recv_ts_ns"] += 30 * NS_PER_S
    assert any("one row in ten" in note for note in said(tmp_path, given))
