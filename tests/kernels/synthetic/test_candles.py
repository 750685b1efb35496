"""The made-up market: the same bytes everywhere, on the grid, and alive like a real one."""

import hashlib
import os
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.instruments import Instrument, Rules
from sigma_cli.domain.units import NS_PER_HOUR, NS_PER_MINUTE, TsNs
from sigma_cli.kernels import rng
from sigma_cli.kernels.jit import DISABLED
from sigma_cli.kernels.synthetic import candles

GOLDEN = "d42cf5fa77954c5fce023f3e61e55a3cbaa9d514e95aae47ff659c7316860188"
START_NS = 1_756_684_800 * 1_000_000_000
BANDS = ((1_000_000, 1_000), (100_000, 50), (1_000, 1), (0, 1))


def made(
    minutes: int, *, seed: int = 7, price: float = 1_050_000.0, quiet: float = 0.05
) -> NDArray[np.int64]:
    rules = Rules(
        valid_from_ns=TsNs(0),
        ticks=tuple((Decimal(lower), Decimal(tick)) for lower, tick in BANDS),
        lot=Decimal("0.001"),
        value_min=Decimal(5000),
        value_max=Decimal(10**9),
        fee_maker=Decimal("0.0005"),
        fee_taker=Decimal("0.0005"),
    )
    instrument = Instrument(
        venue="upbit", market="KRW-ETH", price_exp=0, size_exp=8, rules=(rules,)
    )
    model = np.zeros(1, candles.MODEL)
    model[0] = (price, 0.0006, 20.0, quiet)
    rows = np.zeros((minutes, 6), np.int64)
    state = rng.stream(seed, 0)
    count = candles.candles(model, pack_rules(instrument, rules), state, START_NS, rows)
    return rows[:count]


def checksum() -> str:
    return hashlib.sha256(made(600).tobytes()).hexdigest()


def test_the_golden_checksum() -> None:
    assert checksum() == GOLDEN


@pytest.mark.skipif(DISABLED, reason="this is the other half of the comparison")
def test_plain_python_makes_the_same_bytes() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", __file__],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == GOLDEN


def test_candles_are_candles() -> None:
    open_ts_ns, open_u, high_u, low_u, close_u, volume_u = made(3000).T
    assert (np.diff(open_ts_ns) >= NS_PER_MINUTE).all()
    assert (open_ts_ns % NS_PER_MINUTE == 0).all()
    assert (low_u <= np.minimum(open_u, close_u)).all()
    assert (high_u >= np.maximum(open_u, close_u)).all()
    assert (low_u > 0).all()
    assert (volume_u > 0).all()
    assert (volume_u % 100_000 == 0).all()


def test_every_price_is_on_the_venues_grid() -> None:
    prices_u = made(20_000 if not DISABLED else 500)[:, 1:5]
    tick_u = np.select([prices_u >= low for low, _ in BANDS], [tick for _, tick in BANDS])
    assert (prices_u % tick_u == 0).all()


def test_seeds_and_streams_differ() -> None:
    assert not np.array_equal(made(50, seed=7), made(50, seed=8))


def test_quiet_minutes_have_no_row() -> None:
    assert len(made(2000, quiet=0.0)) == 2000
    assert 0.01 < 1 - len(made(2000, quiet=0.05)) / 2000 < 0.15


@pytest.mark.skipif(DISABLED, reason="sixty days need compiled code")
def test_it_lives_like_a_market() -> None:
    open_ts_ns, _, _, _, close_u, volume_u = made(60 * 1440, price=6_000_000.0).T
    returns = np.diff(close_u) / close_u[:-1]
    size = np.abs(returns)
    assert returns.std() == pytest.approx(0.0006, rel=0.25)
    assert np.mean((returns / returns.std()) ** 4) > 5  # fat tails
    assert np.corrcoef(size[:-10], size[10:])[0, 1] > 0.1  # calm follows calm
    assert abs(np.corrcoef(returns[:-1], returns[1:])[0, 1]) < 0.05
    hour = open_ts_ns // NS_PER_HOUR % 24
    assert volume_u[hour == 14].mean() > 2 * volume_u[hour == 18].mean()


if __name__ == "__main__":
    print(checksum())  # noqa: T201 - read by the test above, in a process without the JIT
