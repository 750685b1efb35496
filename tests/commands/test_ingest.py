import json
from pathlib import Path

import pytest

from commands import app
from commands.failures import run

ROWS = "\n".join(f"{1_756_684_800 + 60 * n},10,11,9,10,1" for n in range(20))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "XRP_KRW.csv"
    path.write_text(f"timestamp,open,high,low,close,volume\n{ROWS}\nbroken\n")
    return path


def ingest(tmp_path: Path, *words: str) -> int:
    store = ["--store", str(tmp_path / "store")]
    return run(app, ["ingest", "files", *words, "--interval", "1m", "--venue", "upbit", *store])


def test_rows_set_aside_are_said_and_are_no_failure(
    tmp_path: Path, recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest(tmp_path, str(recording), "--json") == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["read"], told["added"], told["quarantined"]) == (21, 20, 1)
    assert told["lines"][0]["market"] == "KRW-XRP"
    assert "rows set aside in quarantine: 1 (1 unreadable)" in err
    assert ingest(tmp_path, str(recording), "--quiet") == 0
    out, err = capsys.readouterr()
    assert "already_there" in out and err == ""


def test_a_map_may_go_on_behind_its_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"a,b,c,d,e,f\n{ROWS}\n")
    parts = ("open=b", "high=c", "low=d", "close=e", "volume=f")
    words = (str(path), "--map", "timestamp=a", *parts, "--market", "KRW-XRP", "--json")
    assert ingest(tmp_path, *words) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 20


def test_trades_need_no_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.csv"
    path.write_text("when,at,much,taker,no\n" + "1756684800123,10,1,ASK,7\n" * 2)
    store = ["--store", str(tmp_path / "store")]
    parts = ("price=at", "size=much", "side=taker", "trade_id=no", "--json", *store)
    words = ["ingest", "files", str(path), "--venue", "upbit", "--kind", "trades"]
    assert run(app, [*words, "--market", "KRW-XRP", "--map", "timestamp=when", *parts]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["added"], told["duplicates"]) == ("trades", 1, 1)
    assert run(app, ["data", "--json", *store]) == 0
    (line,) = json.loads(capsys.readouterr().out)
    assert (line["market"], line["kind"], line["rows"]) == ("KRW-XRP", "trades", 1)


def test_exit_codes(tmp_path: Path, recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest(tmp_path, str(tmp_path / "nowhere.csv")) == 3
    assert ingest(tmp_path, str(recording), "--tz", "Mars") == 2
    assert ingest(tmp_path, str(recording), "--kind", "trades") == 2
    assert ingest(tmp_path, str(recording), "--unit", "h") == 2
    assert ingest(tmp_path) == 2
    assert "fix:" in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


def test_synthetic_candles_come_by_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["ingest", "synthetic", "--seed", "7", "--days", "1", "--market", "KRW-DUSK"]
    store = ["--store", str(tmp_path / "store")]
    assert run(app, [*words, *store, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["market"] == "KRW-DUSK"
    assert told["added"] == told["made"] > 100
    assert run(app, [*words, *store, "--kind", "quotes", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["added"]) == ("quotes", told["made"])
