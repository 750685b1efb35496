"""The offline HTML page of one run: what a trader looks at first. One file, no network.

Order of the page: what came out, why to doubt it, what it looks like, whether it is luck, what it
cost, every detail.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from sigma_cli.report import details, text
from sigma_cli.report.banners import banners
from sigma_cli.report.candle_chart import MARKS_MAX, candle_figure, near, whole
from sigma_cli.report.cash import cash
from sigma_cli.report.costs import costs
from sigma_cli.report.definitions import definitions
from sigma_cli.report.distribution import distribution
from sigma_cli.report.doubts import doubts
from sigma_cli.report.equity_chart import equity_figure
from sigma_cli.report.evidence import Evidence, evidence
from sigma_cli.report.execution import execution, exits, funnel, markouts
from sigma_cli.report.fidelity import fidelities, latencies, on_ticks
from sigma_cli.report.gates import gate_table, gates
from sigma_cli.report.headline import doubt_list, headline
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup
from sigma_cli.report.months import months
from sigma_cli.report.proof import proof
from sigma_cli.report.recording import recording
from sigma_cli.report.shell import note, section, shell
from sigma_cli.report.switch_timeline import switch_timeline
from sigma_cli.report.trades import closed_stats, market_table, trade_facts, trade_table

MARKETS_MAX: Final = 6
"""Markets drawn, those with most trades: a page has to stay small and be read to its end."""


def page(run: Run) -> str:
    """Return the whole page."""
    summary = run.summary
    found = evidence(run)
    title = f"{summary['strategy']} on {', '.join(m['market'] for m in summary['markets'])}"
    return shell(
        title,
        [headline(run, found), *_sections(run, found)],
        f"sigma run {summary['run_id']}. Past results promise nothing.",
        banners([summary]),
    )


def _sections(run: Run, found: Evidence) -> Iterator[Markup]:
    closed = closed_stats(run.trades).closed
    said = doubts(run.summary, closed, found, run.notes)
    yield section("Before you believe it", doubt_list(said))
    yield section("Equity", equity_figure(run))
    yield section("Is it luck?", proof(run, found))
    yield section("Months", months(run))
    yield section("Trades on candles", *_candles(run))
    yield section("Costs", costs(run.summary))
    if on_ticks(run.summary):
        yield from _ticks(run)
    yield section("Use of the money", cash(run))
    yield section("Trades", trade_facts(run), *distribution(run), trade_table(run))
    yield section("Markets", market_table(run))
    yield section("Go or no-go", gate_table(gates(run, found)))
    yield section("Decisions", details.decisions(run))
    yield section("Data", details.coverage(run))
    if on_ticks(run.summary):
        yield section("The tape", recording(run.summary))
    yield section("How fills were made", details.assumptions(run.summary))
    yield section("Make it again", details.reproduction(run))
    basis = run.summary["sharpe_basis"]
    yield section("What the numbers mean", definitions(basis, on_ticks=on_ticks(run.summary)))


def _ticks(run: Run) -> Iterator[Markup]:
    """Yield what only a run on ticks can tell."""
    summary = run.summary
    yield section("Execution", execution(summary))
    yield section("After the fill", markouts(summary))
    yield section("From wish to fill", funnel(summary))
    yield section("Exits by rule", exits(summary))
    yield section("Limits over time", switch_timeline(run))
    yield section("With other latencies", latencies(summary))
    yield section("On bars, trades and books", fidelities(summary))


def _candles(run: Run) -> Iterator[Markup]:
    """Yield the candle figures of the markets with most trades."""
    markets = run.summary["markets"]
    counts = np.bincount(run.trades["market"], minlength=len(markets))
    order = np.argsort(-counts, kind="stable").tolist()
    missing = []
    for i in order[:MARKETS_MAX]:
        name, count = markets[i]["market"], int(counts[i])
        overview, close_up = whole(run, i), near(run, i)
        if overview is None:
            missing.append(name)
            continue
        marked = "marked" if count <= MARKS_MAX else "counted under the candles"
        yield candle_figure(
            overview, name, f"The whole period, {text.counted(count, 'trade')}, {marked}."
        )
        if close_up is not None:
            shown = len(close_up.trades["market"])
            said = f"From near: the last {shown} of {text.counted(count, 'trade')}."
            yield candle_figure(close_up, name, said)
    if missing:
        yield note(f"No candles of {', '.join(missing)} are left in the store to draw.")
    if len(markets) > MARKETS_MAX:
        yield note(f"Drawn: the {MARKETS_MAX} of {len(markets)} markets with most trades.")
