"""Upbit's wire: bytes <-> typed messages, both ways. Pure: no socket, no clock, no state.

    fields.py           what a cell may hold: digits, names, times
    errors.py           WireError, and the answers with which the venue refuses
    market.py           what the quotation API answers
    account.py          balances, order chances, keys, wallets
    orders.py           orders: asked for, answered, cancelled in batches
    stream.py           what the WebSocket brings
    stream_requests.py  what a client says on the WebSocket

Facts come from the venue's documentation, each with its date, and from what real clients were seen
to send. A key that a message does not know is left out: the venue adds some without notice, and
clients leak theirs.
"""
