"""What an account is told of itself: balances, order chances, keys, wallets.

Amounts are decimal strings (upbit.md 1.6; orders/chance sample of 2026-08-20).
"""

from typing import Literal

from msgspec import Struct

from sigma_cli.venues.upbit.wire.fields import (
    Code,
    Count,
    Currency,
    Id,
    Name,
    Side,
    SumText,
    ZonedMoment,
)


class Balance(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET /v1/accounts`: a currency that is held. What is owned is `balance` plus `locked`."""

    currency: Currency
    balance: SumText
    """What is free."""
    locked: SumText
    avg_buy_price: SumText
    """How it is averaged is not documented; do your own accounting."""
    avg_buy_price_modified: bool
    unit_currency: Currency | None = None
    """Not always there in `orders/chance` (official SDK 1.1.0)."""


class SideChance(Struct, frozen=True, kw_only=True):
    """What one side of a market pays with, and its smallest order."""

    currency: Currency
    min_total: SumText


class MarketChance(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a market takes: `bid_types` are order types joined with their time in force."""

    id: Code
    name: Name
    order_types: tuple[Name, ...] | None = None
    """Deprecated."""
    order_sides: tuple[Side, ...]
    bid_types: tuple[Name, ...]
    ask_types: tuple[Name, ...]
    bid: SideChance
    ask: SideChance
    max_total: SumText
    state: Name


class Chance(Struct, frozen=True, kw_only=True):
    """`GET /v1/orders/chance`: fees and minimums of a market, and both balances."""

    bid_fee: SumText
    ask_fee: SumText
    maker_bid_fee: SumText
    maker_ask_fee: SumText
    market: MarketChance
    bid_account: Balance
    ask_account: Balance


class ApiKey(Struct, frozen=True, kw_only=True):
    """`GET /v1/api_keys`."""

    access_key: Id
    expire_at: ZonedMoment


class WalletStatus(Struct, frozen=True, kw_only=True):
    """`GET /v1/status/wallet`; may be minutes late."""

    currency: Currency
    wallet_state: Literal["working", "withdraw_only", "deposit_only", "paused", "unsupported"]
    block_state: Literal["normal", "delayed", "inactive"] | None
    block_height: Count | None
    block_updated_at: ZonedMoment | None
    block_elapsed_minutes: Count | None
    net_type: Name
    network_name: Name
