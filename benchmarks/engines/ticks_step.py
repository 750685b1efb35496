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
from sigma_cli.domain.events import EventKind
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


def run(*, timed: bool) -> tuple[float, list[int]]:
    """Take all events; return CPU seconds, and the time of each call in ns where asked for."""
    state, event, params, outbox, minds = stage()
    now, sent, took = event[0], outbox[0], []
    now.kind, now.control.rules = EventKind.CONTROL, schedule.rules[0]
    now.control.kind = 1
    step_ticks(state, event, params, outbox, minds)
    clock, requests = time.perf_counter_ns, 0
    began = time.process_time()
    for seq, (ts_ns, row, market, kind) in enumerate(turns):
        now.kind, now.market, now.seq, now.recv_ts_ns = kind, market, seq, ts_ns
        if kind == EventKind.TRADE:
            now.trade = chunk.trades[row]
        else:
            now.quote = chunk.quotes[row]
        if timed:
            before = clock()
            step_ticks(state, event, params, outbox, minds)
            took.append(clock() - before)
        else:
            step_ticks(state, event, params, outbox, minds)
        requests += int(sent.request_count)
    spent = time.process_time() - began
    assert requests > 0, "the desk asked for nothing"
    return spent, took


run(timed=False)
spent_s = run(timed=False)[0]
calls_ns = run(timed=True)[1]
middle, rare = np.percentile(calls_ns[WARM_UP:], [50, 99.9])
answer = {"median_us": middle / 1e3, "rare_us": rare / 1e3, "turns_m": len(turns) / spent_s / 1e6}
sys.stdout.write(json.dumps(answer) + "\n")
