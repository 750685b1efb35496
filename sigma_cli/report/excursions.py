"""How far each trade of a run went: its fills, which of them were inside a bar, and the candles.

A fill inside a bar bears the time of that bar's close, which is the open of the next. Pure.
"""

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.requests import OrderType, RequestKind, Side
from sigma_cli.report.fidelity import on_ticks
from sigma_cli.report.inputs import Bars, Run, Table
from sigma_cli.stats.excursions import Excursions, Ranges, Spans, excursions

Times = NDArray[np.int64]
Flags = NDArray[np.bool_]


def trade_excursions(run: Run) -> Excursions:
    """Return how far each trade of a run went, in the order of its table; NaN without candles."""
    count = len(run.trades["pnl"])
    favourable, adverse = np.full(count, np.nan), np.full(count, np.nan)
    for market, bars in enumerate(run.bars):
        mine = run.trades["market"] == market
        if bars is None or not mine.any():
            continue
        found = excursions(
            Ranges(open_ts_ns=bars.open_ts_ns, high=bars.high, low=bars.low),
            _spans(run, market, bars, mine),
        )
        favourable[mine], adverse[mine] = found.favourable, found.adverse
    return Excursions(favourable=favourable, adverse=adverse)


def _spans(run: Run, market: int, bars: Bars, mine: Flags) -> Spans:
    trades = {name: column[mine] for name, column in run.trades.items()}
    entry_ts_ns, exit_ts_ns = trades["entry_ts_ns"], trades["exit_ts_ns"]
    return Spans(
        entry_ts_ns=entry_ts_ns,
        exit_ts_ns=exit_ts_ns,
        entry=trades["entry_price"],
        left=trades["exit_price"],
        entered_inside=_inside(run, market, bars, entry_ts_ns, Side.BUY),
        left_inside=_inside(run, market, bars, exit_ts_ns, Side.SELL),
    )


def _inside(run: Run, market: int, bars: Bars, ts_ns: Times, side: Side) -> Flags:
    """Return which fills were inside a bar: on ticks all are, each at its own time."""
    if on_ticks(run.summary):
        return np.ones(len(ts_ns), np.bool_)
    return np.isin(ts_ns, _filled_inside(run, market, bars, side))


def _filled_inside(run: Run, market: int, bars: Bars, side: Side) -> Times:
    """Return when orders of a side were filled inside a bar (`kernels/matching/bars.py`).

    A limit is, where it is the maker: at an open it takes. A stop is, where the bar that closes
    then reached it; else the next one opened beyond it. What a cap leaves of a stop, later opens
    fill.
    """
    if not run.facts:
        return np.empty(0, np.int64)
    asked = _resting(run, market, side)
    is_ours = np.isin(run.facts["local_no"], asked["local_no"])
    is_ours &= run.facts["kind"] == FactKind.FILLED
    facts = {name: column[is_ours] for name, column in run.facts.items()}
    at = np.searchsorted(asked["local_no"], facts["local_no"])
    order = {name: column[at] for name, column in asked.items()}
    ts_ns = facts["exch_ts_ns"]
    _, first, which = np.unique(facts["local_no"], return_index=True, return_inverse=True)
    before = np.searchsorted(bars.open_ts_ns, ts_ns, side="left") - 1
    trigger = order["price_u"] / 10.0 ** run.summary["markets"][market]["price_exp"]
    furthest = (bars.high if side == Side.BUY else bars.low)[np.maximum(before, 0)]
    reached = (before >= 0) & (side * (furthest - trigger) >= 0)
    reached &= (order["decision_ts_ns"] < ts_ns) & (ts_ns == ts_ns[first][which])
    is_maker = facts["liquidity"] == Liquidity.MAKER
    inside: Times = ts_ns[np.where(order["order_type"] == OrderType.STOP, reached, is_maker)]
    return inside


def _resting(run: Run, market: int, side: Side) -> Table:
    """Return the stops and limits of one side of a market, by number."""
    asked = run.requests
    chosen = (asked["kind"] == RequestKind.SUBMIT) & (asked["market"] == market)
    chosen &= asked["side"] == side
    chosen &= np.isin(asked["order_type"], (OrderType.STOP, OrderType.LIMIT))
    numbers = np.flatnonzero(chosen)
    numbers = numbers[np.argsort(asked["local_no"][numbers])]
    return {name: column[numbers] for name, column in asked.items()}
