"""What nobody may overlook: made-up data, guessed fills, and a gate that was switched off."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sigma_cli.domain.fidelities import TRADES
from sigma_cli.report.fidelity import fidelity
from sigma_cli.report.markup import Markup, tag
from sigma_cli.report.verdict import look_ahead, synthetic


def banners(summaries: Sequence[Mapping[str, Any]]) -> Iterator[Markup]:
    """Return the banners of a page about runs with these summaries."""
    if any(synthetic(summary) for summary in summaries):
        yield _banner(
            "Synthetic data", "Made by a random number generator. No real market moved like this."
        )
    if any(fidelity(summary) == TRADES for summary in summaries):
        yield _banner("Trades only", "No book is known: every fill is a conservative guess.")
    if any(look_ahead(summary) == "skipped" for summary in summaries):
        yield _banner(
            "Look-ahead gate off", "Nothing shows that the strategy did not see the future."
        )


def _banner(title: str, said: str) -> Markup:
    return tag("div", tag("strong", title), tag("span", said), class_="banner", role="alert")
