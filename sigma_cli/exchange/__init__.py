"""A local exchange: a recorded or made-up market that answers as a venue would.

    log.py       what happened, exact, in the order in which it happened
    board.py     what everybody sees of one market
    market.py    markets that happen, row by row, until a time
    matching.py  the orders of several accounts at the simulated venue, in whole units
    upbit/       one venue: its accounts, its orders, its rules, its words
    front.py     what stands between sockets and a venue's protocol
    clock.py     the exchange's clock: it runs, or is stepped
    door.py      the port; `door_http.py` and `door_stream.py` are its two kinds of connection

The core is told the time and opens no socket: the same requests at the same times give the same
answers to the last byte.
"""
