"""How many requests are taken: groups, the header that counts them, 429, and 418 for the stubborn.

upbit.md 1.2, of 2026-09-08. Seconds are those of the exchange's clock, whole: a refused request
passes after the next boundary. Not documented, and chosen here: what counts as repeating (`Rates`),
and how long a block is. REST and streams are counted apart. Must not know who may ask: it is told.
"""

from dataclasses import dataclass
from typing import Final

from sigma_cli.domain.units import NS_PER_S
from sigma_cli.venues.upbit.wire.remaining import Remaining

ORIGIN_S: Final = 10
"""A browser has one quotation request in so long."""
COUNTED_MAX: Final = 10_000
"""Callers that are remembered; loopback alone has 16 million addresses."""


@dataclass(frozen=True, slots=True)
class Group:
    """Requests that are counted together: `count` of them in `span_s` seconds."""

    name: str
    """As the header says it; of `order-test` and `order-cancel-all` it was never seen."""
    count: int
    minute: int
    """What the header calls `min`: deprecated filler, constant."""
    span_s: int = 1


MARKET: Final = Group("market", 10, 600)
CANDLE: Final = Group("candles", 10, 600)
TRADE: Final = Group("crix-trades", 10, 600)
TICKER: Final = Group("ticker", 10, 600)
ORDERBOOK: Final = Group("orderbook", 10, 600)
DEFAULT: Final = Group("default", 30, 1_800)
ORDER: Final = Group("order", 12, 720)
"""8 until 2026-08-21 21:00 KST."""
ORDER_TEST: Final = Group("order-test", 8, 480)
ORDER_CANCEL_ALL: Final = Group("order-cancel-all", 1, 30, span_s=2)
CONNECT: Final = Group("websocket-connect", 5, 300)
MESSAGE_SECOND: Final = Group("websocket-message", 5, 100)
MESSAGE_MINUTE: Final = Group("websocket-minute", 100, 100, span_s=60)
ORIGIN: Final = Group("origin", 1, 6, span_s=ORIGIN_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What is a switch about limits."""

    order_per_s: int = ORDER.count
    strikes: int = 10
    """Refusals within a minute after which a caller is blocked."""
    block_s: int = 60
    """How long the first block is; each further one twice as long as the last."""
    block_s_max: int = 3_600


@dataclass(frozen=True, slots=True)
class Spent:
    """What became of a request: 200, 429 or 418, what is left, and how long a block lasts."""

    status: int
    remaining: Remaining
    block_s: int = 0


class _Caller:
    """What is remembered of one caller."""

    __slots__ = ("blocked_until_ns", "blocks", "spans", "strike_minute", "strikes")

    def __init__(self) -> None:
        self.spans: dict[str, tuple[int, int]] = {}
        """By group: the span, and how many requests came in it."""
        self.strike_minute = -1
        self.strikes = 0
        self.blocks = 0
        self.blocked_until_ns = 0


class Limits:
    """Counts the requests of every caller: an address, an account or a connection."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._callers: dict[str, _Caller] = {}

    def spend(self, group: Group, who: str, now_ns: int) -> Spent:
        """Count a request of `who`, and say whether it is taken."""
        caller = self._caller(who, now_ns)
        if caller.blocked_until_ns > now_ns:
            left_s = -(-(caller.blocked_until_ns - now_ns) // NS_PER_S)
            return Spent(418, self._remaining(group, 0), left_s)
        count = self._rates.order_per_s if group is ORDER else group.count
        span = now_ns // (group.span_s * NS_PER_S)
        last, used = caller.spans.get(group.name, (span, 0))
        used = used if last == span else 0
        if used >= count:
            return self._refused(group, caller, now_ns)
        caller.spans[group.name] = (span, used + 1)
        return Spent(200, self._remaining(group, count - used - 1))

    def block(self, who: str, for_s: int, now_ns: int) -> None:
        """Block a caller, as a test asks."""
        self._caller(who, now_ns).blocked_until_ns = now_ns + for_s * NS_PER_S

    def _refused(self, group: Group, caller: _Caller, now_ns: int) -> Spent:
        minute = now_ns // (60 * NS_PER_S)
        caller.strikes = caller.strikes + 1 if caller.strike_minute == minute else 1
        caller.strike_minute = minute
        if caller.strikes < self._rates.strikes:
            return Spent(429, self._remaining(group, 0))
        block_s = min(self._rates.block_s << min(caller.blocks, 20), self._rates.block_s_max)
        caller.blocks += 1
        caller.strikes = 0
        caller.blocked_until_ns = now_ns + block_s * NS_PER_S
        return Spent(418, self._remaining(group, 0), block_s)

    def _caller(self, who: str, now_ns: int) -> _Caller:
        found = self._callers.get(who)
        if found is None:
            if len(self._callers) >= COUNTED_MAX:
                blocked = {
                    each: caller
                    for each, caller in self._callers.items()
                    if caller.blocked_until_ns > now_ns
                }
                self._callers = blocked if len(blocked) < COUNTED_MAX else {}
            found = self._callers[who] = _Caller()
        return found

    def _remaining(self, group: Group, left: int) -> Remaining:
        return Remaining(group=group.name, min=group.minute, sec=left)


class MessageLimit:
    """The limit of one connection's messages: 5 in a second and 100 in a minute."""

    __slots__ = ("_spans",)

    def __init__(self) -> None:
        self._spans = [(-1, 0), (-1, 0)]

    def spend(self, now_ns: int) -> bool:
        """Count a message, and tell whether it is taken."""
        taken = True
        for n, group in enumerate((MESSAGE_SECOND, MESSAGE_MINUTE)):
            span = now_ns // (group.span_s * NS_PER_S)
            last, used = self._spans[n]
            used = used + 1 if last == span else 1
            self._spans[n] = (span, used)
            taken = taken and used <= group.count
        return taken
