"""The reference pages are what the code says, and say something about everything."""

import re
import shutil
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from commands import reference
from sigma_cli import plugins
from sigma_cli.errors import CheckError
from sigma_cli.settings import fields
from sigma_cli.strategies import features
from sigma_cli.strategies.conformance import CHECKS, market

ROOT = Path(__file__).parent.parent


def test_the_pages_are_up_to_date() -> None:
    reference.main(ROOT / "docs", check=True)


@pytest.mark.parametrize(
    ("page", "old", "new"),
    [
        ("cli.md", "sigma backtest", "sigma backtset"),
        ("settings.md", "drawdown", "drawup"),
        ("strategies.md", "| `threshold` | 0 |", "| `threshold` | 1 |"),
        ("strategies.md", "def signal(self, columns: Columns)", "def signal(self)"),
    ],
)
def test_a_stale_page_is_noticed(tmp_path: Path, page: str, old: str, new: str) -> None:
    shutil.copytree(ROOT / "docs", tmp_path, dirs_exist_ok=True)
    path = tmp_path / page
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CheckError, match="out of date"):
        reference.main(tmp_path, check=True)
    reference.main(tmp_path, check=False)
    reference.main(tmp_path, check=True)
    assert path.read_text(encoding="utf-8") == text


def test_a_generated_part_can_not_get_lost() -> None:
    with pytest.raises(CheckError, match="lacks the part 'features'"):
        reference.strategies_page("<!-- generated: protocol -->\n<!-- end -->\n")


def strategies_page() -> str:
    return (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")


def test_every_built_in_strategy_and_feature_is_explained() -> None:
    page = strategies_page()
    points = entry_points(group=plugins.STRATEGIES)
    ours = [point.name for point in points if point.value.startswith("sigma_cli.")]
    assert len(ours) >= 6
    assert all(f"\n### {name}\n" in page for name in ours)
    assert all(f"| `{name}(" in page for name in features._KERNELS)


@pytest.mark.parametrize("check", CHECKS)
def test_the_strategy_in_the_page_is_one(tmp_path: Path, check: str) -> None:
    example = strategies_page().split("```python\n")[1].split("```\n")[0]
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    made = plugins.load_strategy(f"{tmp_path}/example.py:BuyWeakness")
    strategy = made(made.params())
    CHECKS[check](strategy, market(strategy))


def test_links_of_the_pages_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for link in re.findall(r"\]\(([^)#:]+)\)", prose):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


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
