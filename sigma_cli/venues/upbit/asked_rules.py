"""Rules that the venue itself gave: instruments and `orders/chance` before any table.

`GET /v1/orderbook/instruments` (since 2025-07-31) tells the tick at the present price alone, so the
other bands stay as `rules.py` has them. Fees and limits are those of `orders/chance`.
"""

from dataclasses import replace
from decimal import Decimal

from sigma_cli.domain.instruments import Rules
from sigma_cli.domain.units import TsNs
from sigma_cli.venues.upbit.rules import rules_at, tick_at
from sigma_cli.venues.upbit.wire.account import Chance
from sigma_cli.venues.upbit.wire.errors import WireError
from sigma_cli.venues.upbit.wire.market import BookInstrument


def with_instrument(rules: Rules, instrument: BookInstrument, price: Decimal) -> Rules:
    """Return `rules` with the venue's tick in the band of `price`, the market's present one.

    Raises:
        WireError: the tick is none.
    """
    if instrument.tick_size == 0:
        raise WireError("a tick of 0", where=f"instruments of {instrument.market}")
    if tick_at(price, rules) == instrument.tick_size:
        return rules
    band = next(lower for lower, _ in rules.ticks if price >= lower)
    ticks = (
        (lower, instrument.tick_size if lower == band else tick) for lower, tick in rules.ticks
    )
    return replace(rules, ticks=tuple(ticks))


def with_chance(rules: Rules, chance: Chance) -> Rules:
    """Return `rules` with the fees and limits of an account.

    Raises:
        WireError: buyers and sellers differ in a way that `Rules` can't say, or no total is both
            large and small enough.
    """
    market = chance.market
    where = f"orders/chance of {market.id}"
    if market.bid.min_total > market.max_total:
        raise WireError(f"min_total {market.bid.min_total} is over max_total", where=where)
    for name, bid, ask in (
        ("fee", chance.bid_fee, chance.ask_fee),
        ("maker fee", chance.maker_bid_fee, chance.maker_ask_fee),
        ("min_total", market.bid.min_total, market.ask.min_total),
    ):
        if bid != ask:
            raise WireError(
                f"{name} is {bid} for bids and {ask} for asks; one of both is expected",
                where=where,
            )
    return replace(
        rules,
        value_min=market.bid.min_total,
        value_max=market.max_total,
        fee_maker=chance.maker_bid_fee,
        fee_taker=chance.bid_fee,
    )


def asked_rules(
    market: str, ts_ns: TsNs, *, instrument: BookInstrument, price: Decimal, chance: Chance
) -> Rules:
    """Return the rules of `market` from `ts_ns` on, as the venue told them then.

    Raises:
        WireError: an answer is about another market, or can't be said in `Rules`.
    """
    for name in (instrument.market, chance.market.id):
        if name != market:
            raise WireError(f"{market} was asked, {name} answered", where="instruments, chance")
    known = replace(rules_at(market, ts_ns), valid_from_ns=ts_ns)
    return with_chance(with_instrument(known, instrument, price), chance)
