"""A new order becomes one that may come in: its market is looked up, and all is checked."""

from decimal import Decimal

from sigma_cli.exchange.matching import OPEN_MAX
from sigma_cli.exchange.upbit import checks
from sigma_cli.exchange.upbit.checks import Draft
from sigma_cli.exchange.upbit.exact import ZERO, plain
from sigma_cli.exchange.upbit.house import House
from sigma_cli.exchange.upbit.listings import Listing
from sigma_cli.exchange.upbit.orders import OwnOrder
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.venues.upbit.wire.orders import NewOrder


def draft(
    house: House,
    account: str,
    request: NewOrder,
    *,
    replaced: OwnOrder | None = None,
    is_used: bool | None = None,
) -> OwnOrder:
    """Check a new order and return it as it would come in, without names of its own.

    `replaced` is an open order that will be gone when the new one comes; `is_used` says whether its
    identifier counts as used up, None: look.

    Raises:
        Refused: it does not pass.
    """
    listing, given = _listing(house, request.market), request.identifier
    if is_used is None:
        is_used = given is not None and house.shelf.is_used(account, given)
    quote, _, base = request.market.partition("-")
    pays_with = quote if request.side == "bid" else base
    found = Draft(
        request=request,
        listing=listing,
        is_open=listing is not None and house.listings.is_open(listing),
        rules=None if listing is None else listing.rules_at(house.now_ns),
        free=house.accounts.free(account, pays_with) + (replaced.locked if replaced else ZERO),
        market_price=None if listing is None else _market_price(house, listing),
        is_used=is_used,
    )
    checks.check(found, house.behaviour.checks)
    assert listing is not None, "an order in an unknown market was refused"
    if house.behaviour.post_only_refused and _would_take(house, listing, request):
        raise Refused("invalid_post_only", "The order would be filled at once.")
    if house.shelf.open_count(account) - (replaced is not None) >= OPEN_MAX:
        message = f"At most {OPEN_MAX} orders of an account are open at once here."
        raise Refused("too_many_request_order", message)
    return _order(house, account, request, listing)


def _listing(house: House, code: str) -> Listing | None:
    found = house.listings.by_code.get(code)
    return None if found is None or found.state == "delisted" else found


def _market_price(house: House, listing: Listing) -> Decimal | None:
    """Return what a sale without a price would bring."""
    board = house.market.boards[listing.code]
    price_u, _ = board.best(1)
    if price_u == 0 and board.trades:
        price_u = board.trades[-1].price_u
    return listing.price(price_u) if price_u else None


def _would_take(house: House, listing: Listing, request: NewOrder) -> bool:
    """Return whether a post-only order would be filled at once."""
    if request.time_in_force != "post_only" or request.price is None:
        return False
    way = 1 if request.side == "bid" else -1
    other_u, _ = house.market.boards[listing.code].best(-way)
    return other_u > 0 and (request.price - listing.price(other_u)) * way >= 0


def _order(house: House, account: str, request: NewOrder, listing: Listing) -> OwnOrder:
    behaviour, rules = house.behaviour, listing.rules_at(house.now_ns)
    smp, shown = request.smp_type, request.smp_type
    if smp is None:
        is_post_only = request.time_in_force == "post_only"
        smp = "none" if is_post_only else behaviour.smp_default
        shown = smp if behaviour.smp_shown else None
    price = None if request.price is None else plain(request.price)
    volume = None if request.volume is None else plain(request.volume)
    left = price if volume is None else volume
    assert left is not None, "an order has a price or a volume"
    return OwnOrder(
        no=0,
        uuid="",
        account=account,
        code=request.market,
        side=request.side,
        ord_type=request.ord_type,
        price=price,
        volume=volume,
        identifier=request.identifier,
        time_in_force=request.time_in_force,
        smp_type=shown,
        smp=smp,
        fee_maker=rules.fee_maker,
        fee_taker=rules.fee_taker,
        created_ns=house.now_ns,
        left=left,
    )
