"""A run as the store would give it: a plain loop that trades a crossing over made-up candles."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.instruments import Instrument, Rules
from sigma_cli.domain.requests import OrderType, RequestKind, Side
from sigma_cli.domain.units import NS_PER_MINUTE, TsNs
from sigma_cli.kernels import rng
from sigma_cli.kernels.synthetic import candles
from sigma_cli.report.inputs import KST, Bars, Run
from sigma_cli.report.metrics import held_return, summarise

START_NS = 1_756_684_800 * 1_000_000_000  # 2025-09-01 UTC
CASH = 10_000_000.0
FEE = 0.0005
MODELS = {
    "KRW-BTC": (150_803_000.0, 0.00033, 0.8, 0.002),
    "KRW-ETH": (6_118_000.0, 0.0006, 20.0, 0.01),
    "KRW-DOGE": (298.0, 0.0012, 110_000.0, 0.05),
}


def made_bars(market: str, seed: int, minutes: int) -> Bars:
    rules = Rules(
        valid_from_ns=TsNs(0),
        ticks=((Decimal(1_000_000), Decimal(1000)), (Decimal(0), Decimal(1))),
        lot=Decimal("0.00000001"),
        value_min=Decimal(5000),
        value_max=Decimal(10**9),
        fee_maker=Decimal("0.0005"),
        fee_taker=Decimal("0.0005"),
    )
    instrument = Instrument(venue="upbit", market=market, price_exp=0, size_exp=8, rules=(rules,))
    model = np.zeros(1, candles.MODEL)
    model[0] = MODELS[market]
    rows = np.zeros((minutes, 6), np.int64)
    packed = pack_rules(instrument, rules)
    count = candles.candles(model, packed, rng.stream(seed, 0), START_NS, rows)
    columns = rows[:count].T
    prices = columns[1:5].astype(np.float64)
    return Bars(
        open_ts_ns=columns[0], open=prices[0], high=prices[1], low=prices[2], close=prices[3]
    )


class Ledger:
    """One market traded with an equal part of the cash, all in or all out."""

    def __init__(self, market: int, cash: float) -> None:
        self.market, self.cash, self.size, self.fees = market, cash, 0.0, 0.0
        self.entry: tuple[int, float, float, int] | None = None
        self.trades: list[tuple[float, ...]] = []

    def target(self, long: bool, ts_ns: int, price: float, bar: int) -> None:
        if long and self.entry is None:
            self.size = self.cash * 0.95 / price
            fee = self.size * price * FEE
            self.cash -= self.size * price + fee
            self.fees += fee
            self.entry = (ts_ns, price, fee, bar)
        elif not long and self.entry is not None:
            fee = self.size * price * FEE
            self.cash += self.size * price - fee
            self.fees += fee
            self._record(ts_ns, price, fee, bar)
            self.size, self.entry = 0.0, None

    def close(self, price: float, bar: int) -> None:
        if self.entry is not None:
            self._record(0, price, 0.0, bar)

    def _record(self, ts_ns: int, price: float, fee: float, bar: int) -> None:
        assert self.entry is not None
        at_ns, paid, fee_in, since = self.entry
        pnl = self.size * (price - paid) - fee - fee_in
        share = pnl / (self.size * paid)
        fees = fee + fee_in
        row = (self.market, at_ns, ts_ns, round(self.size * 1e8), paid, price, fees, pnl, share)
        self.trades.append((*row, bar - since))


TRADE_COLUMNS = {
    "market": np.int8,
    "entry_ts_ns": np.int64,
    "exit_ts_ns": np.int64,
    "size_u": np.int64,
    "entry_price": np.float64,
    "exit_price": np.float64,
    "fees": np.float64,
    "pnl": np.float64,
    "return": np.float64,
    "bars": np.int64,
}


def crossed(bars: Bars, ledger: Ledger, fast: int, slow: int) -> tuple[Any, Any]:
    """Trade one market; return its money and its position's value at each close."""
    sums = np.concatenate(([0.0], np.cumsum(bars.close)))
    money, value = np.empty(len(bars)), np.empty(len(bars))
    for i in range(len(bars)):
        if i > slow:
            above = (sums[i] - sums[i - fast]) / fast > (sums[i] - sums[i - slow]) / slow
            ledger.target(bool(above), int(bars.open_ts_ns[i]), float(bars.open[i]), i)
        value[i] = ledger.size * bars.close[i]
        money[i] = ledger.cash + value[i]
    ledger.close(float(bars.close[-1]), len(bars) - 1)
    return money, value


@pytest.fixture
def make_run() -> Callable[..., Run]:
    return make


def make(
    markets: tuple[str, ...] = ("KRW-BTC", "KRW-ETH"),
    minutes: int = 1440,
    fast: int = 10,
    slow: int = 30,
    **changes: Any,
) -> Run:
    """Return a run; `changes` overwrite keys of its summary."""
    bars = [made_bars(name, 7 + i, minutes) for i, name in enumerate(markets)]
    ledgers = [Ledger(i, CASH / len(markets)) for i in range(len(markets))]
    grid_ns = START_NS + (1 + np.arange(minutes, dtype=np.int64)) * NS_PER_MINUTE
    equity, invested = np.zeros(minutes), np.zeros(minutes)
    for one, ledger in zip(bars, ledgers, strict=True):
        money, value = crossed(one, ledger, fast, slow)
        seen = np.searchsorted(one.open_ts_ns + NS_PER_MINUTE, grid_ns, side="right")
        equity += np.append(CASH / len(markets), money)[seen]
        invested += np.append(0.0, value)[seen]
    rows = sorted((t for ledger in ledgers for t in ledger.trades), key=lambda t: t[1])
    trades = {
        name: np.array([row[i] for row in rows], dtype=kind)
        for i, (name, kind) in enumerate(TRADE_COLUMNS.items())
    }
    summary = summary_of(dict(zip(markets, bars, strict=True)), ledgers, trades, equity, grid_ns)
    summary["params"] = {"fast": fast, "slow": slow}
    high = np.maximum.accumulate(equity)
    return Run(
        summary={**summary, **changes},
        trades=trades,
        equity={
            "ts_ns": grid_ns,
            "equity": equity,
            "cash": equity - invested,
            "exposure": invested / equity,
            "drawdown": 1 - equity / high,
        },
        **taped(trades),
        bars=tuple(bars),
        zone=KST,
    )


def taped(trades: dict[str, Any]) -> dict[str, Any]:
    """Return the tables that a tape would have held: a request, a fill and signals a side."""
    rows = []
    for i in range(len(trades["pnl"])):
        fees = trades["fees"][i] / (2 if trades["exit_ts_ns"][i] else 1)
        rows.append((trades["entry_ts_ns"][i], Side.BUY, i, trades["entry_price"][i], fees))
        if trades["exit_ts_ns"][i]:
            rows.append((trades["exit_ts_ns"][i], Side.SELL, i, trades["exit_price"][i], fees))
    rows.sort(key=lambda row: row[0])
    ts_ns = np.array([row[0] for row in rows], np.int64)
    side = np.array([row[1] for row in rows], np.int64)
    at = np.array([row[2] for row in rows], np.int64)
    numbers = np.arange(1, len(rows) + 1)
    market = trades["market"][at] if len(at) else at
    return {
        "requests": {
            "kind": np.full(len(rows), RequestKind.SUBMIT, np.uint8),
            "local_no": numbers,
            "market": market,
            "side": side,
            "order_type": np.full(len(rows), OrderType.MARKET, np.uint8),
            "price_u": np.zeros(len(rows), np.int64),
            "decision_ts_ns": ts_ns,
        },
        "facts": {
            "kind": np.full(len(rows), FactKind.FILLED, np.uint8),
            "local_no": numbers,
            "market": market,
            "liquidity": np.full(len(rows), Liquidity.TAKER, np.uint8),
            "reason": np.zeros(len(rows), np.int64),
            "price_u": np.array([round(row[3]) for row in rows], np.int64),
            "size_u": trades["size_u"][at] if len(at) else at,
            "fee": np.array([row[4] for row in rows], np.float64),
            "exch_ts_ns": ts_ns,
        },
        "decisions": {
            "ts_ns": np.empty(0, np.int64),
            "market": np.empty(0, np.int64),
            "local_no": np.empty(0, np.int64),
            "reason": np.empty(0, np.int64),
            "limit": np.empty(0, np.float64),
        },
        "signals": {
            "market": market,
            "value": (side == Side.BUY).astype(np.float64),
            "open_ts_ns": ts_ns - NS_PER_MINUTE,
        },
    }


def summary_of(
    bars: dict[str, Bars],
    ledgers: list[Ledger],
    trades: dict[str, Any],
    equity: Any,
    grid_ns: Any,
) -> dict[str, Any]:
    metrics = summarise(grid_ns, equity, CASH, always_open=True)
    fills = int(np.count_nonzero(trades["exit_ts_ns"])) + len(trades["pnl"])
    fees = sum(ledger.fees for ledger in ledgers)
    first = np.array([one.close[0] for one in bars.values()])
    last = np.array([one.close[-1] for one in bars.values()])
    markets = [
        {
            "venue": "upbit",
            "market": name,
            "first_ts_ns": int(one.open_ts_ns[0]),
            "last_ts_ns": int(one.open_ts_ns[-1]),
            "bars": len(one),
            "missing": len(grid_ns) - len(one),
            "gap_rows": len(grid_ns) - len(one),
            "price_exp": 0,
            "size_exp": 8,
            "synthetic": True,
            "sources": [f"synthetic/{name}.csv"],
            "close_first": float(one.close[0]),
            "close_last": float(one.close[-1]),
            "fills": sum(2 if t[2] else 1 for t in ledger.trades),
            "fees": ledger.fees,
            "traded_value": ledger.fees / FEE,
            "pnl": sum(t[7] for t in ledger.trades),
        }
        for (name, one), ledger in zip(bars.items(), ledgers, strict=True)
    ]
    return {
        "run_id": "b1946ac92492d2347c6235b4",
        "created_ts_ns": int(grid_ns[-1]),
        "command": "sigma backtest --strategy sma_cross --period all --set fast=10 --set slow=30",
        "strategy": "sma_cross",
        "interval": "1m",
        "period": {
            "start_ns": START_NS,
            "end_ns": START_NS + len(grid_ns) * NS_PER_MINUTE,
            "text": "all",
        },
        "markets": markets,
        "currency": "KRW",
        "bars": sum(len(one) for one in bars.values()),
        "events": sum(len(one) for one in bars.values()),
        "orders": fills,
        "fills": fills,
        "start_cash": CASH,
        "always_open": True,
        "final_equity": metrics.final_equity,
        "total_return": metrics.total_return,
        "buy_and_hold_return": held_return(first, last, FEE),
        "sharpe": metrics.sharpe,
        "sharpe_basis": metrics.sharpe_basis,
        "max_drawdown": metrics.max_drawdown,
        "fees": fees,
        "slippage_cost": 0.0,
        "gross_pnl": metrics.final_equity - CASH + fees,
        "turnover": fees / FEE / float(equity.mean()),
        "exposure_mean": 0.5,
        "fill_share_max": 0.034,
        "trials": 1,
        "gate": "absent",
        "wall_s": 0.41,
        "cpu_s": 0.39,
        "hashes": {"code": "a" * 64, "config": "b" * 64, "data": "c" * 64},
        "settings": {"limits.drawdown_max": 0.15, "sizing.kind": "fraction"},
        "refusals": {"CASH": 12, "VALUE_MIN": 2},
        "switches": [],
        "fill_model": [
            "Market orders fill at the open of the next bar.",
            "A limit order fills when a bar trades through its price.",
        ],
        "notes": [],
        "targets_below_zero": 0,
    }
