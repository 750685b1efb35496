"""The report as one plain document: what the page says, for programs. No preformatted numbers."""

from dataclasses import asdict
from typing import Any

from sigma_cli.report import text
from sigma_cli.report.inputs import Run, Table
from sigma_cli.report.trades import ROWS_MAX, closed_stats, open_count
from sigma_cli.report.verdict import doubts, judge, synthetic


def document(run: Run) -> dict[str, Any]:
    """Return the summary of a run and what its report adds to it."""
    stats = closed_stats(run.trades)
    verdict = judge(run.summary)
    found = doubts(run.summary, stats.closed, run.notes)
    count = len(run.trades["pnl"])
    return {
        "verdict": text.typed(str(verdict)),
        "synthetic": synthetic(run.summary),
        "doubts": [{**asdict(doubt), "text": text.typed(doubt.text)} for doubt in found],
        "summary": dict(run.summary),
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
