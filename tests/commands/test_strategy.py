import json
from pathlib import Path

import pytest

from commands import app
from commands.failures import run
from sigma_cli.strategies.conformance import market
from sigma_cli.strategies.template import Params, Template


def test_list_is_a_table_and_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["strategy", "list"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0].split() == [
        "strategy",
        "runs_on",
        "lookback_rows",
        "params",
        "about",
    ]
    assert "entry=20 (>= 1, <= 100,000), exit=10 (>= 1, <= 100,000)" in out
    assert err == ""
    assert run(app, ["strategy", "list", "--json"]) == 0
    told = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"breakout", "ema_cross", "momentum", "rsi_divergence", "sma_cross"} <= set(told)
    assert told["breakout"]["params"][0]["default"] == 20


def test_from_nothing_to_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a newcomer types, in the order of docs/strategies.md."""
    monkeypatch.chdir(tmp_path)
    candles = market(Template(Params()))
    columns = (getattr(candles, f"{side}_u") / 100 for side in ("open", "high", "low", "close"))
    rows = zip(candles.open_ts_ns // 10**9, *columns, candles.volume_u / 1e8, strict=True)
    text = "\n".join(",".join(map(str, row)) for row in rows)
    (tmp_path / "AB_CD.csv").write_text(f"timestamp,open,high,low,close,volume\n{text}\n")
    words = ["ingest", "files", "AB_CD.csv", "--venue", "made-up", "--interval", "1m"]
    assert run(app, [*words, "--store", "store", "--quiet"]) == 0
    assert run(app, ["strategy", "new", "my_idea"]) == 0
    assert "my_idea.py:MyIdea" in capsys.readouterr().out
    words = [
        "backtest",
        "--strategy",
        "my_idea.py:MyIdea",
        "--period",
        "all",
        "--set",
        "window=5",
        "--fee",
        "0",
    ]
    assert run(app, [*words, "--store", "store", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fills"] > 0


def test_refusals_have_the_exit_code_of_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["strategy", "new", "my_idea", "--dir", str(tmp_path)]
    assert run(app, [*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == str(tmp_path / "my_idea.py")
    assert run(app, words) == 2
    assert "nothing was written" in capsys.readouterr().err
    assert run(app, ["strategy", "new", "My-Idea"]) == 2
    assert "like my_idea" in capsys.readouterr().err
