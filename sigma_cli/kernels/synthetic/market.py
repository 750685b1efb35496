"""The loop of a made-up market, and the rows that it fills: trades, quotes and whole books.

A caller brings arrays of any length and calls again when they are full: how the time is cut up
changes no byte. Memory is the caller's arrays and one MARKET record.
"""

from sigma_cli.domain.dtypes.layout import Record, Records
from sigma_cli.kernels.jit import njit
from sigma_cli.kernels.synthetic import climate, flow
from sigma_cli.kernels.synthetic.model import BEAT_NS


@njit
def advance(
    market: Records, until_ns: int, trades: Records, quotes: Records, books: Records
) -> bool:
    """Go on until `until_ns` (what happens then is left out) or until an array is full.

    `market` is MARKET [1], the others are TRADE, QUOTE and BOOK; an array of length 0 means that
    its rows are not wanted. Rows are filled from the first on; `trade_rows`, `quote_rows` and
    `book_rows` of the market say how many. Returns whether `until_ns` was reached.

    A quote is given out whenever the touch has changed. A book is given out at each beat before
    which it has changed, as venues conflate, or with `every_change` at each change.
    """
    m = market[0]
    m.trade_rows = m.quote_rows = m.book_rows = 0
    while m.due_ns < until_ns:
        if _full(m.trade_rows, trades) or _full(m.quote_rows, quotes) or _full(m.book_rows, books):
            return False
        m.now_ns = m.due_ns
        on_beat = m.now_ns == m.beat_ns
        if on_beat:
            m.beat_ns += BEAT_NS
            flow.forget(m)
            climate.beat(m)
        else:
            flow.happen(m)
        if m.open == 1:
            _give_trade(m, trades)
            _give_quote(m, quotes)
            if on_beat or m.every_change == 1:
                _give_book(m, books)
            m.due_ns = min(m.now_ns + flow.wait_ns(m), m.beat_ns)
        else:
            m.due_ns = m.beat_ns
    return True


@njit
def _full(rows: int, into: Records) -> bool:
    return rows == len(into) and rows > 0


@njit
def _give_trade(m: Record, trades: Records) -> None:
    if m.traded == 1:
        m.traded = 0
        if len(trades) > 0:
            trades[m.trade_rows] = m.trade
            m.trade_rows += 1


@njit
def _give_quote(m: Record, quotes: Records) -> None:
    quote, book = m.quote, m.book
    if (
        quote.bid_u == book.bid_u[0]
        and quote.ask_u == book.ask_u[0]
        and quote.bid_size_u == book.bid_size_u[0]
        and quote.ask_size_u == book.ask_size_u[0]
    ):
        return
    quote.exch_ts_ns = m.now_ns
    quote.update_id = book.update_id
    quote.bid_u = book.bid_u[0]
    quote.ask_u = book.ask_u[0]
    quote.bid_size_u = book.bid_size_u[0]
    quote.ask_size_u = book.ask_size_u[0]
    if len(quotes) > 0:
        quotes[m.quote_rows] = quote
        m.quote_rows += 1


@njit
def _give_book(m: Record, books: Records) -> None:
    if m.book_update_id == m.book.update_id:
        return
    m.book_update_id = m.book.update_id
    m.book.exch_ts_ns = m.now_ns
    if len(books) > 0:
        books[m.book_rows] = m.book
        m.book_rows += 1
