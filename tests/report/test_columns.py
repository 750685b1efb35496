"""The tables for other programs: plain, in UTC, and the same numbers as the page's."""

from collections.abc import Callable

import numpy as np
import pytest

from sigma_cli.report.columns import TABLES
from sigma_cli.report.inputs import Run

MakeRun = Callable[..., Run]


def rows(run: Run, name: str) -> list[dict[str, str]]:
    table = TABLES[name](run)
    return [dict(zip(table.head, row, strict=True)) for row in table.rows]


def test_trades_have_everything_and_open_ones_no_exit(make_run: MakeRun) -> None:
    run = make_run(minutes=3000)
    found = rows(run, "trades")
    assert len(found) == len(run.trades["pnl"])
    assert sum(float(row["pnl"]) for row in found) == pytest.approx(run.trades["pnl"].sum())
    assert found[0]["entry_time"].startswith("2025-09-01T")
    assert found[0]["entry_time"].endswith("Z")
    assert {row["market"] for row in found} == {"KRW-BTC", "KRW-ETH"}
    assert float(found[0]["worst_moment"]) <= 0 <= float(found[0]["best_moment"])
    still_open = [row for row in found if row["exit_time"] == ""]
    assert len(still_open) == int(np.count_nonzero(run.trades["exit_ts_ns"] == 0))
    assert all(row["exit_price"] == row["bars"] == "" for row in still_open)


def test_equity_reads_back_the_same(make_run: MakeRun) -> None:
    run = make_run(minutes=500)
    found = rows(run, "equity")
    assert [float(row["equity"]) for row in found] == run.equity["equity"].tolist()
    assert found[0]["time"] == "2025-09-01T00:01:00.000Z"


def test_days_and_months_are_named(make_run: MakeRun) -> None:
    run = make_run(("KRW-BTC",), minutes=2880)
    assert [row["day"] for row in rows(run, "days")] == ["2025-09-01", "2025-09-02"]
    assert [row["month"] for row in rows(run, "months")] == ["2025-09"]
