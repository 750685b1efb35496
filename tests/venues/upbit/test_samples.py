import json as plain_json
from decimal import Decimal
from typing import Any

import pytest

from sigma_cli.venues.upbit.wire import frames, json
from sigma_cli.venues.upbit.wire.errors import Refusal, RefusalBody
from tests.venues.upbit import samples
from tests.venues.upbit.messages import Kind


def meaning(data: bytes) -> Any:
    return plain_json.loads(data, parse_float=Decimal, parse_int=Decimal)


@pytest.mark.parametrize(("kind", "sample"), samples.ANSWERS, ids=lambda it: str(it)[:40])
def test_a_documented_answer_is_written_again_as_it_was(kind: Kind, sample: bytes) -> None:
    again = json.encode(json.decode(sample, kind))
    assert meaning(again) == meaning(sample)
    assert list(meaning(again)) == list(meaning(sample)), "the names are in the venue's order"


@pytest.mark.parametrize("sample", samples.FRAMES, ids=lambda it: it[:30].decode())
def test_so_is_a_documented_frame(sample: bytes) -> None:
    message = frames.decode(sample)
    assert meaning(frames.encode(message, frames.format_of(sample))) == meaning(sample)


def test_a_number_keeps_every_digit() -> None:
    sample = samples.FRAMES[0].replace(b"109847000.0", b"25752275.55420627")
    assert b"25752275.55420627" in frames.encode(frames.decode(sample))


def test_small_amounts_are_written_without_an_exponent() -> None:
    kind, sample = samples.ANSWERS[5]
    assert b'"0.00000001"' in json.encode(
        json.decode(sample.replace(b'"1000000.0"', b'"1E-8"'), kind)
    )


def test_quotation_refuses_by_number_and_exchange_by_name() -> None:
    for name in (400, "invalid_price_bid"):
        body = RefusalBody(error=Refusal(name=name, message="no"))
        assert json.decode(json.encode(body), RefusalBody) == body
