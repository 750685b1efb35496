"""What a run on ticks tells besides what one on bars does: how its orders fared. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes import Records
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.requests import Reason, RequestKind, Side
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.runtime.tape import TapeNotes
from sigma_cli.runtime.tick_selection import TickSelection
from sigma_cli.runtime.tick_simulation import TickTape
from sigma_cli.settings import Settings

Table = Mapping[str, NDArray[Any]]
MARKOUTS_S: Final = (1, 5, 60)
"""After how many seconds the mid is compared with the price of a fill."""
QUANTILES: Final = (0.5, 0.9, 0.99)


def tables(selection: TickSelection, lived: TickTape) -> dict[str, Table]:
    """Return the tables that only a run on ticks has: the candles its trades made, its orders."""
    bars = lived.bars
    order = np.lexsort((bars["market"], bars["bar"]["open_ts_ns"]))
    names = ("open_ts_ns", "open_u", "high_u", "low_u", "close_u", "volume_u")
    candles = {name: np.ascontiguousarray(bars["bar"][name][order]) for name in names}
    return {
        "candles": {"market": np.ascontiguousarray(bars["market"][order]), **candles},
        "orders": orders(selection, lived),
    }


def orders(selection: TickSelection, lived: TickTape) -> dict[str, NDArray[Any]]:
    """Return a row for each order that was asked for: when, what for, and what became of it."""
    asked = lived.requests[lived.requests["kind"] == RequestKind.SUBMIT]
    filled = lived.facts[lived.facts["kind"] == FactKind.FILLED]
    place = np.searchsorted(asked["local_no"], filled["local_no"])
    count = len(asked)
    size_u = np.bincount(place, filled["size_u"].astype(np.float64), count)
    paid = np.bincount(place, filled["size_u"] * filled["price_u"].astype(np.float64), count)
    first_ns = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first_ns, place, filled["exch_ts_ns"])
    maker_u = np.bincount(place, filled["size_u"] * (filled["liquidity"] == Liquidity.MAKER), count)
    scale = np.array([10.0**-one.price_exp for one in selection.instruments])[asked["market"]]
    has = size_u > 0
    decided = lived.decisions[lived.decisions["local_no"] > 0]
    at = np.searchsorted(decided["local_no"], asked["local_no"])
    decided_u = decided["price_u"][np.minimum(at, max(len(decided) - 1, 0))]
    return {
        "local_no": asked["local_no"].astype(np.int64),
        "market": asked["market"].astype(np.int64),
        "side": asked["side"].astype(np.int64),
        "reason": asked["reason"].astype(np.int64),
        "decision_ts_ns": asked["decision_ts_ns"].astype(np.int64),
        "first_fill_ts_ns": np.where(has, first_ns, 0),
        "size_u": asked["size_u"].astype(np.int64),
        "filled_u": size_u.astype(np.int64),
        "maker_u": maker_u.astype(np.int64),
        "price": np.divide(paid, size_u, out=np.full(count, np.nan), where=has) * scale,
        "decided_price": decided_u * scale,
        "ended": _ends(lived, asked),
    }


def _ends(lived: TickTape, asked: Records) -> NDArray[np.int64]:
    """Return the Reason with which the venue ended or refused each order; 0: filled or working."""
    ends = np.isin(lived.facts["kind"], (FactKind.CANCELLED, FactKind.REFUSED))
    facts = lived.facts[ends]
    found = np.zeros(len(asked), np.int64)
    found[np.searchsorted(asked["local_no"], facts["local_no"])] = facts["reason"]
    return found


def summary(selection: TickSelection, lived: TickTape, notes: TapeNotes) -> dict[str, Any]:
    """Return what a summary says of the orders of a run, and of its tape."""
    told = orders(selection, lived)
    buys, sells = told["side"] == Side.BUY, told["side"] == Side.SELL
    return {
        "tape": asdict(notes),
        "execution": {
            "entries": _execution(told, buys),
            "exits": _execution(told, sells),
            "markouts_bps": _markouts(lived),
            "unknown_depth_fills_u": int(lived.world[0].venue.ticks.unknown_depth_u),
        },
        "exit_reasons": _reasons(told["reason"][sells]),
        "funnel": _funnel(lived, told, buys),
    }


def _execution(told: Table, picked: NDArray[np.bool_]) -> dict[str, Any]:
    """Return how some orders fared: how many were filled, how soon, at which price."""
    filled = picked & (told["filled_u"] > 0)
    wait_ms = (told["first_fill_ts_ns"] - told["decision_ts_ns"])[filled] / 1e6
    worse = (told["price"] - told["decided_price"]) * told["side"]
    slipped = (worse / told["decided_price"])[filled] * 1e4
    size = told["filled_u"][filled].sum()
    return {
        "asked": int(picked.sum()),
        "filled": int(filled.sum()),
        "fill_rate": float(filled.sum() / picked.sum()) if picked.any() else float("nan"),
        "partial": int((filled & (told["filled_u"] < told["size_u"])).sum()),
        "maker_share": float(told["maker_u"][filled].sum() / size) if size else float("nan"),
        "wait_ms": _quantiles(wait_ms),
        "slippage_bps": float(slipped.mean()) if len(slipped) else float("nan"),
        "slippage_bps_quantiles": _quantiles(slipped),
        "ended": _reasons(told["ended"][picked]),
    }


def _quantiles(values: NDArray[Any]) -> dict[str, float]:
    if len(values) == 0:
        return {}
    return {f"p{share * 100:g}": float(np.quantile(values, share)) for share in QUANTILES}


def _reasons(reasons: NDArray[np.int64]) -> dict[str, int]:
    """Return how often each reason stands there; none is left out."""
    counts = np.bincount(reasons)
    return {Reason(i).name: int(n) for i, n in enumerate(counts.tolist()) if n and i}


def _markouts(lived: TickTape) -> dict[str, dict[str, float]]:
    """Return how far the mid had gone our way, some seconds after fills, in bps, by liquidity.

    Negative: it went against us, which makers call adverse selection.
    """
    filled = lived.facts[lived.facts["kind"] == FactKind.FILLED]
    if lived.path_u is None or len(filled) == 0:
        return {}
    asked = lived.requests[lived.requests["kind"] == RequestKind.SUBMIT]
    side = asked["side"][np.searchsorted(asked["local_no"], filled["local_no"])].astype(np.int64)
    second = (filled["exch_ts_ns"] - lived.path_start_ns) // NS_PER_S
    found = {}
    for after in MARKOUTS_S:
        at = second + after
        inside = at < lived.path_u.shape[1]
        mid_u = lived.path_u[filled["market"], np.minimum(at, lived.path_u.shape[1] - 1)] / 2
        known = inside & (mid_u > 0)
        gain = (mid_u - filled["price_u"]) * side / filled["price_u"] * 1e4
        kinds = {"maker": Liquidity.MAKER, "taker": Liquidity.TAKER}
        found[f"{after}s"] = {
            name: float(gain[known & (filled["liquidity"] == kind)].mean())
            for name, kind in kinds.items()
            if (known & (filled["liquidity"] == kind)).any()
        }
    return found


def _funnel(lived: TickTape, told: Table, buys: NDArray[np.bool_]) -> list[tuple[str, int]]:
    """Return how many wishes to enter came how far."""
    state = lived.world[0].state
    refused = int(np.array(state.refusals).sum())
    asked = int(buys.sum())
    taken = asked - int(np.isin(told["ended"][buys], _NOT_TAKEN).sum())
    filled = int((told["filled_u"][buys] > 0).sum())
    return [
        ("wished", refused + asked),
        ("asked for", asked),
        ("taken by the venue", taken),
        ("filled, in part at least", filled),
    ]


_NOT_TAKEN: Final = [
    *(Reason.TICK, Reason.LOT, Reason.VALUE_MIN, Reason.VALUE_MAX),
    *(Reason.INSUFFICIENT_FUNDS, Reason.POST_ONLY, Reason.NO_PRICE, Reason.SELF_MATCH),
]
"""Why a venue ends an order before it could be filled."""


def fill_model(settings: Settings, fidelity: str) -> list[str]:
    """Return in words what was assumed about fills."""
    latency, fills = settings.latency, settings.fills
    ways = (
        "as long as rows of the feed were recorded to take"
        if latency.order == "sampled"
        else f"{latency.order_ms:g} ms there and {latency.answer_ms:g} ms back"
    )
    fee = (
        "The fee on either side is the venue's own as the rule book has it."
        if fills.fee is None
        else f"The fee on either side is {fills.fee:.4%} of the value, as given."
    )
    if fidelity == "trades":
        return [
            "No book is known. A limit fills only when trades go through its price, and a taker"
            " gets the next trade of its own side, for no more than that trade was: a conservative"
            " guess.",
            f"Requests and answers are on their way {ways}.",
            fee,
            "Positions are valued at the last trade, not at a bid.",
        ]
    queues = {
        "risk_averse": "only trades bring it forward",
        "power": f"cancellations by the power model, n = {fills.queue_power}",
        "log": "cancellations by the logarithmic model",
    }
    return [
        "A resting limit is filled when those ahead of it in its queue have been served:"
        f" {queues[fills.queue]}.",
        "A taker eats what the book shows, level by level; beyond the levels that are stored it"
        " pays a tick and the slippage more than the last of them.",
        "What we take is missing from the book until its next message, no longer.",
        f"Requests and answers are on their way {ways}.",
        fee,
        "Positions are valued at the bid.",
    ]


def notes(notes: TapeNotes, depths: Sequence[Depth], *, scores: bool) -> list[str]:
    """Return what a reader should know of the tape, and of a policy that scores without a book."""
    found = []
    blind = [m.market for m, d in zip(notes.markets, depths, strict=True) if d is Depth.NONE]
    if scores and blind:
        found.append(
            f"{', '.join(blind)}: no book is known: bid_ask_imbalance, microprice_dev, ofi_10s are"
            " absent from the score."
        )
    for one, depth in zip(notes.markets, depths, strict=True):
        if one.offset_ns:
            found.append(
                f"{one.market}: our clock was off by {one.offset_ns / 1e6:,.0f} ms; corrected."
            )
        if one.unheard:
            found.append(
                f"{one.market}: {one.unheard:,} rows carry no time of arrival; it was modelled"
                f" ({notes.latency.kind}, {notes.latency.fixed_ns / 1e6:g} ms)."
            )
        if one.gaps:
            found.append(f"{one.market}: its book was unknown {one.gaps:,} times, after gaps.")
        if depth is Depth.TOUCH:
            found.append(f"{one.market}: only best bid and ask are known of its book.")
    return found
