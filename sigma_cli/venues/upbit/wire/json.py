"""Strict JSON <-> messages. `decode` takes what a message allows, whole, or raises WireError.

Refused: too many bytes, bytes that are not UTF-8, anything that is not JSON (NaN and Infinity are
not), a key twice, a missing key, a wrong type, a number where a string belongs and the other way
round, a value or more digits than the field's. Keys that a message does not know are left out.

msgspec does most of it. Three things it lets pass: a key twice, a quoted number for a bare one, and
digits without end. A message is therefore written again: if that looks as what came, none of the
three was there (`_is_plain`). Otherwise it is read a second time, slowly (`_check`).
"""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from types import GenericAlias
from typing import Any, Final, NamedTuple, TypeVar, get_args

import msgspec

from sigma_cli.venues.upbit.wire.errors import WireError
from sigma_cli.venues.upbit.wire.fields import DIGITS_MAX, WHOLE_DIGITS_MAX, Digits

M = TypeVar("M", bound=msgspec.Struct)

BYTES_MAX: Final = 4 << 20
"""Bytes of an answer: 1,000 orders have 0.7 MB, tickers of all markets 0.3."""
REQUEST_BYTES_MAX: Final = 64 << 10
"""Bytes of a request; one that asks for every market in every type has 20,000."""

_SHAPE: Final = bytes.maketrans(b"123456789E", b"000000000e")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_NUMBERS: Final = msgspec.json.Encoder(decimal_format="number")


def decode(data: bytes, kind: type[M], *, bytes_max: int = BYTES_MAX) -> M:
    """Return the one message that `data` is.

    Raises:
        WireError: it is none; says what, and where (`Order $.price`).
    """
    found: M = _decoded(data, kind, kind.__name__, bytes_max)
    return found


def decode_list(data: bytes, kind: type[M], *, bytes_max: int = BYTES_MAX) -> tuple[M, ...]:
    """Return the list of messages that `data` is.

    Raises:
        WireError: it is none; says what, and where (`Candle list $[3].timestamp`).
    """
    found: tuple[M, ...] = _decoded(
        data, GenericAlias(tuple, (kind, ...)), f"{kind.__name__} list", bytes_max
    )
    return found


def peek(data: bytes, kind: type[M], *, bytes_max: int = BYTES_MAX) -> M:
    """Return a part of the message that `data` is; whoever reads the rest checks it all.

    Raises:
        WireError: the part is not there, or there is no message.
    """
    found: M = _read(data, kind, kind.__name__.strip("_"), bytes_max)
    return found


def encode(message: msgspec.Struct) -> bytes:
    """Return a message as the venue writes it, without spaces."""
    return _encoded(message, type(message))


def encode_list(messages: Sequence[msgspec.Struct]) -> bytes:
    """Return messages as a list."""
    return _encoded(messages, type(messages[0])) if messages else b"[]"


def read_tree(data: bytes, where: str, bytes_max: int) -> Any:
    """Return JSON as lists, dicts and strings; numbers stay as they were written.

    Raises:
        WireError: it is no JSON, has a key twice, or half a character.
    """
    text = _text(data, where, bytes_max)
    try:
        if "\\u" in text:
            msgspec.json.decode(data)  # this one refuses lone surrogates, which can't be encoded
        return _TREE.decode(text)
    except (ValueError, RecursionError) as error:
        raise WireError(f"no JSON: {error}", where=where) from error


class Written(str):
    """A number as it was written."""

    __slots__ = ()


class _Field(NamedTuple):
    name: str
    key: str
    digits: Digits | None


def _decoded(data: bytes, kind: Any, where: str, bytes_max: int) -> Any:
    found = _read(data, kind, where, bytes_max)
    if _is_quoted(kind) or not _is_plain(data, _NUMBERS.encode(found)):
        _check(found, read_tree(data, where, bytes_max), f"{where} $", None)
    return found


def _read(data: bytes, kind: Any, where: str, bytes_max: int) -> Any:
    _text(data, where, bytes_max)
    try:
        return _decoder(kind).decode(data)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `")
        raise WireError(what, where=f"{where} {place.rstrip('`')}".strip()) from error
    except (ValueError, RecursionError) as error:
        raise WireError(f"no JSON: {error}", where=where) from error


def _encoded(message: object, kind: type[msgspec.Struct]) -> bytes:
    if _is_quoted(kind):
        return msgspec.json.encode(_with_texts(message))
    data = _NUMBERS.encode(message)
    if b"NaN" in data or b"Infinity" in data:
        _with_texts(message)  # these may be words of a name; a number must not be one
    return data


def _text(data: bytes, where: str, bytes_max: int) -> str:
    if len(data) > bytes_max:
        raise WireError(f"{len(data):,} bytes; at most {bytes_max:,} are read", where=where)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise WireError(f"no UTF-8: {error.reason}", where=f"{where} byte {error.start}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:40]!r} is there twice")
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


_TREE: Final = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_float=Written,
    parse_int=Written,
    parse_constant=_no_number,
)


def _is_plain(data: bytes, again: bytes) -> bool:
    r"""Tell whether nothing in `data` can be what msgspec let pass.

    Without backslashes, every key has one colon and every string two quotes, so that as many of
    each as in what was written again means: no key twice and none unknown, no quoted number.
    (A tag that is missing would be written all the same: who reads tagged messages looks first.)
    """
    shape = data.translate(_SHAPE)
    return (
        b"\\" not in data
        and data.count(b":") == again.count(b":")
        and data.count(b'"') == again.count(b'"')
        and b"0e" not in shape  # no exponent
        and b".000000000" not in shape  # at most 8 decimals, which every field takes
        and b"0000000000000000000" not in shape  # at most 18 digits before the point
        and b":-" not in shape  # nothing negative
        and len(data.split(None, 1)) == 1  # no space before a minus either
    )


def _check(found: object, tree: Any, where: str, digits: Digits | None) -> None:
    """Raise WireError where a number of `found` was not written as its field wants it."""
    if isinstance(found, Decimal):
        assert digits is not None, "every Decimal of a message says its digits"
        _check_number(tree, where, digits)
    elif isinstance(found, msgspec.Struct):
        for name, key, digits_of in _fields(type(found)):
            part = getattr(found, name)
            if part is not None:
                _check(part, tree[key], f"{where}.{key}", digits_of)
    elif isinstance(found, tuple):
        for number, (part, branch) in enumerate(zip(found, tree, strict=True)):
            _check(part, branch, f"{where}[{number}]", digits)


def _check_number(written: str, where: str, digits: Digits) -> None:
    if digits.quoted is not None and isinstance(written, Written) == digits.quoted:
        wanted = "a number in quotes" if digits.quoted else "a number without quotes"
        raise WireError(f"Expected {wanted}", where=where)
    if len(written) > DIGITS_MAX or not _NUMBER.fullmatch(written):
        raise WireError(f"{written[:DIGITS_MAX]!r} is no number", where=where)
    sign, figures, exponent = Decimal(written).as_tuple()
    assert isinstance(exponent, int), "the pattern has no word in it"
    if sign and not digits.signed:
        raise WireError(f"{written} is negative", where=where)
    whole, zeros = len(figures) + exponent, len(figures) - len(_stripped(figures))
    if whole > WHOLE_DIGITS_MAX or abs(exponent) > DIGITS_MAX:
        raise WireError(f"{written} is out of range", where=where)
    if exponent + zeros < -digits.decimals_max:
        raise WireError(f"{written} has over {digits.decimals_max} decimals", where=where)


def _stripped(figures: tuple[int, ...]) -> str:
    return "".join(map(str, figures)).rstrip("0")


@cache
def _decoder(kind: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind)


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[_Field, ...]:
    return tuple(
        _Field(field.name, field.encode_name, _digits(field.type))
        for field in msgspec.structs.fields(kind)
    )


def _digits(kind: Any) -> Digits | None:
    """Return how the numbers of a field are written, however deep in lists and unions."""
    if isinstance(kind, Digits):
        return kind
    metadata = getattr(kind, "__metadata__", ())
    found = (_digits(part) for part in (*metadata, *get_args(kind)))
    return next((digits for digits in found if digits is not None), None)


@cache
def _is_quoted(kind: Any) -> bool:
    """Tell whether the numbers of a message are strings: no message has both."""
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return any(_is_quoted(part) for part in get_args(kind))
    return any(
        (digits.quoted is True if (digits := _digits(field.type)) else _is_quoted(field.type))
        for field in msgspec.structs.fields(kind)
    )


def _with_texts(message: object) -> Any:
    """Return a message as builtins, every Decimal as a string without an exponent."""
    return _texts(msgspec.to_builtins(message, builtin_types=(Decimal,)))


def _texts(tree: Any) -> Any:
    if isinstance(tree, Decimal):
        assert tree.is_finite(), "a message has finite numbers"
        return format(tree, "f")
    if isinstance(tree, dict):
        return {key: _texts(part) for key, part in tree.items()}
    if isinstance(tree, list | tuple):
        return [_texts(part) for part in tree]
    return tree
