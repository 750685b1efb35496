"""Books and quotes of one market: the columns in which the lake keeps them and a tape reads them.

A *message* is what a venue sent at once: a whole book, or the levels that changed. It is stored as
its levels, one a row, because that loses nothing of either: how many there are differs from message
to message (docs/adr/0009). A *quote* is the best bid and ask.
"""

from enum import IntEnum
from typing import Any, Final

import numpy as np


class BookForm(IntEnum):
    """What a message says of the levels that it does not name; also the order at one update id."""

    CHANGES = 0
    """Nothing: they are as they were. A level of size 0 is gone."""
    WHOLE = 1
    """There are none."""


class BookStatus(IntEnum):
    """What is known of a book."""

    WAITING = 0
    """No whole book has come yet."""
    VALID = 1
    BROKEN = 2
    """Messages are missing: it counts for nothing until the next whole book."""


class BookSide(IntEnum):
    """Whose orders rest on a level."""

    BID = 1
    ASK = -1
    NONE = 0
    """A message without a level has one row, and this is its side."""


class Outcome(IntEnum):
    """What became of a message."""

    APPLIED = 1
    STALE = 2
    """The book is as new or newer."""
    WAITED = 3
    """Changes of a book that is not known."""
    GAP = 4
    """Messages are missing before it."""


NO_UPDATE: Final = -1
"""The update id of a book whose venue numbers none (Upbit); of changes, an id that is not given."""

BOOK_COLUMNS: Final[dict[str, np.dtype[Any]]] = {
    "exch_ts_ns": np.dtype(np.int64),  # 0: the venue does not say (snapshots of Binance spot)
    "recv_ts_ns": np.dtype(np.int64),  # 0: nobody noted it
    "update_id": np.dtype(np.int64),  # the last update inside; or NO_UPDATE
    "first_id": np.dtype(np.int64),  # the first one (Binance's U); or NO_UPDATE
    "before_id": np.dtype(np.int64),  # last update of the message before (pu); or NO_UPDATE
    "form": np.dtype(np.int8),  # BookForm
    "side": np.dtype(np.int8),  # BookSide
    "price_u": np.dtype(np.int64),
    "size_u": np.dtype(np.int64),
    "ends": np.dtype(np.int8),  # 1: the last level of its message
}
"""The columns of a stored level and their types, in file order."""

QUOTE_COLUMNS: Final[dict[str, np.dtype[Any]]] = dict.fromkeys(
    (
        "exch_ts_ns",  # 0: the venue does not say (Binance spot's bookTicker)
        "recv_ts_ns",  # 0: nobody noted it
        "update_id",  # or NO_UPDATE
        "bid_u",
        "bid_size_u",
        "ask_u",
        "ask_size_u",
    ),
    np.dtype(np.int64),
)
"""The columns of a stored quote and their types, in file order: those of QUOTE."""
