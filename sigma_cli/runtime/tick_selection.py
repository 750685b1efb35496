"""What a run on ticks reads: which markets have trades, and books where they are asked for.

Must not change the store.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sigma_cli.domain.dtypes.bounds import MARKETS_MAX
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.errors import UsageError
from sigma_cli.runtime import periods
from sigma_cli.runtime.periods import Period
from sigma_cli.runtime.selection import instrument_of, known, one_currency, only_one
from sigma_cli.runtime.tape_feeds import book_lead_ns
from sigma_cli.store.lake import Lake
from sigma_cli.store.listing import Series
from sigma_cli.store.message_rows import BOOKS, QUOTES
from sigma_cli.store.trade_rows import KIND as TRADES

CURRENCIES: Final = (
    "USDT",
    "USDC",
    "FDUSD",
    "BUSD",
    "TUSD",
    "USD",
    "KRW",
    "EUR",
    "JPY",
    "TRY",
    "BRL",
)
"""What markets are priced in where the venue's rule book knows nothing about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickSelection:
    """Trades, and perhaps books, of one or several markets of one venue over one period."""

    venue: str
    currency: str
    period: Period
    series: tuple[Series, ...]
    """Of the trades of each market."""
    instruments: tuple[Instrument, ...]
    depths: tuple[Depth, ...]
    """What is known of each market's book."""
    data_hash: str
    """Changes when other rows may be read."""

    @property
    def bases(self) -> tuple[str, ...]:
        """The base currency of each market: BTC of KRW-BTC and of BTCUSDT."""
        return tuple(base_of(one.market, self.currency) for one in self.series)

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """(venue, market) of each, in order."""
        return tuple((one.venue, one.market) for one in self.series)


def select_ticks(
    lake: Lake,
    markets: Sequence[str],
    *,
    venue: str | None,
    period: str,
    fidelity: str,
    fee: float | None,
) -> TickSelection:
    """Return what is asked for; every market that fits when none is named.

    `fidelity` is trades or book. `fee` (a fraction of value) replaces the venue's own.

    Raises:
        UsageError: nothing of that name is stored, or the choice is not one.
    """
    stored = lake.series()
    series = _series([one for one in stored if one.kind == TRADES], lake, markets, venue)
    span = _span(period, series)
    kinds = {
        (one.venue, one.market, one.kind)
        for one in stored
        if one.first_ts_ns < span.end_ns and one.last_ts_ns >= span.start_ns
    }
    depths = tuple(_depth(kinds, one, fidelity) for one in series)
    return TickSelection(
        venue=series[0].venue,
        currency=one_currency(series),
        period=span,
        series=series,
        instruments=tuple(instrument_of(one, fee) for one in series),
        depths=depths,
        data_hash=" ".join(
            lake.content_hash(one.venue, one.market, kind, first_ns, span.end_ns)
            for one in series
            for kind, first_ns in _read(lake, one, span, fidelity)
        )
        + " ".join(depth.name for depth in depths),
    )


def _series(
    stored: Sequence[Series], lake: Lake, markets: Sequence[str], venue: str | None
) -> tuple[Series, ...]:
    if not stored:
        raise UsageError(
            "the store holds no trades yet",
            where=str(lake.root),
            fix="`sigma ingest files PATH... --venue V --kind trades`, or --fidelity bars",
        )
    known("venue", [] if venue is None else [venue], {one.venue for one in stored})
    found = [one for one in stored if venue in (None, one.venue)]
    known("market", markets, {one.market for one in found})
    if markets:
        found = [one for one in found if one.market in markets]
    only_one("venue", "--venue", {one.venue for one in found})
    if len(found) > MARKETS_MAX:
        raise UsageError(
            f"{len(found)} markets fit, one account can trade {MARKETS_MAX}",
            fix="name the markets: --market A --market B",
        )
    return tuple(found)


def base_of(market: str, currency: str) -> str:
    """Return the base currency of a market that is priced in `currency`; empty: nobody knows.

    >>> [base_of(*one) for one in (("KRW-BTC", "KRW"), ("BTCUSDT", ""), ("BTC-USD-SWAP", ""))]
    ['BTC', 'BTC', 'BTC']
    """
    quotes = (currency,) if currency else CURRENCIES
    first, *others = re.split(r"[-_/]", market)
    if others and first in quotes:
        return others[0]
    return first.removesuffix(next((one for one in quotes if first.endswith(one)), ""))


def _span(period: str, series: Sequence[Series]) -> Period:
    """Return the period, in whole minutes: its text can't say less, and has to mean the same."""
    first_ns = min(one.first_ts_ns for one in series)
    end_ns = max(one.last_ts_ns for one in series) + 1
    return periods.parse(
        period, first_ns - first_ns % NS_PER_MINUTE, end_ns + -end_ns % NS_PER_MINUTE
    )


def _read(lake: Lake, one: Series, span: Period, fidelity: str) -> list[tuple[str, int]]:
    """Return which kinds of rows of a market a tape reads, and from when on."""
    if fidelity == "trades":
        return [(TRADES, span.start_ns)]
    lead_ns = book_lead_ns(lake, one.venue, one.market, span.start_ns)
    return [(TRADES, span.start_ns), (QUOTES, span.start_ns), (BOOKS, lead_ns)]


def _depth(kinds: set[tuple[str, str, str]], one: Series, fidelity: str) -> Depth:
    if fidelity == "trades":
        return Depth.NONE
    return Depth.LEVELS if (one.venue, one.market, BOOKS) in kinds else Depth.TOUCH
