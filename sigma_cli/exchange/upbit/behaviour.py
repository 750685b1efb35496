"""How the venue behaves where its documentation is silent, and how much it remembers.

Every default is documented or, where nothing is, the likeliest; `docs/upbit.md` names the doubts.
"""

from dataclasses import dataclass
from typing import Final, Literal

from sigma_cli.domain.units import NS_PER_MS

Check = Literal[
    "market",
    "combination",
    "time_in_force",
    "tick",
    "min_total",
    "max_total",
    "balance",
    "identifier",
]
CHECKS: Final[tuple[Check, ...]] = (
    "market",
    "combination",
    "time_in_force",
    "tick",
    "min_total",
    "max_total",
    "balance",
    "identifier",
)
"""What a new order must pass, in the assumed order: nobody outside knows it (upbit.md 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Switches, each with its default."""

    seed: int = 1
    """Names of orders and trades are drawn from it: the same seed, the same uuids."""
    checks: tuple[Check, ...] = CHECKS
    """In which order a new order is checked. With `identifier` after `balance` an order that is
    sent again after it locked all the money is refused for want of funds, not as a duplicate."""
    cancel_delay_ns: int = 50 * NS_PER_MS
    """From a cancel that was accepted until it is done. Documented is only that it takes a while;
    0: it is done at once, and the answer still shows the order as it was before."""
    settle_delay_ns: int = 0
    """From a fill until what was bought, or earned, can be used."""
    smp_default: Literal["none", "cancel_maker"] = "cancel_maker"
    """What an order without `smp_type` does when it meets one of the same account: announced for
    2026-11-09 is `cancel_maker`; before, and for post-only orders, `none`."""
    smp_shown: bool = True
    """Whether answers say `smp_type` of an order that named none, as announced for 2026-11-09."""
    post_only_refused: bool = False
    """Whether a post-only order that would take is refused at once (400 `invalid_post_only`)
    instead of being accepted and cancelled, as the documentation reads."""
    wait_told: bool = True
    """Whether an order that comes is told as `wait`, even when it is filled at once."""
    fee_in_average: bool = False
    """Whether the average buy price has the fee in it."""
    orders_kept: int = 20_000
    """Closed orders remembered per account; the oldest are forgotten first. Open ones stay."""
    executions_kept: int = 1_000
    """Fills remembered per order; of an order with more, the first are forgotten. Counts and sums
    have all of them."""
    identifiers_kept: int = 1_000_000
    """Identifiers per account; each is used up for ever. An account that has used so many gets
    no new one (500 `internal_server_error`)."""

    def __post_init__(self) -> None:
        assert sorted(self.checks) == sorted(CHECKS), "every check once"
        assert self.cancel_delay_ns >= 0 and self.settle_delay_ns >= 0
        assert min(self.orders_kept, self.executions_kept, self.identifiers_kept) > 0
