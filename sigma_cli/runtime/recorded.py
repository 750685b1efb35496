"""What is asked of every file that is to be ingested, whatever it holds."""

from pathlib import Path

from sigma_cli.errors import UsageError
from sigma_cli.store.sources.naming import Parts, unrecognised
from sigma_cli.store.sources.survey import Survey
from sigma_cli.store.sources.tables import Table


def unknown(path: Path, table: Table, parts: Parts) -> UsageError:
    """Return the error for a file whose layout is not known."""
    return UsageError(
        f"no known layout of {parts.of}", where=str(path), fix=unrecognised(parts, table.shape)
    )


def demand_rows(path: Path, seen: Survey, what: str) -> None:
    """Refuse a file of which not one row can be read.

    Raises:
        UsageError: there is none.
    """
    if not any(market.rows for market in seen.markets.values()):
        first = seen.broken
        why = f": in row {first.row}, {first.detail}" if first else ""
        raise UsageError(
            f"no row of the file can be read as a {what}{why}",
            where=str(path),
            fix="check --map, --tz and --unit; numbers need a decimal point and no separators"
            if first
            else "check --map and --only",
        )
