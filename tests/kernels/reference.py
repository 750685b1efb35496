"""A bar backtest as one would write it on a Sunday: slow, obvious, in Decimal. No kernels here.

Signals of a bar are filled at the market's next open. One order a market at a time; another target
replaces it. No limits, no slippage, no cap on volume.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal

A_HAIR_LESS = 1 - Decimal("1e-12")


@dataclass(frozen=True)
class Bar:
    open_ts_ns: int
    open: int
    close: int
    signal: float
    value_min: Decimal


@dataclass(frozen=True)
class Order:
    side: int
    size: int | None
    """In hundredths; None: buy for `value`."""
    value: Decimal
    """At the price when it was asked for."""


@dataclass(frozen=True)
class Fill:
    open_ts_ns: int
    market: int
    side: int
    size: int
    price: int


@dataclass
class Market:
    held: int = 0
    mark: int = 0
    target: float = 0.0
    served: bool = False
    order: Order | None = None


@dataclass
class Backtest:
    """Sizes count in hundredths of a coin, prices in tenths of a won."""

    cash: Decimal
    fee: Decimal
    units: Decimal | None
    fraction: Decimal
    markets: list[Market]
    fills: list[Fill] = field(default_factory=list)
    equities: list[Decimal] = field(default_factory=list)

    def run(self, bars: Sequence[Sequence[Bar]]) -> None:
        """Run the bars of every market."""
        for instant in instants(bars):
            for m, bar in instant:
                self.open(m, bar)
            for m, bar in instant:
                self.markets[m].mark = bar.close
            for m, bar in instant:
                self.hear(m, bar)
            self.equities += [self.equity()] * len(instant)

    def equity(self) -> Decimal:
        return self.cash + sum(worth(m.held, m.mark) for m in self.markets)

    def free(self) -> Decimal:
        """Cash that no working buy may take."""
        orders = (m.order for m in self.markets if m.order is not None)
        promised = (order.value * (1 + self.fee) for order in orders if order.side > 0)
        return self.cash - sum(promised, Decimal(0))

    def open(self, m: int, bar: Bar) -> None:
        """Fill the working order at the open, if the cash allows."""
        market, order = self.markets[m], self.markets[m].order
        if order is None:
            return
        market.order = None
        size = size_for(order.value, bar.open) if order.size is None else order.size
        value = worth(size, bar.open)
        if size == 0 or (order.side > 0 and value * (1 + self.fee) > self.cash):
            market.served = False
            return
        self.cash -= order.side * value + value * self.fee
        market.held += order.side * size
        self.fills.append(Fill(bar.open_ts_ns, m, order.side, size, bar.open))

    def hear(self, m: int, bar: Bar) -> None:
        """Take the signal of a bar."""
        market = self.markets[m]
        if math.isnan(bar.signal) or abs(bar.signal) > 1:
            return
        target = max(bar.signal, 0.0)
        if target == market.target and market.served:
            return
        market.target, market.order = target, None
        order = self.wanted(market)
        if order is None:
            market.served = True
            return
        market.served = self.is_allowed(order, bar, market)
        if market.served:
            market.order = order

    def wanted(self, market: Market) -> Order | None:
        """Return the order that leads to the target; None: it is reached."""
        target = Decimal(market.target)
        if self.units is not None:
            missing = floor(target * self.units * 100) - market.held
            missing_value = worth(missing, market.mark)
        else:
            held_value = worth(market.held, market.mark)
            missing_value = target * self.fraction * self.equity() - held_value
            missing = size_for(abs(missing_value), market.mark) * (1 if missing_value > 0 else -1)
        if target == 0:
            missing = -market.held
        if missing < 0:
            return Order(-1, -missing, worth(-missing, market.mark))
        if missing == 0 and (market.held > 0 or target == 0):
            return None
        if self.units is not None:
            return Order(1, missing, missing_value)
        return Order(1, None, missing_value / (1 + self.fee) * A_HAIR_LESS)

    def is_allowed(self, order: Order, bar: Bar, market: Market) -> bool:
        """Ask the venue's rules and the cash."""
        if order.size == 0 or order.value < bar.value_min:
            return False
        if order.size is None and size_for(order.value, market.mark) == 0:
            return False
        return order.side < 0 or order.value * (1 + self.fee) <= self.free()


def worth(size: int, price: int) -> Decimal:
    return Decimal(size * price) / 1000


def size_for(value: Decimal, price: int) -> int:
    return floor(value / price * 1000)


def floor(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_FLOOR))


def instants(bars: Sequence[Sequence[Bar]]) -> Iterator[list[tuple[int, Bar]]]:
    """Yield the bars that opened together, by market, in order of time."""
    for now_ns in sorted({bar.open_ts_ns for of_one in bars for bar in of_one}):
        yield [
            (m, bar) for m, of_one in enumerate(bars) for bar in of_one if bar.open_ts_ns == now_ns
        ]
