"""Books of the first levels, which Binance's futures send whole and in the form of changes.

    {"stream": "btcusdt@depth5@100ms", "data": {"e": "depthUpdate", "U": 7, "u": 9, "b": ...}}

The stream's name alone says so. A recording of frames without it may hold either, and to take whole
books for changes would keep levels that are gone: it is looked through and refused.
(https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sigma_cli.errors import CheckError

COUNTS: Final = (5, 10, 20)
"""Levels of a side, as many as there are streams of first levels."""
SHARE_MAX: Final = 0.1
"""Of changes that may look like first levels by chance; of recorded ones 0.02 % do."""
_NAMED: Final = re.compile(r"@depth(5|10|20)(@|$)")


def is_named(stream: str) -> bool:
    """Tell whether a stream of this name sends the first levels, each time whole."""
    return _NAMED.search(stream) is not None


@dataclass(slots=True)
class Unnamed:
    """Changes of books in a file of which no stream is named."""

    count: int = 0
    alike: int = 0
    """Of them, those that look like first levels."""

    def add(self, frame: Mapping[str, Any]) -> None:
        """Look at one of them, with `b` and `a`: lists of price and size.

        Raises:
            ValueError, TypeError: its levels can't be read.
        """
        self.count += 1
        self.alike += _is_alike(frame["b"], frame["a"])

    def check(self, path: Path) -> None:
        """Demand that they are changes.

        Raises:
            CheckError: too many look like the first levels of a book.
        """
        if self.alike <= SHARE_MAX * self.count:
            return
        raise CheckError(
            f"{self.alike:,} of {self.count:,} messages without the name of their stream look like"
            " first levels (@depth5, @depth10 or @depth20 of futures), whole books in the form of"
            " changes; nothing was stored",
            where=str(path),
            fix='record a combined stream, or write frames as it sends them: {"stream":'
            ' "btcusdt@depth20", "data": FRAME}',
        )


def _is_alike(bids: list[Any], asks: list[Any]) -> bool:
    """Tell whether levels are as many a side as a stream sends, the best first and none taken back.

    Changes come by ascending price on both sides.
    """
    if len(bids) != len(asks) or len(bids) not in COUNTS:
        return False
    prices = [float(price) for price, _ in bids]
    return prices == sorted(prices, reverse=True) and all(
        float(size) > 0 for _, size in (*bids, *asks)
    )
