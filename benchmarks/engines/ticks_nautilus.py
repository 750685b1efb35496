"""The policy of the comparison in NautilusTrader: a Python strategy, asked on every event.

Run by bench_ticks.py as `python -m benchmarks.engines.ticks_nautilus TICKS.npz EVENTS`.
Its venue fills in parts and a trade fills what rests at its price, so its counts differ from ours.
"""

import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.backtest.models import LatencyModel
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.enums import AccountType, AggressorSide, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.persistence.wranglers import QuoteTickDataWrangler, TradeTickDataWrangler
from nautilus_trader.trading.strategy import Strategy

from benchmarks.engines.serving import serve

TICK, LOT, CASH, FEE = 0.01, 0.01, 1_000_000, Decimal("0.0005")
ORDER_NS = 10_000_000
TRADES, THRESHOLD, TICKS = 50, 0.5, 8
WAIT_NS, HOLD_NS = 5_000_000_000, 60_000_000_000
FLAT, ASKED, CALLED_BACK, HELD, LEAVING = range(5)

VENUE = Venue("BENCH")
INSTRUMENT = CryptoPerpetual(
    instrument_id=InstrumentId(Symbol("TICKS"), VENUE),
    raw_symbol=Symbol("TICKS"),
    base_currency=BTC,
    quote_currency=USDT,
    settlement_currency=USDT,
    is_inverse=False,
    price_precision=2,
    price_increment=Price.from_str("0.01"),
    size_precision=2,
    size_increment=Quantity.from_str("0.01"),
    margin_init=Decimal("0.01"),
    margin_maint=Decimal("0.005"),
    maker_fee=FEE,
    taker_fee=FEE,
    ts_event=0,
    ts_init=0,
)


class Imbalance(Strategy):  # type: ignore[misc]  # nothing here knows its types
    """Buy one tick above the bid while buyers prevail; leave after 8 ticks or a minute."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes = [0.0] * TRADES
        self.place = self.seen = self.fills = 0
        self.signed = self.total = self.bid = self.ask = self.entry = 0.0
        self.step, self.asked_ns, self.held_ns = FLAT, 0, 0
        self.order: Any = None

    def on_start(self) -> None:
        """Ask for everything."""
        self.subscribe_quote_ticks(INSTRUMENT.id)
        self.subscribe_trade_ticks(INSTRUMENT.id)

    def on_trade_tick(self, tick: Any) -> None:
        """Roll the last fifty trades on."""
        size = tick.size.as_double()
        if tick.aggressor_side == AggressorSide.SELLER:
            size = -size
        self.signed += size - self.sizes[self.place]
        self.total += abs(size) - abs(self.sizes[self.place])
        self.sizes[self.place] = size
        self.place = (self.place + 1) % TRADES
        self.seen += 1
        if self.bid:
            self.decide(tick.ts_init)

    def on_quote_tick(self, tick: Any) -> None:
        """Know the touch."""
        self.bid, self.ask = tick.bid_price.as_double(), tick.ask_price.as_double()
        self.decide(tick.ts_init)

    def decide(self, now_ns: int) -> None:
        """Enter, call back, or leave."""
        if self.step == FLAT:
            if self.seen >= TRADES and self.signed > THRESHOLD * self.total:
                above = self.bid + TICK
                self.enter(above if above < self.ask - TICK / 2 else self.bid, now_ns)
        elif self.step == ASKED:
            if now_ns - self.asked_ns > WAIT_NS and self.order.is_open:
                self.step = CALLED_BACK
                self.cancel_order(self.order)
        elif self.step == HELD:
            gain = round((self.bid - self.entry) / TICK)
            if abs(gain) >= TICKS or now_ns - self.held_ns > HOLD_NS:
                self.leave()

    def enter(self, price: float, now_ns: int) -> None:
        """Let one unit rest."""
        self.order = self.order_factory.limit(
            INSTRUMENT.id,
            OrderSide.BUY,
            Quantity.from_str("1.00"),
            INSTRUMENT.make_price(price),
            post_only=True,
        )
        self.step, self.asked_ns = ASKED, now_ns
        self.submit_order(self.order)

    def leave(self) -> None:
        """Sell what is held at once."""
        size = INSTRUMENT.make_qty(self.portfolio.net_position(INSTRUMENT.id))
        self.order = self.order_factory.market(INSTRUMENT.id, OrderSide.SELL, size)
        self.step = LEAVING
        self.submit_order(self.order)

    def on_order_filled(self, event: Any) -> None:
        """Count every fill; hold, or be flat, once the whole order is filled."""
        self.fills += 1
        if self.order.is_closed or self.order.leaves_qty.as_double() == 0:
            self.hold() if event.order_side == OrderSide.BUY else self.rest()

    def on_order_canceled(self, _: Any) -> None:
        """Hold what was filled before."""
        self.hold() if self.order.filled_qty.as_double() > 0 else self.rest()

    def on_order_rejected(self, _: Any) -> None:
        """Try anew: to leave, where something is held."""
        self.step = HELD if self.step == LEAVING else FLAT

    def hold(self) -> None:
        """Remember what was paid, and when."""
        self.step, self.entry = HELD, float(self.order.avg_px)
        self.held_ns = self.clock.timestamp_ns()

    def rest(self) -> None:
        """Be flat."""
        self.step = FLAT


count = int(sys.argv[2])
a = {name: column[:count] for name, column in np.load(sys.argv[1]).items()}
traded = a["kind"] == 1
quotes = pd.DataFrame(
    {
        "bid_price": a["bid"][~traded] * TICK,
        "ask_price": a["ask"][~traded] * TICK,
        "bid_size": a["bid_size"][~traded] * LOT,
        "ask_size": a["ask_size"][~traded] * LOT,
    },
    index=pd.to_datetime(a["ts"][~traded], utc=True),
)
trades = pd.DataFrame(
    {
        "price": a["price"][traded] * TICK,
        "quantity": a["size"][traded] * LOT,
        "buyer_maker": a["side"][traded] < 0,
        "trade_id": np.arange(int(traded.sum())).astype(str),
    },
    index=pd.to_datetime(a["ts"][traded], utc=True),
)
quotes.index.name = trades.index.name = "timestamp"
told = QuoteTickDataWrangler(INSTRUMENT).process(quotes)
told_trades = TradeTickDataWrangler(INSTRUMENT).process(trades)


def run() -> tuple[int, float]:
    """Run once; return the fills and the final balance."""
    config = BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False)
    engine = BacktestEngine(config=config)
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USDT,
        starting_balances=[Money(CASH, USDT)],
        latency_model=LatencyModel(base_latency_nanos=ORDER_NS),
        trade_execution=True,
    )
    engine.add_instrument(INSTRUMENT)
    engine.add_data(told, sort=False)
    engine.add_data(told_trades, sort=True)
    strategy = Imbalance()
    engine.add_strategy(strategy)
    engine.run()
    balance = float(engine.cache.account_for_venue(VENUE).balance_total(USDT))
    engine.dispose()
    return strategy.fills, balance


def tell(found: tuple[int, float]) -> tuple[int, float]:
    """Return the fills and the final balance."""
    return found


serve(run, tell)
