from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.instruments import EXP_MAX
from sigma_cli.plugins import VENUES, installed, load
from sigma_cli.venues.binance.rules import RULEBOOK as BINANCE
from sigma_cli.venues.plain import PlainRules
from sigma_cli.venues.rulebook import RuleBook, digits_of, words
from sigma_cli.venues.upbit.rules import KRW_CHANGE_NS
from sigma_cli.venues.upbit.rules import RULEBOOK as UPBIT
from sigma_cli.venues.us.rules import RULEBOOK as US

BOOKS: list[RuleBook] = [UPBIT, BINANCE, US, PlainRules("elsewhere")]


@pytest.mark.parametrize(
    ("name", "market"),
    [
        ("KRW-BTC", "KRW-BTC"),
        ("BTC_KRW", "KRW-BTC"),
        ("BTC_KRW_1m", "KRW-BTC"),
        ("btckrw", "KRW-BTC"),
        ("upbit", None),
        ("BTC-ETH", "BTC-ETH"),
        ("ETH/BTC", "BTC-ETH"),
        ("BTC-USDT", "USDT-BTC"),
        ("KRW-USDT", "KRW-USDT"),
        ("KRW", None),
        ("KRW-KRW", None),
        ("candles_2024", None),
        ("", None),
    ],
)
def test_upbit_names_are_quote_then_base(name: str, market: str | None) -> None:
    assert UPBIT.market(name) == market


@pytest.mark.parametrize(
    ("book", "name", "market"),
    [
        (BINANCE, "btcusdt", "BTCUSDT"),
        (BINANCE, "BTC/USDT", "BTCUSDT"),
        (BINANCE, "BTC_USDT-5m", "BTCUSDT"),
        (BINANCE, "BTCUSDT-1m-2024-01", "BTCUSDT"),
        (BINANCE, "BTCUSDT-klines", "BTCUSDT"),
        (BINANCE, "", None),
        (US, "aapl", "AAPL"),
        (US, "QQQ_1m_20200101", "QQQ"),
        (US, "BRK.B", "BRK.B"),
        (US, "BF-B", "BF-B"),
        (US, "^UGAZ", "^UGAZ"),
        (US, "102110.KS", "102110.KS"),
        (US, " ", None),
        (PlainRules("x"), "eth/eur", "ETH-EUR"),
        (PlainRules("x"), "005930", "005930"),
        (PlainRules("x"), "__", None),
    ],
)
def test_other_names(book: RuleBook, name: str, market: str | None) -> None:
    assert book.market(name) == market


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_a_market_is_its_own_name(book: RuleBook) -> None:
    for name in ("BTC_KRW", "ethusdt", "SPY"):
        market = book.market(name)
        if market is not None:
            assert book.market(market) == market


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
@pytest.mark.parametrize("low", [1e-7, 0.02, 5.0, 300.0, 1.5e8])
@pytest.mark.parametrize("digits", [2, EXP_MAX + 1])
def test_an_instrument_of_inferred_exponents_packs(book: RuleBook, low: float, digits: int) -> None:
    market = book.market("BTC_KRW")
    assert market is not None
    price_exp, size_exp = book.exponents(
        market, low=low, high=2 * low, price_digits=digits, size_digits=digits
    )
    instrument = book.instrument(market, price_exp, size_exp)
    assert instrument.price_exp >= 2
    for rules in instrument.rules:
        assert pack_rules(instrument, rules)[0].lot_u >= 1


@pytest.mark.parametrize(
    ("price", "before", "now"),
    [
        ("2000000", "1000", "1000"),
        ("1500000", "500", "1000"),
        ("500000", "100", "500"),
        ("200000", "50", "100"),
        ("60000", "10", "50"),
        ("7000", "1", "5"),
        ("3868", "1", "1"),
        ("298", "0.1", "1"),
        ("41.1", "0.01", "0.1"),
        ("1.5", "0.001", "0.01"),
        ("0.0106", "0.00001", "0.0001"),
        ("0.000000015", "0.00000001", "0.00000001"),
    ],
)
def test_the_krw_tick_changed_in_july_2025(price: str, before: str, now: str) -> None:
    instrument = UPBIT.instrument("KRW-X", 8, 8)
    change = datetime(2025, 7, 30, 15, tzinfo=UTC)
    assert int(change.timestamp()) * 10**9 == KRW_CHANGE_NS
    for ts_ns, tick in ((KRW_CHANGE_NS - 1, before), (KRW_CHANGE_NS, now)):
        ticks = instrument.rules_at(ts_ns).ticks
        found = next(step for lower, step in ticks if Decimal(price) >= lower)
        assert found == Decimal(tick)


def test_upbit_exponents_leave_room_below() -> None:
    exponents = UPBIT.exponents("KRW-DOGE", low=287.0, high=424.0, price_digits=1, size_digits=8)
    assert exponents == (2, 8), "at 28.7 the old tick was 0.01"
    dust = UPBIT.exponents("KRW-SHIB", low=0.01, high=0.02, price_digits=5, size_digits=8)
    assert dust[1] < 8, "a 1e9 KRW order at 0.001 KRW must stay exact in float64"


def test_only_an_unknown_venue_has_no_known_fee() -> None:
    assert [book.name for book in BOOKS if not book.fees_known] == ["elsewhere"]


def test_every_installed_venue_answers_the_protocol() -> None:
    for name in installed(VENUES):
        book: RuleBook = load(VENUES, name)
        assert book.name == name


def test_digits_and_words() -> None:
    assert [digits_of(Decimal(t)) for t in ("1000", "1", "0.0500", "0.00000001")] == [0, 0, 2, 8]
    assert words("btc_krw-1m-2024_15min") == ["BTC", "KRW"]
