"""A made-up market written as files, in the columns in which Upbit gives its candles.

The same arguments write the same bytes on every machine. Nothing here pretends to be real: whoever
ingests the files must mark them synthetic.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MINUTE
from sigma_cli.kernels import rng
from sigma_cli.kernels.synthetic import candles
from sigma_cli.runtime import rulebooks
from sigma_cli.store.files import publish

VENUE: Final = "upbit"
_HEAD: Final = (
    "market,candle_date_time_utc,opening_price,high_price,low_price,trade_price,"
    "candle_acc_trade_volume\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One made-up market's character; `kernels/synthetic/candles.py` says what the numbers do."""

    name: str
    stream: int
    """Which stream of random numbers it is made from."""
    price: float
    deviation: float
    volume: float
    quiet: float


MARKETS: Final = (
    Market(name="KRW-BTC", stream=0, price=150e6, deviation=0.00035, volume=0.9, quiet=0.002),
    Market(name="KRW-ETH", stream=1, price=6.1e6, deviation=0.0006, volume=35, quiet=0.004),
    Market(name="KRW-DOGE", stream=2, price=300, deviation=0.0012, volume=400_000, quiet=0.03),
)
"""About as large and as lively as their namesakes in September 2025."""


def write_candles(folder: Path, market: Market, seed: int, start_ns: int, days: int) -> Path:
    """Write one market's one-minute candles as CSV and return the file.

    Raises:
        OutsideError: the disk is full or refuses.
    """
    instrument = _instrument(market)
    model = np.zeros(1, candles.MODEL)
    model[0] = (market.price, market.deviation, market.volume, market.quiet)
    rows = np.zeros((days * NS_PER_DAY // NS_PER_MINUTE, 6), np.int64)
    rules = pack_rules(instrument, instrument.rules_at(start_ns))
    state = rng.stream(seed, market.stream)
    count = candles.candles(model, rules, state, start_ns, rows)
    text = _csv(instrument, rows[:count])
    path = folder / f"{market.name}.csv"
    publish(path, lambda temporary: _write(temporary, text))
    return path


def _instrument(market: Market) -> Instrument:
    book = rulebooks.find(VENUE)
    price_exp, size_exp = book.exponents(
        market.name, low=market.price, high=market.price, price_digits=0, size_digits=8
    )
    return book.instrument(market.name, price_exp, size_exp)


def _csv(instrument: Instrument, rows: NDArray[np.int64]) -> str:
    times = np.datetime_as_string(rows[:, 0].astype("datetime64[ns]"), unit="s").tolist()
    exponents = (*(instrument.price_exp,) * 4, instrument.size_exp)
    columns = [_decimals(rows[:, i + 1], exponent) for i, exponent in enumerate(exponents)]
    lines = (",".join(cells) for cells in zip(times, *columns, strict=True))
    return _HEAD + "".join(f"{instrument.market},{line}\n" for line in lines)


def _decimals(units: NDArray[np.int64], exponent: int) -> list[str]:
    """Return whole units as decimal text, exactly."""
    if exponent == 0:
        return [str(unit) for unit in units.tolist()]
    scale = 10**exponent
    return [f"{unit // scale}.{unit % scale:0{exponent}}" for unit in units.tolist()]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
