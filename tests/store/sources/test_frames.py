"""Frames as venues send them: whatever a line holds, it is read or set aside."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.store.sources import frames
from sigma_cli.store.sources.formats import open_table

JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("ty", "cd", "tms", "obu", "ap", "bp", "as", "bs", "tp", "tv", "ab", "sid"),
                    *("ttms", "U", "u", "b", "a", "lastUpdateId", "bids", "asks", "symbol"),
                ]
            ),
            inner | st.sampled_from(["trade", "orderbook"]),
            max_size=8,
        )
    ),
    max_leaves=12,
)
LINES = st.lists(
    JUNK.map(json.dumps)
    | JUNK.map(lambda value: f"1618678263.01: {json.dumps(value).encode()!r}")
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=20)
    | st.sampled_from(["1618678263.01: b'", 'b"', "wss://x <- {}", "[" * 2_000, "1618678263.01: "]),
    max_size=5,
)


def table(path: Path, *lines: str) -> frames.FramesTable:
    path.write_text("\n".join(["wss://api.upbit.com/websocket/v1 <-> 1", *lines]) + "\n")
    found = open_table(path)
    assert isinstance(found, frames.FramesTable)
    return found


@given(lines=LINES)
def test_every_line_is_read_or_set_aside(lines: list[str], tmp_path_factory: Any) -> None:
    path: Path = tmp_path_factory.mktemp("frames") / "raw.log"
    for batch in table(path, *lines).batches(frames.COLUMNS):
        assert len(batch.columns) == len(batch.rows)
        assert set(batch.columns.schema.names) == set(frames.COLUMNS)
        assert all(one.detail.startswith("no frame: ") for one in batch.broken)


def test_what_is_no_frame_is_left_to_others() -> None:
    frame = '{"type":"trade","code":"KRW-BTC"}'
    for line in (frame, f"[{frame}]", '{"U":1,"u":2,"b":[],"a":[]}', "1618678263.5: what"):
        assert frames.is_frames(line)
    for line in ("a,b", "1,2", '{"type":"candle.1m","code":"KRW-BTC"}', "[]", "[1]", "[" * 9_999):
        assert not frames.is_frames(line)


def test_no_two_frames_have_one_number(tmp_path: Path) -> None:
    book = {"ty": "orderbook", "cd": "M", "tms": 1, "obu": []}
    lines = [json.dumps([book, {"ty": "ticker"}, book]), json.dumps(book)]
    (batch,) = table(tmp_path / "raw.log", *lines).batches([frames.FRAME, "side"])
    numbers = batch.columns[frames.FRAME].to_pylist()
    assert len(set(numbers)) == len(numbers) == 3
    assert batch.rows.tolist() == [2, 2, 3]


def test_the_first_levels_of_a_stream_are_a_whole_book(tmp_path: Path) -> None:
    """Futures send them in the form of changes: levels that left the first five are gone."""
    change = {"e": "depthUpdate", "s": "BTCUSDT", "T": 5, "U": 7, "u": 9, "pu": 6}
    change |= {"b": [["10", "1"]], "a": [["11", "2"]]}
    streams = ["btcusdt@depth5@100ms", "btcusdt@depth20", "btcusdt@depth@100ms", "btcusdt@depth"]
    lines = [json.dumps({"stream": stream, "data": change}) for stream in streams]
    (batch,) = table(tmp_path / "raw.log", *lines).batches(["form", "first_id", "update_id"])
    found = [tuple(row.values()) for row in batch.columns.to_pylist()[::2]]
    assert found == [("whole", None, "9")] * 2 + [("changes", "7", "9")] * 2
