from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sigma_cli.domain.trades import NO_ID
from sigma_cli.errors import UsageError
from sigma_cli.store.records import Identity
from sigma_cli.store.sources.formats import open_table
from sigma_cli.store.sources.tables import Shape
from sigma_cli.store.sources.trade_layouts import TradeLayout, mapped_trades, recognise_trades
from sigma_cli.store.sources.trades import TradeBatch, TradeReading, read_trades

MS = 1_723_161_254_342
"""2024-08-08 23:54:14.342"""
NS = MS * 10**6

SPOT_TRADE = f"3735683259,61837.63000000,0.02000000,1236.75260000,{MS},True,True"
SPOT_TRADE_US = f"3735683259,61837.63000000,0.02000000,1236.75260000,{MS}000,True,True"
FUTURES_TRADE = f"5266583935,61800.3,0.006,370.8018,{MS},false"
SPOT_AGGREGATE = f"3106010247,61837.63,0.02,3735683259,3735683260,{MS},True,True"
FUTURES_AGGREGATE = f"2310512345,61800.3,0.006,5266583935,5266583935,{MS},false"
FUTURES_HEADER = "id,price,qty,quote_qty,time,is_buyer_maker"
AGGREGATE_HEADER = (
    "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
)


def read(path: Path, zone: str = "UTC", **columns: str) -> tuple[TradeLayout, TradeBatch]:
    table = open_table(path)
    layout = mapped_trades(table.shape, columns) if columns else recognise_trades(table.shape)
    assert layout is not None
    (batch,) = read_trades(table, TradeReading(layout=layout, zone=zone, unit=None))
    return layout, batch


def text(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("lines", "identity", "number", "side"),
    [
        ([SPOT_TRADE], Identity.TRADE_ID, 3735683259, -1),
        ([SPOT_TRADE_US], Identity.TRADE_ID, 3735683259, -1),
        ([FUTURES_TRADE], Identity.TRADE_ID, 5266583935, 1),
        ([FUTURES_HEADER, FUTURES_TRADE], Identity.TRADE_ID, 5266583935, 1),
        ([SPOT_AGGREGATE], Identity.AGGREGATE_ID, 3106010247, -1),
        ([FUTURES_AGGREGATE], Identity.AGGREGATE_ID, 2310512345, 1),
        ([AGGREGATE_HEADER, FUTURES_AGGREGATE], Identity.AGGREGATE_ID, 2310512345, 1),
        (
            [f'{{"a":26129,"p":"0.5","q":"4.7","f":27781,"l":27781,"T":{MS},"m":true,"M":true}}'],
            Identity.AGGREGATE_ID,
            26129,
            -1,
        ),
        (
            [
                f'{{"e":"trade","E":{MS},"s":"BTCUSDT","t":12345,"p":"0.001","q":"100",'
                f'"T":{MS},"m":false,"M":true}}'
            ],
            Identity.TRADE_ID,
            12345,
            1,
        ),
        (
            [
                '{"market":"KRW-BTC","trade_date_utc":"2024-08-08","trade_time_utc":"23:54:14",'
                f'"timestamp":{MS},"trade_price":84000000.0,"trade_volume":0.01,'
                '"ask_bid":"BID","sequential_id":17231612543420000}'
            ],
            Identity.UNIQUE_ID,
            17231612543420000,
            1,
        ),
    ],
)
def test_what_venues_publish_is_known(
    tmp_path: Path, lines: list[str], identity: Identity, number: int, side: int
) -> None:
    layout, batch = read(text(tmp_path / "x", *lines))
    assert layout.identity == identity
    assert batch.broken == ()
    trades = batch.trades
    assert trades.exch_ts_ns.tolist() == [NS]
    assert (trades.trade_id.tolist(), trades.side.tolist()) == ([number], [side])
    assert trades.recv_ts_ns.tolist() == [0]
    assert trades.price[0] > 0 and trades.size[0] > 0


def test_a_recorder_s_columns_are_known(tmp_path: Path) -> None:
    columns: dict[str, Any] = {
        "recv_ns": [NS + 5],
        "event_ms": [MS + 1],
        "trade_ms": [MS],
        "trade_id": [7],
        "price": [61837.63],
        "qty": [0.02],
        "buyer_is_maker": [False],
        "type": ["MARKET"],
    }
    pq.write_table(pa.table(columns), tmp_path / "x.parquet")
    layout, batch = read(tmp_path / "x.parquet")
    assert layout.identity == Identity.TRADE_ID
    assert batch.trades.exch_ts_ns.tolist() == [NS]
    assert batch.trades.recv_ts_ns.tolist() == [NS + 5]
    assert batch.trades.side.tolist() == [1]


def test_lean_ticks_are_whole_numbers_in_local_time(tmp_path: Path) -> None:
    columns: dict[str, Any] = {
        "date": ["20131007"],
        "ms": [34_200_000],
        "price_x1e4": [491_800],
        "size": [300],
    }
    pq.write_table(pa.table(columns), tmp_path / "aig_trade.parquet")
    layout, batch = read(tmp_path / "aig_trade.parquet", zone="America/New_York")
    assert layout.is_local and layout.identity == Identity.ORDER
    assert batch.trades.exch_ts_ns.tolist() == [1_381_152_600 * 10**9]
    assert (batch.trades.price.tolist(), batch.trades.size.tolist()) == ([49.18], [300.0])
    assert (batch.trades.side.tolist(), batch.trades.trade_id.tolist()) == ([0], [NO_ID])


@pytest.mark.parametrize(
    "shape",
    [
        Shape(types=dict.fromkeys(("ts", "bid", "ask"), pa.float64())),
        Shape(types=dict.fromkeys(("time", "open", "close", "volume"), pa.float64())),
        Shape(types={"1": pa.binary()}, first={"1": "7"}),
        Shape(
            types=dict.fromkeys("1234567", pa.binary()),
            first=dict(zip("1234567", ["7", "1", "1", "1", "100", "true", "true"], strict=True)),
        ),
    ],
)
def test_other_tables_are_no_trades(shape: Shape) -> None:
    assert recognise_trades(shape) is None


def test_sides_in_words_and_numbers(tmp_path: Path) -> None:
    cells = ["buy", "SELL", "b", "Ask", "1", "-1", "", "unknown", "up"]
    lines = [f"{1_700_000_000 + n},10,1,{cell}" for n, cell in enumerate(cells)]
    _, batch = read(text(tmp_path / "x", "time,price,size,side", *lines))
    assert batch.trades.side.tolist() == [1, -1, 1, -1, 1, -1, 0, 0]
    assert [(one.row, one.raw) for one in batch.broken] == [(9, "1700000008,10,1,up")]


def test_numbers_that_are_none(tmp_path: Path) -> None:
    cells = ["5", "", "9007199254740993", "-1", "7.5", "x", "8.0", "99999999999999999999"]
    lines = [f"{1_700_000_000 + n},10,1,{cell}" for n, cell in enumerate(cells)]
    _, batch = read(text(tmp_path / "x", "time,price,size,trade_id", *lines))
    assert batch.trades.trade_id.tolist() == [5, NO_ID, 9007199254740993, 8]
    assert [one.row for one in batch.broken] == [4, 5, 6, 8]


@pytest.mark.parametrize(
    ("column", "numbers", "broken"),
    [
        (pa.array([1, None, 3], pa.int32()), [1, NO_ID, 3], 0),
        (pa.array([1.0, None, 3.5]), [1, NO_ID], 1),
        (pa.array(["1", None, "3"]).dictionary_encode(), [1, NO_ID, 3], 0),
        (pa.array([1, 2, 2**64 - 1], pa.uint64()), [1, 2], 1),
    ],
)
def test_numbers_of_any_type(tmp_path: Path, column: Any, numbers: list[int], broken: int) -> None:
    table = pa.table({"time": [MS] * 3, "price": [1.0] * 3, "size": [1.0] * 3, "trade_id": column})
    pq.write_table(table, tmp_path / "x.parquet")
    _, batch = read(tmp_path / "x.parquet")
    assert batch.trades.trade_id.tolist() == numbers
    assert len(batch.broken) == broken


def test_a_map_names_what_it_has(tmp_path: Path) -> None:
    path = text(tmp_path / "x", "a,b,c,d,e", f"{MS},10,1,buy,{MS + 1}")
    layout, batch = read(path, timestamp="a", price="b", size="c", side="d", recv="e")
    assert layout.identity == Identity.ORDER
    assert batch.trades.side.tolist() == [1]
    assert batch.trades.recv_ts_ns.tolist() == [NS + 10**6]
    with pytest.raises(UsageError, match="lacks size"):
        read(path, timestamp="a", price="b")
    with pytest.raises(UsageError, match="no part 'open' of trades"):
        read(path, timestamp="a", price="b", size="c", open="d")
