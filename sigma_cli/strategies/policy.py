"""What a policy on ticks is: parameters, and the plan that they make for one market.

A policy decides inside `step`, compiled (`kernels/desk/policies.py`), on trades and books; a
`Strategy` looks at bars and sends signals. Must not know money.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from sigma_cli.domain.features import Family
from sigma_cli.domain.policies import LADDER_STEPS, SCORE_PARTS, Policy
from sigma_cli.domain.requests import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a policy enters, holds and leaves a market: the fields of PLAN.

    Times in ns, distances as shares of a price; 0 switches off what it stands for.
    """

    policy: Policy
    threshold: float
    every_ns: int = 0
    weights: tuple[float, ...] = (0.0,) * SCORE_PARTS
    scales: tuple[float, ...] = (1.0,) * SCORE_PARTS
    entry_from: Side
    entry_ticks: int
    entry_rests: bool
    post_only: bool
    entry_wait_ns: int
    entry_enough: float = 1.0
    entry_slip_max: float = 0.0
    requotes: int = 0
    ttl_ns: int = 0
    cooldown_ns: int = 0
    cooldown_loss_ns: int = 0
    stale_ns: int = 0
    apart_max: float = 0.0
    slots: int = 1
    hours: int = 0
    stop: float = 0.0
    target: float = 0.0
    stop_ticks: int = 0
    target_ticks: int = 0
    target_rests: bool = False
    trail_atr: float = 0.0
    exit_wait_ns: int = 0
    fade: float = 0.0
    hold_ns: int = 0
    hold_gain: float = math.inf
    ladder_slip: tuple[float, ...] = (0.0,) * LADDER_STEPS
    ladder_ns: tuple[int, ...] = (0,) * LADDER_STEPS


class TickPolicy(Protocol):
    """A policy on ticks: made of its parameters, asked once a market."""

    params: ClassVar[type[BaseModel]]
    settings: ClassVar[Mapping[str, str]]
    """What it is made for, by `section.name`, where nobody says otherwise."""
    families: ClassVar[Family]
    """The features that it reads, besides the touch and the last trades."""
    reads_bounds: ClassVar[bool]
    """Whether it reads features as shares of 1, by the bounds of the day."""

    def __init__(self, params: Any) -> None: ...

    def plan(self, *, is_major: bool) -> Plan:
        """Return the plan for a market; which are major, settings say (`stakes.majors`)."""
        ...
