"""Recorded trades, quotes and books of two markets off the tape: replay says what simulate said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.features import market as features
from sigma_cli.kernels.jit import DISABLED
from sigma_cli.kernels.simulate import Schedule
from sigma_cli.runtime.tape import open_tape
from sigma_cli.runtime.tape_clocks import FeedLatency
from sigma_cli.store.lake import Lake
from sigma_cli.venues.binance.rules import RULEBOOK
from tests.kernels import tick_tapes as tapes
from tests.kernels.tick_tapes import BUSY, TickSetup
from tests.runtime.test_tape_real import ALWAYS, FUTURES, SPOT, take

pytestmark = [
    pytest.mark.prove,
    pytest.mark.real,
    pytest.mark.skipif(DISABLED, reason="200,000 events: compiled"),
]

NAMES = (("binance", "BTCUSDT"), ("futures", "BTCUSDT"))
PLAN = replace(BUSY, stop_ticks=0, target_ticks=0, stop=0.0003, target=0.0003)


@dataclass(frozen=True, kw_only=True)
class Recorded(TickSetup):
    """Chunks as the tape has them, and the digits of each market."""

    taken: tuple[Chunk, ...]
    digits: tuple[tuple[int, int], ...]

    @property
    def span_ns(self) -> tuple[int, int]:
        first, last = self.taken[0].desk_turns, self.taken[-1].desk_turns
        return int(first["ts_ns"][0]), int(last["ts_ns"][-1]) + NS_PER_S

    @property
    def schedule(self) -> Schedule:
        return tapes.rules_at(self.span_ns[0], np.concatenate(self._rules()))

    def minds(self) -> Any:
        made = np.zeros(self.markets, features.FEATURES)
        for market, rules in enumerate(self._rules()):
            made[market : market + 1] = features.begin(rules, 0, makes_bars=True)
        return made

    def chunks(self, cuts: Sequence[int] = ()) -> list[Chunk]:
        assert not cuts
        return list(self.taken)

    def _rules(self) -> list[Any]:
        made = [RULEBOOK.instrument("BTCUSDT", *digits) for digits in self.digits]
        return [pack_rules(one, one.rules[-1]) for one in made]


def test_two_hundred_thousand_recorded_events(
    tmp_path: Path, real_data: Path, depth: Callable[..., int]
) -> None:
    take(tmp_path, f"{real_data / SPOT}/", "depth_snapshot", "binance")
    take(tmp_path, f"{real_data}/{FUTURES}", "snapshot", "futures")
    lake, feed = Lake(tmp_path), FeedLatency(kind="recorded")
    chunks = list(open_tape(lake, NAMES, ALWAYS, "book", feed, chunk_rows=20_000))
    counts = list(accumulate(len(chunk.desk_turns) for chunk in chunks))
    limit = depth(quick=200_000, full=10**9)
    taken = [chunk for chunk, count in zip(chunks, counts, strict=True) if count <= limit + 60_000]
    first_ns, last_ns = taken[0].venue_turns["ts_ns"][0], taken[-1].desk_turns["ts_ns"][-1]
    taken[0] = taken[0]._replace(start_ns=int(first_ns))  # and not 1970
    taken[-1] = taken[-1]._replace(end_ns=int(last_ns) + NS_PER_S)
    exponents = [lake.instrument_exponents(*name) for name in NAMES]
    setup = Recorded(
        rows={},
        of={},
        gaps=None,
        markets=2,
        plan=PLAN,
        depth=Depth.LEVELS,
        delays_ms=((4, 11, 90), (3, 8, 40)),
        units=0.01,
        taken=tuple(taken),
        digits=tuple(one for one in exponents if one is not None),
    )
    run = tapes.simulated(setup)
    assert run.world[0].cursor.seq > 200_000
    assert len(run.log["requests"]) > 100
    told = run.told
    for name, part in tapes.replayed(setup, run).items():
        assert part == told[name], name
    facts = run.log["facts"]
    assert (facts["recv_ts_ns"] - facts["exch_ts_ns"]).min() >= 3 * NS_PER_MS
    state, venue = run.world[0].state, run.world[0].venue
    assert venue.ticks.flight.fact_count == 0
    assert state.positions["size_u"][:2].tolist() == venue.positions_u[:2].tolist()
    assert state.account.cash == pytest.approx(float(venue.cash), rel=1e-12)
    assert state.halted == 0
