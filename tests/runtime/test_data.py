from pathlib import Path

import numpy as np

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.runtime.data import Holding, listing
from sigma_cli.store.lake import Lake, Source

MINUTE_NS = 60_000_000_000


def add(lake: Lake, market: str, minutes: list[int], name: str, *, synthetic: bool = False) -> None:
    lake.register_instrument("upbit", market, 0, 8, always_open=True)
    times = np.array(minutes) * MINUTE_NS
    source = Source(name=name, sha256=name, layout="test", synthetic=synthetic)
    rows = dict.fromkeys(CANDLE_COLUMNS, times)
    lake.merge_candles("upbit", market, "1m", rows, source)


def test_an_empty_store_lists_nothing(tmp_path: Path) -> None:
    assert listing(tmp_path) == ()


def test_each_series_is_one_line(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    add(lake, "KRW-BTC", [1, 2, 5], "a.csv")
    add(lake, "KRW-BTC", [6, 8], "b.csv")
    add(lake, "KRW-BTC", [9], "c.csv")
    add(lake, "DEMO", [0], "demo", synthetic=True)
    demo, btc = listing(tmp_path)
    assert btc == Holding(
        venue="upbit",
        market="KRW-BTC",
        kind="candles-1m",
        first_ts_ns=MINUTE_NS,
        last_ts_ns=9 * MINUTE_NS,
        rows=6,
        gaps=2,
        missing=3,
        source="a.csv and 2 more",
        origin="real",
    )
    assert (demo.origin, demo.source) == ("synthetic", "demo")
