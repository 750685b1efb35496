"""The rule book of a venue, by name: an installed one, or the plain one for an unknown venue."""

import re

from sigma_cli import plugins
from sigma_cli.errors import UsageError
from sigma_cli.venues.plain import PlainRules
from sigma_cli.venues.rulebook import RuleBook


def find(venue: str) -> RuleBook:
    """Return what is known of a venue.

    Raises:
        UsageError: the name could not name a folder.
    """
    if venue in plugins.installed(plugins.VENUES):
        book: RuleBook = plugins.load(plugins.VENUES, venue)
        return book
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", venue):
        raise UsageError(
            f"{venue!r} can't name a venue",
            where="--venue",
            fix="use small letters, digits, - and _; known are "
            + ", ".join(plugins.installed(plugins.VENUES)),
        )
    return PlainRules(venue)
