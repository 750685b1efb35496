"""The offline page about several runs: their curves, their numbers, and all that differs."""

from collections.abc import Iterator, Sequence
from typing import Final

from sigma_cli.report import text
from sigma_cli.report.banners import banners
from sigma_cli.report.comparison import overfitting, verdict
from sigma_cli.report.curves import curves, name
from sigma_cli.report.definitions import definitions, term
from sigma_cli.report.differences import Difference, differences
from sigma_cli.report.evidence import evidence
from sigma_cli.report.fidelity import simulated_on
from sigma_cli.report.inputs import Run
from sigma_cli.report.markup import Markup, tag
from sigma_cli.report.proof import plus_minus
from sigma_cli.report.shell import note, section, shell
from sigma_cli.report.table import facts, table, toned
from sigma_cli.report.trades import closed_stats
from sigma_cli.report.verdict import look_ahead

_HASH_SHOWN: Final = 12  # digits of a hash: enough to tell two apart


def comparison_page(runs: Sequence[Run]) -> str:
    """Return the whole page."""
    header = tag(
        "header",
        tag("p", "Comparison", class_="eyebrow"),
        tag("h1", verdict(runs)),
        tag("p", "Choosing the best of several is one more way of being fooled.", class_="subject"),
        *(tag("p", f"{name(run)}: {run.said}", class_="said") for run in runs if run.said),
    )
    foot = f"sigma runs {', '.join(run.summary['run_id'] for run in runs)}."
    return shell(
        "Comparison of runs",
        [header, *_sections(runs)],
        foot,
        banners([run.summary for run in runs]),
    )


def _sections(runs: Sequence[Run]) -> Iterator[Markup]:
    yield section("Equity", curves(runs))
    yield section("Side by side", _numbers(runs), *_overfitting(runs))
    told = differences([run.summary for run in runs])
    for kind, title in _TITLES.items():
        yield section(title, _differing(runs, told[kind]))
    commands = ((name(run), run.summary["command"]) for run in runs)
    yield section("Make them again", facts(commands, long=True))
    yield section("What the numbers mean", definitions(runs[0].summary["sharpe_basis"]))


_TITLES: Final = {
    "configuration": "What differs in the configuration",
    "data": "What differs in the data",
    "code": "What differs in the code",
}


def _numbers(runs: Sequence[Run]) -> Markup:
    proofs = [evidence(run) for run in runs]
    stats = [closed_stats(run.trades) for run in runs]
    sides = [run.summary for run in runs]
    rows: list[tuple[str, ...]] = [
        ("Simulated on", *map(simulated_on, sides)),
        (
            term("return"),
            *(
                toned(s["total_return"], text.percent(s["total_return"], signed=True))
                for s in sides
            ),
        ),
        (term("held"), *(text.percent(s["buy_and_hold_return"], signed=True) for s in sides)),
        (term("drawdown", "Deepest drawdown"), *(text.percent(s["max_drawdown"]) for s in sides)),
        (term("sharpe", "Sharpe ratio, with error"), *(plus_minus(one) for one in proofs)),
        (term("trials"), *(text.number(one.trials) for one in proofs)),
        (term("dsr"), *(text.percent(one.deflated, 1) for one in proofs)),
        (term("trade", "Closed trades"), *(text.number(one.closed) for one in stats)),
        (term("win"), *(text.percent(one.win_rate, 1) for one in stats)),
        (term("factor"), *(text.number(one.profit_factor, 2) for one in stats)),
        (term("exposure"), *(text.percent(s["exposure_mean"], 1) for s in sides)),
        (term("turnover"), *(text.number(s["turnover"], 1) for s in sides)),
        ("Fees", *(text.money(s["fees"], s["currency"]) for s in sides)),
        ("Look-ahead gate", *(look_ahead(s) for s in sides)),
    ]
    return table(("", *map(name, runs)), rows)


def _overfitting(runs: Sequence[Run]) -> Iterator[Markup]:
    made = overfitting(runs)
    if made is None:
        return
    share = text.percent(made.probability, 0)
    said = (
        f": {share}, over {text.number(made.splits)} ways to halve the days the runs share."
        " A single such number is uncertain by some 20 percentage points."
    )
    yield note(term("pbo"), said)


def _differing(runs: Sequence[Run], rows: Sequence[Difference]) -> Markup:
    if not rows:
        return note("Nothing.")
    cells = [(row.name, *map(_short, row.values)) for row in rows]
    return table(("", *map(name, runs)), cells, left=len(runs) + 1, wrap=True)


def _short(value: str) -> str:
    is_hash = len(value) == 64 and set(value) <= set("0123456789abcdef")
    return value[:_HASH_SHOWN] if is_hash else value
