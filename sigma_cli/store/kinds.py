"""Which kind of rows a stored series holds."""

from sigma_cli.store.candle_rows import CandleRows, is_candles
from sigma_cli.store.feature_rows import FeatureRows, is_derived
from sigma_cli.store.message_rows import BOOKS, QUOTES, BookRows, QuoteRows
from sigma_cli.store.records import Identity
from sigma_cli.store.rows import RowKind
from sigma_cli.store.trade_rows import TradeRows


def kind_of_rows(kind: str, identity: Identity) -> RowKind:
    """Return the kind that the catalogue calls so."""
    if is_candles(kind):
        return CandleRows.of(kind)
    if is_derived(kind):
        return FeatureRows.of(kind)
    if kind == QUOTES:
        return QuoteRows(identity)
    if kind == BOOKS:
        return BookRows(identity)
    return TradeRows(identity)
