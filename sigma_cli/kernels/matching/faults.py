"""What goes wrong on purpose at a venue simulated on ticks, so that a desk can be seen to bear it.

- The answer to a submit is lost: after `patience_ns` the order is UNKNOWN, `verdict_ns` later it is
  ACCEPTED after all, or RESOLVED: it had been refused. A fill or an end that is told before proves
  that the order exists, and nothing more is said.
- Somebody else moves money or coins: EXTERNAL. No balance falls below 0 by it.
- The venue reports what it holds: BALANCE, every so many facts.

Drawn from the venue's own random numbers, so that a run can be repeated. Nothing of it happens, and
nothing is drawn, unless `venue.ticks.faults` (FAULTS) says so.
"""

from typing import Final

from sigma_cli.domain.dtypes.bounds import LOST_MAX
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.requests import Reason
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.matching.orders import tell
from sigma_cli.kernels.rng import draw

ACCEPTED, FILLED = constant(FactKind.ACCEPTED), constant(FactKind.FILLED)
CANCELLED, UNKNOWN = constant(FactKind.CANCELLED), constant(FactKind.UNKNOWN)
RESOLVED, EXTERNAL = constant(FactKind.RESOLVED), constant(FactKind.EXTERNAL)
BALANCE, NONE = constant(FactKind.BALANCE), constant(Reason.NONE)
NEVER: Final = constant(2**63 - 1)
MILLION: Final = constant(1_000_000)
NO_ORDER: Final = constant(0)


@njit
def loses(venue: Record, request: Record, exists: bool) -> bool:
    """Return whether the answer to a submit is lost: then the desk hears of it later, if at all.

    `exists`: the venue has accepted it.
    """
    faults = venue.ticks.faults
    if not _happens(venue, faults.lost_ppm) or faults.lost_count >= LOST_MAX:
        return False
    lost = faults.lost[faults.lost_count]
    faults.lost_count += 1
    lost.local_no = request.local_no
    lost.market = request.market
    lost.exists = exists
    lost.is_unknown = 0
    lost.due_ns = venue.now_ns + faults.patience_ns
    return True


@njit
def lost_due_ns(venue: Record) -> int:
    """Return when something is said next about an answer that was lost, or NEVER."""
    due_ns = NEVER
    for at in range(venue.ticks.faults.lost_count):
        due_ns = min(due_ns, venue.ticks.faults.lost[at].due_ns)
    return due_ns


@njit
def speak(venue: Record, inbox: Record, now_ns: int) -> None:
    """Say what is due at `now_ns` about answers that were lost."""
    venue.now_ns = now_ns
    faults = venue.ticks.faults
    at = 0
    while at < faults.lost_count:
        lost = faults.lost[at]
        if lost.due_ns > now_ns:
            at += 1
        elif lost.is_unknown == 0:
            tell(inbox, lost.local_no, lost.market, UNKNOWN, NONE, now_ns)
            lost.is_unknown = 1
            lost.due_ns = now_ns + faults.verdict_ns
            at += 1
        else:
            kind = ACCEPTED if lost.exists else RESOLVED
            tell(inbox, lost.local_no, lost.market, kind, NONE, now_ns)
            _forget(faults, at)


@njit
def disturb(venue: Record, inbox: Record) -> None:
    """Let happen what may happen besides, whenever the venue has something to say."""
    faults = venue.ticks.faults
    told = inbox.count
    market = inbox.facts[told - 1].market
    for i in range(told if faults.lost_count > 0 else 0):
        if inbox.facts[i].kind in (FILLED, CANCELLED):
            _is_known(faults, inbox.facts[i].local_no)
    if _happens(venue, faults.external_ppm):
        _move(venue, inbox, market)
    if faults.report_every > 0:
        before = faults.told
        faults.told += told
        if before // faults.report_every != faults.told // faults.report_every:
            tell(inbox, NO_ORDER, market, BALANCE, NONE, venue.now_ns)
            inbox.facts[inbox.count - 1].size_u = venue.positions_u[market]


@njit
def _happens(venue: Record, ppm: int) -> bool:
    """Return whether something of so many chances in a million happens."""
    return bool(ppm > 0 and draw(venue.ticks.rng) % MILLION < ppm)


@njit
def _move(venue: Record, inbox: Record, market: int) -> None:
    """Let somebody else bring or take money or coins, where there are so many."""
    faults = venue.ticks.faults
    what = draw(venue.ticks.rng) % 4
    sign = 1 if what < 2 else -1
    size_u, value = 0, 0.0
    are_both = faults.external_lots > 0 and faults.external_value > 0.0
    if what % 2 == 0 if are_both else faults.external_lots > 0:
        size_u = sign * faults.external_lots * venue.rules[market].lot_u
    else:
        value = sign * faults.external_value
    if venue.positions_u[market] + size_u < 0 or venue.cash + value < 0.0:
        return
    venue.positions_u[market] += size_u
    venue.cash += value
    tell(inbox, NO_ORDER, market, EXTERNAL, NONE, venue.now_ns)
    fact = inbox.facts[inbox.count - 1]
    fact.size_u = size_u
    fact.fee = -value


@njit
def _is_known(faults: Record, local_no: int) -> None:
    """Say nothing more about an order of which something was told."""
    for at in range(faults.lost_count):
        if faults.lost[at].local_no == local_no:
            _forget(faults, at)
            return


@njit
def _forget(faults: Record, at: int) -> None:
    faults.lost_count -= 1
    for i in range(at, faults.lost_count):
        faults.lost[i] = faults.lost[i + 1]
