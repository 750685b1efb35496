"""Clocks of a market: what a sample of its latencies says of all of them."""

from dataclasses import replace

import numpy as np

from sigma_cli.runtime.tape_clocks import Clock, evenly


def test_each_kind_of_rows_counts_as_much_as_it_has_rows() -> None:
    quick, slow = np.full(8, 1), np.full(6, 9)  # of 8 rows each one, of 24 every fourth
    found = evenly([(1, quick), (4, slow)])
    assert found.tolist() == [1, 1, 9, 9, 9, 9, 9, 9]
    assert len(evenly([])) == 0


def test_the_least_and_the_longest_are_those_of_all_rows() -> None:
    sample = np.arange(1, 11)
    clock = Clock(
        kinds=(),
        offset_ns=0,
        recorded_ns=sample,
        stride=4,
        extremes_ns=(0, 99),
        modelled_ns=sample,
    )
    assert clock.quantiles_ns == (0, 5, 9, 10, 99)
    assert replace(clock, recorded_ns=sample[:0]).quantiles_ns == ()
