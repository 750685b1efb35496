"""Limits that fired, in words."""

from typing import Any

import pytest

from sigma_cli.domain.switches import SWITCHES, Latch, Switch
from sigma_cli.report import limits


def fired(name: str, value: float, limit: float, count: int = 1) -> dict[str, Any]:
    return {"name": name, "value": value, "limit": limit, "count": count}


@pytest.mark.parametrize(
    ("switch", "name", "measured", "effect"),
    [
        (
            fired("drawdown_max", 0.1512, 0.15),
            "drawdown limit",
            "measured 15.12 %, limit 15.00 %",
            "No new positions from here.",
        ),
        (
            fired("day_loss_max", 0.031, 0.03, 4),
            "day loss limit",
            "measured 3.10 %, limit 3.00 %",
            "No new positions until the next day; 4 times in all.",
        ),
        (
            fired("orders_per_minute_max", 11, 10, 1),
            "orders per minute limit",
            "measured 11, limit 10",
            "This order was refused; 1 time in all.",
        ),
        (
            fired("day_loss_close", 0.051, 0.05),
            "day loss close switch",
            "measured 5.10 %, limit 5.00 %",
            "Everything was sold, entries at work were called back, no new positions until the"
            " next day; 1 time in all.",
        ),
        (
            fired("drawdown_halt", 0.16, 0.15),
            "drawdown halt switch",
            "measured 16.00 %, limit 15.00 %",
            "Everything was sold, entries at work were called back, no new positions from here.",
        ),
        (
            fired("position_share_max", 0.31, 0.3),
            "position share switch",
            "measured 0.31, limit 0.3",
            "In that market what was above the limit was sold, no new positions while it lasted; 1"
            " time in all.",
        ),
        (
            fired("exposure_max", 1.2, 1.0),
            "exposure switch",
            "measured 1.2, limit 1",
            "Entries at work were called back, what was above the limit was sold; 1 time in all.",
        ),
    ],
)
def test_words(switch: dict[str, Any], name: str, measured: str, effect: str) -> None:
    assert limits.name(switch) == name
    assert limits.measured(switch).replace("\N{NARROW NO-BREAK SPACE}", " ") == measured
    assert limits.effect(switch) == effect


@pytest.mark.parametrize("row", SWITCHES, ids=lambda row: row.setting)
def test_every_row_of_the_table_has_words(row: Switch) -> None:
    one = fired(row.setting, 2.0, 1.0, 3)
    kind = "limit" if row.section == "limits" else "switch"
    assert limits.name(one).endswith(f" {kind}")
    assert limits.effect(one).endswith((".", "in all."))
    assert ("3 times" in limits.effect(one)) == (row.latch is not Latch.PERSON)
