"""What GET and DELETE ask for: names and values in a query string, or in a body.

Array names end in `[]` and are repeated (`states[]=wait&states[]=watch`); other lists are one value
with commas (`pairs=KRW-BTC,KRW-ETH`). pyupbit sends GETs with a form as body and DELETEs with JSON
(upbit.md 1.1, 1.4, 1.7); `pairs_of_query` and `pairs_of_body` read all three.

How many may be asked for is the venue's matter: candles beyond 200 are cut, not refused;
and a market is any word, because an unknown one has its own answer.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Annotated, Any, Final, Literal, TypeVar, get_args
from urllib.parse import parse_qsl, quote

import msgspec
from msgspec import Meta, Struct, field, structs

from sigma_cli.venues.upbit.wire import json
from sigma_cli.venues.upbit.wire.errors import WireError
from sigma_cli.venues.upbit.wire.fields import Count, Currency, Id, Identifier, Name, TradeId

Q = TypeVar("Q", bound=Struct)
Pairs = tuple[tuple[str, str], ...]
Level = Annotated[str, Meta(pattern=r"^[0-9]{1,20}(\.[0-9]{1,8})?\Z")]
"""How far prices are grouped, as text: `10000`, `0.1`."""
OrderBy = Literal["asc", "desc"]
OpenState = Literal["wait", "watch"]
ClosedState = Literal["done", "cancel"]

QUERY_CHARS_MAX: Final = 32 << 10
"""Characters of a query; 100 identifiers of 64 characters have 8,000."""
PAIRS_MAX: Final = 1_000
COMMA_LISTS: Final = frozenset({"markets", "quote_currencies", "pairs", "excluded_pairs"})
OLD_NAMES: Final = {"isDetails": "is_details", "exclude_pairs": "excluded_pairs"}
"""What pyupbit and the venue's OpenAPI page write, by what is documented."""

_WHOLE: Final = re.compile(r"[0-9]{1,19}")
_TRUTHS: Final = {"true": True, "false": False}


class MarketsQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET /v1/market/all`."""

    is_details: bool = False


class MarketListQuery(Struct, frozen=True, kw_only=True):
    """`GET /v1/ticker` and `/v1/orderbook/instruments`."""

    markets: tuple[Name, ...]


class QuotesQuery(Struct, frozen=True, kw_only=True):
    """`GET /v1/ticker/all`."""

    quote_currencies: tuple[Currency, ...]


class CandlesQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET /v1/candles/*`: `count` candles before `to`, which is exclusive."""

    market: Name
    to: Name | None = None
    count: Count = 1
    converting_price_unit: Currency | None = None


class TradesQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET /v1/trades/ticks`: `to` is a time of day, `cursor` a `sequential_id`."""

    market: Name
    to: Name | None = None
    count: Count = 1
    cursor: TradeId | None = None
    days_ago: Count | None = None


class BooksQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET /v1/orderbook`."""

    markets: tuple[Name, ...]
    level: Level | None = None
    count: Count | None = None


class MarketQuery(Struct, frozen=True, kw_only=True):
    """`GET /v1/orders/chance`."""

    market: Name


class OrderQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET` and `DELETE /v1/order`. One of the two is needed; the uuid wins."""

    uuid: Id | None = None
    identifier: Identifier | None = None


class OpenOrdersQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET /v1/orders/open`: a state or some, by pages."""

    market: Name | None = None
    state: OpenState | None = None
    states: tuple[OpenState, ...] | None = field(default=None, name="states[]")
    page: Count = 1
    limit: Count = 100
    order_by: OrderBy = "desc"


class ClosedOrdersQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET /v1/orders/closed`: at most 7 days, by ISO time or milliseconds."""

    market: Name | None = None
    state: ClosedState | None = None
    states: tuple[ClosedState, ...] | None = field(default=None, name="states[]")
    start_time: Name | None = None
    end_time: Name | None = None
    limit: Count = 100
    order_by: OrderBy = "desc"


class NamedOrdersQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET` and `DELETE /v1/orders/uuids`: one of the two lists."""

    uuids: tuple[Id, ...] | None = field(default=None, name="uuids[]")
    identifiers: tuple[Identifier, ...] | None = field(default=None, name="identifiers[]")
    market: Name | None = None
    order_by: OrderBy = "desc"


class OldOrdersQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET /v1/orders`: deprecated; pyupbit still asks it."""

    market: Name | None = None
    state: OpenState | ClosedState | None = None
    states: tuple[OpenState | ClosedState, ...] | None = field(default=None, name="states[]")
    uuids: tuple[Id, ...] | None = field(default=None, name="uuids[]")
    identifiers: tuple[Identifier, ...] | None = field(default=None, name="identifiers[]")
    page: Count = 1
    limit: Count = 100
    order_by: OrderBy = "desc"


class CancelOpenQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`DELETE /v1/orders/open`: pairs or quote currencies, not both."""

    cancel_side: Literal["all", "ask", "bid"] = "all"
    pairs: tuple[Name, ...] | None = None
    excluded_pairs: tuple[Name, ...] | None = None
    quote_currencies: tuple[Currency, ...] | None = None
    count: Count = 20
    order_by: OrderBy = "desc"


def pairs_of_query(query: str) -> Pairs:
    """Return the names and values of a query string, or of a form, as they stand in it.

    Raises:
        WireError: it is too long, or holds bytes that are no UTF-8.
    """
    if len(query) > QUERY_CHARS_MAX:
        raise WireError(
            f"{len(query):,} characters; at most {QUERY_CHARS_MAX:,} are read", where="query"
        )
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=PAIRS_MAX)
    except ValueError as error:
        raise WireError(str(error), where="query") from error
    return tuple(pairs)


def pairs_of_body(body: bytes) -> Pairs:
    """Return the names and values of a JSON object, flat, as they stand in it; null is left out.

    Raises:
        WireError: it is no object of plain values and lists of them.
    """
    tree = json.read_tree(body, "body", json.REQUEST_BYTES_MAX)
    if not isinstance(tree, dict):
        raise WireError("no object", where="body")
    return tuple((name, text) for name, value in tree.items() for text in _texts(name, value))


def decode(pairs: Iterable[tuple[str, str]], kind: type[Q]) -> Q:
    """Return the query that names and values make.

    Names that the query does not know are left out.

    Raises:
        WireError: one is missing, given twice, or can't be what it says.
    """
    found: dict[str, Any] = {}
    meanings = _meanings(kind)
    for given, text in pairs:
        name = OLD_NAMES.get(given, given)
        if name not in meanings:
            continue
        if name.endswith("[]"):
            found.setdefault(name, []).append(text)
        elif name in found:
            raise WireError(f"{name!r} is there twice", where=kind.__name__)
        else:
            found[name] = text.split(",") if name in COMMA_LISTS else _value(text, meanings[name])
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `")
        raise WireError(what, where=f"{kind.__name__} {place.rstrip('`')}".strip()) from error


def encode(query: Struct) -> str:
    """Return the query string, percent-encoded but for brackets and commas."""
    return "&".join(f"{name}={quote(text, safe=',')}" for name, text in pairs_of(query))


def pairs_of(query: Struct) -> Pairs:
    """Return the names and values of a query; what is as usual is left out."""
    tree = msgspec.to_builtins(query)
    return tuple((name, text) for name, value in tree.items() for text in _texts(name, value))


def _value(text: str, meanings: frozenset[Any]) -> str | int | bool:
    """Return what a text means in its field; what it can't mean stays text, and is refused."""
    if int in meanings and _WHOLE.fullmatch(text):
        return int(text)
    if bool in meanings and text in _TRUTHS:
        return _TRUTHS[text]
    return text


@cache
def _meanings(kind: type[Struct]) -> dict[str, frozenset[Any]]:
    """Return the types that each field takes, out of unions and annotations."""
    return {each.encode_name: frozenset(_leaves(each.type)) for each in structs.fields(kind)}


def _leaves(kind: Any) -> Iterator[Any]:
    yield kind
    for part in get_args(kind):
        yield from _leaves(part)


def _texts(name: str, value: Any) -> list[str]:
    """Return the values of one name: several for an array, none for null."""
    if value is None:
        return []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, str | int):
        return [str(value)]
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return [",".join(value)] if name in COMMA_LISTS else list(value)
    raise WireError("neither a plain value nor a list of them", where=f"body $.{name[:40]}")
