"""What a run on ticks tells besides what one on bars does: how its orders fared. No I/O."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.run import COUNTED
from sigma_cli.domain.facts import Liquidity
from sigma_cli.domain.requests import Reason, Side
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.runtime import switch_rows
from sigma_cli.runtime.afterwards import AFTER_S
from sigma_cli.runtime.tape import TapeNotes
from sigma_cli.runtime.tick_costs import costs, split
from sigma_cli.runtime.tick_decisions import counted, wishes
from sigma_cli.runtime.tick_orders import fills, orders, places, submits
from sigma_cli.runtime.tick_selection import TickSelection
from sigma_cli.runtime.tick_simulation import TickTape

Table = Mapping[str, NDArray[Any]]
QUANTILES: Final = (0.5, 0.9, 0.99)
FILLED: Final = "FILLED"
WORKING: Final = "WORKING"
"""How an order ended that nobody ended; other ends are named by their Reason."""


def tables(selection: TickSelection, lived: TickTape) -> dict[str, Table]:
    """Return the tables that only a run on ticks has: candles of its trades, orders, refusals."""
    bars = lived.bars
    order = np.lexsort((bars["market"], bars["bar"]["open_ts_ns"]))
    names = ("open_ts_ns", "open_u", "high_u", "low_u", "close_u", "volume_u")
    candles = {name: np.ascontiguousarray(bars["bar"][name][order]) for name in names}
    return {
        "candles": {"market": np.ascontiguousarray(bars["market"][order]), **candles},
        "orders": orders(selection, lived),
        "refusals": {name: lived.counted[name] for name in COUNTED.names or ()},
    }


def summary(
    selection: TickSelection, lived: TickTape, told: Table, notes: TapeNotes
) -> dict[str, Any]:
    """Return what a summary says of the orders of a run, `told`, and of its tape."""
    buys, sells = told["side"] == Side.BUY, told["side"] == Side.SELL
    wished = wishes(lived, told)
    return {
        "tape": asdict(notes),
        "execution": {
            "entries": _execution(told, buys),
            "exits": _execution(told, sells),
            "queue": _queue(told),
            "markouts_bps": _markouts(lived),
            "unknown_depth_fills_u": int(lived.world[0].venue.ticks.unknown_depth_u),
        },
        "cost_split": costs(split(lived, selection.depths), selection.instruments),
        "exit_reasons": _exit_reasons(told, sells),
        "funnel": wished.funnel,
        "refusals": wished.kept_back,
        "sales_refused": wished.sales_refused,
        "firings": switch_rows.timeline(lived.world[0]),
        "blind_switches": switch_rows.blind(lived.world[0]),
    }


def _execution(told: Table, picked: NDArray[np.bool_]) -> dict[str, Any]:
    """Return how some orders fared; how soon and at which price, their decisions."""
    filled = picked & (told["filled_u"] > 0)
    wait_ms, slipped = _by_decision(told, filled)
    slipped = slipped[~np.isnan(slipped)]
    value = told["value"][filled]
    made = (value * told["maker_u"][filled] / told["filled_u"][filled]).sum()
    return {
        "asked": int(picked.sum()),
        "filled": int(filled.sum()),
        "fill_rate": float(filled.sum() / picked.sum()) if picked.any() else float("nan"),
        "partial": int((filled & (told["filled_u"] < told["size_u"])).sum()),
        "maker_share": float(made / value.sum()) if filled.any() else float("nan"),
        "wait_ms": _quantiles(wait_ms),
        "slippage_bps": float(slipped.mean()) if len(slipped) else float("nan"),
        "slippage_bps_quantiles": _quantiles(slipped),
        "ended": _ended(told, picked),
    }


def _by_decision(
    told: Table, filled: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the wait in ms and the slippage in bps of each decision that got something.

    From the decision to the first fill of any of its orders; by the mean price of all of them.
    """
    numbers, first, of = np.unique(
        told["decision_no"][filled], return_index=True, return_inverse=True
    )
    begun = np.searchsorted(told["local_no"], numbers)
    wait_ns = told["first_fill_ts_ns"][filled][first] - told["decision_ts_ns"][begun]
    size_u = told["filled_u"][filled].astype(np.float64)
    price = np.bincount(of, told["price"][filled] * size_u) / np.bincount(of, size_u)
    decided = told["decided_price"][begun]
    return wait_ns / NS_PER_MS, (price / decided - 1.0) * told["side"][begun] * 1e4


def _exit_reasons(told: Table, sells: NDArray[np.bool_]) -> dict[str, int]:
    """Return how many exits that were filled, at least in part, each rule asked for."""
    numbers = np.unique(told["decision_no"][sells & (told["filled_u"] > 0)])
    return counted(told["reason"][np.searchsorted(told["local_no"], numbers)])


def _ended(told: Table, picked: NDArray[np.bool_]) -> dict[str, int]:
    """Return how some orders ended; together they are all of them."""
    reasons = told["ended"][picked]
    left_u = (told["size_u"] - told["filled_u"])[picked]  # below 0: an order by value
    whole = (reasons == Reason.NONE) & (told["filled_u"][picked] > 0) & (left_u <= 0)
    working = (reasons == Reason.NONE) & ~whole
    ends = {FILLED: int(whole.sum()), **counted(reasons), WORKING: int(working.sum())}
    return {name: count for name, count in ends.items() if count}


def _queue(told: Table) -> dict[str, Any]:
    """Return where limits lined up, and what came of them."""
    rested = ~np.isnan(told["ahead_u"])
    seen = np.isfinite(told["ahead_u"])
    filled = rested & (told["maker_u"] > 0)
    wait_ms = (told["first_maker_ts_ns"] - told["accepted_ts_ns"])[filled] / NS_PER_MS
    return {
        "rested": int(rested.sum()),
        "unseen": int((rested & ~seen).sum()),
        "filled": int(filled.sum()),
        "ahead_sizes": _quantiles(told["ahead_u"][seen] / told["size_u"][seen]),
        "wait_ms": _quantiles(wait_ms),
    }


def _quantiles(values: NDArray[Any]) -> dict[str, float]:
    if len(values) == 0:
        return {}
    return {f"p{share * 100:g}": float(np.quantile(values, share)) for share in QUANTILES}


def _markouts(lived: TickTape) -> dict[str, dict[str, dict[str, float]]]:
    """Return how far the mid had gone our way, some seconds after fills, in bps, by liquidity.

    Negative: it went against us, which makers call adverse selection.
    """
    told = zip(AFTER_S, lived.later_u.T, strict=True)
    found = {f"{after}s": _markout(lived, later_u) for after, later_u in told}
    return {after: one for after, one in found.items() if one}


def _markout(lived: TickTape, later_u: NDArray[np.int64]) -> dict[str, dict[str, float]]:
    asked, filled = lived.requests[submits(lived)], fills(lived)
    side = asked["side"][places(asked, filled)].astype(np.int64)
    gain = (later_u / 2 - filled["price_u"]) * side / filled["price_u"] * 1e4
    found = {}
    for name, kind in (("maker", Liquidity.MAKER), ("taker", Liquidity.TAKER)):
        mine = gain[(later_u > 0) & (filled["liquidity"] == kind)]
        if len(mine):
            found[name] = {"mean": float(mine.mean()), "fills": len(mine)}
    return found
