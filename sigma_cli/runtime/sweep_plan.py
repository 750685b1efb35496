"""Which combinations a sweep has: those of its grid that the strategy takes, each with its name."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sigma_cli.errors import UsageError
from sigma_cli.runtime import choice, grid, identity
from sigma_cli.runtime.backtest import Request
from sigma_cli.runtime.choice import Choice
from sigma_cli.runtime.grid import Grid
from sigma_cli.runtime.selection import Selection
from sigma_cli.runtime.sweep_cells import METRICS, Combination
from sigma_cli.settings import Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The combinations that the strategy takes, and what each is called."""

    grid: Grid
    base: Choice
    """The first of them."""
    fixed: tuple[str, ...]
    """`--set` words that are parameters of the strategy."""
    combinations: tuple[Combination, ...]
    values: tuple[tuple[Any, ...], ...]
    """The same as the strategy understands them."""
    run_ids: tuple[str, ...]
    skipped: int


def read_grid(request: Request, words: Sequence[str]) -> Grid:
    """Return the grid that `words` say.

    Raises:
        UsageError: they can't be read, are none, or name what is no parameter or is set already.
    """
    wanted = grid.parse(words)
    if not wanted:
        raise UsageError("the grid is empty", where="--sweep", fix="write --sweep window=5:50:5")
    known = choice.parameters(request.strategy)
    fixed = {word.partition("=")[0].strip() for word in request.sets}
    for name in wanted:
        if name not in known:
            raise UsageError(
                f"{name} is not a parameter of {request.strategy}, and only those can be swept",
                where="--sweep",
                fix=f"parameters: {', '.join(known) or 'none'}",
            )
        if name in fixed:
            raise UsageError(
                f"{name} is both set and swept", where=f"--set {name}", fix="leave one out"
            )
        if name in METRICS or name == "run_id":
            raise UsageError(
                f"{name} can't be swept: every sweep has a metric of that name",
                where="--sweep",
                fix="rename the parameter",
            )
    return wanted


def first(request: Request, wanted: Grid) -> tuple[Choice, list[str]]:
    """Return the first combination that the strategy takes, and `--set` words that are settings.

    Raises:
        UsageError: it takes none; this is what it says to the last.
    """
    refusal: UsageError | None = None
    for values in grid.combinations(wanted):
        try:
            return choice.choose(request.strategy, [*request.sets, *_words(values)])
        except UsageError as error:
            refusal = error
    assert refusal is not None, "a grid has at least one combination"
    raise refusal


def make(
    request: Request,
    wanted: Grid,
    base: Choice,
    settings: Mapping[str, Any],
    read: Mapping[str, str],
) -> Plan:
    """Try every combination on the strategy; name those that it takes."""
    combinations: list[Combination] = []
    values: list[tuple[Any, ...]] = []
    run_ids: list[str] = []
    for combination in grid.combinations(wanted):
        try:
            one = choice.vary(base, combination)
        except UsageError:
            continue
        hashes = identity.run_hashes(one, settings, read, gate=request.gate)
        combinations.append(tuple(combination.values()))
        values.append(tuple(one.params[name] for name in wanted))
        run_ids.append(identity.run_id(hashes))
    return Plan(
        grid=wanted,
        base=base,
        fixed=tuple(word for word in base.given if word.partition("=")[0].strip() not in wanted),
        combinations=tuple(combinations),
        values=tuple(values),
        run_ids=tuple(run_ids),
        skipped=grid.size(wanted) - len(run_ids),
    )


def command(request: Request, plan: Plan, loaded: Loaded, selection: Selection) -> str:
    """Return the command that asks for the same sweep."""
    swept = [f"{name}={','.join(values)}" for name, values in plan.grid.items()]
    words = identity.command(plan.base.text, plan.fixed, loaded, selection, gate=request.gate)
    return shlex.join([*words, "--sweep", *swept])


def _words(values: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in values.items()]
