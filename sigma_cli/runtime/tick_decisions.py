"""Which orders of a run on ticks serve one decision, and how many wishes to enter came how far.

A decision to enter is one wish, whatever it takes: the order that falls back and the one that is
asked for anew are steps of it, as the rungs of a ladder are steps of one exit. What is refused
again and again for the same reason leaves one decision in the log, and so is one wish. No I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.requests import Reason, Side
from sigma_cli.runtime.course import Lived

Table = Mapping[str, NDArray[Any]]

STEPS: Final = (Reason.ENTRY_FALLBACK, Reason.EXIT_LADDER, Reason.EXIT_WAITED)
"""Reasons of orders that go on with the decision before them."""
ALONE: Final = (Reason.SIGNAL_ENTRY, Reason.SCORE, Reason.SIGNAL_EXIT, Reason.TRIMMED)
"""Reasons of orders that are a decision of their own each, however often they come."""
NOT_TAKEN: Final = (
    *(Reason.TICK, Reason.LOT, Reason.VALUE_MIN, Reason.VALUE_MAX),
    *(Reason.INSUFFICIENT_FUNDS, Reason.POST_ONLY, Reason.NO_PRICE, Reason.SELF_MATCH),
    *(Reason.UNSUPPORTED, Reason.OVERFLOW),
)
"""Why a venue ends an order before it could be filled."""


def firsts(asked: Records) -> NDArray[np.intp]:
    """Return, for each order, the place of the one that its decision began with.

    An exit that is asked for again for the same reason goes on, until something is bought.
    """
    places = np.arange(len(asked))
    begun: dict[tuple[int, int], tuple[int, int]] = {}
    columns = (asked[name].tolist() for name in ("market", "side", "reason"))
    for place, (market, side, reason) in enumerate(zip(*columns, strict=True)):
        before, why = begun.get((market, side), (place, Reason.NONE))
        if reason in STEPS or (reason == why and reason not in ALONE):
            places[place] = before
            continue
        begun[market, side] = place, reason
        if side == Side.BUY:
            begun.pop((market, Side.SELL), None)
    return places


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How many wishes to enter came how far, and what kept the others back."""

    asked: int
    taken: int
    filled: int
    refused: Mapping[str, int]
    """By the desk: how many each reason kept from being asked for."""
    ended: Mapping[str, int]
    """By the venue: how many each reason ended before anything could be filled."""
    sales_refused: Mapping[str, int]
    """How often the desk could not sell, by reason."""

    @property
    def kept_back(self) -> dict[str, int]:
        """Return what kept wishes back, at the desk or at the venue, by reason."""
        names = dict.fromkeys((*self.refused, *self.ended))
        return {name: self.refused.get(name, 0) + self.ended.get(name, 0) for name in names}

    @property
    def funnel(self) -> list[tuple[str, int]]:
        """Return the steps from a wish to a fill."""
        return [
            ("wished", sum(self.refused.values()) + self.asked),
            ("asked for", self.asked),
            ("taken by the venue", self.taken),
            ("filled, in part at least", self.filled),
        ]


def wishes(lived: Lived, told: Table) -> Wishes:
    """Return the wishes of a run; `told` are its orders."""
    buys = told["side"] == Side.BUY
    begins = told["local_no"] == told["decision_no"]
    first = buys & begins
    numbers = told["decision_no"]
    is_filled = np.isin(told["local_no"], numbers[buys & (told["filled_u"] > 0)])
    at_venue = (told["accepted_ts_ns"] > 0) & ~np.isin(told["ended"], NOT_TAKEN)
    is_taken = is_filled | np.isin(told["local_no"], numbers[buys & at_venue])
    refused = lived.decisions[lived.decisions["local_no"] == 0]
    sales = refused["side"] == Side.SELL
    wished = ~sales & (refused["reason"] != Reason.BAD_SIGNAL) & ~_steps(lived, told, refused)
    return Wishes(
        asked=int(first.sum()),
        taken=int((first & is_taken).sum()),
        filled=int((first & is_filled).sum()),
        refused=counted(refused["reason"][wished]),
        ended=counted(told["ended"][first & ~is_taken]),
        sales_refused=counted(refused["reason"][sales]),
    )


def counted(reasons: NDArray[Any]) -> dict[str, int]:
    """Return how often each reason stands there; none is left out."""
    counts = np.bincount(reasons.astype(np.int64))
    return {Reason(i).name: int(n) for i, n in enumerate(counts.tolist()) if n and i}


def _steps(lived: Lived, told: Table, refused: Records) -> NDArray[np.bool_]:
    """Return which refusals are of the rest of an entry: it is asked for as its order ends.

    At that moment the desk may also wish for something new; without a size it was refused before
    one was known, so it was that.
    """
    ended = lived.facts[np.isin(lived.facts["kind"], (FactKind.CANCELLED, FactKind.FILLED))]
    policys = np.isin(told["reason"], (Reason.SCORE, Reason.ENTRY_FALLBACK))
    ended = ended[np.isin(ended["local_no"], told["local_no"][policys])]
    moments = {*zip(ended["market"].tolist(), ended["recv_ts_ns"].tolist(), strict=True)}
    sized = (refused["size_u"] > 0) | (refused["reason"] == Reason.LOT)
    at = zip(refused["market"].tolist(), refused["ts_ns"].tolist(), strict=True)
    then = np.fromiter((one in moments for one in at), np.bool_, len(refused))
    steps: NDArray[np.bool_] = then & sized
    return steps
