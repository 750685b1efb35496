"""What a run reads: which stored series are meant, their instruments, and their candles.

Must not change the store.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from sigma_cli.domain.candles import CANDLE_COLUMNS, Candles
from sigma_cli.domain.dtypes.bounds import MARKETS_MAX
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.kernels.resample import resampled
from sigma_cli.runtime import periods, rulebooks
from sigma_cli.runtime.periods import Period
from sigma_cli.store.lake import Lake
from sigma_cli.store.listing import Series

_INVERSE: Final = re.compile(r"[A-Z0-9]+USD[-_]?(PERP|\d{6})|[A-Z0-9]+-USD-(SWAP|\d{6})")
"""How Binance and OKX name contracts over dollars that are settled in the base currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Candles of one or several markets of one venue, priced in one currency, over one period."""

    venue: str
    currency: str
    interval: str
    source_interval: str
    """What the lake holds; longer candles are made from it."""
    always_open: bool
    period: Period
    series: tuple[Series, ...]
    candles: tuple[Candles, ...]


def select(
    lake: Lake,
    markets: Sequence[str],
    *,
    venue: str | None,
    interval: str | None,
    period: str,
    fee: float | None,
) -> Selection:
    """Read what is asked for; every market that fits when none is named.

    `fee` (a fraction of value) replaces the venue's own.

    Raises:
        UsageError: nothing of that name is stored, or not in that period, or the choice is not one.
        OutsideError: a file of the lake is missing or damaged.
    """
    stored = tuple(one for one in lake.series() if one.is_candles)
    if not stored:
        raise UsageError(
            "the store holds no candles yet",
            where=str(lake.root),
            fix="`sigma ingest files PATH... --venue V --interval 1m`, or `sigma demo`",
        )
    series = _series(stored, markets, venue, interval)
    source_interval = series[0].interval
    first_ns = min(one.first_ts_ns for one in series)
    end_ns = max(one.last_ts_ns for one in series) + INTERVALS_NS[source_interval]
    span = periods.parse(period, first_ns, end_ns)
    read = (_read(lake, one, span, fee) for one in series)
    candles = tuple(_lengthened(one, span, interval or source_interval) for one in read)
    return Selection(
        venue=series[0].venue,
        currency=one_currency(series),
        interval=interval or source_interval,
        source_interval=source_interval,
        always_open=series[0].always_open,
        period=span,
        series=series,
        candles=candles,
    )


def _series(
    stored: Sequence[Series], markets: Sequence[str], venue: str | None, interval: str | None
) -> tuple[Series, ...]:
    found = [one for one in stored if venue in (None, one.venue)]
    known("venue", [] if venue is None else [venue], {one.venue for one in stored})
    known("market", markets, {one.market for one in found})
    if markets:
        found = [one for one in found if one.market in markets]
    only_one("venue", "--venue", {one.venue for one in found})
    if interval is None:
        only_one("interval", "--interval", {one.interval for one in found})
    else:
        source = _source_interval(interval, {one.interval for one in found})
        found = [one for one in found if one.interval == source]
    absent = set(markets) - {one.market for one in found}
    if absent:
        raise UsageError(
            f"{', '.join(sorted(absent))} is not stored at {found[0].interval}",
            fix="`sigma data` lists what is stored; choose another --interval, or ingest it",
        )
    if len(found) > MARKETS_MAX:
        raise UsageError(
            f"{len(found)} markets fit, one account can trade {MARKETS_MAX}",
            fix="name the markets: --market A --market B",
        )
    return tuple(found)


def _source_interval(interval: str, stored: set[str]) -> str:
    """Return the longest stored interval of which `interval` is a whole multiple."""
    wanted_ns = INTERVALS_NS.get(interval)
    if wanted_ns is None:
        raise UsageError(
            f"{interval!r} is not an interval{did_you_mean(interval, list(INTERVALS_NS))}",
            where="--interval",
            fix=f"use one of {', '.join(INTERVALS_NS)}",
        )
    fitting = [name for name in stored if wanted_ns % INTERVALS_NS[name] == 0]
    if not fitting:
        raise UsageError(
            f"candles of {interval} are not stored, and can't be made from {_some(stored)}",
            where="--interval",
            fix="`sigma data` lists what is stored; choose another --interval, or ingest it",
        )
    return max(fitting, key=INTERVALS_NS.__getitem__)


def _lengthened(candles: Candles, period: Period, interval: str) -> Candles:
    """Return candles of `interval` that lie wholly inside the period."""
    if INTERVALS_NS[interval] == candles.interval_ns:
        return candles
    made = resampled(candles, INTERVALS_NS[interval])
    whole = made.open_ts_ns >= period.start_ns
    if not whole.any():
        raise UsageError(
            f"no closed candle of {interval} of {candles.instrument.market} lies in {period.text}",
            fix="choose a longer period or a shorter --interval",
        )
    return replace(made, **{name: getattr(made, name)[whole] for name in CANDLE_COLUMNS})


def known(what: str, asked: Sequence[str], stored: set[str]) -> None:
    """Demand that every name asked for is stored.

    Raises:
        UsageError: one is not.
    """
    for name in asked:
        if name not in stored:
            near = did_you_mean(name, sorted(stored))
            raise UsageError(
                f"no {what} {name!r} is stored{near}",
                where=f"stored: {_some(stored)}",
                fix="`sigma data` lists all; `sigma ingest` brings more",
            )


def _some(names: set[str], shown: int = 10) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - shown} more" if len(listed) > shown else ""
    return ", ".join(listed[:shown]) + more


def only_one(what: str, option: str, found: set[str]) -> None:
    """Demand that there is one to choose.

    Raises:
        UsageError: there are several.
    """
    if len(found) > 1:
        raise UsageError(
            f"these markets are stored at more than one {what}: {_some(found)}",
            fix=f"say which: {option} {min(found)}",
        )


def one_currency(series: Sequence[Series]) -> str:
    """Return the currency that all markets are priced in.

    Raises:
        UsageError: there are several.
    """
    book = rulebooks.find(series[0].venue)
    quotes = {book.quote(one.market) for one in series}
    if len(quotes) > 1:
        raise UsageError(
            f"these markets are priced in {_some(quotes)}; one account has one currency",
            fix="run one quote currency at a time: --market A --market B",
        )
    return quotes.pop()


def _read(lake: Lake, series: Series, period: Period, fee: float | None) -> Candles:
    rows = lake.read_candles(
        series.venue, series.market, series.interval, period.start_ns, period.end_ns
    )
    if len(rows["open_ts_ns"]) == 0:
        stored = periods.parse("all", series.first_ts_ns, series.last_ts_ns + 1).text
        raise UsageError(
            f"no candle of {series.market} lies in {period.text}",
            where=f"stored: {stored}",
            fix="choose a period inside that, or ingest more",
        )
    return Candles(
        instrument=instrument_of(series, fee),
        interval_ns=INTERVALS_NS[series.interval],
        open_ts_ns=rows["open_ts_ns"],
        open_u=rows["open_u"],
        high_u=rows["high_u"],
        low_u=rows["low_u"],
        close_u=rows["close_u"],
        volume_u=rows["volume_u"],
        synthetic=series.synthetic,
    )


def instrument_of(series: Series, fee: float | None) -> Instrument:
    """Return a market's instrument under its venue's rules; `fee` replaces the venue's own.

    Raises:
        UsageError: nobody knows the fee, or it is no market that price times size is the value of.
    """
    if _INVERSE.fullmatch(series.market):
        raise UsageError(
            f"{series.market} is an inverse contract: dollars a contract, settled in its base",
            where="everything here counts a value as price times size",
            fix="use the market that is settled in its quote currency, as BTCUSDT is",
        )
    book = rulebooks.find(series.venue)
    instrument = book.instrument(series.market, series.price_exp, series.size_exp)
    if fee is not None:
        rate = Decimal(repr(fee))
        rules = tuple(replace(one, fee_maker=rate, fee_taker=rate) for one in instrument.rules)
        return replace(instrument, rules=rules)
    if not book.fees_known:
        raise UsageError(
            f"nobody knows what {series.venue} charges",
            fix="say it, as a share of the value: --fee 0.05% (0 if there is none)",
        )
    return instrument
