"""What may be ordered in a market, for which fees; and the wallets of its currencies."""

from decimal import Decimal
from typing import Final

from sigma_cli.exchange.upbit.exact import plain
from sigma_cli.exchange.upbit.house import House
from sigma_cli.venues.upbit.wire.account import (
    Balance,
    Chance,
    MarketChance,
    SideChance,
    WalletStatus,
)
from sigma_cli.venues.upbit.wire.queries import MarketQuery

_BOTH: Final = ("best_fok", "best_ioc", "limit", "limit_fok", "limit_ioc")
MAX_TOTAL: Final = Decimal(1_000_000_000)
"""What is told where a market has no largest order."""


def chance(house: House, account: str, query: MarketQuery) -> Chance:
    """Return the chances of an account in a market.

    Raises:
        Refused: there is no such market.
    """
    code, listing = query.market, house.listings.find(query.market)
    rules = listing.rules_at(house.now_ns)
    quote, _, base = code.partition("-")
    maker, taker = plain(rules.fee_maker), plain(rules.fee_taker)
    least = plain(rules.value_min)
    return Chance(
        bid_fee=taker,
        ask_fee=taker,
        maker_bid_fee=maker,
        maker_ask_fee=maker,
        market=MarketChance(
            id=code,
            name=f"{base}/{quote}",
            order_types=("limit",),
            order_sides=("ask", "bid"),
            bid_types=(*_BOTH, "price"),
            ask_types=(*_BOTH, "market"),
            bid=SideChance(currency=quote, min_total=least),
            ask=SideChance(currency=base, min_total=least),
            max_total=plain(rules.value_max) if rules.value_max.is_finite() else MAX_TOTAL,
            state=listing.state,
        ),
        bid_account=house.accounts.balance(account, quote),
        ask_account=house.accounts.balance(account, base),
    )


def balances(house: House, account: str, query: None) -> tuple[Balance, ...]:
    """Return what an account holds."""
    del query
    return house.accounts.balances(account)


def wallets(house: House, account: str, query: None) -> tuple[WalletStatus, ...]:
    """Return the wallet of every currency that is traded here: all work, none moves anything."""
    del account, query
    codes = [listing.code for listing in house.listings.all if listing.state != "delisted"]
    currencies = dict.fromkeys(word for code in codes for word in code.split("-"))
    return tuple(
        WalletStatus(
            currency=currency,
            wallet_state="working",
            block_state="normal",
            block_height=None,
            block_updated_at=None,
            block_elapsed_minutes=None,
            net_type=currency,
            network_name=currency,
        )
        for currency in currencies
    )
