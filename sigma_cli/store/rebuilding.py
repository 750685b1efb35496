"""The books of a market rebuilt from the messages that the lake holds, and held against its quotes.

In the venue's order, which is that of update ids; what the desk sees comes in another (the order of
arrival) and is not this module's business. Holds a batch of levels and one book in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.books import BOOK_COLUMNS, NO_UPDATE
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import LEVEL, QUOTE
from sigma_cli.kernels import book as kernel
from sigma_cli.store.lake import Lake
from sigma_cli.store.message_rows import BOOKS, QUOTES
from sigma_cli.store.rows import TS_MAX_NS, TS_MIN_NS, Rows

_TOUCH = ("bid_u", "bid_size_u", "ask_u", "ask_size_u")


@dataclass(slots=True)
class Agreement:
    """How the touch of a rebuilt book compares with the quotes of the same market."""

    messages: int = 0
    """After which a book with two sides was known."""
    gaps: int = 0
    crossed: int = 0
    """Books with a bid above an ask, which no venue has."""
    locked: int = 0
    quotes: int = 0
    shared: int = 0
    """Update ids after which both are known."""
    equal: int = 0
    """Of these, those at which best bid and ask agree in price and size."""
    first_unequal: int | None = None
    """The first update id at which they don't."""


def touches(
    lake: Lake, venue: str, market: str, start_ns: int = TS_MIN_NS, end_ns: int = TS_MAX_NS
) -> Iterator[tuple[Records, Records]]:
    """Yield the touch (QUOTE) after each message, a batch at a time, and the book (FULL_BOOK [1]).

    The book is the same array all along, as of the end of each batch.

    Raises:
        OutsideError: a part is missing or damaged; the message says what to ingest again.
    """
    book = kernel.no_book()
    for rows in lake.read_messages(venue, market, BOOKS, start_ns, end_ns):
        levels = as_levels(rows)
        quotes = np.zeros(len(levels), QUOTE)
        count = kernel.fold(book, levels, quotes)
        yield quotes[:count], book


def compare(
    lake: Lake, venue: str, market: str, start_ns: int = TS_MIN_NS, end_ns: int = TS_MAX_NS
) -> Agreement:
    """Rebuild the book of a numbered market and hold it against the quotes of the same update id.

    Raises:
        OutsideError: a part is missing or damaged; the message says what to ingest again.
    """
    found = Agreement()
    quotes = _quotes(lake, venue, market, start_ns, end_ns)
    found.quotes = len(quotes["update_id"])
    for rebuilt, book in touches(lake, venue, market, start_ns, end_ns):
        found.messages += len(rebuilt)
        found.gaps = int(book[0].gaps)
        found.crossed += int(np.count_nonzero(rebuilt["bid_u"] > rebuilt["ask_u"]))
        found.locked += int(np.count_nonzero(rebuilt["bid_u"] == rebuilt["ask_u"]))
        _hold_against(found, rebuilt, quotes)
    return found


def as_levels(rows: Rows) -> Records:
    """Return rows of BOOK_COLUMNS as LEVEL."""
    levels = np.zeros(len(rows["ends"]), LEVEL)
    for name in BOOK_COLUMNS:
        levels[name] = rows[name]
    return levels


def _quotes(lake: Lake, venue: str, market: str, start_ns: int, end_ns: int) -> dict[str, Any]:
    """Return number and touch of all quotes, in order of their numbers."""
    names = ("update_id", *_TOUCH)
    batches = list(lake.read_messages(venue, market, QUOTES, start_ns, end_ns))
    nothing = np.empty(0, np.int64)
    columns = {name: np.concatenate([nothing, *(one[name] for one in batches)]) for name in names}
    order = np.argsort(columns["update_id"], kind="stable")
    return {name: column[order] for name, column in columns.items()}


def _hold_against(found: Agreement, rebuilt: Records, quotes: dict[str, NDArray[Any]]) -> None:
    ids = quotes["update_id"]
    place = np.searchsorted(ids, rebuilt["update_id"])
    inside = place < len(ids)
    shared = np.zeros(len(rebuilt), np.bool_)
    shared[inside] = ids[place[inside]] == rebuilt["update_id"][inside]
    shared &= rebuilt["update_id"] != NO_UPDATE
    place, rebuilt = place[shared], rebuilt[shared]
    equal = np.ones(len(rebuilt), np.bool_)
    for name in _TOUCH:
        equal &= quotes[name][place] == rebuilt[name]
    found.shared += len(equal)
    found.equal += int(np.count_nonzero(equal))
    if found.first_unequal is None and not equal.all():
        found.first_unequal = int(rebuilt["update_id"][~equal][0])
