"""The policy of the comparison in hftbacktest, asked on every feed event.

Run by bench_ticks.py as `python -m benchmarks.engines.ticks_hftbacktest TICKS.npz roi|hash`.
A touch that moves is told as its engine wants it: the old level is gone, the new one is there.
"""

import sys
from typing import Any

import numpy as np
from hftbacktest import (
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    LOCAL_EVENT,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
    ROIVectorMarketDepthBacktest,
)
from hftbacktest.order import CANCELED, EXPIRED, FILLED, GTX, IOC, LIMIT, MARKET, REJECTED
from hftbacktest.types import event_dtype
from numba import njit

from benchmarks.engines.serving import serve

TICK, LOT = 0.01, 0.01
FEED_NS, ORDER_NS = 1_000_000, 10_000_000
CASH, FEE, SIZE = 1e6, 0.0005, 1.0
BASE = np.uint64(EXCH_EVENT | LOCAL_EVENT)
FOREVER_NS = 1_000_000_000_000
TRADES, THRESHOLD, TICKS = 50, 0.5, 8
WAIT_NS, HOLD_NS = 5_000_000_000, 60_000_000_000
FLAT, ASKED, CALLED_BACK, HELD, LEAVING = 0, 1, 2, 3, 4


@njit
def tell_level(  # noqa: PLR0913 - a level
    out: Any, at: int, kind: int, side: int, price: int, size: int, ts: int
) -> int:
    """Write one row of the engine's own; return where the next one goes."""
    row = out[at]
    row["ev"] = BASE | np.uint64(kind) | np.uint64(side)
    row["px"] = price * TICK
    row["qty"] = size * LOT
    row["exch_ts"] = ts
    row["local_ts"] = ts + FEED_NS
    return at + 1


@njit
def converted(ts, kind, side, price, size, bid, ask, bid_size, ask_size, out):  # type: ignore[no-untyped-def]  # noqa: PLR0913
    """Fill `out` with rows of the engine's own; return how many."""
    at, was_bid, was_ask, was_bid_size, was_ask_size = 0, -1, -1, -1, -1
    for i in range(len(ts)):
        if kind[i] == 1:
            taker = BUY_EVENT if side[i] > 0 else SELL_EVENT
            at = tell_level(out, at, TRADE_EVENT, taker, price[i], size[i], ts[i])
            continue
        if was_bid >= 0 and bid[i] != was_bid:
            at = tell_level(out, at, DEPTH_EVENT, BUY_EVENT, was_bid, 0, ts[i])
        if was_ask >= 0 and ask[i] != was_ask:
            at = tell_level(out, at, DEPTH_EVENT, SELL_EVENT, was_ask, 0, ts[i])
        if bid[i] != was_bid or bid_size[i] != was_bid_size:
            at = tell_level(out, at, DEPTH_EVENT, BUY_EVENT, bid[i], bid_size[i], ts[i])
        if ask[i] != was_ask or ask_size[i] != was_ask_size:
            at = tell_level(out, at, DEPTH_EVENT, SELL_EVENT, ask[i], ask_size[i], ts[i])
        was_bid, was_ask, was_bid_size, was_ask_size = bid[i], ask[i], bid_size[i], ask_size[i]
    return at


@njit
def trade(hbt):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0915 - one loop, as it wants it
    """Trade the whole tape; return the entries that were filled."""
    sizes = np.zeros(TRADES)
    place, signed, total, seen = 0, 0.0, 0.0, 0
    order_no, current, state = np.uint64(1), np.uint64(0), FLAT
    asked_ns, entry, filled_ns, fills = 0, 0, 0, 0
    while True:
        answer = hbt.wait_next_feed(True, FOREVER_NS)
        if answer == 1 or answer > 3 or answer < 0:
            return fills
        trades = hbt.last_trades(0)
        for k in range(len(trades)):
            size = trades[k].qty
            if (trades[k].ev & SELL_EVENT) == SELL_EVENT:
                size = -size
            signed += size - sizes[place]
            total += abs(size) - abs(sizes[place])
            sizes[place] = size
            place = (place + 1) % TRADES
            seen += 1
        if len(trades) > 0:
            hbt.clear_last_trades(0)
        depth = hbt.depth(0)
        bid, ask = depth.best_bid_tick, depth.best_ask_tick
        if bid <= 0 or ask > 10**9:
            continue
        now = hbt.current_timestamp
        if state == FLAT:
            if seen >= TRADES and total > 0 and signed / total > THRESHOLD:
                price = bid + 1 if bid + 1 < ask else bid
                hbt.submit_buy_order(0, order_no, price * TICK, SIZE, GTX, LIMIT, False)
                current, order_no, asked_ns, state = order_no, order_no + np.uint64(1), now, ASKED
        elif state in (ASKED, CALLED_BACK):
            order = hbt.orders(0).get(current)
            if order is None:
                state = FLAT
            elif order.status == FILLED:
                entry, filled_ns, state = order.price_tick, now, HELD
                fills += 1
                hbt.clear_inactive_orders(0)
            elif order.status in (CANCELED, EXPIRED, REJECTED):
                state = FLAT
                hbt.clear_inactive_orders(0)
            elif state == ASKED and now - asked_ns > WAIT_NS and order.cancellable:
                hbt.cancel(0, current, False)
                state = CALLED_BACK
        elif state == HELD:
            if bid >= entry + TICKS or bid <= entry - TICKS or now - filled_ns > HOLD_NS:
                low = (bid - 100) * TICK
                hbt.submit_sell_order(0, order_no, low, SIZE, IOC, MARKET, False)
                current, order_no, state = order_no, order_no + np.uint64(1), LEAVING
        else:
            order = hbt.orders(0).get(current)
            if order is None or order.status in (FILLED, CANCELED, EXPIRED):
                state = HELD
                if hbt.position(0) <= 0:
                    state = FLAT
                    hbt.clear_inactive_orders(0)


events = np.load(sys.argv[1])
columns = [events[name] for name in events.files]
room = np.zeros(3 * len(columns[0]), event_dtype)
data = room[: converted(*columns, room)].copy()
last_bid = float(columns[5][-1]) * TICK
del room


def run() -> Any:
    """Run once."""
    asset = (
        BacktestAsset()
        .data([data])
        .linear_asset(1.0)
        .constant_order_latency(ORDER_NS, ORDER_NS)
        .power_prob_queue_model(2.0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(FEE, FEE)
        .tick_size(TICK)
        .lot_size(LOT)
        .last_trades_capacity(1000)
    )
    if sys.argv[2] == "roi":
        hbt = ROIVectorMarketDepthBacktest([asset.roi_lb(400.0).roi_ub(600.0)])
    else:
        hbt = HashMapMarketDepthBacktest([asset])
    trade(hbt)
    values = hbt.state_values(0)
    found = (
        int(values.num_trades),
        CASH + float(values.balance) + float(values.position) * last_bid - float(values.fee),
    )
    hbt.close()
    return found


def tell(found: Any) -> tuple[int, float]:
    """Return the fills and the final equity."""
    fills, equity = found
    return fills, equity


serve(run, tell)
