"""`sigma data features`: rows of what was known, once for each code, in bounded memory."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sigma_cli.domain.features import TRAITS, Column, Feed
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.errors import UsageError
from sigma_cli.runtime import features, ingest_synthetic
from sigma_cli.runtime.feature_columns import ColumnLine
from sigma_cli.runtime.features import Computed, Request, compute
from sigma_cli.runtime.progress import Silent
from sigma_cli.settings import Settings
from sigma_cli.store.lake import Lake
from tests.market import START_NS
from tests.runtime.tape_reference import made, stored
from tests.tick_market import fill

SETTINGS = Settings()


class Heard(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("made-up")
    for kind in ("trades", "quotes"):
        request: Any = {"seed": 3, "days": 2, "markets": ("KRW-DUSK",), "kind": kind}
        ingest_synthetic.ingest_synthetic(ingest_synthetic.Request(**request), store, Silent())
    return store


def line(found: Computed, column: Column) -> ColumnLine:
    return found.columns[column]


@pytest.mark.compiles
def test_rows_are_stored_once(made_up: Path) -> None:
    request = Request(market="KRW-DUSK", period="all", every="1m")
    found = compute(request, made_up, SETTINGS, Silent())
    assert found.rows == found.added > 1_000
    assert (found.replaced, found.already_there, found.removed) == (0, 0, 0)
    assert (
        sum(one.unheard for one in found.months) == sum(one.events for one in found.months) > 5_000
    )
    before = Lake(made_up).fingerprint()
    again = compute(request, made_up, SETTINGS, Silent())
    assert (again.added, again.already_there) == (0, found.rows)
    assert Lake(made_up).fingerprint() == before
    assert found.bounds == 0, "less than a day is known at 04:00 in Korea"
    (series,) = (one for one in Lake(made_up).series() if one.kind == "features-1m")
    assert series.synthetic and series.rows == found.rows
    assert series.sources == (f"code {found.code}",)


def test_what_is_never_known_says_why(made_up: Path) -> None:
    found = compute(
        Request(market="KRW-DUSK", period="all", every="1m"), made_up, SETTINGS, Silent()
    )
    for column, traits in TRAITS.items():
        told = line(found, column)
        assert (told.known == 0) == bool(told.why) == (told.first_ts_ns is None)
        if traits.feeds & Feed.BOOK:
            assert told.why == "there are no books"
    assert line(found, Column.FLOW_TOXICITY).why == "it warms up for 7 d 10 min"
    assert line(found, Column.RSI_14).known > 1_000
    short = compute(
        Request(market="KRW-DUSK", period="2025-09-01T00:05..2025-09-01T00:20"),
        made_up, SETTINGS, Silent(),
    )  # fmt: skip
    assert line(short, Column.VPIN).why.startswith("the mean volume of a day is unknown")
    assert line(short, Column.ADX_14).why == "it warms up for 28 min"


def test_other_settings_replace_the_rows_and_say_so(tmp_path: Path) -> None:
    stored(Lake(tmp_path), ("binance", "BTCUSDT"), made(1))
    request = Request(market="BTCUSDT", period="all")
    first = compute(request, tmp_path, SETTINGS, Silent())
    assert first.rows > 30
    month = first.months[-1]
    assert month.gaps > 0 and month.offset_ns and len(month.latency_ns) == 5
    assert line(first, Column.LOB_DEPTH_IMBALANCE_10).known > 0
    floor = Settings.model_validate({"latency": {"feed_floor_ms": 3}})
    heard = Heard()
    second = compute(request, tmp_path, floor, heard)
    assert (second.removed, second.added) == (first.rows, second.rows)
    assert first.code != second.code
    (note,) = heard.notes
    assert f"removed {first.rows} rows" in note and first.code in note and second.code in note
    (series,) = (one for one in Lake(tmp_path).series() if one.kind == "features-1s")
    assert (series.sources, series.rows) == ((f"code {second.code}",), second.rows)


def rows_of(store: Path, market: str, span_ns: tuple[int, int], every: str = "1s") -> NDArray[Any]:
    """Return time and columns of the rows of a span, as bits: NaN is a value like another."""
    lake, (venue,) = Lake(store), {one.venue for one in Lake(store).series()}
    names = [column.name.lower() for column in Column]
    parts = [*lake.read_features(venue, market, every, span_ns, names)]
    columns = [np.concatenate([part[name] for part in parts]) for name in ["ts_ns", *names]]
    return np.array([column.view(np.int64) for column in columns])


@pytest.mark.parametrize("heard", [True, False])
def test_the_rows_are_the_same_whatever_period_was_asked_for(tmp_path: Path, heard: bool) -> None:
    """Parts of two months, each asked for alone, and all of both at once."""
    settings = Settings.model_validate({"latency": {"feed": "fixed", "feed_ms": 7}})
    for name in ("whole", "parts"):
        fill(Lake(tmp_path / name), minutes=12, heard=heard, after_ns=-5 * NS_PER_MINUTE)
    whole = compute(Request(market="KRW-BTC", period="all"), tmp_path / "whole", settings, Silent())
    assert whole.rows > 700 and [one.month for one in whole.months] == ["2025-08", "2025-09"]
    told = []
    for minutes in ((1, 3), (-3, -1), (0, 0)):
        ends = [START_NS + n * NS_PER_MINUTE for n in minutes]
        period = "..".join(f"{np.datetime64(ns, 'ns').astype('M8[m]')}" for ns in ends)
        request = Request(market="KRW-BTC", period=period)
        found = compute(request, tmp_path / "parts", settings, Silent())
        assert found.rows == found.added == 60 * (minutes[1] - minutes[0] + 1)
        span_ns = (ends[0], ends[1] + NS_PER_MINUTE)
        parts, same = (rows_of(tmp_path / name, "KRW-BTC", span_ns) for name in ("parts", "whole"))
        assert np.array_equal(parts, same)
        told.append(line(found, Column.ROC_5M).known)
    before = Lake(tmp_path / "whole").fingerprint()
    again = compute(request, tmp_path / "whole", settings, Silent())
    assert (again.added, again.replaced) == (0, 0)
    assert Lake(tmp_path / "whole").fingerprint() == before
    assert told[0] > 0, "what came before the period warms it up"


def test_chunks_and_batches_of_rows_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prints = []
    for name, rows_max, batch_rows in (("a", 3_600, 4_096), ("b", 7, 9)):
        monkeypatch.setattr(features, "ROWS_MAX", rows_max)
        monkeypatch.setattr("sigma_cli.runtime.tape.BATCH_ROWS_MAX", batch_rows)
        monkeypatch.setattr("sigma_cli.runtime.tape.BATCH_ROWS_MIN", batch_rows)
        monkeypatch.setattr("sigma_cli.runtime.tape.CHUNK_ROWS", batch_rows * 100)
        stored(Lake(tmp_path / name), ("binance", "BTCUSDT"), made(1))
        compute(Request(market="BTCUSDT", period="all"), tmp_path / name, SETTINGS, Silent())
        prints.append(Lake(tmp_path / name).fingerprint())
    assert prints[0] == prints[1]


def test_after_a_week_of_silence_a_market_begins_anew(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    given = made(1, timed=True)
    for trade in given.trades[len(given.trades) // 2 :]:
        trade["exch_ts_ns"] += 8 * NS_PER_DAY
        trade["recv_ts_ns"] += 8 * NS_PER_DAY
    stored(lake, ("binance", "BTCUSDT"), given, kinds="trades")
    found = compute(Request(market="BTCUSDT", period="all"), tmp_path, SETTINGS, Silent())
    assert 20 < found.rows < 60
    assert line(found, Column.SPREAD_PCT).why == "there are neither quotes nor books"


def test_where_books_begin_later_the_rows_have_none(tmp_path: Path) -> None:
    """Books before the period and after it: that of trades is known all the same."""
    lake = Lake(tmp_path)
    fill(lake, minutes=30, books=False)
    for after_ns in (-NS_PER_HOUR, NS_PER_HOUR):
        fill(lake, minutes=1, after_ns=after_ns)
    request = Request(market="KRW-BTC", period="2025-09-01T00:05..2025-09-01T00:20")
    found = compute(request, tmp_path, SETTINGS, Silent())
    assert line(found, Column.LOB_DEPTH_IMBALANCE_10).why == "there are no books"
    assert line(found, Column.CUMDELTA_5M).known > 100


def test_a_market_that_is_not_there_or_in_two_places_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no trades of BTC are stored"):
        compute(Request(market="BTC", period="all"), tmp_path, SETTINGS, Silent())
    for venue in ("binance", "futures"):
        stored(Lake(tmp_path), (venue, "BTCUSDT"), made(1), kinds="trades")
    stored(Lake(tmp_path), ("binance", "ETHUSDT"), made(1), kinds="quotes")
    for market, says in (
        ("BTC", "did you mean 'BTCUSDT'"),
        ("BTCUSDT", "is stored at binance and futures"),
        ("ETHUSDT", "no trades of ETHUSDT are stored"),
    ):
        with pytest.raises(UsageError, match=says):
            compute(Request(market=market, period="all"), tmp_path, SETTINGS, Silent())
    request = Request(market="BTCUSDT", period="all", venue="futures")
    assert compute(request, tmp_path, SETTINGS, Silent()).venue == "futures"
    with pytest.raises(UsageError, match="no trades of futures BTCUSDT lie in 2020"):
        compute(replace(request, period="2020"), tmp_path, SETTINGS, Silent())
