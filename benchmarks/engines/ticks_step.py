"""One compiled step at a time, called from Python as a live desk calls it.

Run by bench_ticks.py as `python -m benchmarks.engines.ticks_step STORE`. Prints the time of each
call in the middle and that of one in a thousand, and what a whole turn takes: to fill in the event,
to call, and to look at what was decided.
"""

import json
import sys
import time
from pathlib import Path
from typing import Final

import numpy as np

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.events import ControlKind, EventKind
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.desk.ticks import step_ticks
from sigma_cli.kernels.features import market as features
from sigma_cli.runtime import choice, tick_world
from sigma_cli.runtime.tape import open_tape
from sigma_cli.runtime.tick_selection import select_ticks
from sigma_cli.settings import load, parse_overrides
from sigma_cli.store.lake import Lake

EVENTS: Final = 200_000
WARM_UP: Final = 20_000
SETTINGS: Final = ["units=1", "fills.fee=0.0005", "latency.feed_ms=1"]

loaded = load(None, None, {}, parse_overrides(SETTINGS))
lake = Lake(Path(sys.argv[1]))
selection = select_ticks(lake, [], venue=None, period="all", fidelity="book", fee=0.0005)
chosen, _ = choice.choose("imbalance", [])
schedule = tick_world.schedule(lake, selection, loaded.settings.switches)
feed = tick_world.feed_latency(loaded.settings.latency)
chunk: Chunk = next(iter(open_tape(lake, selection.names, selection.period, "book", feed)))
turns = chunk.desk_turns[:EVENTS].tolist()


def stage() -> tuple[Records, ...]:
    """Return state, event, params, outbox of a desk before its first event, and features."""
    world = tick_world.build(loaded, selection, chosen, np.empty(0, np.int64))
    minds = features.begin(schedule.rules[:1], 0, makes_bars=True)
    return world["state"], world["event"], world["params"], world["outbox"], minds


def as_bytes(rows: Records) -> Records:
    """Return records [n] as bytes [n, size], without a copy."""
    return np.ndarray((len(rows), rows.dtype.itemsize), np.uint8, rows, strides=(*rows.strides, 1))


def run(*, timed: bool) -> tuple[float, list[int]]:
    """Take all events; return CPU seconds, and the time of each call in ns where asked for."""
    state, event, params, outbox, minds = stage()
    event[0].kind, event[0].control.rules = EventKind.CONTROL, schedule.rules[0]
    event[0].control.kind = ControlKind.RULES
    step_ticks(state, event, params, outbox, minds)
    # Views of bytes: to set a field of a record takes numpy longer than the step.
    kinds, seqs, arrivals = event["kind"], event["seq"], event["recv_ts_ns"]
    into = {EventKind.TRADE: as_bytes(event["trade"]), EventKind.QUOTE: as_bytes(event["quote"])}
    rows = {EventKind.TRADE: as_bytes(chunk.trades), EventKind.QUOTE: as_bytes(chunk.quotes)}
    sent, took = outbox["request_count"], []
    clock, requests = time.perf_counter_ns, 0
    began = time.process_time()
    for seq, (ts_ns, row, _, kind) in enumerate(turns):
        kinds[0], seqs[0], arrivals[0] = kind, seq, ts_ns
        into[kind][0] = rows[kind][row]
        if timed:
            before = clock()
            step_ticks(state, event, params, outbox, minds)
            took.append(clock() - before)
        else:
            step_ticks(state, event, params, outbox, minds)
        requests += sent[0]
    spent = time.process_time() - began
    assert requests > 0, "the desk asked for nothing"
    return spent, took


run(timed=False)
spent_s = run(timed=False)[0]
calls_ns = run(timed=True)[1]
middle, rare = np.percentile(calls_ns[WARM_UP:], [50, 99.9])
answer = {"median_us": middle / 1e3, "rare_us": rare / 1e3, "turns_m": len(turns) / spent_s / 1e6}
sys.stdout.write(json.dumps(answer) + "\n")
