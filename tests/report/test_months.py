"""Months and days of a run: their returns make up its whole return."""

from collections.abc import Callable

import numpy as np
import pytest

from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.report.inputs import Run
from sigma_cli.report.months import daily, monthly, months

MakeRun = Callable[..., Run]


def test_september_has_one_month_and_its_days(make_run: MakeRun) -> None:
    run = make_run(("KRW-BTC",), minutes=5 * 1440)
    numbers, returns = monthly(run)
    assert numbers.tolist() == [2025 * 12 + 8]
    assert returns == pytest.approx([run.summary["total_return"]])
    ends_ns, days = daily(run)
    assert len(days) == 5
    assert (np.diff(ends_ns) == NS_PER_DAY).all()
    assert np.prod(1 + days) - 1 == pytest.approx(run.summary["total_return"])


def test_months_multiply_to_the_year(make_run: MakeRun) -> None:
    run = make_run(("KRW-BTC",), minutes=45 * 1440)
    numbers, returns = monthly(run)
    assert numbers.tolist() == [2025 * 12 + 8, 2025 * 12 + 9]
    assert np.prod(1 + returns) - 1 == pytest.approx(run.summary["total_return"])


def test_where_markets_rest_a_weekend_is_no_day(make_run: MakeRun) -> None:
    run = make_run(("KRW-BTC",), minutes=12 * 1440, always_open=False)
    ends_ns, days = daily(run)
    assert len(ends_ns) == 10  # from a Monday to the Friday of the next week
    assert np.prod(1 + days) - 1 == pytest.approx(run.summary["total_return"])


def test_only_months_of_the_run_have_a_column(make_run: MakeRun) -> None:
    html = months(make_run(("KRW-BTC",), minutes=2880))
    assert ">Sep<" in html
    assert ">Oct<" not in html
    assert "2025" in html
