"""Any message of Upbit's wire, made from what its type allows."""

import re
from decimal import Decimal
from types import ModuleType
from typing import Any, Final, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from sigma_cli.venues.upbit.wire import account, auth, errors, market, orders, queries, stream
from sigma_cli.venues.upbit.wire.fields import WHOLE_DIGITS_MAX, Digits

Strategy = st.SearchStrategy[Any]
Kind = type[msgspec.Struct]
TEXTS: Final = (
    *("KRW-BTC", "BTC-1INCH", "KRW", "USDT", "20260826", "2026-08-26", "071554", "07:15:54"),
    *("2026-01-02T03:04:00", "2026-01-02T16:52:49+09:00", "2026-01-02T16:52:11.176073Z"),
    *("remain_only", "0.00000001", "100000000", "0f" * 64),
)
"""Some of them fit every pattern there is."""
LETTERS: Final = st.sampled_from(["a", "Z", "9", "-", ":", ",", " ", '"', "\\", "\n", "가", "🚀"])


def structs_of(module: ModuleType) -> list[Kind]:
    found = [each for each in vars(module).values() if isinstance(each, type)]
    own = [each for each in found if each.__module__ == module.__name__]
    return [each for each in own if issubclass(each, msgspec.Struct)]


ANSWERS: Final = [
    each for module in (market, account, orders, errors) for each in structs_of(module)
]
QUERIES: Final = structs_of(queries)
FRAMES: Final = [
    *dict.fromkeys(stream.DATA.values()),
    stream.Subscriptions,
    stream.Status,
    errors.RefusalBody,
]
CLAIMS: Final = auth.Claims


def messages(kind: Kind) -> Strategy:
    """Every message of a kind; what has a default is left out at times."""
    parts = {}
    for field in msgspec.structs.fields(kind):
        value = values(field.type)
        parts[field.name] = value if field.required else st.just(field.default) | value
    return st.fixed_dictionaries(parts).map(lambda found: kind(**found))


def values(kind: Any) -> Strategy:
    """Every value of a field."""
    if hasattr(kind, "__metadata__"):
        return _annotated(get_args(kind)[0], kind.__metadata__)
    if get_origin(kind) is tuple:
        return st.lists(values(get_args(kind)[0]), max_size=4).map(tuple)
    if str(get_origin(kind)) == "typing.Literal":
        return st.sampled_from(get_args(kind))
    if get_args(kind):
        return st.one_of(*(values(each) for each in get_args(kind)))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return messages(kind)
    return {bool: st.booleans(), type(None): st.none()}[kind]


def _annotated(kind: Any, metadata: tuple[Any, ...]) -> Strategy:
    (meta,) = metadata
    if kind is Decimal:
        assert isinstance(meta, Digits)
        return decimals(meta)
    if kind is int:
        assert meta.ge is not None
        return st.integers(meta.ge, meta.le if meta.le is not None else meta.lt - 1)
    if meta.pattern is not None:
        fitting = [text for text in TEXTS if re.search(meta.pattern, text)]
        return st.sampled_from(fitting)
    return st.text(LETTERS, min_size=meta.min_length or 0, max_size=min(meta.max_length, 20))


def decimals(digits: Digits) -> Strategy:
    """Numbers of a field: short ones, the longest, with zeros at the end, as `1.16539E8`."""
    finest = f"0.{'9' * digits.decimals_max}"
    texts = ["0", "1", "0.1", "109757000.0", "123.00000000", "1.16539E8", "6E-8", "0E-8", "7E+3"]
    texts += [finest, "9" * WHOLE_DIGITS_MAX, f"{'9' * 12}.{'1' * digits.decimals_max}"]
    texts += [f"-{text}" for text in texts] if digits.signed else []
    return st.sampled_from([Decimal(text) for text in texts])
