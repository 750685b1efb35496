"""The scalper: many small positions, entered on the book's pressure, held for minutes at most.

A score in [0, 1] from four numbers of the touch and the last seconds of trades, every second
(`kernels/desk/policies.py`); the trained towers will take its place. Enters by a limit a tick above
the ask, takes what is left after `wait_s` within `slip_max`, and leaves at a target that rests, a
trailing stop, a hard stop down a ladder, where its score has turned against a gain, or when its
time is over. Majors have tighter stops.
Unless settings say otherwise, sizes are those of `kelly`, and no market holds more than 30 %.
"""

from typing import ClassVar, Final, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from sigma_cli.domain.features import Family
from sigma_cli.domain.policies import Policy
from sigma_cli.domain.requests import Side
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.strategies.policy import Plan

_SHARE_MAX: Final = 0.5
HOURS: Final = 24


class Params(BaseModel, frozen=True, extra="forbid"):
    """The numbers of the trade, as shares of a price or in seconds; 0 switches one off."""

    score: float = Field(default=0.60, ge=0, lt=1, description="No entry at or below this score.")
    weight_imbalance: float = Field(
        default=0.3, ge=0, le=1, description="Weight of (bid size - ask size) / their sum."
    )
    weight_microprice: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="Weight of how far the price by the touch's sizes is from the middle.",
    )
    weight_ofi: float = Field(
        default=0.25, ge=0, le=1, description="Weight of what joined and left the touch in 10 s."
    )
    weight_flow: float = Field(
        default=0.25, ge=0, le=1, description="Weight of (bought - sold) / all traded in 10 s."
    )
    microprice_bps: float = Field(
        default=1.0,
        gt=0,
        le=1000,
        description="Deviation, in bps, that counts as the most there is.",
    )
    ofi_queues: float = Field(
        default=5.0,
        gt=0,
        le=10_000,
        description="Order flow, in sizes of the touch, that counts as the most there is.",
    )
    every_s: float = Field(
        default=1, ge=0.1, le=60, multiple_of=0.1, description="From one decision to the next."
    )
    entry_ticks: int = Field(
        default=1, ge=0, le=100, description="Ticks above the ask at which an entry's limit lies."
    )
    requotes: int = Field(
        default=1, ge=0, le=100, description="How often the rest of an entry is asked for anew."
    )
    wait_s: float = Field(
        default=10,
        gt=0,
        le=3600,
        description="Patience with an entry's order, then it is cancelled.",
    )
    enough: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="Share of an entry; with as much filled the rest is not taken but waits on.",
    )
    slip_max: float = Field(
        default=0.005,
        ge=0,
        le=_SHARE_MAX,
        description="How far above the ask at the decision the rest may be taken; 0: not at all.",
    )
    ttl_s: float = Field(default=60, gt=0, le=86_400, description="Longest life of an entry.")
    cooldown_s: float = Field(
        default=30,
        ge=0,
        le=86_400,
        description="No entry in a market so long after a round trip, or an entry of nothing.",
    )
    cooldown_loss_s: float = Field(
        default=60, ge=0, le=86_400, description="The same, after one that lost."
    )
    stale_s: float = Field(default=3, ge=0, le=3600, description="Oldest book to enter on.")
    apart_max: float = Field(
        default=0.005,
        ge=0,
        le=_SHARE_MAX,
        description="How far the last trade may be from the middle of the book to enter.",
    )
    slots: int = Field(default=5, ge=1, le=64, description="Most positions at once.")
    hours: str = Field(
        default="",
        pattern=r"^\s*(\d{1,2}\s*-\s*\d{1,2}\s*(,\s*\d{1,2}\s*-\s*\d{1,2}\s*)*)?$",
        description="Hours of the trading day's zone in which it may enter, as 9-12,13-24;"
        " empty: all.",
    )
    stop_major: float = Field(
        default=0.008,
        ge=0,
        le=_SHARE_MAX,
        description="Hard stop below the price paid, in a major.",
    )
    stop_other: float = Field(
        default=0.012, ge=0, le=_SHARE_MAX, description="The same, in any other market."
    )
    ladder_first: float = Field(
        default=0.005,
        ge=0,
        le=_SHARE_MAX,
        description="How far below the bid a stop's first limit lies,",
    )
    ladder_second: float = Field(
        default=0.015, ge=0, le=_SHARE_MAX, description="and its second; after that, the market."
    )
    ladder_s: float = Field(default=1, ge=0, le=60, description="How long each of them is tried.")
    target: float = Field(
        default=0.007, ge=0, le=_SHARE_MAX, description="Profit target above the price paid."
    )
    trail_atr: float = Field(
        default=2.0,
        ge=0,
        le=100,
        description="Trailing stop below the highest bid, in ATR, once half the target was seen.",
    )
    fade: float = Field(
        default=0.5,
        ge=0,
        le=100,
        description="Share of a gain; where as much is expected to be lost, it is taken. Without a"
        " target nothing is expected.",
    )
    exit_wait_s: float = Field(
        default=10,
        ge=0,
        le=3600,
        description="How long an exit that is not urgent rests at the ask before the ladder.",
    )
    hold_s: float = Field(default=300, ge=0, le=864_000, description="Longest time in a position.")
    hold_gain: float = Field(
        default=0.0005, ge=0, le=_SHARE_MAX, description="Gain with which it may stay longer."
    )

    @model_validator(mode="after")
    def _makes_a_score(self) -> Self:
        """Refuse a score that is made of nothing."""
        weights = (self.weight_imbalance, self.weight_microprice, self.weight_ofi, self.weight_flow)
        if sum(weights) == 0.0:
            raise ValueError("all weights are 0, so nothing would make a score; give one of them")
        return self

    @field_validator("hours")
    @classmethod
    def _are_hours(cls, text: str) -> str:
        """Refuse hours that no day has."""
        _bits(text)
        return text


class Scalper:
    """Long under pressure, for minutes."""

    params = Params
    settings: ClassVar[dict[str, str]] = {"sizing.kind": "kelly", "limits.market_share_max": "0.3"}
    families = Family.FLOW | Family.OFI
    reads_bounds = False

    def __init__(self, params: Params) -> None:
        self._params = params

    def plan(self, *, is_major: bool) -> Plan:
        """Return the plan for a market: its stop depends on what it is."""
        p = self._params
        return Plan(
            policy=Policy.SCALPER,
            threshold=p.score,
            every_ns=_ns(p.every_s),
            weights=(p.weight_imbalance, p.weight_microprice, p.weight_ofi, p.weight_flow),
            scales=(1.0, p.microprice_bps, p.ofi_queues, 1.0),
            entry_from=Side.SELL,
            entry_ticks=p.entry_ticks,
            entry_rests=False,
            post_only=False,
            entry_wait_ns=_ns(p.wait_s),
            entry_enough=p.enough,
            entry_slip_max=p.slip_max,
            requotes=p.requotes,
            ttl_ns=_ns(p.ttl_s),
            cooldown_ns=_ns(p.cooldown_s),
            cooldown_loss_ns=_ns(p.cooldown_loss_s),
            stale_ns=_ns(p.stale_s),
            apart_max=p.apart_max,
            slots=p.slots,
            hours=_bits(p.hours),
            stop=p.stop_major if is_major else p.stop_other,
            target=p.target,
            target_rests=True,
            trail_atr=p.trail_atr,
            exit_wait_ns=_ns(p.exit_wait_s),
            fade=p.fade,
            hold_ns=_ns(p.hold_s),
            hold_gain=p.hold_gain,
            ladder_slip=(p.ladder_first, p.ladder_second),
            ladder_ns=(_ns(p.ladder_s), _ns(2 * p.ladder_s)),
        )


def _bits(hours: str) -> int:
    """Return hours as `9-12,13-24` as bits, one an hour; 0 where there are none."""
    bits = 0
    for span in filter(None, hours.replace(" ", "").split(",")):
        first, end = map(int, span.split("-"))
        if not first < end <= HOURS:
            raise ValueError(f"{span} is no span of hours of a day; write 9-12, or 22-24,0-6")
        bits |= (1 << end) - (1 << first)
    return bits


def _ns(seconds: float) -> int:
    return round(seconds * NS_PER_S)
