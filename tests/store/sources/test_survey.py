import numpy as np
import pytest

from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.store.sources.candles import CandleBatch
from sigma_cli.store.sources.survey import CandleSurvey, Seen, by_market


def batch(open_ts_ns: list[int], market: list[int] | None = None) -> CandleBatch:
    count = len(open_ts_ns)
    return CandleBatch(
        rows=np.arange(1, count + 1),
        market=np.array(market or [0] * count, np.int32),
        markets=("A", "B"),
        venues=frozenset(),
        open_ts_ns=np.array(open_ts_ns, np.int64),
        prices=np.full((4, count), 10.25),
        singles=0,
        volume=np.full(count, 0.5),
        splits=None,
        broken=(),
    )


def surveyed(said: str, real: str, count: int = 200) -> str | None:
    survey = CandleSurvey(interval_ns=INTERVALS_NS[said])
    survey.add_candles(batch([n * INTERVALS_NS[real] for n in range(count)]))
    return survey.other_interval()


@pytest.mark.parametrize(
    ("said", "real", "found"),
    [
        ("1m", "1m", None),
        ("1m", "1h", "1h"),
        ("1m", "5m", "5m"),
        ("1h", "1m", "1m"),
        ("1m", "1s", "1s"),
        ("1d", "4h", "4h"),
        ("1d", "1d", None),
    ],
)
def test_the_interval_of_a_file_is_seen(said: str, real: str, found: str | None) -> None:
    assert surveyed(said, real) == found


def test_few_rows_tell_nothing() -> None:
    assert surveyed("1m", "1h", count=9) is None
    assert CandleSurvey(interval_ns=INTERVALS_NS["1m"]).other_interval() is None


def test_times_on_no_grid_are_said_to_be_so() -> None:
    survey = CandleSurvey(interval_ns=INTERVALS_NS["1m"])
    survey.add_candles(batch([n * 60 * 10**9 + 7 for n in range(100)]))
    assert survey.other_interval() == "finer"


def test_one_stray_time_is_no_other_interval() -> None:
    survey = CandleSurvey(interval_ns=INTERVALS_NS["1m"])
    survey.add_candles(batch([*(n * 60 * 10**9 for n in range(200)), 7]))
    assert survey.other_interval() is None


def test_what_is_seen_of_a_market() -> None:
    survey = CandleSurvey(interval_ns=INTERVALS_NS["1m"])
    survey.add_candles(batch([60 * 10**9, 120 * 10**9, 180 * 10**9], [0, 1, -1]))
    assert survey.rows == 3
    assert set(survey.markets) == {"A", "B", ""}
    seen = survey.markets["A"]
    assert (seen.rows, seen.low, seen.high) == (1, 10.25, 10.25)
    assert (seen.price_digits, seen.size_digits) == (2, 1)


def test_a_few_misprints_are_not_what_is_seen_of_a_market() -> None:
    prices = np.full((4, 1000), 4000.5)
    prices[2, 7] = 0.0000001
    prices[1, 8] = 1e17
    prices[0, 9] = 4000.123
    seen, other = Seen(), Seen()
    seen.add(prices[:, :500], np.full(500, 0.25))
    other.add(prices[:, 500:] / 2, np.full(500, 0.5))
    seen.join(other)
    assert (seen.low, seen.high, seen.price_digits, seen.size_digits) == (2000.25, 4000.5, 7, 2)
    assert (seen.finer_than(2), seen.finer_than(1)) == (0, 502)
    crash = np.full((4, 4), 0.0001)
    seen.add(crash, np.zeros(4))
    assert seen.low == 0.0001, "four rows are no misprint"


@pytest.mark.parametrize(
    "market", [[], [0], [0, 0, 1], [1, 0, 1, 0], [0, 1] * 20, [-1, 0, -1, 1, 1]]
)
def test_every_row_goes_to_one_market(market: list[int]) -> None:
    given = batch([60] * len(market), market)
    seen = np.full(len(market), 9)
    for name, rows in by_market(given):
        assert (seen[rows] == 9).all()
        seen[rows] = {"A": 0, "B": 1, "": -1}[name]
    assert seen.tolist() == market
