"""What is wrong: bytes that are no message, and the answers with which the venue refuses.

Names, statuses and messages: official error page of 2026-10-06; those marked [3P] were only seen
in other people's logs (upbit.md 1.3).
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from sigma_cli.errors import OutsideError
from sigma_cli.venues.upbit.wire.fields import Said


class WireError(OutsideError):
    """Bytes that are not what they should be; `name` is what the venue answers who sent them."""

    def __init__(self, what: str, *, where: str, name: str = "validation_error") -> None:
        super().__init__(what, where=where)
        self.name = name


StatusCode = Annotated[int, Meta(ge=100, lt=600)]
ErrorName = Annotated[str, Meta(min_length=1, max_length=64)]


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a request failed. Quotation answers give the HTTP status in place of a name."""

    name: ErrorName | StatusCode
    message: Said


class RefusalBody(Struct, frozen=True, kw_only=True):
    """`{"error": {"name": ..., "message": ...}}`, over REST and in streams."""

    error: Refusal


STATUSES: Final[dict[str, int]] = {
    "create_ask_error": 400,
    "create_bid_error": 400,
    "insufficient_funds_ask": 400,
    "insufficient_funds_bid": 400,
    "under_min_total_ask": 400,
    "under_min_total_bid": 400,
    "over_krw_funds_bid": 400,
    "over_krw_funds_ask": 400,  # [3P]
    "invalid_parameter": 400,
    "validation_error": 400,
    "invalid_time_in_force": 400,
    "invalid_post_only": 400,
    "duplicated_identifier": 400,
    "notfoundmarket": 400,
    "invalid_price_ask": 400,  # [3P], seen live until 2026-04
    "invalid_price_bid": 400,  # [3P]
    "invalid_volume_ask": 400,  # [3P]
    "invalid_volume_bid": 400,  # [3P]
    "under_price_limit_ask": 400,  # [3P]
    "under_price_limit_bid": 400,  # [3P]
    "cross_trading": 400,  # [3P]
    "withdraw_address_not_registered": 400,
    "too_many_request_order": 400,  # [3P]; its status was never told
    "invalid_query_payload": 401,
    "jwt_verification": 401,
    "expired_access_key": 401,
    "nonce_used": 401,
    "no_authorization_ip": 401,
    "no_authorization_token": 401,
    "invalid_access_key": 401,  # known to ccxt, not on the page of 2026-10-06
    "out_of_scope": 401,  # or 403: it differs per endpoint
    "market_offline": 403,
    "open_api_withdraw_locked": 403,
    "thirdparty_agreement_required": 403,  # known to ccxt
    "order_not_found": 404,
    "pocket_not_found": 404,
    "currency_not_found": 404,
    "deposit_not_found": 404,
    "withdraw_not_found": 404,
    "too_many_requests": 429,
    "internal_server_error": 500,
}
"""The HTTP status that goes with a name of the Exchange API."""
STREAM_NAMES: Final = frozenset(
    {
        *("INVALID_AUTH", "WRONG_FORMAT", "NO_TICKET", "NO_TYPE", "NO_CODES", "INVALID_PARAM"),
        *("Too Many Requests", "I'm a teapot", "TOO_MANY_REQUEST"),
    }
)
"""The names of errors in streams (upbit.md 1.10)."""
