"""Tokens and query hashes: who asks, and that nobody changed what is asked.

`Authorization: Bearer <JWT>` with the claims below; no time is in it, and a nonce serves once. The
secret is taken as it is, not base64-decoded. HS512 is recommended, HS256 is what all big clients
send; HS384 is taken too, which is not documented. `query_hash` is the hex SHA-512 of what is asked:
of the query string, URL-decoded, or of the JSON body as `k=v&k=v` in its own order (auth page,
upbit.md 1.1).
"""

import hmac
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator
from hashlib import sha512
from typing import Annotated, Final, Literal
from urllib.parse import unquote

from msgspec import Meta, Struct

from sigma_cli.venues.upbit.wire import json
from sigma_cli.venues.upbit.wire.errors import WireError
from sigma_cli.venues.upbit.wire.fields import Id
from sigma_cli.venues.upbit.wire.queries import Pairs, pairs_of_body

Alg = Literal["HS256", "HS384", "HS512"]
DIGESTS: Final[dict[Alg, str]] = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
TOKEN_CHARS_MAX: Final = 4_096
"""Characters of a header; a token with a query hash has 450."""

_BEARER: Final = "Bearer "
_WHERE: Final = "Authorization"


class Claims(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who asks. `query_hash` is needed where there are parameters or a body."""

    access_key: Id
    nonce: Id
    query_hash: Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{128}\Z")] | None = None
    query_hash_alg: Literal["SHA512"] | None = None


class TokenHeader(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a token is signed; `none` is no way."""

    alg: Alg
    typ: Literal["JWT"] | None = None


class Token(Struct, frozen=True, kw_only=True):
    """A token as it came; whether it is genuine, `is_signed_by` tells."""

    alg: Alg
    claims: Claims
    signed: bytes
    signature: bytes


def authorization(claims: Claims, secret: str, alg: Alg = "HS512") -> str:
    """Return the value of the header that says `claims`."""
    parts = (json.encode(TokenHeader(alg=alg, typ="JWT")), json.encode(claims))
    signed = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = urlsafe_b64encode(_signature(signed, secret, alg)).rstrip(b"=")
    return _BEARER + (signed + b"." + signature).decode("ascii")


def read_authorization(header: str | None) -> Token:
    """Return the token of a header; its signature is not looked at.

    Raises:
        WireError: there is none (`no_authorization_token`), or what is there is none
            (`jwt_verification`).
    """
    if header is None or not header.startswith(_BEARER):
        raise WireError("no bearer token", where=_WHERE, name="no_authorization_token")
    if len(header) > TOKEN_CHARS_MAX or not header.isascii():
        raise _broken(f"a token has at most {TOKEN_CHARS_MAX:,} ASCII characters")
    signed, _, signature = header.removeprefix(_BEARER).rpartition(".")
    head, _, payload = signed.partition(".")
    try:
        return Token(
            alg=json.decode(_unpacked(head), TokenHeader).alg,
            claims=json.decode(_unpacked(payload), Claims),
            signed=signed.encode("ascii"),
            signature=_unpacked(signature),
        )
    except WireError as error:
        raise _broken(f"{error.what} ({error.where})") from error


def is_signed_by(token: Token, secret: str) -> bool:
    """Tell whether the owner of `secret` signed a token."""
    return hmac.compare_digest(token.signature, _signature(token.signed, secret, token.alg))


def query_hash(text: str) -> str:
    """Return the hash of a decoded query string, or of a body's names and values."""
    return sha512(text.encode()).hexdigest()


def flat(pairs: Pairs) -> str:
    """Return names and values as they are hashed: `k=v&k=v`, nothing encoded."""
    return "&".join(f"{name}={text}" for name, text in pairs)


def is_hash_of(hashed: str, *, query: str, body: bytes, content_type: str) -> bool:
    """Tell whether a query hash fits a request, in one of the ways that real clients hash.

    (a) the query as sent; (b) the query decoded, as documented; (c) a form in the body, as sent or
    decoded (pyupbit sends GETs so); (d) the JSON body, flat (POST, and DELETE by pyupbit).
    """
    texts = _hashed_texts(query, body, content_type)
    return any(hmac.compare_digest(query_hash(text), hashed.lower()) for text in texts)


def _hashed_texts(query: str, body: bytes, content_type: str) -> Iterator[str]:
    yield query
    yield unquote(query)
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        form = body.decode(errors="replace")
        yield form
        yield unquote(form)
    elif body:
        try:
            yield flat(pairs_of_body(body))
        except WireError:
            return  # no JSON, so that nothing was hashed


def _signature(signed: bytes, secret: str, alg: Alg) -> bytes:
    return hmac.digest(secret.encode(), signed, DIGESTS[alg])


def _unpacked(part: str) -> bytes:
    try:
        return b64decode(part + "=" * (-len(part) % 4), altchars="-_", validate=True)
    except NotBase64 as error:
        raise _broken("no base64") from error


def _broken(what: str) -> WireError:
    return WireError(what, where=_WHERE, name="jwt_verification")
