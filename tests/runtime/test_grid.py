import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.errors import UsageError
from sigma_cli.runtime import grid


def test_ranges_and_lists() -> None:
    found = grid.parse(["fast=5:20:5", "slow = 20, 50", "share=0.1:0.3:0.1", "n=1:3"])
    assert found == {
        "fast": ("5", "10", "15", "20"),
        "slow": ("20", "50"),
        "share": ("0.1", "0.2", "0.3"),  # and no 0.30000000000000004
        "n": ("1", "2", "3"),
    }
    assert grid.size(found) == 4 * 2 * 3 * 3


def test_a_last_value_between_two_steps_is_left_out() -> None:
    assert grid.parse(["n=1:10:4"]) == {"n": ("1", "5", "9")}


def test_the_last_parameter_changes_fastest() -> None:
    found = list(grid.combinations(grid.parse(["a=1,2", "b=x,y"])))
    assert found == [
        {"a": "1", "b": "x"}, {"a": "1", "b": "y"}, {"a": "2", "b": "x"}, {"a": "2", "b": "y"},
    ]  # fmt: skip


@given(st.integers(0, 50), st.integers(0, 200), st.integers(1, 20))
def test_a_range_is_what_python_calls_one(first: int, more: int, step: int) -> None:
    (values,) = grid.parse([f"n={first}:{first + more}:{step}"]).values()
    assert [int(value) for value in values] == list(range(first, first + more + 1, step))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["fast"], "names no parameter and values"),
        (["fast="], "names no parameter and values"),
        (["=5"], "names no parameter and values"),
        (["fast=5:x:5"], "made of numbers"),
        (["fast=5:nan:5"], "made of numbers"),
        (["fast=5:50:0"], "step must be positive"),
        (["fast=50:5:5"], "step must be positive"),
        (["fast=1:2:3:4"], "a first value, a last one and a step"),
        (["fast=1,,2"], "between two commas"),
        (["fast=1,1"], "is there twice"),
        (["fast=1,2", "fast=3"], "has its values already"),
        (["fast=0:1:0.000001"], "values"),
        (["a=1:1000", "b=1:1000"], "combinations are more than"),
    ],
)
def test_what_is_no_grid(words: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        grid.parse(words)
