"""What became of every order of a run on ticks: one row each. No I/O.

A decision's price is the middle of the touch as the desk knew it when it asked for the first order
of an entry or an exit, whichever step of it an order is; where no book is known, the last trade.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.requests import RequestKind
from sigma_cli.runtime.course import Lived
from sigma_cli.runtime.tick_decisions import firsts
from sigma_cli.runtime.tick_selection import TickSelection
from sigma_cli.runtime.tick_simulation import TickTape

Table = Mapping[str, NDArray[Any]]
UNSEEN_U: Final = 2**61
"""A size ahead beyond this is no size: the book did not reach to the price of the order."""


def submits(lived: Lived) -> NDArray[np.bool_]:
    """Return which requests ask for an order: they are in order of their local number."""
    asked: NDArray[np.bool_] = lived.requests["kind"] == RequestKind.SUBMIT
    return asked


def fills(lived: Lived) -> Records:
    """Return the facts that are executions."""
    return _of(lived, FactKind.FILLED)


def places(asked: Records, rows: Records) -> NDArray[np.intp]:
    """Return which order each row is about."""
    return np.searchsorted(asked["local_no"], rows["local_no"])


def orders(selection: TickSelection, lived: TickTape) -> dict[str, NDArray[Any]]:
    """Return a row for each order that was asked for: when, what for, and what became of it."""
    is_submit = submits(lived)
    asked, filled = lived.requests[is_submit], fills(lived)
    place, count = places(asked, filled), len(asked)
    size_u = np.zeros(count, np.int64)
    maker_u = np.zeros(count, np.int64)
    np.add.at(size_u, place, filled["size_u"])
    np.add.at(maker_u, place, filled["size_u"] * (filled["liquidity"] == Liquidity.MAKER))
    paid = np.bincount(place, filled["size_u"] * filled["price_u"].astype(np.float64), count)
    scale = np.array([10.0**-one.price_exp for one in selection.instruments])[asked["market"]]
    size_scale = np.array([10.0**-one.size_exp for one in selection.instruments])[asked["market"]]
    first = firsts(asked)
    middle_u = (lived.request_bid_u + lived.request_ask_u)[is_submit][first] / 2
    makers = filled[filled["liquidity"] == Liquidity.MAKER]
    has = size_u > 0
    return {
        "local_no": asked["local_no"].astype(np.int64),
        "decision_no": asked["local_no"][first].astype(np.int64),
        "market": asked["market"].astype(np.int64),
        "side": asked["side"].astype(np.int64),
        "reason": asked["reason"].astype(np.int64),
        "decision_ts_ns": asked["decision_ts_ns"].astype(np.int64),
        "accepted_ts_ns": _first_ns(asked, _of(lived, FactKind.ACCEPTED)),
        "first_fill_ts_ns": _first_ns(asked, filled),
        "first_maker_ts_ns": _first_ns(asked, makers),
        "size_u": asked["size_u"].astype(np.int64),
        "filled_u": size_u,
        "maker_u": maker_u,
        "value": paid * scale * size_scale,
        "ahead_u": _ahead_u(lived, asked),
        "price": np.divide(paid, size_u, out=np.full(count, np.nan), where=has) * scale,
        "decided_price": np.where(middle_u > 0, middle_u, np.nan) * scale,
        "ended": _ends(lived, asked),
    }


def _of(lived: Lived, kind: FactKind) -> Records:
    found: Records = lived.facts[lived.facts["kind"] == kind]
    return found


def _first_ns(asked: Records, facts: Records) -> NDArray[np.int64]:
    """Return when the first of some facts about each order happened at the venue; 0: never."""
    never = np.iinfo(np.int64).max
    first_ns = np.full(len(asked), never)
    np.minimum.at(first_ns, places(asked, facts), facts["exch_ts_ns"])
    return np.where(first_ns == never, 0, first_ns)


def _ahead_u(lived: TickTape, asked: Records) -> NDArray[np.float64]:
    """Return what was ahead of each order in its queue as it began to rest.

    NaN: it never rested, or no book is known; infinite: the book did not reach to its price.
    """
    ahead_u = np.full(len(asked), np.nan)
    seen = np.where(lived.queued["ahead_u"] < UNSEEN_U, lived.queued["ahead_u"], np.inf)
    ahead_u[places(asked, lived.queued)] = seen
    return ahead_u


def _ends(lived: TickTape, asked: Records) -> NDArray[np.int64]:
    """Return the Reason with which the venue ended or refused each order; 0: filled or working."""
    facts = lived.facts[np.isin(lived.facts["kind"], (FactKind.CANCELLED, FactKind.REFUSED))]
    found = np.zeros(len(asked), np.int64)
    found[places(asked, facts)] = facts["reason"]
    return found
