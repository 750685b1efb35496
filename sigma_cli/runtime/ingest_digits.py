"""How many digits the prices and sizes of each market have: fixed for life when it first comes.

Must not write: a market is stored together with its first good row.
"""

from typing import Final

from sigma_cli.domain.instruments import Instrument
from sigma_cli.errors import UsageError
from sigma_cli.runtime.ingest_look import Found
from sigma_cli.store.lake import Lake
from sigma_cli.store.sources.survey import Seen
from sigma_cli.venues.rulebook import RuleBook

TOO_FINE_SHARE_MAX: Final = 0.01
"""Rows with more digits than their market that a file may have; they are set aside."""


def counted(lake: Lake, book: RuleBook, found: list[Found]) -> dict[str, Instrument]:
    """Return how each market counts: as stored, or by what all files show of it.

    Raises:
        UsageError: of a file, much more than misprints has too many digits; nothing is written.
    """
    seen: dict[str, Seen] = {}
    for file in found:
        for cell, market in file.markets.items():
            seen.setdefault(market, Seen()).join(file.survey.markets[cell])
    instruments = {
        market: book.instrument(
            market,
            *(lake.instrument_exponents(book.name, market) or _exponents(book, market, one)),
        )
        for market, one in sorted(seen.items())
    }
    _check(instruments, found)
    return instruments


def _exponents(book: RuleBook, market: str, seen: Seen) -> tuple[int, int]:
    if not seen.priced:  # nothing will be stored
        return 0, 0
    return book.exponents(
        market,
        low=seen.low,
        high=seen.high,
        price_digits=seen.price_digits,
        size_digits=seen.size_digits,
    )


def _check(instruments: dict[str, Instrument], found: list[Found]) -> None:
    for file in found:
        for cell, market in file.markets.items():
            seen, exp = file.survey.markets[cell], instruments[market].price_exp
            if (count := seen.finer_than(exp)) > seen.rows * TOO_FINE_SHARE_MAX:
                raise UsageError(
                    f"{count} of {seen.rows} rows of {market} have prices with more than {exp}"
                    " digits, which is what the market is counted in; nothing was stored",
                    where=str(file.path),
                    fix="round its prices; or, where the store has the market from a coarser file,"
                    " `sigma data rm` it and ingest this file first",
                )
