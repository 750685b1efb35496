"""Replay: fold `step` over a tape that already contains the facts. There is no venue here.

The bars, signals and rule changes enter in the order that `simulate.py` describes; each fact
enters where its number says. The requests must come out byte for byte as they did.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Record, Records
from sigma_cli.kernels.desk.step import advance
from sigma_cli.kernels.jit import njit
from sigma_cli.kernels.simulate import (
    Rows,
    Schedule,
    end_of_instant,
    load_bar,
    load_fact,
    load_rules,
    load_signal,
    load_start,
)


class Facts(NamedTuple):
    """The recorded facts: `facts` FACT [n], `seq` the event number of each, ascending."""

    facts: Records
    seq: NDArray[np.int64]


class Asked(NamedTuple):
    """Room for the requests that come out: REQUEST [n], their event numbers [n], counts [3].

    `counts` are events entered, facts entered, requests written.
    """

    requests: Records
    seq: NDArray[np.int64]
    counts: NDArray[np.int64]


@njit
def replay(rows: Rows, schedule: Schedule, facts: Facts, world: Records, asked: Asked) -> None:
    """Let a whole tape enter the desk of `world`, WORLD [1], whose venue is not touched.

    Raises:
        IndexError: more requests came out than `asked` has room for: this is another tape.
    """
    w = world[0]
    change = 0
    first = 0
    load_start(rows, w.event)
    _enter(w, asked)
    while first < len(rows.open_ts_ns):
        now_ns = rows.open_ts_ns[first]
        end = end_of_instant(rows.open_ts_ns, first)
        while change < len(schedule.valid_from_ns) and schedule.valid_from_ns[change] <= now_ns:
            _enter_facts(facts, w, asked)
            load_rules(schedule, change, now_ns, w.event)
            _enter(w, asked)
            change += 1
        for row in range(first, end):
            _enter_facts(facts, w, asked)
            load_bar(rows, row, w.event)
            _enter(w, asked)
        for row in range(first, end):
            if not math.isnan(rows.signal[row]):
                _enter_facts(facts, w, asked)
                load_signal(rows, row, w.event)
                _enter(w, asked)
        first = end
    _enter_facts(facts, w, asked)


@njit
def _enter_facts(facts: Facts, w: Record, asked: Asked) -> None:
    """Let in the facts whose turn it is."""
    while asked.counts[1] < len(facts.seq) and facts.seq[asked.counts[1]] == asked.counts[0]:
        load_fact(facts.facts[asked.counts[1]], w.event)
        asked.counts[1] += 1
        _enter(w, asked)


@njit
def _enter(w: Record, asked: Asked) -> None:
    w.event.seq = asked.counts[0]
    advance(w.state, w.event, w.params, w.outbox)
    for i in range(w.outbox.request_count):
        at = asked.counts[2]
        if at >= len(asked.requests):
            raise IndexError("the tape asked for fewer orders than its replay")
        asked.requests[at] = w.outbox.requests[i]
        asked.seq[at] = asked.counts[0]
        asked.counts[2] += 1
    asked.counts[0] += 1
