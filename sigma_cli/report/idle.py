"""Why money lay idle: at each moment what each market was waiting for, from the tape's tables.

Only what the tape tells: of refusals it holds the changes of a market's reason, so each stands
until the next one, or until something was asked for; a wait is the time between a request and what
ended it. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.requests import Reason, RequestKind, Side
from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.report.inputs import Run, Table

HELD: Final = 0
SIZING: Final = 1
NO_SIGNAL: Final = 2
FLAT: Final = 3
SHORT: Final = 4
WAITING: Final = 5
CLOSED: Final = 6
UNTOLD: Final = 7
REFUSED: Final = 100
"""Plus the number of the `Reason`."""

_NEVER: Final = np.iinfo(np.int64).min
_ENDS: Final = (FactKind.FILLED, FactKind.CANCELLED, FactKind.REFUSED)

Times = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A value that changes at times: from `ts_ns[i]` on it is `value[i]`."""

    ts_ns: Times
    value: NDArray[Any]

    def at(self, ts_ns: Times, before: float) -> NDArray[Any]:
        """Return the value at each time; `before` the first change."""
        place = np.searchsorted(self.ts_ns, ts_ns, side="right")
        return np.append(before, self.value)[place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Where the money was, as shares of equity on average over time."""

    used: float
    causes: Mapping[int, float]
    """By the codes above; together with `used` they are 1."""
    invested: float
    """Share of the time with any position."""


def idle(run: Run) -> Idle | None:
    """Return why cash lay idle; None where the run has no tables to tell it, or no time passed."""
    ts_ns = run.equity["ts_ns"]
    if not run.facts or len(ts_ns) < 2:
        return None
    markets = [_market(run, i) for i in range(len(run.summary["markets"]))]
    cash = _cash(run)
    changes = [steps.ts_ns for market in markets for steps in market.values()]
    times = np.unique(np.concatenate([ts_ns, cash.ts_ns, *changes]))
    times = times[(times >= ts_ns[0]) & (times <= ts_ns[-1])]
    length = np.diff(times) / (int(ts_ns[-1]) - int(ts_ns[0]))
    times = times[:-1]
    states = np.stack([_states(market, times) for market in markets])
    equity = Steps(ts_ns=ts_ns, value=run.equity["equity"]).at(times, run.summary["start_cash"])
    free = np.clip(cash.at(times, run.summary["start_cash"]) / equity, 0.0, 1.0)
    return Idle(
        used=float(length @ (1.0 - free)),
        causes=_causes(states, free, length, _reserve(run.summary)),
        invested=float(length @ (states == HELD).any(axis=0)),
    )


def _causes(
    states: NDArray[np.int64], free: Values, length: Values, reserve: float
) -> dict[int, float]:
    """Part the free cash: first what sizing leaves, the rest among the markets without position."""
    empty = states != HELD
    count = empty.sum(axis=0)
    kept = np.where(count > 0, np.minimum(free, reserve), free)
    part = (free - kept) / np.maximum(count, 1) * length
    found = {SIZING: float(kept @ length)}
    for state, mine in zip(states, empty, strict=True):
        sums = np.bincount(state, weights=part * mine)
        for code in np.flatnonzero(sums).tolist():
            found[code] = found.get(code, 0.0) + float(sums[code])
    return {code: share for code, share in found.items() if share > 0}


def _reserve(summary: Mapping[str, Any]) -> float:
    """Return the share that sizing leaves at least, with every market bought; 0 if unknown.

    `sizing.fraction` is what a market gets by fraction, at most gets by volatility, and gets on
    average by risk parity; a count of units is no share (`kernels/desk/sizing.py`).
    """
    settings = summary["settings"]
    if settings.get("sizing.kind") == "units" or "sizing.fraction" not in settings:
        return 0.0
    return max(0.0, 1.0 - len(summary["markets"]) * float(settings["sizing.fraction"]))


def _cash(run: Run) -> Steps:
    """Return the cash after each fill."""
    facts = run.facts
    filled = facts["kind"] == FactKind.FILLED
    scale = np.array([10.0 ** -(m["price_exp"] + m["size_exp"]) for m in run.summary["markets"]])
    value = facts["price_u"][filled] * facts["size_u"][filled].astype(np.float64)
    value *= scale[facts["market"][filled]]
    flow = -_sides(run, facts["local_no"][filled]) * value - facts["fee"][filled]
    ts_ns = facts["exch_ts_ns"][filled]
    order = np.argsort(ts_ns, kind="stable")
    return Steps(ts_ns=ts_ns[order], value=run.summary["start_cash"] + np.cumsum(flow[order]))


def _sides(run: Run, local_no: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the side of each order: facts do not repeat it, its request has it."""
    submits = run.requests["kind"] == RequestKind.SUBMIT
    numbers, sides = run.requests["local_no"][submits], run.requests["side"][submits]
    order = np.argsort(numbers)
    place = order[np.searchsorted(numbers[order], local_no)] if len(order) else order
    return np.asarray(sides[place], dtype=np.int64)


def _market(run: Run, market: int) -> dict[str, Steps]:
    """Return what changed in one market over time."""
    mine = run.facts["market"] == market
    facts = {name: column[mine] for name, column in run.facts.items()}
    filled = facts["kind"] == FactKind.FILLED
    signed_u = facts["size_u"][filled] * _sides(run, facts["local_no"][filled])
    fill_ns = facts["exch_ts_ns"][filled]
    order = np.argsort(fill_ns, kind="stable")
    wish = _wishes(run, market)
    wanted = wish.value > 0
    began = wanted & ~np.append(False, wanted[:-1])
    return {
        "held_u": Steps(ts_ns=fill_ns[order], value=np.cumsum(signed_u[order])),
        "working": _working(run, facts, market),
        "wish": wish,
        "began": Steps(ts_ns=wish.ts_ns[began], value=wish.ts_ns[began]),
        "filled": Steps(ts_ns=fill_ns[order], value=fill_ns[order]),
        **_answers(run, facts, market),
    }


def _wishes(run: Run, market: int) -> Steps:
    """Return the changes of what the strategy wished."""
    mine = run.signals["market"] == market
    value = run.signals["value"][mine]
    ts_ns = run.signals["open_ts_ns"][mine] + INTERVALS_NS[run.summary["interval"]]
    new = np.append(True, value[1:] != value[:-1])[: len(value)]
    return Steps(ts_ns=ts_ns[new], value=value[new])


def _working(run: Run, facts: Table, market: int) -> Steps:
    """Return how many buys were at the venue."""
    asked = run.requests
    mine = (asked["kind"] == RequestKind.SUBMIT) & (asked["market"] == market)
    mine &= asked["side"] == Side.BUY
    numbers, begun_ns = asked["local_no"][mine], asked["decision_ts_ns"][mine]
    ends = np.isin(facts["kind"], _ENDS) & np.isin(facts["local_no"], numbers)
    ended, ended_ns = facts["local_no"][ends][::-1], facts["exch_ts_ns"][ends][::-1]
    _, last = np.unique(ended, return_index=True)  # the last fact of each order ends it
    ts_ns = np.concatenate((begun_ns, ended_ns[last]))
    change = np.concatenate((np.ones(len(begun_ns)), -np.ones(len(last))))
    order = np.argsort(ts_ns, kind="stable")
    return Steps(ts_ns=ts_ns[order], value=np.cumsum(change[order]))


def _answers(run: Run, facts: Table, market: int) -> dict[str, Steps]:
    """Return what became of each attempt: the reason of its refusal, or none, and when.

    A refusal for the reason of the one before it leaves no decision, even for another wish; asking
    for something ends that (`kernels/desk/orders.py`). The venue's own refusals are those of buys.
    """
    made = run.decisions
    ours = made["market"] == market
    asked = np.where(made["local_no"][ours] != 0, Reason.NONE, made["reason"][ours])
    theirs = np.isin(facts["kind"], (FactKind.CANCELLED, FactKind.REFUSED))
    theirs &= ~np.isin(facts["reason"], (Reason.NONE, Reason.CANCEL_REQUESTED))
    theirs[theirs] = _sides(run, facts["local_no"][theirs]) == Side.BUY
    ts_ns = np.concatenate((made["ts_ns"][ours], facts["exch_ts_ns"][theirs]))
    reasons = np.concatenate((asked, facts["reason"][theirs])).astype(np.int64)
    order = np.argsort(ts_ns, kind="stable")
    return {
        "answered": Steps(ts_ns=ts_ns[order], value=ts_ns[order]),
        "reason": Steps(ts_ns=ts_ns[order], value=reasons[order]),
    }


def _states(market: Mapping[str, Steps], times: Times) -> NDArray[np.int64]:
    """Return the state of a market at each time."""
    wish = market["wish"].at(times, np.nan)
    began = market["began"].at(times, _NEVER)
    answered, filled = (market[name].at(times, _NEVER) for name in ("answered", "filled"))
    was_filled = (filled >= began) & (filled != _NEVER)
    reason = market["reason"].at(times, Reason.NONE).astype(np.int64)
    chosen = np.select(
        [
            market["held_u"].at(times, 0) > 0,
            market["working"].at(times, 0) > 0,
            np.isnan(wish),
            wish == 0.0,
            wish < 0.0,
            (reason != Reason.NONE) & ~(was_filled & (filled > answered)),
            was_filled,
        ],
        [HELD, WAITING, NO_SIGNAL, FLAT, SHORT, REFUSED + reason, CLOSED],
        UNTOLD,
    )
    return np.asarray(chosen, dtype=np.int64)
