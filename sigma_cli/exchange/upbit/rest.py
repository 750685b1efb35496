"""REST, whole: method, path, query, body and headers in, an answer out. Pure.

Every answer has `Remaining-Req`, errors too. What is counted per account (upbit.md 1.2) is counted
once it is known whose it is; a request that nobody genuine sent is counted for its address, as are
addresses that do not exist. Not documented: what those answer (404), and that words of quotation
errors tell a missing parameter from one of a wrong type by what is wrong with the first of them.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from msgspec import Struct

from sigma_cli.exchange.front import Answer, Request
from sigma_cli.exchange.upbit import limits, quotation
from sigma_cli.exchange.upbit.keys import Asked, Key, Keyring, allow
from sigma_cli.exchange.upbit.lag import Lag, made
from sigma_cli.exchange.upbit.limits import Group, Limits, Spent
from sigma_cli.exchange.upbit.quotation import NotQuoted
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.exchange.upbit.routes import (
    MINUTES_PREFIX,
    PRIVATE,
    PUBLIC,
    Asking,
    Private,
    Public,
    Said,
)
from sigma_cli.exchange.upbit.venue import Venue
from sigma_cli.venues.upbit.wire import json, queries, remaining
from sigma_cli.venues.upbit.wire.errors import Refusal, RefusalBody, WireError
from sigma_cli.venues.upbit.wire.queries import Pairs
from sigma_cli.venues.upbit.wire.remaining import Remaining

JSON_TYPE: Final = ("content-type", "application/json;charset=UTF-8")
FORM: Final = "application/x-www-form-urlencoded"
TOO_MANY: Final = "Too many API requests."
NO_ADDRESS: Final = "Not Found"


@dataclass(frozen=True, slots=True)
class Rest:
    """The REST API of a venue."""

    venue: Venue
    keyring: Keyring
    limits: Limits
    lag: Lag = field(default_factory=Lag)

    def answer(self, request: Request, lag_ns: int = 0) -> Answer:
        """Answer a request at the venue's time; what it does is not seen for `lag_ns`."""
        public = PUBLIC.get(request.path) if request.method == "GET" else None
        if public is not None:
            return self._public(public, request)
        private = PRIVATE.get((request.method, request.path))
        if private is not None:
            return self._private(private, request, lag_ns)
        return self._nothing(request)

    def key(self, request: Request, *, nonce_once: bool = True) -> Key:
        """Return the key of a request.

        Raises:
            Refused: its token is none, or not for this request.
        """
        asked = Asked(
            authorization=request.header("authorization"),
            query=request.query,
            body=request.body,
            content_type=request.header("content-type") or "",
            ip=request.ip,
        )
        return self.keyring.known(asked, self.venue.now_ns, nonce_once=nonce_once)

    def broken(self, status: int, ip: str) -> Answer:
        """Return the answer to bytes that are no request."""
        left = self._spend(limits.DEFAULT, ip).remaining
        return _refusal(status, status, "Bad Request", left)

    def counted(self, request: Request, answer: Answer) -> Answer:
        """Return an error that the venue's own limits did not make, with a count of requests."""
        if JSON_TYPE not in answer.headers:
            return answer
        group = PUBLIC[request.path].group if request.path in PUBLIC else limits.DEFAULT
        return replace(answer, headers=_headers(self._spend(group, request.ip).remaining))

    def _public(self, route: Public, request: Request) -> Answer:
        from_browser = request.header("origin") is not None
        spent = self._spend(limits.ORIGIN if from_browser else route.group, request.ip)
        if spent.status != 200:
            return self.limited(spent, is_public=True)
        try:
            said = route.run(self.venue, queries.pairs_of_query(request.query))
        except NotQuoted as error:
            return _refusal(error.status, error.status, error.message, spent.remaining)
        except WireError as error:
            return _refusal(400, 400, _quotation_words(error), spent.remaining)
        return _answer(200, said, spent.remaining)

    def _private(self, route: Private, request: Request, lag_ns: int) -> Answer:
        try:
            key = self.key(request)
        except Refused as error:
            spent = self._spend(route.group, request.ip)
            if spent.status != 200:
                return self.limited(spent, is_public=False)
            return _refusal(error.status, error.name, error.message, spent.remaining)
        spent = self._spend(route.group, key.account)
        if spent.status != 200:
            return self.limited(spent, is_public=False)
        try:
            if route.scope is not None:
                allow(key, route.scope)
            said = self._run(route, self._asking(request, key), request.method, lag_ns)
        except Refused as error:
            return _refusal(error.status, error.name, error.message, spent.remaining)
        except WireError as error:
            words = f"{error.what} ({error.where})"
            return _refusal(400, error.name or "validation_error", words, spent.remaining)
        return _answer(route.status, said, spent.remaining)

    def _run(self, route: Private, asking: Asking, method: str, lag_ns: int) -> Said:
        now_ns = self.venue.now_ns
        if method == "GET":
            return self.lag.seen(asking.account, route.run(asking), now_ns)
        before = self.venue.balances(asking.account) if lag_ns else ()
        said = route.run(asking)
        if lag_ns:
            uuid = made(said) if method == "POST" else ""
            self.lag.wrote(asking.account, before, uuid, now_ns + lag_ns)
        return said

    def _asking(self, request: Request, key: Key) -> Asking:
        """Return a private request with what it asks for, wherever that stands."""
        pairs: Pairs = ()
        if request.method != "POST":
            pairs = queries.pairs_of_query(request.query) + _pairs_of_body(request)
        elif _is_form(request):
            raise WireError(
                "forms are not taken; send JSON", where="body", name="invalid_parameter"
            )
        return Asking(self.venue, self.keyring, key, pairs, request.body)

    def _nothing(self, request: Request) -> Answer:
        """Answer at an address that does not exist; of minutes, the unit is what is wrong."""
        is_unit = request.method == "GET" and request.path.startswith(MINUTES_PREFIX)
        spent = self._spend(limits.CANDLE if is_unit else limits.DEFAULT, request.ip)
        if spent.status != 200:
            return self.limited(spent, is_public=True)
        if is_unit:
            return _refusal(400, 400, quotation.NO_UNIT, spent.remaining)
        return _refusal(404, 404, NO_ADDRESS, spent.remaining)

    def _spend(self, group: Group, who: str) -> Spent:
        return self.limits.spend(group, who, self.venue.now_ns)

    def limited(self, spent: Spent, *, is_public: bool) -> Answer:
        """Return the answer of a caller who asked too often."""
        words = TOO_MANY
        if spent.status == 418:
            words = f"{TOO_MANY} Blocked for {spent.block_s} seconds."
        name = spent.status if is_public else "too_many_requests"
        return _refusal(spent.status, name, words, spent.remaining)


def refusal(status: int, name: str | int, message: str) -> Answer:
    """Return an error as the API words it, without a count of requests."""
    body = json.encode(RefusalBody(error=Refusal(name=name, message=message[:4_096])))
    return Answer(status=status, body=body, headers=(JSON_TYPE,))


def _refusal(status: int, name: str | int, message: str, left: Remaining) -> Answer:
    bare = refusal(status, name, message)
    return Answer(status=status, body=bare.body, headers=_headers(left))


def _answer(status: int, said: Said, left: Remaining) -> Answer:
    body = json.encode(said) if isinstance(said, Struct) else json.encode_list(said)
    return Answer(status=status, body=body, headers=_headers(left))


def _headers(left: Remaining) -> tuple[tuple[str, str], ...]:
    return (JSON_TYPE, (remaining.HEADER, remaining.encode(left)))


def _pairs_of_body(request: Request) -> Pairs:
    if not request.body:
        return ()
    if not _is_form(request):
        return queries.pairs_of_body(request.body)
    try:
        return queries.pairs_of_query(request.body.decode("ascii"))
    except UnicodeDecodeError as error:
        raise WireError("a form is ASCII", where="body", name="validation_error") from error


def _is_form(request: Request) -> bool:
    kind = request.header("content-type") or ""
    return kind.partition(";")[0].strip().lower() == FORM


def _quotation_words(error: WireError) -> str:
    """Return the venue's words for a wrong parameter."""
    if "missing" in error.what:
        return quotation.MISSING
    return quotation.MISMATCH if error.what.startswith("Expected") else quotation.INVALID
