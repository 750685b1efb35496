"""What happened at the venue, in the order in which it happened, for those who listen."""

from typing import NamedTuple, TypeAlias

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.events import EventKind
from sigma_cli.venues.upbit.wire.stream import MyAsset, MyOrder


class MarketEvent(NamedTuple):
    """A row of the market: everybody may see it."""

    ts_ns: int
    code: str
    """`KRW-BTC`."""
    kind: EventKind
    """TRADE, QUOTE, BOOK or GAP."""
    row: Record
    """TRADE, QUOTE or BOOK, in the instrument's units; of a GAP the BOOK without levels.

    It lies in the chunk: copy it to keep it for long.
    """


class OrderEvent(NamedTuple):
    """An order of an account changed; only that account may see it."""

    ts_ns: int
    account: str
    message: MyOrder


class AssetEvent(NamedTuple):
    """Balances of an account changed; only that account may see it."""

    ts_ns: int
    account: str
    message: MyAsset


Event: TypeAlias = MarketEvent | OrderEvent | AssetEvent
