"""The reference pages are what the code says, and say something about everything."""

from pathlib import Path

import pytest

from commands import reference
from sigma_cli.errors import CheckError
from sigma_cli.settings import fields

ROOT = Path(__file__).parent.parent


def test_the_pages_are_up_to_date() -> None:
    reference.main(ROOT / "docs", check=True)


def test_a_stale_page_is_noticed(tmp_path: Path) -> None:
    reference.main(tmp_path, check=False)
    reference.main(tmp_path, check=True)
    (tmp_path / "cli.md").write_text("old", encoding="utf-8")
    with pytest.raises(CheckError, match="out of date"):
        reference.main(tmp_path, check=True)


def test_the_pages_do_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = reference.cli_page()
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("NO_COLOR", "1")
    assert reference.cli_page() == wide


def test_every_setting_has_a_line() -> None:
    page = reference.settings_page()
    assert all(f"| `{key.partition('.')[2]}` |" in page for key in fields())


def test_readme_names_every_command_and_no_other() -> None:
    from typer.main import get_command

    from commands import app

    table = (
        (ROOT / "README.md").read_text(encoding="utf-8").split("## Commands")[1].split("\n## ")[0]
    )
    named = {line.split("`")[1].split()[1] for line in table.splitlines() if line.startswith("| `")}
    assert named == set(get_command(app).commands)  # type: ignore[attr-defined]


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
