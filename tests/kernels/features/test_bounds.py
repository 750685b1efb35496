"""A feature as a share of 1: the fixed maps by hand, the bounds of the day by definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import RULES
from sigma_cli.domain.features import SCALES, Column, Scale
from sigma_cli.kernels.features import market
from sigma_cli.kernels.features.bounds import BOUNDS, bounded

ROC = Column.ROC_1M
COLUMNS = len(Column)


def no_bounds() -> Records:
    made: Records = market.begin(np.zeros(1, RULES), 0, makes_bars=True)["bounds"]
    return made


def bounds(low: float, high: float, least: float, greatest: float) -> Records:
    made = no_bounds()
    for name, value in {"low": low, "high": high, "min": least, "max": greatest}.items():
        made[name] = value
    return made


def shares(value: float, told: Records) -> list[float]:
    out = np.full(COLUMNS, -7.0)
    bounded(np.full(COLUMNS, value), told[0], out)
    return out.tolist()


@pytest.mark.parametrize(
    ("scale", "value", "share"),
    [
        (Scale.HUNDRED, 30, 0.3),
        (Scale.SIGNED, -1, 0.0),
        (Scale.SIGNED, 0.5, 0.75),
        (Scale.SIGNED, 3, 1.0),
        (Scale.CODE, 1, 0.5),
        (Scale.SHARE, 0.25, 0.25),
        (Scale.SHARE, -0.25, 0.0),
        (Scale.SPREAD, 0, 0.0),
        (Scale.SPREAD, 1, 1.0),
        (Scale.SPREAD, 0.0005, math.log1p(5) / math.log1p(10_000)),
    ],
)
def test_what_is_bounded_by_nature_has_a_fixed_map(
    scale: Scale, value: float, share: float
) -> None:
    found = shares(value, no_bounds())
    columns = [column for column, its in SCALES.items() if its is scale]
    assert columns
    for column in columns:
        assert found[column] == pytest.approx(share, abs=1e-15)


def test_all_else_lies_between_the_fences_or_what_was_seen() -> None:
    assert shares(0.5, bounds(-1, 1, -3, 3))[ROC] == 0.75
    assert shares(0.5, bounds(-1, 1, 0, 3))[ROC] == 0.5, "the least value is nearer"
    assert shares(9, bounds(-1, 1, -3, 3))[ROC] == 1.0
    assert shares(-9, bounds(-1, 1, -3, 3))[ROC] == 0.0


def test_what_is_not_known_stays_unknown() -> None:
    assert all(math.isnan(share) for share in shares(math.nan, bounds(-1, 1, -3, 3)))
    assert math.isnan(shares(0.5, no_bounds())[ROC])
    assert math.isnan(shares(0.5, bounds(1, 1, 1, 1))[ROC]), "it never moved"
    assert BOUNDS.names == ("median", "low", "high", "min", "max")


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_every_share_is_one(value: float, low: float, width: float) -> None:
    found = shares(value, bounds(low, low + width, low - 1, low + width + 1))
    assert all(0.0 <= share <= 1.0 or math.isnan(share) for share in found)
    assert not math.isnan(found[ROC])
