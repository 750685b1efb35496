from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.store.sources.numbers import (
    DIGITS_MANY,
    UNITS_MAX,
    digits_needed,
    shortened,
    to_units,
    widened,
)


@given(st.integers(0, 9), st.integers(-(2**50), 2**50))
def test_text_of_up_to_exp_digits_comes_back_exactly(exp: int, units: int) -> None:
    text = str(Decimal(units).scaleb(-exp))
    found = to_units(np.array([float(text)]), exp)
    assert found.values[0] == units
    assert not found.too_fine[0] and not found.too_large[0]


@given(st.integers(0, 9), st.integers(1, 10**12))
def test_the_fewest_digits_of_a_decimal_are_those_it_is_written_with(exp: int, units: int) -> None:
    value = Decimal(units).scaleb(-exp)
    normal = value.normalize().as_tuple().exponent
    assert isinstance(normal, int)
    assert digits_needed(np.array([float(value)])) == max(0, -normal)


def test_noise_of_a_sum_is_no_digit() -> None:
    values = np.array([[0.1 + 0.2, np.nan, np.inf], [2.0, 1 / 3, 150.25]])
    assert digits_needed(values).tolist() == [[1, 0, 0], [0, DIGITS_MANY, 2]]


def test_more_digits_than_the_exponent_are_said_and_rounded() -> None:
    found = to_units(np.array([1.25, 1.5, 1e30]), 1)
    assert found.too_fine.tolist() == [True, False, False]
    assert found.values[0] == 12
    assert found.too_large.tolist() == [False, False, True]


def test_sizes_may_be_larger_than_prices() -> None:
    found = to_units(np.array([1e17]), 1, units_max=UNITS_MAX)
    assert found.values[0] == 10**18 and not found.too_large[0]


@given(st.integers(1, 999_999), st.integers(0, 4))
def test_a_price_that_went_through_32_bits_is_read_as_it_was(units: int, exp: int) -> None:
    price = float(Decimal(units).scaleb(-exp))
    through = np.array([price]).astype(np.float32).astype(np.float64)
    assert widened(through)[0] == price


def test_only_former_32_bit_floats_are_shortened() -> None:
    narrow = float(np.float32(77.58))
    clean, count = shortened(np.array([narrow, 77.58, 53.37109375, 1 / 3, np.nan]))
    assert count == 1
    assert clean[:4].tolist() == [77.58, 77.58, 53.37109375, 1 / 3]
    assert np.isnan(clean[4])


def test_a_number_beyond_all_units_is_looked_at_without_a_warning() -> None:
    values, count = shortened(np.array([1e300, -1e305, 2.5]))
    assert (values.tolist(), count) == ([1e300, -1e305, 2.5], 0)
