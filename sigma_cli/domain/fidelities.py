"""How true to the market a simulation is: what it is shown of it. Each is told by its name."""

from typing import Final, Literal

BARS: Final = "bars"
"""Candles."""
TRADES: Final = "trades"
"""Trades alone."""
BOOK: Final = "book"
"""Trades, and what is known of the book."""

Fidelity = Literal["bars", "trades", "book"]
TickFidelity = Literal["trades", "book"]
FIDELITIES: Final[tuple[Fidelity, ...]] = (BARS, TRADES, BOOK)
"""From the least true to the truest."""
