import json
from pathlib import Path

import pytest

from commands import app
from commands.failures import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "default.toml").write_text("[limits]\ndrawdown_max = 0.2\n", encoding="utf-8")
    (tmp_path / "live.toml").write_text("[account]\ncash = 10\n", encoding="utf-8")
    return tmp_path


def test_show_names_every_origin(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGMA_FILLS__SLIPPAGE_BPS", "3")
    argv = ["config", "show", "--origin", "--json", "--config-dir", str(folder)]
    assert run(app, [*argv, "--profile", "live", "--set", "units=2"]) == 0
    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["limits.drawdown_max"]["origin"] == str(folder / "default.toml")
    assert rows["account.cash"]["origin"] == str(folder / "live.toml")
    assert rows["fills.slippage_bps"]["origin"] == "SIGMA_FILLS__SLIPPAGE_BPS"
    assert rows["sizing.units"]["origin"] == "--set sizing.units"
    assert rows["ingest.jump_max"]["origin"] == "default"
    assert rows["fills.slippage_bps"]["value"] == 3
    assert rows["limits.drawdown_max"]["unit"] == "share of peak equity"


def test_show_without_origins_is_shorter(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["config", "show", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)[0]) == {"key", "value", "unit"}


def test_check_counts_what_was_changed_and_where(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["config", "check", "--json", "--config-dir", str(folder)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["changed"] == 1
    assert found["sources"] == [str(folder / "default.toml")]


def test_check_names_all_that_is_wrong_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["config", "check", "--set", "cash=x", "--set", "limits.drawdwn_max=1"]
    assert run(app, argv) == 2
    err = capsys.readouterr().err
    assert "2 settings are wrong" in err
    assert "did you mean 'limits.drawdown_max'?" in err


def test_schema_is_json_with_descriptions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["config", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    limits = schema["$defs"]["Limits"]
    assert limits["additionalProperties"] is False
    assert limits["properties"]["drawdown_max"]["maximum"] == 1
    assert "Drawdown" in limits["properties"]["drawdown_max"]["description"]


def test_the_profile_may_come_from_the_environment(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGMA_PROFILE", "live")
    monkeypatch.setenv("SIGMA_CONFIG_DIR", str(folder))
    assert run(app, ["config", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == 2
