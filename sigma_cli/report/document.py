"""The report as one plain document: what the page says, for programs. No preformatted numbers."""

from dataclasses import asdict
from typing import Any

from sigma_cli.report import text
from sigma_cli.report.cash import causes
from sigma_cli.report.doubts import doubts
from sigma_cli.report.evidence import evidence, returns_of
from sigma_cli.report.gates import decision, gates
from sigma_cli.report.inputs import Run, Table
from sigma_cli.report.months import monthly
from sigma_cli.report.trades import ROWS_MAX, closed_stats, open_count
from sigma_cli.report.verdict import judge, synthetic
from sigma_cli.stats.performance import performance


def document(run: Run) -> dict[str, Any]:
    """Return the summary of a run and what its report adds to it."""
    stats = closed_stats(run.trades)
    proof = evidence(run)
    verdict = judge(run.summary, proof)
    found = doubts(run.summary, stats.closed, proof, run.notes)
    returns = returns_of(run)
    passed = gates(run, proof)
    numbers, gained = monthly(run)
    count = len(run.trades["pnl"])
    return {
        "verdict": text.typed(str(verdict)),
        "note": run.said,
        "synthetic": synthetic(run.summary),
        "doubts": [{**asdict(doubt), "text": text.typed(doubt.text)} for doubt in found],
        "summary": dict(run.summary),
        "evidence": asdict(proof),
        "performance": asdict(performance(returns.returns, returns.per_year)),
        "months": [
            {"month": f"{at // 12}-{at % 12 + 1:02d}", "return": share}
            for at, share in zip(numbers.tolist(), gained.tolist(), strict=True)
        ],
        "money": causes(run),
        "decision": decision(passed),
        "gates": [{k: text.plain(v) for k, v in asdict(gate).items()} for gate in passed],
        "trades": {
            "count": count,
            "open": open_count(run.trades),
            **asdict(stats),
            "first": _rows(run.trades, 0, min(count, ROWS_MAX)),
            "last": _rows(run.trades, max(count - ROWS_MAX, 0), count),
        },
    }


def _rows(trades: Table, first: int, end: int) -> list[dict[str, Any]]:
    columns = {name: column[first:end].tolist() for name, column in trades.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
