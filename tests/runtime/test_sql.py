import json
from pathlib import Path
from typing import Any

import pytest

from sigma_cli.errors import UsageError
from sigma_cli.runtime.sql import Rows, query


def ask(store: Path, statement: str, rows_max: int | None = None) -> Rows:
    return query(store, statement, rows_max=rows_max, memory_mb=256, threads=1)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1", 1),
        ("NULL", None),
        ("true", True),
        ("2.5::DOUBLE", 2.5),
        ("'nan'::DOUBLE", None),
        ("'inf'::DOUBLE", None),
        ("12.50::DECIMAL(9, 2)", "12.50"),
        ("170141183460469231731687303715884105727::HUGEINT", 2**127 - 1),
        ("TIMESTAMP '2025-09-01 00:00:00'", "2025-09-01T00:00:00Z"),
        ("TIMESTAMP '2025-09-01 00:00:00.25'", "2025-09-01T00:00:00.250000Z"),
        ("DATE '2025-09-01'", "2025-09-01"),
        ("TIME '12:30:00'", "12:30:00"),
        ("INTERVAL 90 MINUTE", "1:30:00"),
        ("'\\x00\\xFF'::BLOB", "00ff"),
        ("[1.0::DOUBLE, 'nan'::DOUBLE]", [1.0, None]),
        ("{'at': TIMESTAMP '2025-09-01', 'n': 1}", {"at": "2025-09-01T00:00:00Z", "n": 1}),
        ("MAP {'a': 1}", {"a": 1}),
        (
            "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        ),
    ],
)
def test_every_type_becomes_a_value_of_json(tmp_path: Path, expression: str, value: Any) -> None:
    (row,) = ask(tmp_path, f"SELECT {expression} AS v").rows
    assert row == {"v": value}
    json.dumps(row, allow_nan=False)


def test_columns_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    (row,) = ask(tmp_path, "SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS a").rows
    assert row == {"a": 1, "a_1": 2, "a_1_1": 3, "a_2": 4}


def test_rows_beyond_the_bound_are_told_of(tmp_path: Path) -> None:
    answer = ask(tmp_path, "FROM range(5)", rows_max=2)
    assert (len(answer.rows), answer.more) == (2, True)


def test_a_wrong_statement_is_the_users(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="COPY is refused"):
        ask(tmp_path, "COPY (SELECT 1) TO 'x'")
