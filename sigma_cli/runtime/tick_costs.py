"""What fills cost against the middle of the touch at their decision, split into its causes. Pure.

The decision is that of the first order of an entry or an exit: what it cost to wait, and then to
fall back, is movement.

    spread      half the spread at the decision: paid by a taker, earned by a maker
    impact      what a taker paid beyond the first level that it met
    movement    the rest: where the market went between the decision and the fill

In whole numbers, so that the parts add up exactly. A fill is left out where the desk knew no touch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.facts import Liquidity
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.instruments import Instrument
from sigma_cli.runtime.tick_decisions import firsts
from sigma_cli.runtime.tick_orders import fills, places, submits
from sigma_cli.runtime.tick_simulation import TickTape

Units = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Of each fill that is known, int64 [n], twice the price units that each cause cost."""

    market: Units
    size_u: Units
    total: Units
    """2 x side x (price of the fill - middle of the touch at the decision)."""
    spread: Units
    impact: Units
    movement: Units
    unknown: int
    """Fills that are left out: no touch was known at their decision."""


def split(lived: TickTape, depths: Sequence[Depth]) -> Split:
    """Return the costs of every fill of a run."""
    is_submit, filled = submits(lived), fills(lived)
    asked = lived.requests[is_submit]
    place = places(asked, filled)
    first = firsts(asked)[place]
    bid_u, ask_u = lived.request_bid_u[is_submit][first], lived.request_ask_u[is_submit][first]
    has_book = np.array([depth is not Depth.NONE for depth in depths])[filled["market"]]
    known = has_book & (bid_u > 0) & (ask_u > 0)
    side = asked["side"][place].astype(np.int64)
    is_taker = filled["liquidity"] == Liquidity.TAKER
    total = side * (2 * filled["price_u"] - bid_u - ask_u)
    spread = np.where(is_taker, ask_u - bid_u, bid_u - ask_u)
    impact = np.where(is_taker, 2 * side * (filled["price_u"] - _met_u(filled)), 0)
    return Split(
        market=filled["market"][known].astype(np.int64),
        size_u=filled["size_u"][known],
        total=total[known],
        spread=spread[known],
        impact=impact[known],
        movement=(total - spread - impact)[known],
        unknown=int((~known).sum()),
    )


def _met_u(filled: NDArray[Any]) -> Units:
    """Return the price of the first level that each fill's order met at the moment of the fill."""
    moment = np.stack((filled["local_no"], filled["exch_ts_ns"]))
    _, first, which = np.unique(moment, axis=1, return_index=True, return_inverse=True)
    prices_u: Units = filled["price_u"][first][which.ravel()]
    return prices_u


def costs(found: Split, instruments: Sequence[Instrument]) -> dict[str, float]:
    """Return what each cause cost in quote currency; negative: it earned."""
    exps = [one.price_exp + one.size_exp for one in instruments]
    return {
        name: _worth(getattr(found, name), found, exps)
        for name in ("total", "spread", "impact", "movement")
    } | {"unknown_fills": found.unknown}


def _worth(twice: Units, found: Split, exps: Sequence[int]) -> float:
    """Return the value of twice some price units, of each fill's size: counted without rounding."""
    worth = 0.0
    for market, exp in enumerate(exps):
        mine = found.market == market
        pairs = zip(twice[mine].tolist(), found.size_u[mine].tolist(), strict=True)
        worth += sum(price_u * size_u for price_u, size_u in pairs) / (2 * 10**exp)
    return worth
