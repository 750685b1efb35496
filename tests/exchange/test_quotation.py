"""The quotation API: what everybody may ask."""

from typing import Any

import pytest

from tests.exchange.fair import BTC, ETH, Tape, instruments
from tests.exchange.shop import Shop

MINUTE, DAY = 60_000, 86_400_000
INVALID = "Invalid parameter. Check the given value!"


def tape() -> Tape:
    """Return four trades: in two minutes, with one between them that has none, and a day later."""
    return (
        Tape()
        .book(0)
        .trade(0, "100000000", "0.01", no=11)
        .trade(10_000, "100002000", "0.02", -1, no=12)
        .trade(2 * MINUTE, "100001000", "0.03", no=13)
        .trade(DAY, "101000000", "0.04", -1, no=14)
    )


def ask(path: str, query: str, after_s: float = 0, shop: Shop | None = None) -> Any:
    shop = shop or Shop(tape())
    shop.step(after_s)
    status, said = shop.get(path, query)
    assert status == 200, said
    return said


def refused(path: str, query: str) -> tuple[int, str]:
    status, said = Shop(tape()).get(path, query)
    assert said["error"]["name"] == status, "an integer, equal to the status"
    return status, said["error"]["message"]


def test_markets_are_listed_with_details_by_either_name() -> None:
    shop = Shop(Tape(instruments(BTC, ETH)).book(0))
    assert [each["market"] for each in ask("/v1/market/all", "", shop=shop)] == [BTC, ETH]
    for query in ("is_details=true", "isDetails=true"):
        (first, _) = ask("/v1/market/all", query, shop=shop)
        assert first["market_event"]["warning"] is False
        assert set(first["market_event"]["caution"]) == {
            "PRICE_FLUCTUATIONS",
            "TRADING_VOLUME_SOARING",
            "DEPOSIT_AMOUNT_SOARING",
            "GLOBAL_PRICE_DIFFERENCES",
            "CONCENTRATION_OF_SMALL_ACCOUNTS",
        }


def test_minutes_are_newest_first_without_the_empty_one() -> None:
    said = ask("/v1/candles/minutes/1", "market=KRW-BTC&count=5", 200)
    assert [each["candle_date_time_utc"] for each in said] == [
        "2026-01-02T03:06:00",
        "2026-01-02T03:04:00",
    ]
    assert said[1] == {
        "market": "KRW-BTC",
        "candle_date_time_utc": "2026-01-02T03:04:00",
        "candle_date_time_kst": "2026-01-02T12:04:00",
        "opening_price": 100_000_000,
        "high_price": 100_002_000,
        "low_price": 100_000_000,
        "trade_price": 100_002_000,
        "timestamp": 1_767_323_055_000,
        "candle_acc_trade_price": 3_000_040,
        "candle_acc_trade_volume": 0.03,
        "unit": 1,
    }


@pytest.mark.parametrize(
    "to",
    [
        "2026-01-02T03:06:00Z",
        "2026-01-02T03:06:00",
        "2026-01-02 03:06:00",
        "2026-01-02T12:06:00%2B09:00",
    ],
)
def test_to_is_exclusive_in_every_form(to: str) -> None:
    (only,) = ask("/v1/candles/minutes/1", f"market=KRW-BTC&count=9&to={to}", 200)
    assert only["candle_date_time_utc"] == "2026-01-02T03:04:00"


@pytest.mark.parametrize("unit", [1, 3, 5, 10, 15, 30, 60, 240])
def test_every_unit_adds_up(unit: int) -> None:
    said = ask(f"/v1/candles/minutes/{unit}", "market=KRW-BTC&count=200", 86_500)
    assert sum(each["candle_acc_trade_volume"] for each in said) == pytest.approx(0.1)
    assert {each["unit"] for each in said} == {unit}
    assert said[0]["trade_price"] == 101_000_000
    assert said[-1]["opening_price"] == 100_000_000


def test_a_thousand_candles_are_paged_back() -> None:
    long = Tape().book(0)
    for n in range(1_000):
        long.trade(n * MINUTE, str(100_000_000 + n % 7 * 1_000), "0.01")
    shop = Shop(long)
    found: list[str] = []
    shop.step(1_000 * 60)
    to = ""
    while page := ask("/v1/candles/minutes/1", f"market=KRW-BTC&count=200{to}", 1, shop):
        found += [each["candle_date_time_utc"] for each in page]
        to = f"&to={found[-1]}"
    assert len(found) == len(set(found)) == 1_000
    assert found == sorted(found, reverse=True)


def test_a_count_above_200_is_cut() -> None:
    long = Tape().book(0)
    for n in range(250):
        long.trade(n * 1_000, "100000000", "0.01")
    assert len(ask("/v1/candles/seconds", "market=KRW-BTC&count=500", 300, Shop(long))) == 200


def test_days_know_the_close_before() -> None:
    later, first = ask("/v1/candles/days", "market=KRW-BTC&count=2", 86_500)
    assert later["prev_closing_price"] == 100_001_000
    assert later["change_price"] == 999_000
    assert later["change_rate"] == pytest.approx(0.00998990)
    assert first["change_price"] == 1_000, "the first day's own opening stands for the close"
    assert "converted_trade_price" not in first
    (day,) = ask("/v1/candles/days", "market=KRW-BTC&converting_price_unit=KRW")
    assert day["converted_trade_price"] == day["trade_price"]


@pytest.mark.parametrize(
    ("period", "first_day"),
    [("weeks", "2025-12-29"), ("months", "2026-01-01"), ("years", "2026-01-01")],
)
def test_long_candles_say_their_first_day(period: str, first_day: str) -> None:
    (only,) = ask(f"/v1/candles/{period}", "market=KRW-BTC", 86_500)
    assert only["first_day_of_period"] == first_day
    assert only["candle_acc_trade_volume"] == pytest.approx(0.1)


def test_trades_are_newest_first_and_go_on_at_a_cursor() -> None:
    said = ask("/v1/trades/ticks", "market=KRW-BTC&count=2", 200)
    assert [each["sequential_id"] for each in said] == [13, 12]
    assert (said[1]["ask_bid"], said[1]["change_price"]) == ("ASK", 2_000)
    (older,) = ask("/v1/trades/ticks", "market=KRW-BTC&count=2&cursor=12", 200)
    assert older["sequential_id"] == 11
    assert older["trade_time_utc"] == "03:04:05"


@pytest.mark.parametrize("to", ["030415", "03:04:15"])
def test_trades_end_before_a_time_of_day(to: str) -> None:
    said = ask("/v1/trades/ticks", f"market=KRW-BTC&count=9&to={to}", 200)
    assert [each["sequential_id"] for each in said] == [11]


def test_trades_of_days_ago() -> None:
    said = ask("/v1/trades/ticks", "market=KRW-BTC&count=9&days_ago=1", 86_500)
    assert [each["sequential_id"] for each in said] == [13, 12, 11]
    assert ask("/v1/trades/ticks", "market=KRW-BTC&count=9&days_ago=2", 86_500) == []


def test_a_ticker_counts_from_midnight_and_over_24_hours() -> None:
    (said,) = ask("/v1/ticker", "markets=KRW-BTC", 86_401)
    assert (said["trade_price"], said["prev_closing_price"]) == (101_000_000, 100_001_000)
    assert (said["change"], said["change_price"]) == ("RISE", 999_000)
    assert (said["trade_date"], said["trade_time"]) == ("20260103", "030405")
    assert (said["trade_date_kst"], said["trade_time_kst"]) == ("20260103", "120405")
    assert said["acc_trade_volume"] == pytest.approx(0.04)
    assert said["acc_trade_volume_24h"] == pytest.approx(0.07)
    assert said["lowest_52_week_date"] == "2026-01-02"


def test_a_day_without_a_trade_stays_at_the_close() -> None:
    (said,) = ask("/v1/ticker/all", "quote_currencies=KRW", 3 * 86_400)
    assert (said["change"], said["acc_trade_volume"]) == ("EVEN", 0)
    assert said["opening_price"] == said["prev_closing_price"] == 101_000_000
    assert ask("/v1/ticker/all", "quote_currencies=BTC,USDT") == []


def test_a_market_without_a_trade_has_no_ticker() -> None:
    assert ask("/v1/ticker", "markets=KRW-BTC", shop=Shop(Tape().book(0))) == []


def test_books_are_rows_of_both_sides() -> None:
    (said,) = ask("/v1/orderbook", "markets=KRW-BTC&count=2")
    assert (said["total_ask_size"], said["total_bid_size"]) == (1.0, 1.2)
    assert said["orderbook_units"][1] == {
        "ask_price": 100_002_000,
        "bid_price": 99_999_000,
        "ask_size": 0.6,
        "bid_size": 0.7,
    }


def test_a_shorter_side_is_padded_with_zeros() -> None:
    thin = Tape().book(0, bids=(("100000000", "1"),))
    (said,) = ask("/v1/orderbook", "markets=KRW-BTC", shop=Shop(thin))
    assert [row["bid_price"] for row in said["orderbook_units"]] == [100_000_000, 0, 0]


def test_an_unknown_book_has_no_rows() -> None:
    (said,) = ask("/v1/orderbook", "markets=KRW-BTC", 1, shop=Shop(Tape().book(0).gap(500)))
    assert said["orderbook_units"] == []


def test_prices_are_grouped_away_from_the_touch() -> None:
    (said,) = ask("/v1/orderbook", "markets=KRW-BTC&level=10000")
    assert [row["ask_price"] for row in said["orderbook_units"]] == [100_010_000, 0]
    assert [row["bid_price"] for row in said["orderbook_units"]] == [100_000_000, 99_990_000]
    assert said["level"] == 10_000
    assert ask("/v1/orderbook", "markets=KRW-BTC&level=7") == []


def test_instruments_say_the_tick_at_the_price() -> None:
    assert ask("/v1/orderbook/instruments", "markets=KRW-BTC") == [
        {
            "market": "KRW-BTC",
            "quote_currency": "KRW",
            "tick_size": "1000",
            "supported_levels": ["0", "10000", "100000", "1000000", "10000000", "100000000"],
        }
    ]


def test_other_quotes_have_no_levels() -> None:
    shop = Shop(Tape(instruments("BTC-ETH", price_exp=8)).book(0, (), (), code="BTC-ETH"))
    (said,) = ask("/v1/orderbook/instruments", "markets=BTC-ETH", shop=shop)
    assert (said["tick_size"], said["supported_levels"]) == ("0.00000001", ["0"])


@pytest.mark.parametrize(
    ("path", "query", "status", "words"),
    [
        ("/v1/ticker", "markets=KRW-BTC,KRW-XXX", 404, "Code not found"),
        ("/v1/ticker", "", 400, "Missing request parameter error. Check the required parameters!"),
        (
            "/v1/candles/days",
            "market=KRW-BTC&count=many",
            400,
            "Type mismatch error. Check the parameters type!",
        ),
        ("/v1/candles/days", "market=KRW-BTC&to=now", 400, INVALID),
        ("/v1/candles/minutes/7", "market=KRW-BTC", 400, "specified unit is not valid."),
        ("/v1/trades/ticks", "market=KRW-BTC&to=2500", 400, INVALID),
        ("/v1/trades/ticks", "market=KRW-BTC&days_ago=8", 400, INVALID),
        ("/v1/time", "", 404, "Not Found"),
    ],
)
def test_what_is_wrong_has_the_documented_words(
    path: str, query: str, status: int, words: str
) -> None:
    got = refused(path, query)
    assert got == (status, words)


def test_a_delisted_market_is_unknown_and_a_halted_one_is_not() -> None:
    shop = Shop(tape())
    shop.venue.set_state(BTC, "halted")
    assert len(ask("/v1/market/all", "", shop=shop)) == 1
    shop.venue.set_state(BTC, "delisted")
    assert ask("/v1/market/all", "", shop=shop) == []
    assert shop.get("/v1/ticker", "markets=KRW-BTC")[0] == 404
