"""The bootstrap: the same bits everywhere, blocks as they should be, and bands that hold."""

import math

import numpy as np
import pytest

from sigma_cli.stats.bootstrap import bands, bits, block_length, stationary


def test_bits_are_splitmix64() -> None:
    """The first numbers of seed 1234567, as published with the reference implementation."""
    assert bits(1_234_567, np.arange(3)).tolist() == [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
    ]
    assert bits(7, np.arange(5, 15)).tolist() == bits(7, np.arange(15))[5:].tolist()


def test_histories_do_not_depend_on_how_they_are_parted() -> None:
    whole = stationary(50, 20, 4.0, 9)
    parts = [stationary(50, 5, 4.0, 9, first) for first in range(0, 20, 5)]
    assert np.array_equal(whole, np.concatenate(parts))


def test_blocks_have_the_mean_length_and_begin_anywhere() -> None:
    drawn = stationary(1000, 200, 8.0, 1)
    follows = (drawn[:, 1:] - drawn[:, :-1]) % 1000 == 1
    assert np.mean(~follows) == pytest.approx(1 / 8, rel=0.05)
    counts = np.bincount(drawn.ravel(), minlength=1000)
    assert counts.min() > 100
    assert counts.sum() == 200_000


def test_the_spread_of_the_mean_is_that_of_the_returns() -> None:
    returns = np.random.default_rng(4).normal(0.0, 0.01, 400)
    drawn = returns[stationary(400, 4000, 1.0, 3)].mean(axis=1)
    assert drawn.std() == pytest.approx(returns.std() / math.sqrt(400), rel=0.05)


def test_blocks_keep_what_hangs_together() -> None:
    noise = np.random.default_rng(6).normal(0.0, 0.01, 2000)
    for t in range(1, 2000):
        noise[t] += 0.6 * noise[t - 1]
    long_run = 0.01 / 0.4 / math.sqrt(2000)
    drawn = noise[stationary(2000, 2000, 40.0, 3)].mean(axis=1)
    assert drawn.std() == pytest.approx(long_run, rel=0.25)
    assert noise[stationary(2000, 2000, 1.0, 3)].mean(axis=1).std() < 0.6 * long_run


def test_bands_hold_what_they_promise() -> None:
    """A 90 % band of the Sharpe ratio holds the true one in about 90 of 100 series."""
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(200):
        found = bands(rng.normal(0.001, 0.01, 250), 10, draws=300, block=1.0)
        held += bool(found.sharpe[0] <= 0.1 <= found.sharpe[2])
    assert 165 <= held <= 195


def test_bands_are_in_order_and_begin_at_one() -> None:
    found = bands(np.random.default_rng(2).normal(0.004, 0.02, 300), 100)
    assert found.block == block_length(300) == 7.0
    assert found.paths[:, 0].tolist() == [1.0, 1.0, 1.0]
    assert (np.diff(found.paths, axis=0) >= 0).all()
    assert (found.at[0], found.at[-1]) == (0, 300)
    assert 0.0 < found.lost < 0.5
    assert found.total[1] > 0


def test_the_same_returns_have_the_same_bands() -> None:
    returns = np.random.default_rng(2).normal(0.001, 0.02, 60)
    one, two = bands(returns, 30), bands(returns, 30)
    assert np.array_equal(one.paths, two.paths)


def test_two_returns_are_enough_and_flat_ones_have_no_ratio() -> None:
    assert bands(np.array([0.01, -0.01]), 10, draws=50).paths.shape == (3, 3)
    assert np.isnan(bands(np.zeros(20), 10, draws=50).sharpe).all()
