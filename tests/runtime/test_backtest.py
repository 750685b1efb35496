"""A backtest from a lake of made-up candles to a stored run, and everything one can type wrong."""

import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli import settings
from sigma_cli.domain.candles import CANDLE_COLUMNS, Candles
from sigma_cli.domain.dtypes.run import WORLD
from sigma_cli.domain.dtypes.tape import FACT, REQUEST
from sigma_cli.domain.requests import Reason
from sigma_cli.errors import CheckError, UsageError
from sigma_cli.kernels.replay import Asked, Facts, replay
from sigma_cli.runtime import backtest, gate, world
from sigma_cli.runtime.backtest import Request, Result, fee_fraction
from sigma_cli.runtime.progress import Silent
from sigma_cli.runtime.selection import select
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.records import NoteKind, StoredNote
from sigma_cli.store.runs import load_run, remove_run
from tests.market import START_NS, candles

SOURCE = Source(name="made.csv", sha256="0" * 64, layout="test")
MINUTES = 2_000

STRATEGY = """
import numpy as np
from pydantic import BaseModel


class Params(BaseModel):
    scale: float = 1.0


class Mine:
    params = Params
    lookback_rows = 1

    def __init__(self, params):
        self.params_given = params

    def features(self):
        return ()

    def signal(self, columns):
        {body}
"""


def load(overrides: Sequence[str]) -> settings.Loaded:
    return settings.load(None, None, {}, settings.parse_overrides(overrides))


def fill(store: Path, venue: str, one: Candles, interval: str = "1m") -> None:
    lake = Lake(store)
    instrument = one.instrument
    lake.register_instrument(
        venue, instrument.market, instrument.price_exp, instrument.size_exp, always_open=True
    )
    rows = {name: getattr(one, name) for name in CANDLE_COLUMNS}
    lake.merge_candles(venue, instrument.market, interval, rows, SOURCE)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    fill(root, "upbit", candles(MINUTES, seed=1, step=20))
    holed = candles(MINUTES, seed=2, step=20, market="KRW-XRP")
    kept = np.random.default_rng(3).random(MINUTES) > 0.1
    columns = {name: getattr(holed, name)[kept] for name in CANDLE_COLUMNS}
    fill(root, "upbit", replace(holed, **columns))
    fill(root, "elsewhere", candles(MINUTES, seed=4, step=20, market="AB-CD"))
    return root


def run(store: Path, **typed: Any) -> Result:
    given = {"strategy": "sma_cross", "period": "all", "venue": "upbit"} | typed
    return backtest.run(Request(**given), store, load, Silent())


def test_a_run_is_stored_and_recognised(store: Path) -> None:
    first = run(store, markets=["KRW-BTC", "KRW-XRP"])
    assert not first.recognised
    assert first.fills > 20
    again = run(store, markets=["KRW-BTC", "KRW-XRP"])
    assert again == replace(first, recognised=True)
    assert run(store, markets=["KRW-BTC", "KRW-XRP"], again=True).run_id == first.run_id
    stored = load_run(store, first.run_id)
    assert stored.summary["final_equity"] == first.final_equity
    assert {path.stem for path in stored.folder.iterdir()} == {
        "run", "facts", "requests", "decisions", "trades", "equity", "signals",
    }  # fmt: skip


@pytest.mark.compiles
def test_the_stored_tape_replays_to_the_same_requests(store: Path) -> None:
    result = run(store, markets=["KRW-BTC", "KRW-XRP"], sets=["fast=3", "slow=9"])
    stored = load_run(store, result.run_id)
    chosen = select(
        Lake(store), ["KRW-BTC", "KRW-XRP"], venue="upbit", interval=None, period="all", fee=None
    )
    facts, requests = (
        _records(stored.table(name), dtype)
        for name, dtype in (("facts", FACT), ("requests", REQUEST))
    )
    signals = _signals(chosen.candles, stored.table("signals"))
    rows = world.rows(chosen.candles, signals)
    desk = world.build(load([]).settings, 2)
    asked = Asked(
        np.zeros(len(requests), REQUEST), np.zeros(len(requests), np.int64), np.zeros(3, np.int64)
    )
    seq = stored.table("facts")["seq"].copy()  # its own, not the file's: what was compiled for
    replay(rows, world.schedule(chosen.candles), Facts(facts, seq), desk, asked)
    assert asked.counts.tolist() == [result.events, len(facts), len(requests)]
    assert asked.requests.tobytes() == requests.tobytes()
    assert desk[0].state.account.equity == result.final_equity


def _records(table: dict[str, Any], dtype: Any) -> Any:
    records = np.zeros(len(table["seq"]), dtype)
    for name in dtype.names:
        records[name] = table[name]
    return records


def _signals(markets: Sequence[Candles], table: dict[str, Any]) -> list[Any]:
    signals = [np.full(len(one), np.nan) for one in markets]
    for market, one in enumerate(markets):
        mine = table["market"] == market
        place = np.searchsorted(one.open_ts_ns, table["open_ts_ns"][mine])
        signals[market][place] = table["value"][mine]
    return signals


def test_money_adds_up(store: Path) -> None:
    result = run(store, markets=["KRW-BTC", "KRW-XRP"], cash=10_000_000)
    stored = load_run(store, result.run_id)
    trades = stored.table("trades")
    assert result.start_cash == 10_000_000
    gained = result.final_equity - result.start_cash
    assert trades["pnl"].sum() == pytest.approx(gained, rel=1e-9)
    assert stored.summary["gross_pnl"] == pytest.approx(gained + result.fees, rel=1e-9)
    assert sum(market["pnl"] for market in stored.summary["markets"]) == pytest.approx(gained)
    assert sum(market["fills"] for market in stored.summary["markets"]) == result.fills
    assert stored.table("equity")["equity"][-1] == result.final_equity


def test_gaps_and_sources_are_told(store: Path) -> None:
    stored = load_run(store, run(store, markets=["KRW-XRP"]).run_id)
    market = stored.summary["markets"][0]
    assert market["missing"] > 100
    assert market["bars"] + market["missing"] == MINUTES - _trimmed(market)
    assert market["sources"] == ["made.csv"]


def _trimmed(market: dict[str, Any]) -> int:
    """Minutes missing at either end, which are no gaps."""
    head = (market["first_ts_ns"] - START_NS) // 60_000_000_000
    tail = MINUTES - 1 - (market["last_ts_ns"] - START_NS) // 60_000_000_000
    return int(head + tail)


def test_trials_count_what_was_tried(tmp_path: Path) -> None:
    fill(tmp_path, "upbit", candles(500, seed=9, step=20))
    tried = [run(tmp_path, sets=[f"fast={fast}"]).trials for fast in (2, 3, 3, 4)]
    assert tried == [1, 2, 2, 3]
    assert run(tmp_path, strategy="buy_and_hold").trials == 1


def test_what_names_a_run(store: Path) -> None:
    base = run(store, markets=["KRW-BTC"])
    for changed in (
        {"sets": ["fast=9"]},
        {"sets": ["limits.drawdown_max=0.2"]},
        {"cash": 2_000_000},
        {"fee": "0"},
        {"period": "12h"},
        {"markets": ["KRW-XRP"]},
    ):
        assert run(store, **({"markets": ["KRW-BTC"]} | changed)).run_id != base.run_id
    spelled = {"markets": ["KRW-BTC"], "interval": "1m", "period": base.period}
    assert run(store, **spelled).run_id == base.run_id


def test_the_command_asks_for_the_same_run(store: Path) -> None:
    result = run(store, markets=["KRW-BTC"], sets=["fast=4", "units=0.5"], fee="5bps", period="20h")
    command = load_run(store, result.run_id).summary["command"].split()
    assert command[:4] == ["sigma", "backtest", "--strategy", "sma_cross"]
    typed: dict[str, list[str]] = {}
    for option, value in zip(command[2::2], command[3::2], strict=True):
        typed.setdefault(option.removeprefix("--"), []).append(value)
    again = run(
        store,
        period=typed["period"][0],
        markets=typed["market"],
        interval=typed["interval"][0],
        sets=typed["set"],
    )
    assert again.recognised
    assert again.run_id == result.run_id


def test_a_result_that_changed_is_an_alarm(store: Path) -> None:
    result = run(store, markets=["KRW-BTC"], sets=["fast=7"])
    path = Path(result.folder) / "run.json"
    summary = json.loads(path.read_text())
    path.write_text(json.dumps(summary | {"fills": 1}))
    with pytest.raises(CheckError, match="came out differently when computed again: fills"):
        run(store, markets=["KRW-BTC"], sets=["fast=7"], again=True)


def test_limits_that_fired_are_told(store: Path) -> None:
    result = run(store, markets=["KRW-BTC"], sets=["limits.drawdown_max=0.001", "fraction=0.2"])
    assert "drawdown_max" in result.switches
    assert result.refusals["DRAWDOWN"] > 0
    fired = load_run(store, result.run_id).summary["switches"][0]
    assert fired["value"] >= fired["limit"] == 0.001
    stored = Lake(store).read_candles("upbit", "KRW-BTC", "1m")
    assert stored["open_ts_ns"][fired["bar_no"]] + 60_000_000_000 == fired["fired_ts_ns"]


def test_slippage_and_participation_cost(store: Path) -> None:
    free = run(store, markets=["KRW-BTC"], fee="0")
    slipped = run(store, markets=["KRW-BTC"], fee="0", sets=["fills.slippage_bps=10"])
    summary = load_run(store, slipped.run_id).summary
    assert slipped.final_equity < free.final_equity
    assert summary["slippage_cost"] > 0
    assert "10 bps of slippage" in " ".join(summary["fill_model"])
    capped = run(store, markets=["KRW-BTC"], fee="0", sets=["fills.participation_max=0.00001"])
    assert load_run(store, capped.run_id).summary["fill_share_max"] <= 0.00001
    assert capped.fills > free.fills


def test_a_strategy_of_ones_own(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(STRATEGY.format(body="return np.where(columns['close'] > 10_000, 1.0, 0.0)"))
    result = run(store, strategy=f"{path}:Mine", markets=["KRW-BTC"])
    assert result.fills > 0
    path.write_text(STRATEGY.format(body="return np.where(columns['close'] > 10_001, 1.0, 0.0)"))
    assert run(store, strategy=f"{path}:Mine", markets=["KRW-BTC"]).run_id != result.run_id


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return columns['close'] / 0", "failed on KRW-BTC"),
        ("return np.zeros(3)", r"returned \(3,\) signals for 2000 rows"),
        ("return columns['magic']", "no column 'magic'"),
    ],
)
def test_a_strategy_that_fails_is_named(store: Path, tmp_path: Path, body: str, says: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(STRATEGY.format(body=body))
    with pytest.raises(UsageError, match=says):
        run(store, strategy=f"{path}:Mine", markets=["KRW-BTC"])


def test_a_class_that_is_no_strategy(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("class Mine:\n    pass\n")
    with pytest.raises(UsageError, match="has no `params`"):
        run(store, strategy=f"{path}:Mine")


@pytest.mark.parametrize(
    ("typed", "says", "fix"),
    [
        ({"sets": ["fsat=3"]}, "did you mean 'fast'", "parameters: fast, slow, ties_max"),
        ({"sets": ["fast=x"]}, "fast = 'x'", "fast=10"),
        ({"sets": ["fast=30"]}, "must be less than slow", "slow=30"),
        ({"sets": ["limits.drawdwon_max=1"]}, "drawdwon_max", ""),
        ({"markets": ["KRW-BTX"]}, "did you mean 'KRW-BTC'", "sigma data"),
        ({"venue": "upbti"}, "did you mean 'upbit'", "sigma data"),
        ({"interval": "5mm"}, "'5mm' is not an interval; did you mean '5m'", "1h"),
        ({"interval": "1s"}, "can't be made from 1m", "sigma data"),
        ({"interval": "1d", "period": "6h"}, "no closed candle of 1d", "longer period"),
        ({"venue": None}, "more than one venue: elsewhere, upbit", "--venue elsewhere"),
        ({"period": "2024-01"}, "no candle of KRW-BTC lies in 2024-01", "inside"),
        ({"period": "2024-99"}, "not a period", "30d"),
        ({"fee": "cheap"}, "not a fee", "0.05%"),
        ({"venue": "elsewhere"}, "nobody knows what elsewhere charges", "--fee 0.05%"),
    ],
)
def test_what_is_typed_wrong(store: Path, typed: dict[str, Any], says: str, fix: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        run(store, **typed)
    assert fix in caught.value.fix


def test_a_fee_makes_an_unknown_venue_usable(store: Path) -> None:
    assert run(store, venue="elsewhere", fee="0.1%").fills > 0


def test_an_empty_store_says_where_to_begin(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no candles yet") as caught:
        run(tmp_path)
    assert "sigma demo" in caught.value.fix


def test_markets_of_one_interval_only(tmp_path: Path) -> None:
    fill(tmp_path, "upbit", candles(100, seed=1))
    fill(tmp_path, "upbit", candles(100, seed=2, market="KRW-XRP"))
    hourly = candles(100, seed=3)
    spaced = replace(hourly, open_ts_ns=START_NS + (hourly.open_ts_ns - START_NS) * 60)
    fill(tmp_path, "upbit", spaced, "1h")
    with pytest.raises(UsageError, match="more than one interval: 1h, 1m"):
        run(tmp_path)
    assert run(tmp_path, interval="1h", markets=["KRW-BTC"]).interval == "1h"
    with pytest.raises(UsageError, match="KRW-XRP is not stored at 1h"):
        run(tmp_path, interval="1h", markets=["KRW-BTC", "KRW-XRP"])


def test_longer_candles_are_made_from_what_is_stored(store: Path) -> None:
    result = run(store, markets=["KRW-BTC"], interval="5m", sets=["fast=3", "slow=9"])
    summary = load_run(store, result.run_id).summary
    assert (summary["interval"], summary["source_interval"]) == ("5m", "1m")
    assert result.bars == MINUTES // 5
    assert result.fills > 0
    assert {
        ts % (5 * 60 * 10**9) for ts in load_run(store, result.run_id).table("equity")["ts_ns"]
    } == {0}


def test_one_account_has_one_currency(tmp_path: Path) -> None:
    fill(tmp_path, "upbit", candles(100, seed=1))
    fill(tmp_path, "upbit", candles(100, seed=1, market="BTC-ETH"))
    with pytest.raises(UsageError, match="priced in BTC, KRW"):
        run(tmp_path)


def test_a_short_recording_is_noted(tmp_path: Path) -> None:
    fill(tmp_path, "upbit", candles(100, seed=1))
    assert load_run(tmp_path, run(tmp_path).run_id).summary["notes"] == []
    cold = load_run(tmp_path, run(tmp_path, sets=["slow=200"]).run_id)
    assert cold.summary["notes"] == [
        "KRW-BTC has 100 bars: too few for sma(close, 200) to warm up."
    ]


def test_a_split_that_nobody_adjusted_for_is_told(tmp_path: Path) -> None:
    fill(tmp_path, "us", candles(200, seed=1, market="UGAZ"))
    inside = StoredNote(NoteKind.UNADJUSTED_SPLIT, START_NS + 10**9, "split 10:1")
    before = StoredNote(NoteKind.UNADJUSTED_SPLIT, START_NS - 10**15, "split 2:1")
    jump = StoredNote(NoteKind.JUMP, START_NS + 10**9, "up by half")
    Lake(tmp_path).keep_notes("us", "UGAZ", "candles-1m", SOURCE, [inside, before, jump])
    stored = load_run(tmp_path, run(tmp_path, venue="us").run_id)
    assert [split["text"] for split in stored.summary["splits"]] == ["split 10:1"]


@pytest.mark.parametrize(
    ("text", "fraction"),
    [("0.05%", 0.0005), ("5bps", 0.0005), ("0.0005", 0.0005), ("0", 0.0), (".1 %", 0.001)],
)
def test_fees(text: str, fraction: float) -> None:
    assert fee_fraction(text) == fraction


def test_rules_that_change_within_a_run_are_scheduled(tmp_path: Path) -> None:
    change_ns = 1_753_887_600 * 10**9  # 2025-07-31 00:00 KST: Upbit's new ticks
    early = candles(600, seed=1)
    moved = replace(early, open_ts_ns=early.open_ts_ns - START_NS + change_ns - 300 * 60 * 10**9)
    fill(tmp_path, "upbit", moved)
    chosen = select(Lake(tmp_path), [], venue=None, interval=None, period="all", fee=None)
    schedule = world.schedule(chosen.candles)
    assert schedule.valid_from_ns.tolist() == [moved.open_ts_ns[0], change_ns]
    assert schedule.rules[0].band_tick_u[2] != schedule.rules[1].band_tick_u[2]
    assert run(tmp_path).events == 600 + 1 + 2 + _facts_and_signals(tmp_path)


def _facts_and_signals(store: Path) -> int:
    stored = load_run(store, "latest")
    return len(stored.table("facts")["seq"]) + len(stored.table("signals")["value"])


def test_a_world_begins_with_its_cash_and_nothing_else() -> None:
    built = world.build(load(["cash=5", "limits.day_utc_offset_hours=0"]).settings, 3)
    assert built.dtype == WORLD
    assert built[0].state.account.cash == built[0].venue.cash == 5
    assert built[0].state.market_count == 3
    assert built[0].params.switch_rows == 5


def test_a_strategy_that_looks_ahead_is_refused(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    body = "return np.where(np.append(columns['close'][1:], 0) > columns['close'], 1.0, 0.0)"
    path.write_text(STRATEGY.format(body=body))
    typed = {"strategy": f"{path}:Mine", "markets": ["KRW-BTC"]}
    with pytest.raises(CheckError, match="Mine looks ahead: its signal of row"):
        run(store, **typed)
    skipped = run(store, **typed, gate=False)
    assert skipped.gate == "skipped"
    assert "--no-gate" in load_run(store, skipped.run_id).summary["command"]
    honest = run(store, markets=["KRW-BTC"])
    assert honest.gate == "passed"
    assert load_run(store, honest.run_id).summary["gate"]["asked"] > gate.WINDOWS // 2
    assert run(store, markets=["KRW-BTC"], gate=False).run_id != honest.run_id


def test_exits_end_positions_on_their_own(store: Path) -> None:
    sets = ["exits.stop=0.004", "exits.target=0.006", "exits.trailing=0.01", "exits.time_bars=25"]
    stored = load_run(store, run(store, markets=["KRW-BTC", "KRW-XRP"], sets=sets).run_id)
    asked = stored.table("requests")
    submits = asked["kind"] == 1
    by_no = dict(zip(asked["local_no"][submits], asked["reason"][submits], strict=True))
    facts = stored.table("facts")
    filled = [Reason(by_no[no]) for no in facts["local_no"][facts["kind"] == 2]]
    assert {Reason.EXIT_STOP, Reason.EXIT_TARGET, Reason.EXIT_TIME} <= set(filled)
    assert "REDUCE_ONLY" not in stored.summary["refusals"], "nothing is sold twice"
    trades = stored.table("trades")
    assert trades["bars"][trades["market"] == 0].max() == 25, "no minute of KRW-BTC is missing"
    assert stored.summary["settings"]["exits.stop"] == 0.004


@pytest.mark.parametrize("kind", ["volatility", "risk_parity"])
def test_sizes_that_follow_the_market(store: Path, kind: str) -> None:
    result = run(store, markets=["KRW-BTC", "KRW-XRP"], sets=[f"sizing.kind={kind}"])
    assert result.fills > 0
    with pytest.raises(UsageError, match=r"sizing\.units is set but sizing\.kind is"):
        run(store, sets=[f"sizing.kind={kind}", "sizing.units=3"])


def test_what_a_strategy_imports_is_part_of_its_name(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "mine.py"
    body = "from level_of_mine import LEVEL; return np.where(columns['close'] > LEVEL, 1.0, 0.0)"
    path.write_text("import level_of_mine\n" + STRATEGY.format(body=body))
    ids = []
    for level in ("10_000", "10_010"):
        (tmp_path / "level_of_mine.py").write_text(f"LEVEL = {level}\n")
        sys.modules.pop("level_of_mine", None)
        importlib.invalidate_caches()
        ids.append(run(store, strategy=f"{path}:Mine", markets=["KRW-BTC"]).run_id)
    assert ids[0] != ids[1]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.py").write_text(path.read_text())
    sys.modules.pop("level_of_mine", None)
    assert run(store, strategy=f"{elsewhere / 'mine.py'}:Mine", markets=["KRW-BTC"]).recognised


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("self.params_given = params", "params.nothing", "can't be made"),
        ("return ()", "return ('close',)", "must return a tuple of features"),
        ("return ()", "return 1 / 0", "can't name its features"),
        ("lookback_rows = 1", "lookback_rows = 0", "at least 1"),
        ("def signal", "def singal", r"no signal\(columns\)"),
        ("{body}", "raise SystemExit(3)", "failed on KRW-BTC"),
    ],
)
def test_a_class_that_breaks_the_protocol(
    store: Path, tmp_path: Path, old: str, new: str, says: str
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(STRATEGY.replace(old, new).replace("{body}", "return columns['close']"))
    with pytest.raises(UsageError, match=says):
        run(store, strategy=f"{path}:Mine", markets=["KRW-BTC"])


def test_what_a_strategy_prints_is_no_result(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(STRATEGY.format(body="print('debug'); return np.zeros(len(columns))"))
    run(store, strategy=f"{path}:Mine", markets=["KRW-BTC"])
    out, err = capsys.readouterr()
    assert out == ""
    assert "debug" in err


def test_another_fee_or_part_of_the_period_is_another_trial(tmp_path: Path) -> None:
    fill(tmp_path, "upbit", candles(500, seed=9, step=20))
    tried = [run(tmp_path, **typed).trials for typed in ({}, {"fee": "0"}, {"period": "4h"})]
    assert tried == [1, 2, 3]


def test_the_same_candles_under_another_period_are_no_alarm(store: Path) -> None:
    days = run(store, markets=["KRW-BTC"], period="2025-09-01..2025-09-02")
    again = run(store, markets=["KRW-BTC"], period="all", again=True)
    assert again.run_id == days.run_id


def test_an_average_that_would_not_be_exact_is_refused(tmp_path: Path) -> None:
    one = candles(500, seed=9, step=20)
    large = {name: getattr(one, name) * 10**9 for name in ("open_u", "high_u", "low_u", "close_u")}
    fill(tmp_path, "upbit", replace(one, **large))
    with pytest.raises(UsageError, match="would not be exact"):
        run(tmp_path, sets=["slow=10000"])


def test_latest_is_what_was_asked_for_last(tmp_path: Path) -> None:
    fill(tmp_path, "upbit", candles(500, seed=9, step=20))
    first, second = run(tmp_path), run(tmp_path, sets=["fast=3"])
    assert load_run(tmp_path, "latest").run_id == second.run_id
    assert run(tmp_path).recognised
    assert load_run(tmp_path, "latest").run_id == first.run_id
    remove_run(Path(first.folder))
    assert load_run(tmp_path, "latest").run_id == second.run_id
