"""What a new order must pass, each check with the documented name of its refusal.

In which order they are made is a switch; a check that needs what an earlier one would have refused
lets the order pass, so that whichever comes first decides. What the venue's rules say is in
`venues/upbit/checks.py`; here is what only the venue knows: its markets, what is owned, which
identifiers are used up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sigma_cli.domain.instruments import Rules
from sigma_cli.exchange.matching import UNITS_MAX
from sigma_cli.exchange.upbit.behaviour import Check
from sigma_cli.exchange.upbit.exact import cut
from sigma_cli.exchange.upbit.listings import Listing
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.venues.upbit import checks as by_rules
from sigma_cli.venues.upbit.wire.orders import NewOrder

MESSAGES: Final = {
    "notfoundmarket": "다음 마켓에 없는 종목입니다: {market}",
    "market_offline": "The market is not open now.",
    "create": "ord_type {type} of side {side} goes with another choice of price and volume.",
    "invalid_time_in_force": "time_in_force {time} does not go with ord_type {type}.",
    "invalid_post_only": "post_only does not go with smp_type.",
    "invalid_price": "주문가격 단위를 잘못 입력하셨습니다.",
    "invalid_volume": "The volume has too many decimals, or is too large or too small.",
    "under_min_total": "최소주문금액 이상으로 주문해주세요: {least}",
    "over_krw_funds": "최대주문금액은 {most} 입니다.",
    "insufficient_funds": "주문 가능한 금액({currency})이 부족합니다.",
    "duplicated_identifier": "The identifier has been used before.",
}
"""Words for people, by the name of the refusal; those in Korean were seen."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A new order, and what is known when it is checked."""

    request: NewOrder
    listing: Listing | None
    """None: there is no such market."""
    is_open: bool
    """Whether the market trades now."""
    rules: Rules | None
    free: Decimal
    """What the account may lock of the currency that the order pays with."""
    market_price: Decimal | None
    """What a sale without a price would bring: the best bid, or the last trade."""
    is_used: bool
    """Whether the identifier is used up."""


def check(draft: Draft, order: tuple[Check, ...]) -> None:
    """Make every check, in this order.

    Raises:
        Refused: the first of them that the order does not pass.
    """
    for each in order:
        name = _CHECKS[each](draft)
        if name is not None:
            raise Refused(name, _message(name, draft))


def market_offline() -> Refused:
    """Return the refusal of whoever comes when nothing is traded."""
    return Refused("market_offline", MESSAGES["market_offline"])


def _message(name: str, draft: Draft) -> str:
    request, rules = draft.request, draft.rules
    quote, _, base = request.market.partition("-")
    kind = name.removesuffix("_error").removesuffix("_bid").removesuffix("_ask")
    return MESSAGES[kind].format(
        market=request.market[:40],
        type=request.ord_type,
        side=request.side,
        time=request.time_in_force,
        least=rules and rules.value_min,
        most=rules and rules.value_max,
        currency=quote if request.side == "bid" else base,
    )


def _market(draft: Draft) -> str | None:
    if draft.listing is None:
        return "notfoundmarket"
    return None if draft.is_open else "market_offline"


def _combination(draft: Draft) -> str | None:
    return by_rules.wrong_combination(draft.request)


def _time_in_force(draft: Draft) -> str | None:
    return by_rules.wrong_time_in_force(draft.request)


def _tick(draft: Draft) -> str | None:
    """Check price and volume against the grid, and against what a recording can count."""
    request, listing, rules = draft.request, draft.listing, draft.rules
    if listing is None or rules is None:
        return None
    name = by_rules.off_grid(request, rules)
    if name is not None:
        return name
    price, volume = request.price, request.volume
    if price is not None and request.ord_type == "limit":
        too_fine = cut(price, listing.price_exp) != price
        if too_fine or price.scaleb(listing.price_exp) >= UNITS_MAX:
            return f"invalid_price_{request.side}"
    if volume is not None:
        too_fine = cut(volume, listing.digits) != volume
        if too_fine or volume.scaleb(listing.size_exp) >= UNITS_MAX:
            return f"invalid_volume_{request.side}"
    return None


def _min_total(draft: Draft) -> str | None:
    rules = draft.rules
    return None if rules is None else by_rules.below_min(draft.request, rules, draft.market_price)


def _max_total(draft: Draft) -> str | None:
    rules = draft.rules
    return None if rules is None else by_rules.above_max(draft.request, rules, draft.market_price)


def _balance(draft: Draft) -> str | None:
    request, rules = draft.request, draft.rules
    if rules is None:
        return None
    needed = request.volume
    if request.side == "bid":
        total = by_rules.total_of(request)
        fee = max(rules.fee_maker, rules.fee_taker)
        needed = None if total is None else total * (1 + fee)
    is_short = needed is not None and needed > draft.free
    return f"insufficient_funds_{request.side}" if is_short else None


def _identifier(draft: Draft) -> str | None:
    return "duplicated_identifier" if draft.is_used else None


_CHECKS: Final[dict[Check, Callable[[Draft], str | None]]] = {
    "market": _market,
    "combination": _combination,
    "time_in_force": _time_in_force,
    "tick": _tick,
    "min_total": _min_total,
    "max_total": _max_total,
    "balance": _balance,
    "identifier": _identifier,
}
