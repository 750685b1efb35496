"""Upbit's wire: bytes <-> typed messages, both ways. Pure: no socket, no clock, no state.

    fields.py           what a cell may hold: digits, names, times
    errors.py           WireError, and the answers with which the venue refuses
    json.py             strict JSON <-> the messages below
    market.py           what the quotation API answers
    account.py          balances, order chances, keys, wallets
    orders.py           orders: asked for, answered, cancelled in batches
    queries.py          what GET and DELETE ask for, in a query string or a body
    auth.py             tokens, query hashes
    remaining.py        the header that counts requests
    stream.py           what the WebSocket brings
    short_names.py      the same by the short names of SIMPLE
    stream_requests.py  what a client says on the WebSocket
    frames.py           frames <-> the messages of `stream.py`, in four formats

Where the facts come from, `docs/upbit.md` says by section: the venue's documentation, and what real
clients were seen to send. A key that a message does not know is left out: the venue adds some
without notice, and clients leak theirs.
"""
