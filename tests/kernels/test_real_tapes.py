"""Real minutes of five markets through the golden cross: every way to tell the run agrees."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.kernels.features.averages import sma
from sigma_cli.kernels.features.crossings import crossings
from sigma_cli.kernels.jit import DISABLED
from sigma_cli.settings import Settings
from sigma_cli.venues.upbit.rules import RULEBOOK
from tests.kernels import tapes
from tests.kernels.plainly import plainly

pytestmark = [pytest.mark.real, pytest.mark.skipif(DISABLED, reason="150,000 bars need compiling")]

FOLDER = "real_large/upbit-krw-1m-20250901_0921"
ROWS = {"BTC": 30_238, "ETH": 30_240, "SOL": 30_229, "XRP": 30_240, "DOGE": 30_099}


def candles(folder: Path, coin: str, rows_max: int) -> Candles:
    """Read a recording, in the units that Upbit's rule book demands."""
    table = pq.read_table(folder / FOLDER / f"{coin}_KRW_1m.parquet")
    assert len(table) == ROWS[coin]
    low = float(np.min(table["low"].to_numpy()))
    price_exp, size_exp = RULEBOOK.exponents(
        f"KRW-{coin}", low=low, high=low, price_digits=0, size_digits=8
    )
    times = table["timestamp"].to_numpy().astype("datetime64[ns]").astype(np.int64)

    def units(name: str, exponent: int) -> np.typing.NDArray[np.int64]:
        return np.rint(table[name].to_numpy()[:rows_max] * 10.0**exponent).astype(np.int64)

    return Candles(
        instrument=RULEBOOK.instrument(f"KRW-{coin}", price_exp, size_exp),
        interval_ns=NS_PER_MINUTE,
        open_ts_ns=times[:rows_max],
        open_u=units("open", price_exp),
        high_u=units("high", price_exp),
        low_u=units("low", price_exp),
        close_u=units("close", price_exp),
        volume_u=units("volume", size_exp),
    )


def golden_cross(folder: Path, chosen: Settings, rows_max: int) -> tapes.Setup:
    read = tuple(candles(folder, coin, rows_max) for coin in ROWS)
    signals = tuple(
        crossings(sma(one.close_u, 10, 1.0), sma(one.close_u, 30, 1.0), 1_000) for one in read
    )
    return tapes.Setup(read, signals, chosen)


CHOICES = {
    "as configured": Settings(),
    "with slippage and a cap": Settings.model_validate(
        {
            "fills": {"slippage_bps": 2.0, "participation_max": 0.01},
            "sizing": {"kind": "fraction", "fraction": 0.2},
            "limits": {"drawdown_max": 1.0, "day_loss_max": 1.0},
        }
    ),
}


@pytest.mark.prove
@pytest.mark.parametrize("name", CHOICES)
def test_minutes_simulated_replayed_and_stepped(
    name: str, real_data: Path, depth: Callable[..., int]
) -> None:
    rows_max = depth(quick=6_000, full=40_000)  # of each market: in full all that there are
    setup = golden_cross(real_data, CHOICES[name], rows_max)
    tape = tapes.simulated(setup)
    assert len(tape.equity) == sum(min(rows, rows_max) for rows in ROWS.values())
    assert len(tape.requests) > rows_max // 40
    assert tapes.replayed(setup, tape) == tapes.outcome(tape)
    assert tapes.stepped(setup, tape) == tapes.outcome(tape)


@pytest.mark.parametrize("name", CHOICES)
def test_a_few_thousand_minutes_without_compiling(
    name: str, real_data: Path, tmp_path: Path
) -> None:
    setup = golden_cross(real_data, CHOICES[name], rows_max=300)
    tape = tapes.simulated(setup)
    assert len(tape.requests) > 30
    assert plainly(tapes.told_anew, setup, tmp_path) == tapes.told(setup, tape)
