"""The offline page about a sweep: the map of all tries, the best of them, and what luck shows."""

from collections.abc import Iterator

import numpy as np

from sigma_cli.report import text
from sigma_cli.report.banners import banners
from sigma_cli.report.cells import BEST_SHOWN, around, judge_sweep, order, params, weigh_cell
from sigma_cli.report.definitions import definitions, term
from sigma_cli.report.evidence import Evidence
from sigma_cli.report.heat_map import heat_map
from sigma_cli.report.inputs import Sweep
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.proof import interval, plus_minus, ratios
from sigma_cli.report.shell import figures, note, section, shell
from sigma_cli.report.table import facts, table, toned


def sweep_page(sweep: Sweep) -> str:
    """Return the whole page."""
    summary = sweep.summary
    best = int(order(sweep)[0])
    found = weigh_cell(sweep, best)
    return shell(
        f"Sweep of {summary['strategy']}",
        [_header(sweep, best, found), *_sections(sweep, best, found)],
        f"sigma sweep {summary['run_id']}. Past results promise nothing.",
        banners([summary]),
    )


def _header(sweep: Sweep, best: int, found: Evidence) -> Markup:
    summary = sweep.summary
    result, doubt = judge_sweep(sweep)
    gained = sweep.cells["total_return"]
    period = summary["period"]
    names = ", ".join(market["market"] for market in summary["markets"])
    cells = (
        (term("held"), text.percent(summary["buy_and_hold_return"], signed=True)),
        (term("trials", "Tries on these data"), text.number(sweep.trials)),
        ("Tries that gained", text.percent(float(np.mean(gained > 0)), 0)),
        (term("sharpe", "Best Sharpe ratio, with error"), plus_minus(found)),
        (term("luck"), text.number(found.luck, 2)),
        (term("dsr"), text.percent(found.deflated, 1)),
        (term("pbo"), text.percent(summary["overfitting"]["probability"], 0)),
        ("Its neighbours' Sharpe ratio", text.number(around(sweep, best), 2)),
    )
    return tag(
        "header",
        tag("p", "Sweep", class_="eyebrow"),
        tag("h1", f"{result} {doubt}"),
        tag(
            "p",
            tag("b", summary["strategy"]),
            f" on {names}, {summary['interval']} bars, {text.day(period['start_ns'])} to"
            f" {text.day(period['end_ns'] - 1)} (UTC)",
            class_="subject",
        ),
        tag("p", sweep.said, class_="said") if sweep.said else Markup(""),
        figures(cells),
    )


def _sections(sweep: Sweep, best: int, found: Evidence) -> Iterator[Markup]:
    yield section("All tries", heat_map(sweep, best))
    yield section("Is the best one luck?", *_proof(found))
    yield section(f"The best {min(BEST_SHOWN, len(sweep.cells['sharpe']))}", _best(sweep))
    yield section("Make it again", _again(sweep))
    yield section("What the numbers mean", definitions("the returns of each try"))


def _proof(found: Evidence) -> Iterator[Markup]:
    if not found.known:
        yield note("No try moved often enough to be judged.")
        return
    yield interval(found)
    yield facts(ratios(found))
    yield note(
        "Errors come from skew and fat tails. A sweep keeps no returns, so what autocorrelation",
        " adds to them can't be told here: run the best one alone for that. ",
        term("pbo"),
        " comes from all tries of this sweep; it is uncertain itself, by some 0.2.",
    )


def _best(sweep: Sweep) -> Markup:
    cells = sweep.cells
    rows = []
    for cell in order(sweep)[:BEST_SHOWN].tolist():
        gained = float(cells["total_return"][cell])
        rows.append(
            (
                ", ".join(f"{name} {value}" for name, value in params(sweep, cell).items()),
                toned(gained, text.percent(gained, signed=True)),
                text.number(float(cells["sharpe"][cell]), 2),
                text.percent(weigh_cell(sweep, cell).deflated, 1),
                text.number(around(sweep, cell), 2),
                text.percent(float(cells["max_drawdown"][cell])),
                text.number(float(cells["fills"][cell])),
            )
        )
    head = (
        *("Parameters", "Return", "Sharpe", term("dsr", "Deflated"), "Neighbours"),
        *("Drawdown", "Fills"),
    )
    return table(head, rows)


def _again(sweep: Sweep) -> Markup:
    summary = sweep.summary
    known_by = [(f"Hash of {name}", digest) for name, digest in summary["hashes"].items()]
    made = f"{text.moment(summary['created_ts_ns'], sweep.zone, seconds=True)} {sweep.zone.name}"
    cost = f"{text.number(summary['wall_s'], 2)} s, of CPU {text.number(summary['cpu_s'], 2)} s"
    settings = [(name, str(value)) for name, value in sorted(summary["settings"].items())]
    return joined(
        tag("pre", tag("code", summary["command"])),
        facts([("Sweep", summary["run_id"]), ("Made", made), ("Took", cost), *known_by], long=True),
        tag("details", tag("summary", "Every setting"), facts(settings)),
    )
