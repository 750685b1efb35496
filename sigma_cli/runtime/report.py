"""`sigma report`: stored runs become one offline page, one document, and tables for other programs.

One run has a page of its own, a sweep has a map of its cells, several runs are compared.
"""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sigma_cli.errors import UsageError
from sigma_cli.report import cells
from sigma_cli.report.columns import Columns, tables
from sigma_cli.report.comparison import comparison_document
from sigma_cli.report.comparison_page import comparison_page
from sigma_cli.report.document import document
from sigma_cli.report.page import page
from sigma_cli.report.sweep_page import sweep_page
from sigma_cli.runtime.report_inputs import is_sweep, run_of, sweep_of
from sigma_cli.store.files import publish
from sigma_cli.store.run_notes import write_note
from sigma_cli.store.runs import StoredRun, load_run

FILE: Final = "report.html"
"""The page's name in the folder of its run, and where it is exported to."""
DOCUMENT: Final = "report.json"
FOLDER: Final = "reports"
"""Where in a store the pages about several runs lie."""
_DIGITS: Final = 8  # of the hash that tells one comparison from another


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Where the page is, and what it says."""

    path: Path
    _says: Callable[[], dict[str, Any]]

    def document(self) -> dict[str, Any]:
        """Return what the page says, for programs: worked out when it is asked for."""
        return {"path": str(self.path), **self._says()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A report before it is written."""

    path: Path
    page: str
    document: Callable[[], dict[str, Any]]
    tables: Mapping[str, Callable[[], Columns]]


def report(
    store: Path,
    names: Sequence[str],
    out: Path | None = None,
    *,
    export: Path | None = None,
    note: str | None = None,
) -> Report:
    """Write the report of the runs called `names` to `out`, or to its place in the store.

    `export`: a folder that gets the page, the document and the tables as well. `note` is kept
    with the run first, in place of an earlier one.

    Raises:
        UsageError: there is no such run, or a note is meant for several.
        OutsideError: a run can't be read, or a file can't be written.
    """
    runs = _load(store, names)
    if note is not None:
        write_note(_single(runs, "--note").folder, note)
    draft = _draft(store, runs)
    path = (out or draft.path).absolute()
    _write(path, draft.page)
    made = Report(path=path, _says=draft.document)
    if export is not None:
        _write(export / FILE, draft.page)
        _write(
            export / DOCUMENT,
            json.dumps(_finite(made.document()), indent=2, ensure_ascii=False) + "\n",
        )
        for name, columns in draft.tables.items():
            _write(export / f"{name}.csv", _csv(columns()))
    return made


def table(store: Path, names: Sequence[str], which: str) -> str:
    """Return one table of a run as CSV.

    Raises:
        UsageError: there is no such run, there are several, or it has no such table.
        OutsideError: the run can't be read.
    """
    run = _single(_load(store, names), "--csv")
    tables = _draft(store, [run]).tables
    if which not in tables:
        raise UsageError(
            f"run {run.run_id} has no table {which!r}",
            where="--csv",
            fix=f"choose one of: {', '.join(tables)}",
        )
    return _csv(tables[which]())


def _load(store: Path, names: Sequence[str]) -> list[StoredRun]:
    """Return the runs with these names, each once."""
    return list({run.run_id: run for run in (load_run(store, name) for name in names)}.values())


def _single(runs: Sequence[StoredRun], option: str) -> StoredRun:
    if len(runs) == 1:
        return runs[0]
    raise UsageError(f"{len(runs)} runs are named", where=option, fix="name the one that is meant")


def _draft(store: Path, runs: Sequence[StoredRun]) -> _Draft:
    if len(runs) > 1:
        return _comparison(store, runs)
    stored = runs[0]
    path = stored.folder / FILE
    if is_sweep(stored):
        sweep = sweep_of(store, stored)
        return _Draft(
            path=path,
            page=sweep_page(sweep),
            document=partial(cells.sweep_document, sweep),
            tables={"cells": lambda: cells.columns(sweep)},
        )
    run = run_of(store, stored)
    return _Draft(
        path=path,
        page=page(run),
        document=partial(document, run),
        tables={name: partial(make, run) for name, make in tables(run).items()},
    )


def _comparison(store: Path, stored: Sequence[StoredRun]) -> _Draft:
    sweeps = [one.run_id for one in stored if is_sweep(one)]
    if sweeps:
        raise UsageError(
            f"{', '.join(sweeps)} is a sweep, and only single runs can be compared",
            fix="name the sweep alone",
        )
    runs = [run_of(store, one) for one in stored]
    ids = [one.run_id for one in stored]
    digest = sha256(" ".join(ids).encode()).hexdigest()[:_DIGITS]
    return _Draft(
        path=store / FOLDER / f"{ids[0]}-and-{len(ids) - 1}-{digest}.html",
        page=comparison_page(runs),
        document=partial(comparison_document, runs),
        tables={},
    )


def _csv(columns: Columns) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns.head)
    writer.writerows(columns.rows)
    return text.getvalue()


def _finite(value: Any) -> Any:
    """Return plain values for JSON, which knows no NaN: what is undefined becomes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(item) for item in value]
    return value


def _write(path: Path, text: str) -> None:
    publish(path, lambda temporary: _write_text(temporary, text))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
