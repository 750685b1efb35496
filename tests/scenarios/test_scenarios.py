"""Stories in `*.jsonl`: events in, requests out, told to `step` one by one and to `replay` at once.

A line is one event, by the name of its method of `Desk`; the first lines say why the story is told
and what differs from the usual desk. `asks` are the requests that the event causes: `1 buy 1000`
(hundredths of a coin), `1 buy for 100000` (won), `2 sell 1000`, `cancel 1`, and `in 1` for
another market than 0. `says` are the reasons of its decisions. Left out, nothing must come.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import FACT, REQUEST
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.kernels.replay import Asked, Facts, replay
from sigma_cli.kernels.simulate import Rows, Schedule
from sigma_cli.runtime import world
from sigma_cli.settings import Settings
from tests.kernels.harness import Caused, Desk, instrument, settings

FOLDER = Path(__file__).parent
SIZES = {"units", "fraction", "limits", "markets"}


@dataclass
class Told:
    """A story after it was told to a desk: what `replay` needs to tell it again."""

    desk: Desk
    settings: Settings
    bars: list[Any] = field(default_factory=list)
    signals: list[float] = field(default_factory=list)
    facts: list[Any] = field(default_factory=list)
    fact_seq: list[int] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)

    def tell(self, line: dict[str, Any]) -> Caused:
        """Let one event enter the desk, and note it."""
        (name, value), *rest = line.items()
        fields = dict(rest)
        caused: Caused
        if isinstance(value, dict):
            caused = getattr(self.desk, name)(**value)
        elif value is True:
            caused = getattr(self.desk, name)()
        else:
            caused = getattr(self.desk, name)(value, **fields)
        event = self.desk.event[0].copy()
        if event.kind == EventKind.BAR:
            event.bar.open_ts_ns = event.exch_ts_ns - NS_PER_MINUTE
            self.bars.append(event)
            self.signals.append(np.nan)
        elif event.kind == EventKind.SIGNAL:
            self.hear(event)
        elif event.kind == EventKind.FACT:
            self.facts.append(event.fact)
            self.fact_seq.append(int(event.seq))
        self.requests += caused.requests
        return caused

    def hear(self, event: Any) -> None:
        """Note a signal beside its market's bar of the same time; there is one a bar."""
        (at,) = (
            i
            for i, bar in enumerate(self.bars)
            if (bar.market, bar.exch_ts_ns) == (event.market, event.exch_ts_ns)
        )
        assert np.isnan(self.signals[at])
        self.signals[at] = event.signal.value

    def rows(self) -> Rows:
        def column(name: str) -> NDArray[np.int64]:
            return np.array([int(event.bar[name]) for event in self.bars], np.int64)

        return Rows(
            interval_ns=NS_PER_MINUTE,
            strategy=0,
            open_ts_ns=column("open_ts_ns"),
            market=np.array([event.market for event in self.bars], np.uint32),
            open_u=column("open_u"),
            high_u=column("high_u"),
            low_u=column("low_u"),
            close_u=column("close_u"),
            volume_u=column("volume_u"),
            signal=np.array(self.signals),
        )


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def tell(path: Path) -> Told:
    """Tell a story to a desk, event by event, and demand what it says must come of each."""
    why, *lines = lines_of(path)
    assert why.keys() == {"why"}
    chosen = lines.pop(0) if SIZES & lines[0].keys() else {}
    markets = chosen.pop("markets", 1)
    told_settings = settings(**chosen.pop("limits", {}), **chosen)
    desk = Desk(told_settings, instruments=tuple(instrument(f"M{m}") for m in range(markets)))
    told = Told(desk, told_settings)
    for number, line in enumerate(lines):
        asks, says = line.pop("asks", []), line.pop("says", [])
        caused = told.tell(line)
        where = f"{path.name}, event {number}: {line}"
        assert [brief(request) for request in caused.requests] == asks, where
        assert [Reason(int(d.reason)).name.lower() for d in caused.decisions] == says, where
    return told


def brief(request: Any) -> str:
    """Return a request as the stories write it."""
    if request.kind == RequestKind.CANCEL:
        return f"cancel {request.local_no}"
    side = Side(int(request.side)).name.lower()
    amount = f"{request.size_u}"
    if request.order_type == OrderType.VALUE:
        amount = f"for {float(f'{request.value:.8g}'):g}"
    market = f" in {request.market}" if request.market else ""
    return f"{request.local_no} {side} {amount}{market}"


STORIES = sorted(FOLDER.glob("*.jsonl"))
REPLAYABLE = [path for path in STORIES if "rearm" not in path.read_text(encoding="utf-8")]
"""What a person does has no place in the tape of a backtest."""


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_step_asks_for_what_the_story_says(path: Path) -> None:
    tell(path)


@pytest.mark.parametrize("path", REPLAYABLE, ids=lambda path: path.stem)
def test_replay_asks_for_the_same_byte_for_byte(path: Path) -> None:
    told = tell(path)
    markets = told.desk.instruments
    rows = told.rows()
    schedule = Schedule(
        valid_from_ns=np.full(len(markets), rows.open_ts_ns[0]),
        market=np.arange(len(markets), dtype=np.uint32),
        rules=np.concatenate([pack_rules(one, one.rules[0]) for one in markets]),
        day_volume_u=np.zeros(len(markets), np.int64),
    )
    facts = Facts(np.array(told.facts, FACT), np.array(told.fact_seq, np.int64))
    room = len(told.requests)
    asked = Asked(np.zeros(room, REQUEST), np.zeros(room, np.int64), np.zeros(3, np.int64))
    one = world.build(told.settings, len(markets))
    replay(rows, schedule, facts, one, asked)
    assert asked.counts.tolist() == [told.desk.seq, len(facts.seq), room]
    assert asked.requests.tobytes() == np.array(told.requests, REQUEST).tobytes()
    assert one["state"].tobytes() == told.desk.state.tobytes()
