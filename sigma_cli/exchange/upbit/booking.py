"""What happens to money, coins and orders when an order comes, is filled, prevented or closed.

Every step is told: the order first, then the balances that it changed.
"""

from decimal import Decimal

from sigma_cli.exchange.upbit.accounts import FEES, MARKET
from sigma_cli.exchange.upbit.agenda import Settle
from sigma_cli.exchange.upbit.exact import plain
from sigma_cli.exchange.upbit.house import House
from sigma_cli.exchange.upbit.orders import Filled, OwnOrder, moment
from sigma_cli.exchange.upbit.teller import Trade
from sigma_cli.venues.upbit.wire.orders import Execution


def open_order(house: House, order: OwnOrder) -> None:
    """Lock what an order may take, and take it in."""
    house.accounts.lock(order.account, order.pays_with, order.locked, f"open {order.uuid}")
    house.shelf.add(order)
    if house.behaviour.wait_told:
        house.teller.order(order, "wait", house.now_ns)
    house.teller.assets(order.account, (order.pays_with,), house.now_ns)


def fill(house: House, order: OwnOrder, price: Decimal, volume: Decimal, *, is_maker: bool) -> None:
    """Book a fill. The direction it is told with is that of who took: up is a buyer."""
    filled = order.fill(price, volume, is_maker=is_maker)
    trade = Trade(house.shelf.name(), price, volume, filled.fee, is_maker)
    execution = Execution(
        market=order.code,
        uuid=trade.uuid,
        price=plain(price),
        volume=plain(volume),
        funds=plain(filled.funds),
        trend="up" if (order.side == "bid") != is_maker else "down",
        created_at=moment(house.now_ns),
        side=order.side,
    )
    order.remember(execution, house.behaviour.executions_kept)
    why = f"trade {trade.uuid}"
    if order.side == "bid":
        _bought(house, order, filled, why)
    else:
        _sold(house, order, filled, why)
    house.teller.trade(order, trade, house.now_ns)
    house.teller.assets(order.account, (order.quote, order.base), house.now_ns)


def prevent(house: House, order: OwnOrder, volume: Decimal, price: Decimal) -> None:
    """Take a volume out of an order that would have met another of its account at a price."""
    if volume:
        untied = order.prevent(volume, price)
        house.accounts.unlock(order.account, order.pays_with, untied, f"prevent {order.uuid}")
    house.teller.order(order, "prevented", house.now_ns)
    if volume:
        house.teller.assets(order.account, (order.pays_with,), house.now_ns)


def close(house: House, order: OwnOrder, *, is_prevented: bool = False) -> None:
    """Close an order and give back what it still locks.

    It is done where fills left nothing of it. `is_prevented`: the rest met its own account.
    """
    untied = order.locked
    order.state = "cancel" if order.left or is_prevented else "done"
    house.accounts.unlock(order.account, order.pays_with, untied, f"{order.state} {order.uuid}")
    house.shelf.close(order, house.behaviour.orders_kept)
    house.teller.order(order, order.state, house.now_ns)
    if untied:
        house.teller.assets(order.account, (order.pays_with,), house.now_ns)


def _bought(house: House, order: OwnOrder, filled: Filled, why: str) -> None:
    accounts, account = house.accounts, order.account
    cost = filled.funds + (filled.fee if house.behaviour.fee_in_average else 0)
    accounts.pay(account, order.quote, {MARKET: filled.funds, FEES: filled.fee}, why)
    accounts.unlock(account, order.quote, filled.given_back, why)
    accounts.bought(account, order.base, filled.volume, cost, order.quote)
    accounts.receive(account, order.base, {MARKET: -filled.volume}, why)
    _settle(house, account, order.base, filled.volume)


def _sold(house: House, order: OwnOrder, filled: Filled, why: str) -> None:
    accounts, account = house.accounts, order.account
    accounts.pay(account, order.base, {MARKET: filled.volume}, why)
    accounts.receive(account, order.quote, {MARKET: -filled.funds, FEES: filled.fee}, why)
    _settle(house, account, order.quote, filled.funds - filled.fee)


def _settle(house: House, account: str, currency: str, amount: Decimal) -> None:
    """Let what was traded be free, at once or later."""
    delay_ns = house.behaviour.settle_delay_ns
    if delay_ns == 0:
        house.accounts.settle(account, currency, amount)
    else:
        house.agenda.add(house.now_ns + delay_ns, Settle(account, currency, amount))
