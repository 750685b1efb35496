"""Which settings count where: what somebody set that would count for nothing is refused.

One table; what is not in it counts everywhere.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sigma_cli.errors import UsageError
from sigma_cli.settings import Settings

BARS: Final = "runs on bars"
STRATEGIES: Final = "strategies on ticks"
POLICIES: Final = "policies"

_ON_TICKS: Final = (STRATEGIES, POLICIES)
_COUNTS: Final[Mapping[str, tuple[str, ...]]] = {
    "exits": (BARS, STRATEGIES),
    "fills.participation_max": (BARS,),
    "fills.queue": _ON_TICKS,
    "fills.queue_power": _ON_TICKS,
    "fills.partial": _ON_TICKS,
    "latency": _ON_TICKS,
    "faults": _ON_TICKS,
    "switches": _ON_TICKS,
    "stakes": (POLICIES,),
    "threshold": (POLICIES,),
}
"""Whom a section, or one setting, is for."""
_SIZERS: Final = ("kelly", "confidence")
"""Kinds of sizing that need a score: for policies."""


def counts(name: str, who: str) -> bool:
    """Return whether a setting, `section.name`, counts for BARS, STRATEGIES or POLICIES."""
    return who in _known_by(name)


def check(settings: Settings, who: str) -> None:
    """Demand that all that was set counts for `who`.

    Raises:
        UsageError: something would silently count for nothing.
    """
    unused = [name for name in _given(settings) if not counts(name, who)]
    known = {one for name in unused for one in _known_by(name)}
    if settings.sizing.kind in _SIZERS and who != POLICIES:
        unused.append(f"sizing.kind = {settings.sizing.kind!r}")
        known.add(POLICIES)
    if unused:
        theirs = " and ".join(one for one in (BARS, *_ON_TICKS) if one in known)
        raise UsageError(
            f"{who} do not know {', '.join(unused)}: it would count for nothing",
            where="settings",
            fix=f"leave it out: it is for {theirs}",
        )


def _given(settings: Settings) -> Iterator[str]:
    """Yield the settings that somebody gave."""
    for section in type(settings).model_fields:
        for name in sorted(getattr(settings, section).model_fields_set):
            yield f"{section}.{name}"


def _known_by(name: str) -> tuple[str, ...]:
    return _COUNTS.get(name) or _COUNTS.get(name.partition(".")[0], (BARS, *_ON_TICKS))
