"""What the scalper's parameters become, and which of them make no sense."""

from typing import Any

import pytest
from pydantic import ValidationError

from sigma_cli.domain.units import NS_PER_S
from sigma_cli.strategies.policy import Plan
from sigma_cli.strategies.scalper import Params, Scalper


def plan(*, is_major: bool = True, **chosen: Any) -> Plan:
    return Scalper(Params(**chosen)).plan(is_major=is_major)


def test_majors_have_a_tighter_stop() -> None:
    assert (plan().stop, plan(is_major=False).stop) == (0.008, 0.012)


@pytest.mark.parametrize(
    ("hours", "open_at"),
    [
        ("", []),
        (" ", []),
        ("9-12", [9, 10, 11]),
        ("22-24, 0-2", [0, 1, 22, 23]),
        ("0-24", list(range(24))),
    ],
)
def test_hours_are_bits(hours: str, open_at: list[int]) -> None:
    bits = plan(hours=hours).hours
    assert [hour for hour in range(32) if bits >> hour & 1] == open_at


@pytest.mark.parametrize("hours", ["25-26", "12-9", "9-9", "9", "9-12;13-14", "night"])
def test_hours_that_no_day_has_are_refused(hours: str) -> None:
    with pytest.raises(ValidationError, match="hours"):
        plan(hours=hours)


@pytest.mark.parametrize("every_s", [0.1, 0.3, 0.7, 1, 2.5])
def test_it_decides_by_the_timer(every_s: float) -> None:
    assert plan(every_s=every_s).every_ns == round(every_s * 10) * NS_PER_S // 10


def test_a_pace_between_timers_is_refused() -> None:
    with pytest.raises(ValidationError, match="multiple of"):
        plan(every_s=0.15)


def test_a_stop_goes_down_its_ladder() -> None:
    found = plan(ladder_first=0.001, ladder_second=0.002, ladder_s=0.5)
    assert found.ladder_slip == (0.001, 0.002)
    assert found.ladder_ns == (NS_PER_S // 2, NS_PER_S)


def test_a_score_of_nothing_is_refused() -> None:
    none = {f"weight_{name}": 0 for name in ("imbalance", "microprice", "ofi", "flow")}
    with pytest.raises(ValidationError, match="all weights are 0"):
        Params.model_validate(none)
