"""Public trades of one market: the columns in which the lake keeps them and a tape reads them."""

from enum import IntEnum
from typing import Any, Final

import numpy as np


class Aggressor(IntEnum):
    """Who took liquidity; its number is the sign of the order that did."""

    BUY = 1
    SELL = -1
    UNKNOWN = 0


NO_ID: Final = -1
"""The trade id of a trade whose venue, or whose file, numbers none; zero is a venue's first."""

TRADE_COLUMNS: Final[dict[str, np.dtype[Any]]] = {
    "exch_ts_ns": np.dtype(np.int64),
    "recv_ts_ns": np.dtype(np.int64),  # 0: nobody noted it
    "trade_id": np.dtype(np.int64),  # or NO_ID
    "price_u": np.dtype(np.int64),
    "size_u": np.dtype(np.int64),
    "side": np.dtype(np.int8),  # Aggressor
}
"""The columns of a stored trade and their types, in file order."""
