"""What is set and would count for nothing is refused, whoever would ignore it."""

from typing import Any

import pytest

from sigma_cli.errors import UsageError
from sigma_cli.runtime.counting import BARS, POLICIES, STRATEGIES, check, counts
from sigma_cli.settings import Settings
from sigma_cli.settings.tree import fields

EVERYBODY = {BARS, STRATEGIES, POLICIES}


@pytest.mark.parametrize(
    ("given", "known_by"),
    [
        ({"exits": {"stop": 0.01}}, {BARS, STRATEGIES}),
        ({"fills": {"participation_max": 0.1}}, {BARS}),
        ({"fills": {"queue": "log"}}, {STRATEGIES, POLICIES}),
        ({"fills": {"partial": False}}, {STRATEGIES, POLICIES}),
        ({"fills": {"fee": 0.001}}, EVERYBODY),
        ({"latency": {"order_ms": 5}}, {STRATEGIES, POLICIES}),
        ({"faults": {"lost": 0.01}}, {STRATEGIES, POLICIES}),
        ({"switches": {"vpin_max": 0.5, "move_max": None}}, {STRATEGIES, POLICIES}),
        ({"stakes": {"open_max": 3}}, {POLICIES}),
        ({"threshold": {"base_major": 0.1}}, {POLICIES}),
        ({"sizing": {"kind": "kelly"}}, {POLICIES}),
        ({"sizing": {"kind": "fraction", "fraction": 0.2}}, EVERYBODY),
        ({"limits": {"drawdown_max": 0.5}}, EVERYBODY),
        ({}, EVERYBODY),
    ],
)
def test_each_setting_counts_for_whom_it_is(given: dict[str, Any], known_by: set[str]) -> None:
    settings = Settings.model_validate(given)
    for who in EVERYBODY:
        if who in known_by:
            check(settings, who)
            continue
        with pytest.raises(UsageError, match="would count for nothing") as caught:
            check(settings, who)
        assert all(one in str(caught.value.fix) for one in known_by)


def test_all_that_is_ignored_is_named_at_once() -> None:
    given = {"switches": {"vpin_max": 0.5, "move_max": None}, "sizing": {"kind": "confidence"}}
    with pytest.raises(UsageError) as caught:
        check(Settings.model_validate(given), BARS)
    assert "switches.move_max, switches.vpin_max, sizing.kind = 'confidence'" in caught.value.what


def test_every_setting_counts_for_somebody() -> None:
    for name in fields():
        assert any(counts(name, who) for who in EVERYBODY), name
