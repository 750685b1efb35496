"""Orders over REST: what is asked for, and what is answered.

Amounts are decimal strings; what is null is left out (upbit.md 1.7, 1.8). Which parameters go
together is not known here: `orders/chance` and the checks in `venues/upbit/checks.py` say.
"""

from typing import Literal

from msgspec import Struct

from sigma_cli.venues.upbit.wire.fields import (
    Code,
    Count,
    Id,
    Identifier,
    Name,
    OrdType,
    PriceText,
    Side,
    SizeText,
    SmpType,
    SumText,
    TimeInForce,
    VolumeWord,
    ZonedMoment,
)


class NewOrder(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`POST /v1/orders` and `/v1/orders/test`. Of a market buy `price` is the sum to spend.

    The market is any word: an unknown one has its own answer (`notfoundmarket`).
    """

    market: Name
    side: Side
    ord_type: OrdType
    price: PriceText | None = None
    volume: SizeText | None = None
    identifier: Identifier | None = None
    time_in_force: TimeInForce | None = None
    smp_type: SmpType | None = None


class CancelAndNew(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`POST /v1/orders/cancel_and_new`: the new order comes when the cancel is done."""

    prev_order_uuid: Id | None = None
    prev_order_identifier: Identifier | None = None
    new_ord_type: OrdType
    new_volume: VolumeWord | None = None
    """A volume, or `remain_only`: what the old order leaves."""
    new_price: PriceText | None = None
    new_identifier: Identifier | None = None
    new_time_in_force: TimeInForce | None = None
    new_smp_type: SmpType | None = None


class Execution(Struct, frozen=True, kw_only=True):
    """One fill of an order; `funds` is price times volume. The fee is not told per fill."""

    market: Code
    uuid: Id
    price: PriceText
    volume: SizeText
    funds: SumText
    trend: Literal["up", "down"]
    created_at: ZonedMoment
    side: Side


class Order(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as REST shows it. `wait` may be filled in part; a market buy ends as `cancel`.

    `trades` is there in `GET /v1/order` only; the last two where a cancel was asked together with
    a new order.
    """

    market: Code
    uuid: Id
    side: Side
    ord_type: OrdType
    price: PriceText | None = None
    state: Literal["wait", "watch", "done", "cancel"]
    created_at: ZonedMoment
    volume: SizeText | None = None
    remaining_volume: SizeText | None = None
    executed_volume: SizeText
    reserved_fee: SumText
    remaining_fee: SumText
    paid_fee: SumText
    locked: SumText
    prevented_volume: SizeText
    prevented_locked: SumText
    trades_count: Count
    identifier: Identifier | None = None
    time_in_force: TimeInForce | None = None
    smp_type: SmpType | None = None
    trades: tuple[Execution, ...] | None = None
    new_order_uuid: Id | None = None
    new_order_identifier: Identifier | None = None


class OrderName(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order in the answer to a batch."""

    uuid: Id
    market: Code
    identifier: Identifier | None = None


class Batch(Struct, frozen=True, kw_only=True):
    """Some orders, and how many."""

    count: Count
    orders: tuple[OrderName, ...]


class BatchResult(Struct, frozen=True, kw_only=True):
    """`DELETE /v1/orders/uuids` and `/v1/orders/open`: which cancels were accepted."""

    success: Batch
    failed: Batch
