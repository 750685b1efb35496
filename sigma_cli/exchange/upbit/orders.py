"""An order's life and arithmetic: what it locks, what a fill costs, what is given back.

    bid    remaining total = what is left of the volume at the price, or of the sum to spend
           remaining fee   = remaining total x fee
           locked          = both
    ask    locked          = what is left of the volume; the fee is taken out of the proceeds

A fill pays its funds and its fee, and unties what the order need not lock any more. Nothing is
rounded. The fee is that of the moment when the order was asked for. What an order shows as locked
once it is closed is what it gave back (official sample of a market buy, upbit.md 1.8).
"""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final, Literal, NamedTuple

import msgspec

from sigma_cli.domain.requests import Side as Way
from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.exchange.upbit.exact import ZERO, lots, plain, quotient
from sigma_cli.venues.upbit.wire.fields import OrdType, Side, SmpType, TimeInForce
from sigma_cli.venues.upbit.wire.orders import Execution, Order, OrderName
from sigma_cli.venues.upbit.wire.stream import MyOrder

State = Literal["wait", "done", "cancel"]
_KST: Final = timezone(timedelta(hours=9))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Filled(NamedTuple):
    """What one fill moves: `given_back` is untied and not spent."""

    volume: Decimal
    funds: Decimal
    fee: Decimal
    given_back: Decimal


class OwnOrder(msgspec.Struct, kw_only=True):
    """An order of an account, as the venue knows it."""

    no: int
    """Grows from order to order."""
    uuid: str
    account: str
    code: str
    side: Side
    ord_type: OrdType
    price: Decimal | None
    """Of a buy by value, what to spend."""
    volume: Decimal | None
    identifier: str | None
    time_in_force: TimeInForce | None
    smp_type: SmpType | None
    """As it is shown."""
    smp: SmpType
    """What happens when it meets an order of the same account."""
    fee_maker: Decimal
    fee_taker: Decimal
    created_ns: int
    left: Decimal
    """What is left of the volume or, of a buy by value, of the sum."""
    match_no: int = 0
    """Its number where it is matched; another one each time it goes there."""
    state: State = "wait"
    is_leaving: bool = False
    """Whether its cancel was accepted."""
    executed_volume: Decimal = ZERO
    executed_funds: Decimal = ZERO
    paid_fee: Decimal = ZERO
    prevented_volume: Decimal = ZERO
    prevented_locked: Decimal = ZERO
    trades_count: int = 0
    executions: list[Execution] = msgspec.field(default_factory=list)
    """The last ones, the oldest first."""

    @property
    def is_by_value(self) -> bool:
        """Whether it says what to spend, not what to buy."""
        return self.volume is None

    @property
    def way(self) -> Way:
        """Its side as matching counts it."""
        return Way.BUY if self.side == "bid" else Way.SELL

    @property
    def base(self) -> str:
        """What is bought or sold."""
        return self.code.partition("-")[2]

    @property
    def quote(self) -> str:
        """What it is paid with."""
        return self.code.partition("-")[0]

    @property
    def pays_with(self) -> str:
        """The currency that it locks."""
        return self.quote if self.side == "bid" else self.base

    @property
    def fee_reserved(self) -> Decimal:
        """The fee that a bid locks: the higher of the two."""
        return max(self.fee_maker, self.fee_taker)

    @property
    def remaining_fee(self) -> Decimal:
        """The fee that is still locked."""
        return self._total(self.left) * self.fee_reserved if self.side == "bid" else ZERO

    @property
    def locked(self) -> Decimal:
        """What it may still take, fee and all."""
        if self.side == "ask":
            return self.left
        return self._total(self.left) + self.remaining_fee

    def affordable(self, price: Decimal, digits: int) -> Decimal:
        """Return the volume that is left to be traded at a price."""
        return lots(self.left, price, digits) if self.is_by_value else self.left

    def fill(self, price: Decimal, volume: Decimal, *, is_maker: bool) -> Filled:
        """Trade a volume, of which no more than what is left."""
        before, funds = self.locked, price * volume
        fee = funds * (self.fee_maker if is_maker else self.fee_taker)
        self.left -= funds if self.is_by_value else volume
        assert self.left >= 0 and volume > 0, "no more than what is left"
        self.executed_volume += volume
        self.executed_funds += funds
        self.paid_fee += fee
        self.trades_count += 1
        spent = funds + fee if self.side == "bid" else volume
        return Filled(volume, funds, fee, before - self.locked - spent)

    def prevent(self, volume: Decimal, price: Decimal) -> Decimal:
        """Give up a volume that would have met an order of the same account; what that unties."""
        before = self.locked
        self.left -= price * volume if self.is_by_value else volume
        assert self.left >= 0 and volume > 0, "no more than what is left"
        untied = before - self.locked
        self.prevented_volume += volume
        self.prevented_locked += untied
        return untied

    def remember(self, execution: Execution, most: int) -> None:
        """Keep a fill; of more than `most` the oldest is forgotten."""
        self.executions.append(execution)
        del self.executions[:-most]

    @property
    def name(self) -> OrderName:
        """Its names."""
        return OrderName(uuid=self.uuid, market=self.code, identifier=self.identifier)

    def shown(
        self,
        *,
        with_trades: bool = False,
        new_uuid: str | None = None,
        new_identifier: str | None = None,
    ) -> Order:
        """Return the order as REST shows it; with the names of the one that is to follow it."""
        return Order(
            market=self.code,
            uuid=self.uuid,
            side=self.side,
            ord_type=self.ord_type,
            price=self.price,
            state=self.state,
            created_at=moment(self.created_ns - self.created_ns % NS_PER_S),
            volume=self.volume,
            remaining_volume=None if self.is_by_value else plain(self.left),
            executed_volume=plain(self.executed_volume),
            reserved_fee=plain(self._reserved_fee()),
            remaining_fee=plain(self.remaining_fee),
            paid_fee=plain(self.paid_fee),
            locked=plain(self.locked),
            prevented_volume=plain(self.prevented_volume),
            prevented_locked=plain(self.prevented_locked),
            trades_count=self.trades_count,
            identifier=self.identifier,
            time_in_force=self.time_in_force,
            smp_type=self.smp_type,
            trades=tuple(self.executions) if with_trades else None,
            new_order_uuid=new_uuid,
            new_order_identifier=new_identifier,
        )

    def told(self, state: Literal["wait", "done", "cancel", "prevented"], now_ns: int) -> MyOrder:
        """Return the order as streams show it."""
        average = ZERO
        if self.executed_volume:
            average = quotient(self.executed_funds, self.executed_volume)
        return MyOrder(
            code=self.code,
            uuid=self.uuid,
            ask_bid="BID" if self.side == "bid" else "ASK",
            order_type=self.ord_type,
            state=state,
            trade_uuid=None,
            price=self.price,
            avg_price=average,
            volume=self.volume,
            remaining_volume=None if self.is_by_value else plain(self.left),
            executed_volume=plain(self.executed_volume),
            trades_count=self.trades_count,
            reserved_fee=plain(self._reserved_fee()),
            remaining_fee=plain(self.remaining_fee),
            paid_fee=plain(self.paid_fee),
            locked=plain(self.locked),
            executed_funds=plain(self.executed_funds),
            time_in_force=self.time_in_force,
            trade_fee=None,
            is_maker=None,
            identifier=self.identifier,
            smp_type=self.smp_type,
            prevented_volume=plain(self.prevented_volume),
            prevented_locked=plain(self.prevented_locked),
            trade_timestamp=None,
            order_timestamp=self.created_ns // NS_PER_MS,
            timestamp=now_ns // NS_PER_MS,
            stream_type="REALTIME",
        )

    def _reserved_fee(self) -> Decimal:
        whole = self.price if self.is_by_value else self.volume
        assert whole is not None, "an order has a price or a volume"
        return self._total(whole) * self.fee_reserved if self.side == "bid" else ZERO

    def _total(self, left: Decimal) -> Decimal:
        """Return what so much of a bid's volume, or of its sum, costs."""
        if self.is_by_value:
            return left
        assert self.price is not None, "a bid by volume has a limit"
        return left * self.price


def moment(ts_ns: int) -> str:
    """Return a time as orders show it: in Korea, to the microsecond where it is not 0."""
    return (_EPOCH + timedelta(microseconds=ts_ns // 1_000)).astimezone(_KST).isoformat()
