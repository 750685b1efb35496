"""What a desk is told while it runs: the bounds of the day, who is hot, in order of time."""

from pathlib import Path

import numpy as np
import pytest

from sigma_cli.domain.events import ControlKind
from sigma_cli.domain.features import BOUND_PARTS, Column
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR
from sigma_cli.runtime.tick_selection import TickSelection, select_ticks
from sigma_cli.runtime.told import told
from sigma_cli.settings.switches import Switches
from sigma_cli.store.feature_rows import BOUNDS, FeatureRows
from sigma_cli.store.lake import Lake, Source
from tests.market import START_NS
from tests.runtime.test_usual import MARKET, VENUE, minutes_of, store_trades

SOURCE = Source(name="code a", sha256="a" * 64, layout="features")
BEGINS_NS = START_NS - 5 * NS_PER_HOUR
"""04:00 in Korea, before 00:00 UTC."""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    times = minutes_of(0, 1)
    store_trades(lake, times, np.ones(len(times), np.int64))
    return lake


def selection(lake: Lake) -> TickSelection:
    return select_ticks(lake, [], venue=None, period="all", fidelity="trades", fee=None)


def store_bounds(lake: Lake, day_ns: int, value: float) -> None:
    names = [f"{column.name.lower()}_{part}" for column in Column for part in BOUND_PARTS]
    row = {name: np.array([value + place]) for place, name in enumerate(names)}
    kind = FeatureRows("1s", BOUNDS)
    lake.merge_features(VENUE, MARKET, {"ts_ns": np.array([day_ns]), **row}, SOURCE, kind)


def test_the_bounds_of_a_day_are_told_as_it_begins(lake: Lake) -> None:
    for day in (-1, 0, 1):
        store_bounds(lake, BEGINS_NS + day * NS_PER_DAY, 1_000.0 * day)
    rows, bounds = told(lake, selection(lake), Switches(), reads_bounds=True)
    assert set(rows["kind"].tolist()) == {ControlKind.BOUND}
    assert np.unique(rows["ts_ns"]).tolist() == [START_NS, BEGINS_NS + NS_PER_DAY]
    found = bounds[rows["bound"]].reshape(2, len(Column))
    assert (found["column"] == np.arange(len(Column))).all()
    assert found["median"][:, 0].tolist() == [0.0, 1_000.0]
    last = [float(found[part][0, -1]) for part in BOUND_PARTS]
    assert last == [len(Column) * len(BOUND_PARTS) - 5.0 + part for part in range(5)]


def test_a_day_without_bounds_does_not_keep_those_of_the_day_before(lake: Lake) -> None:
    store_bounds(lake, BEGINS_NS, 7.0)
    rows, bounds = told(lake, selection(lake), Switches(), reads_bounds=True)
    found = bounds[rows["bound"]].reshape(2, len(Column))
    assert found["median"][0, 0] == 7.0
    assert all(np.isnan(found[part][1]).all() for part in BOUND_PARTS)


def test_who_does_not_read_bounds_is_told_none(lake: Lake) -> None:
    store_bounds(lake, BEGINS_NS, 7.0)
    rows, bounds = told(lake, selection(lake), Switches())
    assert (len(rows), len(bounds)) == (0, 0)


def test_who_is_hot_is_told_among_the_rest(lake: Lake, tmp_path: Path) -> None:
    store_bounds(lake, BEGINS_NS, 0.0)
    store_bounds(lake, BEGINS_NS + NS_PER_DAY, 0.0)
    hot = tmp_path / "hot.csv"
    hot.write_text(f"time,market\n2025-09-01T01:00Z,{MARKET}\n2025-09-01T20:00Z,\n")
    rows, _ = told(lake, selection(lake), Switches(), hot=hot, reads_bounds=True)
    rows = rows[rows["bound"] % len(Column) == 0]
    found = [(ControlKind(kind), int(hot)) for kind, hot in rows[["kind", "hot"]].tolist()]
    assert found == [
        (ControlKind.HOT, 0),
        (ControlKind.BOUND, 0),
        (ControlKind.HOT, 1),
        (ControlKind.BOUND, 0),
        (ControlKind.HOT, 0),
    ]
    assert (np.diff(rows["ts_ns"]) >= 0).all()
