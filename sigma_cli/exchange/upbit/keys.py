"""Keys: who asks, and what the key allows.

A request is checked in this order; nobody outside knows the venue's (upbit.md 2):

    a token is there -> the key is known -> it has not expired -> the signature -> the nonce was not
    seen -> the address is allowed -> the hash fits what is asked -> the key allows it

A nonce is used up by a genuine signature, even if a later check fails. Must not know what is asked
for, but for its bytes.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal

from sigma_cli.errors import UsageError
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.venues.upbit.wire import auth
from sigma_cli.venues.upbit.wire.errors import WireError

Scope = Literal["assets", "orders", "order_view"]
"""View assets, place and cancel orders, view orders (upbit.md 1.1)."""
SCOPES: Final[frozenset[Scope]] = frozenset(("assets", "orders", "order_view"))
NONCES_MAX: Final = 1_000_000
"""Nonces remembered per key; how long the venue remembers them is not documented."""
IPS_MAX: Final = 10
"""Addresses that a key may name (upbit.md 1.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of an account; no address means every address."""

    access_key: str
    secret: str
    account: str
    scopes: frozenset[Scope] = SCOPES
    expires_ns: int
    ips: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a token has to fit: the parts of a request that say who asks, and for what."""

    authorization: str | None
    query: str
    body: bytes
    content_type: str
    ip: str


class Keyring:
    """The keys of all accounts, and the nonces that were used."""

    def __init__(self, keys: Iterable[Key], *, nonces_max: int = NONCES_MAX) -> None:
        self._nonces_max = nonces_max
        self._keys: dict[str, Key] = {}
        self._nonces: dict[str, OrderedDict[bytes, None]] = {}
        for key in keys:
            self.add(key)

    def add(self, key: Key) -> None:
        """Take a key, in place of one of the same name.

        Raises:
            UsageError: it names too many addresses.
        """
        if len(key.ips) > IPS_MAX:
            raise UsageError(f"a key names at most {IPS_MAX} addresses", where=key.access_key)
        self._keys[key.access_key] = key
        self._nonces.setdefault(key.access_key, OrderedDict())

    def of_account(self, account: str) -> tuple[Key, ...]:
        """Return the keys of an account, in the order in which they came."""
        return tuple(key for key in self._keys.values() if key.account == account)

    def known(self, asked: Asked, now_ns: int, *, nonce_once: bool = True) -> Key:
        """Return the key of a request, whose token, nonce, address and hash are right.

        `nonce_once`: a nonce serves once; a stream may be opened again with the same token.

        Raises:
            Refused: one of them is not, with the documented name.
        """
        try:
            token = auth.read_authorization(asked.authorization)
        except WireError as error:
            raise Refused(error.name, error.what) from error
        key = self._keys.get(token.claims.access_key)
        if key is None:
            raise Refused("invalid_access_key", "잘못된 엑세스 키입니다.")
        if now_ns >= key.expires_ns:
            raise Refused("expired_access_key", "만료된 API 키입니다.")
        if not auth.is_signed_by(token, key.secret):
            raise Refused("jwt_verification", "Jwt 토큰 검증에 실패했습니다.")
        if nonce_once and not self._is_new(key, token.claims.nonce):
            raise Refused("nonce_used", "이미 요청한 nonce값이 다시 사용되었습니다.")
        if key.ips and asked.ip not in key.ips:
            raise Refused("no_authorization_ip", "This is not a verified IP.")
        _check_hash(token.claims, asked)
        return key

    def _is_new(self, key: Key, nonce: str) -> bool:
        """Remember a nonce, and tell whether it was not there."""
        seen = self._nonces[key.access_key]
        short = blake2b(nonce.encode(), digest_size=16).digest()
        if short in seen:
            return False
        seen[short] = None
        if len(seen) > self._nonces_max:
            seen.popitem(last=False)
        return True


def allow(key: Key, scope: Scope) -> None:
    """Let a request of this kind pass.

    Raises:
        Refused: the key does not allow it (`out_of_scope`).
    """
    if scope not in key.scopes:
        raise Refused("out_of_scope", "권한이 부족합니다.")


def _check_hash(claims: auth.Claims, asked: Asked) -> None:
    """Raise Refused unless the hash fits; who asks for nothing needs none."""
    if claims.query_hash is None:
        fits = not asked.query and not asked.body
    else:
        fits = auth.is_hash_of(
            claims.query_hash,
            query=asked.query,
            body=asked.body,
            content_type=asked.content_type,
        )
    if not fits:
        raise Refused("invalid_query_payload", "Failed to verify the query of Jwt.")
