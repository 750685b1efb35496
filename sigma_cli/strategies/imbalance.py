"""Imbalance: buy at the bid's side while recent trades were bought, leave after a few ticks.

When (bought - sold) / (bought + sold) of the last 50 trades exceeds `threshold`, a post-only limit
one tick above the bid, or at the bid where that would be the ask; cancelled after `wait_s`. Out at
the market once the bid is `ticks` above or below the price paid, or after `hold_s`. The policy of
the published comparisons of engines: simple, and losing after fees.
"""

from typing import ClassVar

from pydantic import BaseModel, Field

from sigma_cli.domain.features import Family
from sigma_cli.domain.policies import Policy
from sigma_cli.domain.requests import Side
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.strategies.policy import Plan


class Params(BaseModel, frozen=True, extra="forbid"):
    """When to enter, and when to give up."""

    threshold: float = Field(
        default=0.5, ge=-1, lt=1, description="What the imbalance of 50 trades has to exceed."
    )
    ticks: int = Field(default=8, ge=1, le=100_000, description="Of the target and of the stop.")
    wait_s: float = Field(default=5, gt=0, le=86_400, description="Until an entry is cancelled.")
    hold_s: float = Field(default=60, gt=0, le=864_000, description="Longest time in a position.")


class Imbalance:
    """Long after buyers, for a few ticks or a minute."""

    params = Params
    settings: ClassVar[dict[str, str]] = {}
    families = Family(0)
    reads_bounds = False

    def __init__(self, params: Params) -> None:
        self._params = params

    def plan(self, *, is_major: bool) -> Plan:
        """Return the same plan for every market."""
        del is_major
        chosen = self._params
        return Plan(
            policy=Policy.IMBALANCE,
            threshold=0.5 + 0.5 * chosen.threshold,
            entry_from=Side.BUY,
            entry_ticks=1,
            entry_rests=True,
            post_only=True,
            entry_wait_ns=round(chosen.wait_s * NS_PER_S),
            slots=64,
            stop_ticks=chosen.ticks,
            target_ticks=chosen.ticks,
            hold_ns=round(chosen.hold_s * NS_PER_S),
        )
