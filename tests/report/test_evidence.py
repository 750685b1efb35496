"""The evidence against luck, from an equity table and from the other tries."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from sigma_cli.report.evidence import evidence, weigh
from sigma_cli.report.inputs import Run
from sigma_cli.stats.equity import Sampled
from sigma_cli.stats.sharpe import expected_max

MakeRun = Callable[..., Run]


def drawn(mean: float = 0.001, seed: int = 1, count: int = 400) -> Sampled:
    returns = np.random.default_rng(seed).normal(mean, 0.01, count)
    return Sampled(returns=returns, per_year=365.0, basis="made up")


def test_the_ratio_is_that_of_the_summary(make_run: MakeRun) -> None:
    run = make_run(("KRW-BTC",), minutes=20_000)
    assert evidence(run).sharpe == pytest.approx(run.summary["sharpe"])
    assert evidence(run).years == pytest.approx(14 / 365)


def test_luck_grows_with_the_tries() -> None:
    found = [weigh(drawn(), trials, np.empty(0)) for trials in (1, 10, 1000)]
    noise = math.sqrt(365 / 399)
    assert [one.luck for one in found] == pytest.approx(
        [0.0, noise * expected_max(10), noise * expected_max(1000)]
    )
    assert found[0].deflated == found[0].probabilistic
    assert found[0].deflated > found[1].deflated > found[2].deflated
    assert found[2].years_needed > found[0].years_needed


def test_tries_that_differ_more_than_noise_count_as_they_are() -> None:
    tried = np.linspace(-10, 10, 50)
    assert weigh(drawn(), 50, tried).luck == pytest.approx(tried.std(ddof=1) * expected_max(50))


def test_tries_that_resemble_each_other_count_as_noise() -> None:
    alone = weigh(drawn(), 50, np.empty(0))
    assert weigh(drawn(), 50, np.full(50, 1.3)).luck == alone.luck
    assert weigh(drawn(), 50, np.full(50, np.nan)).luck == alone.luck


def test_a_run_that_did_nothing_has_no_evidence(make_run: MakeRun) -> None:
    found = evidence(make_run(fast=10, slow=20_000))
    assert not found.known
    assert math.isnan(found.error)


def test_of_noise_hardly_anything_is_called_skill() -> None:
    """The best of 50 worthless tries, a hundred times."""
    rng = np.random.default_rng(3)
    sure = 0
    for _ in range(100):
        tries = [weigh(Sampled(returns=r, per_year=365.0, basis=""), 50, np.empty(0))
                 for r in rng.normal(0.0, 0.01, (50, 120))]  # fmt: skip
        sure += max(one.deflated for one in tries) > 0.95
    assert sure <= 10
