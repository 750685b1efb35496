"""What the venue really sent: read whole, written again, the same to the last digit."""

import ast
import gzip
import json as plain_json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sigma_cli.venues.upbit.wire import frames
from sigma_cli.venues.upbit.wire.stream import Book, Trade
from sigma_cli.venues.upbit.wire.stream_requests import Format, decode_request, encode_request

pytestmark = pytest.mark.real


def lines(real_data: Path) -> Iterator[str]:
    with gzip.open(real_data / "real_small/upbit-ws-raw-20210417.log.gz", "rt") as log:
        yield from log


def meaning(data: bytes) -> Any:
    return plain_json.loads(data, parse_float=Decimal, parse_int=Decimal)


def test_every_recorded_frame(real_data: Path) -> None:
    sent = [line.split(": ", 1)[1] for line in lines(real_data) if line[:1].isdigit()]
    kinds = []
    for frame in map(ast.literal_eval, sent):
        message = frames.decode(frame)
        assert frames.format_of(frame) is Format.SIMPLE
        assert meaning(frames.encode(message, Format.SIMPLE)) == meaning(frame)
        for form in Format:
            assert frames.decode(frames.encode(message, form)) == message
        kinds.append(type(message))
    assert (kinds.count(Trade), kinds.count(Book), len(kinds)) == (304, 145, 449)


def test_what_the_recorder_had_asked(real_data: Path) -> None:
    (asked,) = (line for line in lines(real_data) if " <- " in line)
    request = decode_request(asked.split(": ", 1)[1].encode())
    assert decode_request(encode_request(request)) == request
    assert "is_only_realtime=True" in str(request)
