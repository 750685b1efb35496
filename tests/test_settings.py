"""Layers, origins, and every way to get a setting wrong."""

import re
from dataclasses import astuple
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sigma_cli.domain.switches import SWITCHES
from sigma_cli.errors import UsageError
from sigma_cli.settings import DEFAULT, RESERVED, Settings, fields, load, parse_overrides
from sigma_cli.settings.events import FILE


def folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / f"{name}.toml").write_text(text, encoding="utf-8")
    return path


def refusal(path: Path | None = None, **kwargs: object) -> str:
    arguments = {"profile": None, "config_dir": path, "env": {}, "overrides": {}} | kwargs
    with pytest.raises(UsageError) as caught:
        load(**arguments)  # type: ignore[arg-type]
    return str(caught.value)


def test_nothing_set_is_the_defaults() -> None:
    loaded = load(None, None, {}, {})
    assert loaded.settings == Settings()
    assert set(loaded.origins) == set(fields())
    assert set(loaded.origins.values()) == {DEFAULT}


def test_each_layer_wins_over_the_one_before(tmp_path: Path) -> None:
    text = "[limits]\ndrawdown_max = {}\nday_loss_max = {}\nmarket_share_max = {}\n"
    path = folder(
        tmp_path, default=text.format(0.2, 0.2, 0.2), live="[limits]\nday_loss_max = 0.3\n"
    )
    env = {"SIGMA_LIMITS__MARKET_SHARE_MAX": "0.4", "SIGMA_ACCOUNT__CASH": "7", "HOME": "/x"}
    loaded = load("live", path, env, {"account.cash": "8"})
    assert loaded.settings.limits.drawdown_max == 0.2
    assert loaded.settings.limits.day_loss_max == 0.3
    assert loaded.settings.limits.market_share_max == 0.4
    assert loaded.settings.account.cash == 8
    assert loaded.origins["limits.drawdown_max"] == str(path / "default.toml")
    assert loaded.origins["limits.day_loss_max"] == str(path / "live.toml")
    assert loaded.origins["limits.market_share_max"] == "SIGMA_LIMITS__MARKET_SHARE_MAX"
    assert loaded.origins["account.cash"] == "--set account.cash"


def test_a_folder_without_default_and_the_default_profile_are_fine(tmp_path: Path) -> None:
    assert load(None, tmp_path, {}, {}).settings == Settings()
    path = folder(tmp_path, default="[account]\ncash = 3\n")
    assert load("default", path, {}, {}).settings.account.cash == 3


def test_the_checkouts_own_files_are_right() -> None:
    config = Path(__file__).parent.parent / "config"
    for path in config.glob("*.toml"):
        if path.name != FILE:
            load(path.stem, config, {}, {})


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[limits]\ndrawdwn_max = 1\n", "did you mean 'limits.drawdown_max'?"),
        ("[limts]\ndrawdown_max = 1\n", "did you mean 'limits.drawdown_max'?"),
        ("cash = 5\n", "did you mean 'account.cash'?"),
        ("[zzz]\nqqq = 5\n", "zzz.qqq: no such setting ("),
        ("[account]\ncash = '5'\n", "should be a valid number"),
        ("[account]\ncash = true\n", "should be a valid number"),
        ("[account]\ncash = -1\n", "greater than 0"),
        ("[account]\ncash = nan\n", "finite"),
        ("[account]\ncash = [1]\n", "should be a valid number"),
        ("[limits]\norders_per_minute_max = 1.5\n", "valid integer"),
        ("[limits]\ndrawdown_max = 15\n", "less than or equal to 1"),
        ("[sizing]\nkind = 'lots'\n", "'risk_parity', 'kelly' or 'confidence'"),
        ("[sizing]\nunits = 3\n", "sizing.units is set but sizing.kind is 'fraction'"),
        ("[account]\ncash = \n", "line 2"),
    ],
)
def test_a_wrong_file_names_itself(tmp_path: Path, text: str, part: str) -> None:
    message = refusal(folder(tmp_path, default=text))
    assert part in message
    assert "default.toml" in message or "sizing.units" in message


def test_all_errors_come_at_once(tmp_path: Path) -> None:
    path = folder(tmp_path, default="[account]\ncash = 'x'\n[limits]\nnope = 1\n")
    message = refusal(path, env={"SIGMA_FILLS__FEE": "x"}, overrides={"sizing.kind": "z"})
    assert message.startswith("4 settings are wrong")


def test_an_unknown_variable_is_refused_and_a_reserved_one_is_not() -> None:
    message = refusal(env={"SIGMA_LIMITS_DRAWDOWN_MAX": "1"})
    assert "limits_drawdown_max: no such setting" in message
    assert "did you mean 'limits.drawdown_max'?" in message
    load(None, None, dict.fromkeys(RESERVED, "x"), {})


def test_none_as_text_is_none() -> None:
    assert load(None, None, {"SIGMA_FILLS__FEE": "none"}, {}).settings.fills.fee is None
    assert load(None, None, {}, {"fills.fee": "0.001"}).settings.fills.fee == 0.001


def test_missing_folder_and_profile_are_refused(tmp_path: Path) -> None:
    assert "no such configuration folder" in refusal(tmp_path / "none")
    path = folder(tmp_path, live="", default="")
    assert "did you mean 'live'?" in refusal(path, profile="lve")
    assert "the profiles are: default, live" in refusal(path, profile="lve")
    assert "the profiles are: none" in refusal(None, profile="live")


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "default.toml").mkdir()
    assert "can't read the configuration" in refusal(tmp_path)
    path = tmp_path / "other"
    path.mkdir()
    (path / "default.toml").write_bytes(b"\xff")
    assert "this is not TOML" in refusal(path)


def test_overrides() -> None:
    assert parse_overrides(["limits.drawdown_max = 1"]) == {"limits.drawdown_max": "1"}
    assert parse_overrides(["drawdown_max=1"]) == {"limits.drawdown_max": "1"}
    assert parse_overrides(["units=100"]) == {"sizing.kind": "units", "sizing.units": "100"}
    assert parse_overrides(["fraction=0.5"])["sizing.kind"] == "fraction"
    assert parse_overrides(["nonsense=1=2"]) == {"nonsense": "1=2"}
    with pytest.raises(UsageError, match="sets nothing"):
        parse_overrides(["cash"])


def test_the_reference_run_can_be_set() -> None:
    overrides = parse_overrides(["units=100", "limits.drawdown_max=1"])
    settings = load(None, None, {}, overrides).settings
    assert (settings.sizing.kind, settings.sizing.units) == ("units", 100)
    assert settings.limits.drawdown_max == 1


def test_the_tree_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().account.cash = 5


@pytest.mark.parametrize("key", fields())
def test_every_setting_is_described_and_bounded(key: str) -> None:
    info = fields()[key]
    assert info.description
    assert isinstance(info.json_schema_extra, dict) and "unit" in info.json_schema_extra
    assert info.annotation is not float or len(info.metadata) == 2, "both bounds"


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=3))
def test_any_text_is_a_setting_or_a_refusal(overrides: dict[str, str]) -> None:
    try:
        load(None, None, {}, overrides)
    except UsageError as error:
        assert all(repr(key)[1:-1] in repr(str(error)) for key in overrides)


def test_nothing_can_be_set_that_nobody_reads() -> None:
    root = Path(__file__).parent.parent
    readers = [*root.glob("commands/*.py"), *root.glob("sigma_cli/runtime/*.py")]
    named = [str(name) for row in SWITCHES for name in astuple(row)]
    text = "\n".join([*(path.read_text(encoding="utf-8") for path in readers), *named])
    unread = [
        key for key in fields() if not re.search(rf"""[."']{key.partition(".")[2]}\b""", text)
    ]
    assert unread == []


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        ({"patience_s": 5}, "set faults.lost as well"),
        ({"external_lots": 2}, "set faults.external as well"),
        ({"external": 0.1}, "set faults.external_lots or faults.external_value as well"),
    ],
)
def test_a_fault_that_would_count_for_nothing_is_refused(
    faults: dict[str, float], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings.model_validate({"faults": faults})
    whole = {"lost": 0.1, "external": 0.1, "external_lots": 1}
    assert Settings.model_validate({"faults": whole | faults}).faults.lost == 0.1
    off = {"lost": 0, "external": 0, "external_lots": 0} | faults
    assert Settings.model_validate({"faults": off}).faults.lost == 0, "said to be off"
