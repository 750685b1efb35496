"""A whole exchange without sockets: signed requests in, answers out."""

import json
from dataclasses import replace
from itertools import count
from typing import Any

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_S
from sigma_cli.exchange.front import Answer, Request
from sigma_cli.exchange.upbit.exchange import STREAM, STREAM_PRIVATE, Exchange, Manners
from sigma_cli.exchange.upbit.keys import Key, Keyring
from sigma_cli.exchange.upbit.streams import Session
from sigma_cli.venues.upbit.wire import auth, remaining
from sigma_cli.venues.upbit.wire.queries import Pairs
from tests.exchange.fair import START_NS, Fair, Tape

END_NS = START_NS + 365 * NS_PER_DAY
_NONCES = count()


def key(name: str = "ak", **changed: Any) -> Key:
    """Return a key of the account `ann` that may do everything."""
    return replace(Key(access_key=name, secret="sk", account="ann", expires_ns=END_NS), **changed)


def token(
    with_key: Key, hashed: str | None = None, *, alg: auth.Alg = "HS256", nonce: str = ""
) -> str:
    """Return the header of a request whose query or body is `hashed`."""
    claims = auth.Claims(
        access_key=with_key.access_key,
        nonce=nonce or f"nonce-{next(_NONCES)}",
        query_hash=auth.query_hash(hashed) if hashed else None,
    )
    return auth.authorization(claims, with_key.secret, alg)


class Shop:
    """An exchange whose time is stepped; the account `ann` has the key `ak`."""

    def __init__(
        self,
        tape: Tape | None = None,
        *,
        keys: tuple[Key, ...] = (),
        manners: Manners | None = None,
        own: dict[str, dict[str, str]] | None = None,
        **switches: Any,
    ) -> None:
        self.venue = Fair(tape, own=own, **switches).venue
        self.key = key()
        self.keyring = Keyring((self.key, *keys))
        self.exchange = Exchange(self.venue, self.keyring, START_NS, manners)
        self.now_ns = START_NS

    def step(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ns += round(seconds * NS_PER_S)
        self.exchange.advance(self.now_ns)

    def get(self, path: str, query: str = "", **headers: str) -> tuple[int, Any]:
        """Ask without a key; return the status and the JSON of the answer."""
        return told(self.asked("GET", path, query, headers=headers))

    def asked(
        self,
        method: str,
        path: str,
        query: str = "",
        *,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Ask; every answer must count requests in its header."""
        answer = self.bare(method, path, query, body=body, headers=headers)
        if answer.headers and "json" in dict(answer.headers)["content-type"]:
            remaining.decode(dict(answer.headers)[remaining.HEADER])
        return answer

    def bare(
        self,
        method: str,
        path: str,
        query: str = "",
        *,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Ask."""
        named = tuple((headers or {}).items())
        return self.exchange.answer(
            Request(method=method, path=path, query=query, body=body, headers=named)
        )

    def ask(
        self, method: str, path: str, query: str = "", *, with_key: Key | None = None, **said: Any
    ) -> tuple[int, Any]:
        """Ask with a key; return the status and the JSON of the answer."""
        return told(self.signed(method, path, query, with_key=with_key, **said))

    def signed(
        self, method: str, path: str, query: str = "", *, with_key: Key | None = None, **said: Any
    ) -> Answer:
        """Ask with a key, as the documentation says; `said` is the JSON body."""
        used = with_key or self.key
        body = json.dumps(said).encode() if said else b""
        pairs: Pairs = tuple(said.items())
        hashed = "&".join(part for part in (query, auth.flat(pairs)) if part)
        headers = {
            "authorization": token(used, hashed or None),
            "content-type": "application/json",
        }
        return self.asked(method, path, query, body=body, headers=headers)

    def buy(self, price: str = "99000000", volume: str = "0.01", **more: str) -> tuple[int, Any]:
        """Place a limit order."""
        said: dict[str, Any] = {"market": "KRW-BTC", "side": "bid", "ord_type": "limit"} | more
        return self.ask("POST", "/v1/orders", **said, price=price, volume=volume)

    def stream(self, *, private: bool = False, **headers: str) -> Session:
        """Open a stream."""
        if private and "authorization" not in headers:
            headers["authorization"] = token(self.key)
        path = STREAM_PRIVATE if private else STREAM
        found = self.exchange.open_stream(
            Request(method="GET", path=path, headers=tuple(headers.items()))
        )
        assert isinstance(found, Session), found
        return found


def told(answer: Answer) -> tuple[int, Any]:
    """Return the status and the JSON of an answer."""
    return answer.status, json.loads(answer.body)


def heard(session: Session) -> list[Any]:
    """Return what a stream has to send, and take it."""
    found = []
    while session.outbox.frames:
        found.append(json.loads(session.outbox.take()))
    return found
