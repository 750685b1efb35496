"""The published reference: a million bars through the command line against a plain loop.

NautilusTrader and a loop in numba agree on the same numbers. The loop here counts in integers, so
it is exact: prices in cents, money in 1/2000 of the quote currency, which is what the fee of 0.05 %
on 100 units at a price in cents needs.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from sigma_cli.domain.facts import FactKind
from sigma_cli.store.runs import load_run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MINUTE_NS = 60_000_000_000
FAST, SLOW = 10, 30
CASH, MONEY = 1_000_000, 2000
BUY, SELL = MONEY + 1, MONEY - 1
"""What 100 units cost and bring at a price of one cent, fee included."""

Sigma = Callable[..., Any]


@dataclass
class Outcome:
    """What the plain loop did."""

    fills: list[tuple[int, int]] = field(default_factory=list)
    """Bar at whose open it was filled, and the price in cents: a buy, a sell, a buy, ..."""
    ties: int = 0
    halted_at: int | None = None
    equity: float = CASH


def plain(opens: list[int], closes: list[int], drawdown_percent_max: int) -> Outcome:
    """Trade the cross of two averages: long only, 100 units, a market order at the next open."""
    done = Outcome()
    cash = peak = CASH * MONEY
    held, order, last = False, 0, 0
    fast = slow = 0
    for i, (open_u, close_u) in enumerate(zip(opens, closes, strict=True)):
        if order:
            cash += -BUY * open_u if order > 0 else SELL * open_u
            held, order = order > 0, 0
            done.fills.append((i, open_u))
        equity = cash + MONEY * close_u * held
        peak = max(peak, equity)
        if done.halted_at is None and 100 * (peak - equity) >= drawdown_percent_max * peak:
            done.halted_at = i
        fast += close_u - (closes[i - FAST] if i >= FAST else 0)
        slow += close_u - (closes[i - SLOW] if i >= SLOW else 0)
        above = SLOW * fast - FAST * slow if i >= SLOW - 1 else 0
        done.ties += above == 0 and i >= SLOW - 1
        if above > 0 > last and not held and done.halted_at is None:
            order = 1
        elif above < 0 < last and held:
            order = -1
        last = above or last
    done.equity = equity / MONEY
    return done


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("market") / "BARS-1m.parquet"
    subprocess.run([sys.executable, ROOT / "benchmarks" / "bars.py", path], check=True)
    return path


@pytest.fixture(scope="module")
def prices(market: Path) -> tuple[list[int], list[int]]:
    table = pq.read_table(market, columns=["open", "close"])
    opens, closes = (np.rint(table[name].to_numpy() * 100) for name in ("open", "close"))
    return opens.astype(int).tolist(), closes.astype(int).tolist()


@pytest.fixture(scope="module")
def sigma(market: Path) -> Sigma:
    """Run a subcommand on a store that holds the market; return what it says as JSON."""

    def run(*words: object) -> Any:
        code = "import sys; from commands import sigma; sys.exit(sigma())"
        store = market.parent / "store"
        argv = [sys.executable, "-c", code, "--store", str(store), "--json", *map(str, words)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    ingested = run("ingest", "files", market, "--venue", "reference", "--interval", "1m")
    assert (ingested["read"], ingested["added"], ingested["quarantined"]) == (1_000_000,) * 2 + (0,)
    return run


def backtest(sigma: Sigma, *words: str) -> Any:
    chosen = ("--strategy", "sma_cross", "--period", "all", "--fee", "0.05%", "--set", "units=100")
    return sigma("backtest", *chosen, *words)


def fills(result: Any) -> list[tuple[int, int]]:
    """Return the fills of a stored run as the plain loop counts them."""
    folder = Path(result["folder"])
    run = load_run(folder.parents[1], folder.name)
    facts = run.table("facts")
    is_fill = facts["kind"] == FactKind.FILLED
    bars = (facts["exch_ts_ns"][is_fill] - run.summary["period"]["start_ns"]) // MINUTE_NS
    cent_u = 10 ** (run.summary["markets"][0]["price_exp"] - 2)
    cents, rest = np.divmod(facts["price_u"][is_fill], cent_u)
    assert not rest.any()
    return list(zip(bars.tolist(), cents.tolist(), strict=True))


def test_a_million_bars_give_the_published_answer(
    sigma: Sigma, prices: tuple[list[int], list[int]]
) -> None:
    expected = plain(*prices, drawdown_percent_max=100)
    assert (len(expected.fills), expected.ties) == (38_870, 1_258)
    assert round(expected.equity, 2) == 805_804.48

    result = backtest(sigma, "--set", "limits.drawdown_max=1")

    assert (result["bars"], result["fills"], result["orders"]) == (1_000_000, 38_870, 38_870)
    assert (result["refusals"], result["switches"]) == ({}, [])
    assert result["final_equity"] == pytest.approx(expected.equity, rel=1e-12)
    assert fills(result) == expected.fills


def test_the_default_limits_stop_it_and_the_report_says_so(
    sigma: Sigma, prices: tuple[list[int], list[int]]
) -> None:
    expected = plain(*prices, drawdown_percent_max=15)
    assert expected.halted_at == 802_243  # counted from 0

    result = backtest(sigma)

    assert result["switches"] == ["drawdown_max"]
    assert result["final_equity"] == pytest.approx(expected.equity, rel=1e-12)
    assert fills(result) == expected.fills
    report = sigma("report", result["run_id"])
    (switch,) = report["summary"]["switches"]
    assert (switch["name"], switch["bar_no"]) == ("drawdown_max", 802_243)
    said = [doubt["text"] for doubt in report["doubts"] if doubt["grave"]]
    assert any("bar 802,243: no new positions" in text for text in said)
    assert "bar 802,243: no new positions" in Path(report["path"]).read_text(encoding="utf-8")
