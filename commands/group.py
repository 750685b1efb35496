"""A group of subcommands whose shared options may stand before or after the subcommand.

`sigma --store DIR data` and `sigma data --store DIR` are the same. The group itself has no shared
options: it hands those in front of the subcommand's name to the subcommand. Knows no subcommand.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click import Context, Parameter  # typer's copy of click has no public name

SHARED: Final[Mapping[str, bool]] = {
    "--store": True,
    "--profile": True,
    "--config-dir": True,
    "--json": False,
    "--quiet": False,
    "-q": False,
}
"""The options that every subcommand takes, and whether a value follows."""


def behind_the_name(args: list[str]) -> list[str]:
    """Return `args` with the shared options at its front moved behind the subcommand's name."""
    end = 0
    while end < len(args) and (option := args[end].partition("="))[0] in SHARED:
        end += 1 + (SHARED[option[0]] and not option[1])
    moved, rest = args[:end], args[end:]
    if not rest or rest[0].startswith("-"):  # no subcommand: `sigma --json --help`
        return rest
    return [rest[0], *moved, *rest[1:]]


class Group(TyperGroup):
    """Subcommands with a common prefix; the root is one too."""

    def get_params(self, ctx: "Context") -> list["Parameter"]:
        """Return the group's own options: flags, off where typer leaves them unset.

        typer imports pydantic (0.1 s) to check an unset one, even for `sigma data --help`.
        """
        params = super().get_params(ctx)
        for param in params:
            param.default = param.default or False
        return params

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Parse what belongs to the group and leave the rest to the subcommand."""
        return super().parse_args(ctx, behind_the_name(args) or ["--help"])


class ListingGroup(Group):
    """A group that lists when no subcommand is named: `sigma data` is `sigma data list`."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Parse what belongs to the group, and put in the subcommand that goes without saying."""
        named = behind_the_name(args)
        if "--help" not in named and not (named and named[0] in self.commands):
            args = ["list", *args] if not named or named[0].startswith("-") else args
        return super().parse_args(ctx, args)
