import json
from pathlib import Path

import pyarrow as pa
import pytest

from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.errors import UsageError
from sigma_cli.store.sources.candles import CandleBatch, Reading, read_candles
from sigma_cli.store.sources.formats import open_table
from sigma_cli.store.sources.layouts import PARTS, Layout, mapped, recognise
from sigma_cli.store.sources.naming import unrecognised
from sigma_cli.store.sources.tables import Shape

KLINE = (
    "1499040000000,0.01634790,0.80000000,0.01575800,0.01577100,148976.11427815,"
    "1499644799999,2434.19055334,308,1756.87402397,28.46694368,0"
)
"""From the exchange's documentation."""
UPBIT = {
    "market": "KRW-BTC",
    "candle_date_time_utc": "2026-01-02T03:04:00",
    "candle_date_time_kst": "2026-01-02T12:04:00",
    "opening_price": 109715000.0,
    "high_price": 109756000.0,
    "low_price": 109714000.0,
    "trade_price": 109756000.0,
    "timestamp": 1767323099833,
    "candle_acc_trade_price": 78269528.64757,
    "candle_acc_trade_volume": 0.71326612,
    "unit": 1,
}
"""From the exchange's documentation."""


def shape(*names: str) -> Shape:
    return Shape(types=dict.fromkeys(names, pa.float64()))


def read(path: Path, layout: Layout | None = None, zone: str = "UTC") -> CandleBatch:
    """Read the only batch of a file."""
    table = open_table(path)
    known = layout or recognise(table.shape)
    assert known is not None
    interval_ns = INTERVALS_NS["1m"]
    reading = Reading(layout=known, zone=zone, unit=None, interval_ns=interval_ns)
    (batch,) = read_candles(table, reading)
    return batch


def test_upbit_candles_are_named_by_their_opening(tmp_path: Path) -> None:
    path = tmp_path / "candles.json"
    path.write_text(json.dumps([UPBIT, UPBIT | {"candle_date_time_utc": "2026-01-02T03:03:00"}]))
    batch = read(path)
    assert batch.markets == ("KRW-BTC",)
    assert batch.open_ts_ns.tolist() == [1767323040 * 10**9, 1767322980 * 10**9]
    assert batch.prices[:, 0].tolist() == [109715000, 109756000, 109714000, 109756000]
    assert batch.volume[0] == 0.71326612


@pytest.mark.parametrize("factor", [1, 1000])
def test_klines_without_a_header_in_ms_and_us(tmp_path: Path, factor: int) -> None:
    cells = KLINE.split(",")
    cells[0], cells[6] = str(int(cells[0]) * factor), str(int(cells[6]) * factor)
    path = tmp_path / "BTCUSDT-1m.csv"
    path.write_text(",".join(cells) + "\n")
    batch = read(path)
    assert batch.open_ts_ns.tolist() == [1499040000 * 10**9]
    assert batch.prices[:, 0].tolist() == [0.0163479, 0.8, 0.015758, 0.015771]


def test_klines_with_a_header_and_as_json(tmp_path: Path) -> None:
    names = "open_time,open,high,low,close,volume,close_time,quote_volume,count,tb,tq,ignore"
    (tmp_path / "a.csv").write_text(f"{names}\n{KLINE}\n")
    cells = KLINE.split(",")
    rest = [int(cells[0]), *cells[1:6], int(cells[6]), *cells[7:]]
    (tmp_path / "a.json").write_text(json.dumps([rest]))
    for path in tmp_path.iterdir():
        batch = read(path)
        assert batch.open_ts_ns.tolist() == [1499040000 * 10**9]
        assert batch.volume.tolist() == [148976.11427815]


@pytest.mark.parametrize(
    ("names", "timestamp", "market"),
    [
        (("timestamp", "open", "high", "low", "close", "volume"), "timestamp", None),
        (("date", "open", "high", "low", "close", "volume"), "date", None),
        (("symbol", "ts_utc", "open", "high", "low", "close", "volume"), "ts_utc", "symbol"),
        (
            ("symbol", "Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"),
            "Date",
            "symbol",
        ),
        (
            ("ticker", "volume", "open", "close", "high", "low", "window_start", "transactions"),
            "window_start",
            "ticker",
        ),
    ],
)
def test_names_that_people_use(names: tuple[str, ...], timestamp: str, market: str | None) -> None:
    layout = recognise(shape(*names))
    assert layout is not None
    assert layout.timestamp == timestamp
    assert layout.market == market
    assert layout.close.lower() == "close"


def test_lean_prices_are_whole_numbers_in_local_time() -> None:
    text, whole = pa.large_string(), pa.int64()
    prices = {name: whole for name in ("open", "high", "low", "close", "volume")}
    days = recognise(Shape(types={"symbol": text, "time": text, **prices}))
    assert days is not None and days.is_local and days.price_exp == 4
    minutes = recognise(Shape(types={"venue": text, "date": text, "ms": whole, **prices}))
    assert minutes is not None and minutes.clock == "ms" and minutes.price_exp == 4
    crypto = {name: pa.float64() for name in prices}
    coins = recognise(Shape(types={"venue": text, "date": text, "ms": whole, **crypto}))
    assert coins is not None and coins.price_exp == 0


def test_lean_times_are_milliseconds_of_the_local_day(tmp_path: Path) -> None:
    path = tmp_path / "aapl.csv"
    path.write_text("date,ms,open,high,low,close,volume\n20140605,34200000,1,2,1,2,3\n")
    batch = read(path, zone="America/New_York")
    assert batch.open_ts_ns.tolist() == [1401975000 * 10**9]


def test_quotes_and_trades_are_no_candles() -> None:
    for names in (("ts", "bid_open", "bid_high"), ("trade_ms", "price", "qty"), ()):
        assert recognise(shape(*names)) is None
    assert recognise(Shape(types={"1": pa.string()}, first={"1": "7"})) is None
    odd = {str(n): "x" for n in range(1, 13)}
    assert recognise(Shape(types=dict.fromkeys(odd, pa.string()), first=odd)) is None


def test_what_to_type_for_an_unknown_file() -> None:
    said = unrecognised(PARTS, shape("when", "open", "high", "low", "last", "volume"))
    assert "when, open, high, low, last, volume" in said
    assert "--map timestamp=COLUMN open=open high=high low=low close=COLUMN volume=volume" in said
    assert "1 (7.5)" in unrecognised(PARTS, Shape(types={"1": pa.string()}, first={"1": "7.5"}))


def test_a_map_names_every_part() -> None:
    columns = {"timestamp": "t", "open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}
    seen = shape("t", "o", "h", "l", "c", "v", "m")
    assert mapped(seen, columns | {"market": "m"}).market == "m"
    with pytest.raises(UsageError, match="lacks volume"):
        mapped(seen, {part: name for part, name in columns.items() if part != "volume"})
    with pytest.raises(UsageError, match="did you mean 'open'"):
        mapped(seen, columns | {"opn": "o"})
    with pytest.raises(UsageError, match="no column 'x'"):
        mapped(seen, columns | {"high": "x"})


def test_cells_that_are_no_number_are_broken_and_blank_ones_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [
        "60,1,1,1,1,1",
        "120,1,1,oops,1,1",
        "180,1,,1,1,1",
        "soon,1,1,1,1,1",
        "300, 1 ,1,1,1,1_0",
    ]
    path.write_text("t,o,h,l,c,v\n" + "\n".join(lines) + "\n")
    batch = read(path)
    assert batch.rows.tolist() == [1, 3]
    assert [(line.row, line.raw) for line in batch.broken] == [
        (2, "120,1,1,oops,1,1"),
        (4, "soon,1,1,1,1,1"),
        (5, "300, 1 ,1,1,1,1_0"),
    ]
    assert batch.prices[1].tolist()[0] == 1 and batch.prices[1][1] != batch.prices[1][1]
