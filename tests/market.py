"""Small made-up markets for tests: plain random walks, not meant to look like anything."""

from decimal import Decimal

import numpy as np

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.instruments import Instrument, Rules
from sigma_cli.domain.units import NS_PER_MINUTE, TsNs

START_NS = 1_756_684_800_000_000_000
"""2025-09-01 00:00 UTC."""


def instrument(market: str = "KRW-BTC", fee: str = "0.0005", value_min: str = "5000") -> Instrument:
    """Return a market with ticks of 1, lots of 1e-8 and Upbit's minimum."""
    rules = Rules(
        valid_from_ns=TsNs(0),
        ticks=((Decimal(0), Decimal(1)),),
        lot=Decimal("1e-8"),
        value_min=Decimal(value_min),
        value_max=Decimal(10**9),
        fee_maker=Decimal(fee),
        fee_taker=Decimal(fee),
    )
    return Instrument(venue="upbit", market=market, price_exp=0, size_exp=8, rules=(rules,))


def candles(count: int, seed: int = 1, *, step: int = 3, market: str = "KRW-BTC") -> Candles:
    """Return a random walk around 10,000; a small `step` makes averages tie often."""
    random = np.random.default_rng(seed)
    close = 10_000 + np.cumsum(random.integers(-step, step + 1, count))
    close = np.maximum(close, 100).astype(np.int64)
    before = np.concatenate(([10_000], close[:-1])).astype(np.int64)
    return Candles(
        instrument=instrument(market),
        interval_ns=NS_PER_MINUTE,
        open_ts_ns=START_NS + np.arange(count, dtype=np.int64) * NS_PER_MINUTE,
        open_u=before,
        high_u=np.maximum(before, close) + random.integers(0, step + 1, count),
        low_u=np.minimum(before, close) - random.integers(0, step + 1, count),
        close_u=close,
        volume_u=random.integers(1, 10**10, count),
    )
