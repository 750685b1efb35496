"""Every installed venue's rule book gives instruments that the kernels can count in."""

import numpy as np
import pytest

from sigma_cli import plugins
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.units import EXACT_MAX
from sigma_cli.kernels.ticks import floor_tick, next_tick_up, tick_at
from sigma_cli.venues.plain import PlainRules
from sigma_cli.venues.rulebook import RuleBook

BOOKS = [
    *(plugins.load(plugins.VENUES, name) for name in plugins.installed(plugins.VENUES)),
    PlainRules("somewhere"),
]
NAMES = {"upbit": "BTC_KRW_1m", "binance": "btcusdt", "us": "aapl", "somewhere": "AB_CD"}


@pytest.fixture(params=BOOKS, ids=lambda book: book.name)
def book(request: pytest.FixtureRequest) -> RuleBook:
    chosen: RuleBook = request.param
    return chosen


def test_names_are_stable(book: RuleBook) -> None:
    market = book.market(NAMES[book.name])
    assert market
    assert book.market(market) == market


@pytest.mark.parametrize(("low", "high"), [(0.012, 0.02), (1.5, 3.0), (350.0, 500.0), (1e8, 2e8)])
def test_instruments_can_be_counted_in(book: RuleBook, low: float, high: float) -> None:
    market = book.market(NAMES[book.name])
    assert market
    price_exp, size_exp = book.exponents(market, low=low, high=high, price_digits=0, size_digits=0)
    instrument = book.instrument(market, price_exp, size_exp)
    assert (instrument.venue, instrument.market) == (book.name, market)
    assert high * 10**price_exp < EXACT_MAX
    for rules in instrument.rules:
        packed = pack_rules(instrument, rules)
        for price in np.geomspace(low, high, 20):
            price_u = int(price * 10**price_exp)
            assert tick_at(price_u, packed[0]) >= 1
            assert floor_tick(price_u, packed[0]) <= price_u < next_tick_up(price_u, packed[0])


def test_a_fee_nobody_knows_is_said_to_be_unknown(book: RuleBook) -> None:
    market = book.market(NAMES[book.name])
    assert market
    rules = book.instrument(market, 2, 2).rules[-1]
    if not book.fees_known:
        assert rules.fee_taker == 0
