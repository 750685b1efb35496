"""Scales, ticks and paths: nothing that can be seen is lost."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.report import svg


def test_scale_puts_low_at_the_bottom() -> None:
    scale = svg.Scale(low=10.0, high=20.0)
    assert scale.y(np.array([10.0, 15.0, 20.0])).tolist() == [1000.0, 500.0, 0.0]
    assert scale.x(np.array([10.0, 20.0])).tolist() == [0.0, 2000.0]
    assert scale.share(12.5) == 0.25


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0])
def test_a_flat_series_still_has_a_scale(value: float) -> None:
    scale = svg.scale_around(value, value)
    assert scale.low < value < scale.high


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_ticks_are_inside_and_not_too_many(low: float, height: float) -> None:
    scale = svg.Scale(low=low, high=low + height)
    places = svg.ticks(scale, 6)
    assert len(places) <= 7
    slack = height * 1e-6 + abs(low) * 1e-14
    assert all(scale.low - slack <= at <= scale.high + slack for at in places)


def test_ticks_are_round() -> None:
    assert svg.ticks(svg.Scale(low=-7.3, high=22.0), 6) == [-5.0, 0.0, 5.0, 10.0, 15.0, 20.0]


def test_reduction_keeps_every_columns_extremes() -> None:
    rng = np.random.default_rng(1)
    x = np.linspace(0, svg.WIDTH, 50_000)
    y = rng.normal(size=len(x)).cumsum()
    kept = svg.reduced(x, y)
    assert len(kept) <= 4 * svg.COLUMNS
    column = np.minimum((x * (svg.COLUMNS / svg.WIDTH)).astype(int), svg.COLUMNS - 1)
    for i in range(0, svg.COLUMNS, 37):
        inside, shown = y[column == i], y[kept][column[kept] == i]
        assert (inside.min(), inside.max()) == (shown.min(), shown.max())
        assert (inside[0], inside[-1]) == (shown[0], shown[-1])


def test_one_spike_among_a_million_points_is_drawn() -> None:
    x = np.linspace(0, svg.WIDTH, 1_000_000)
    y = np.full(len(x), 500.0)
    y[123_456] = 7.0
    assert 7.0 in y[svg.reduced(x, y)]


def test_a_path_leads_through_its_points() -> None:
    drawn = svg.line(np.array([0.0, 10.0, 10.0, 30.0]), np.array([5.0, 5.0, 9.0, 2.0]))
    assert drawn == "M0 5h10v4l20 -7"
    assert svg.line(np.array([]), np.array([])) == ""
    assert svg.area(np.array([]), np.array([]), 0.0) == ""


def test_an_area_is_closed_at_its_floor() -> None:
    drawn = svg.area(np.array([0.0, 10.0]), np.array([5.0, 8.0]), 100.0)
    assert drawn == "M0 5l10 3V100H0Z"
    assert re.fullmatch(r"[MlhvVHZ0-9 -]+", drawn)
