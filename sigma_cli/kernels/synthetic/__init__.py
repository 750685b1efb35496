"""Made-up markets, from a seed: for first contact, tests and benchmarks, never as evidence.

`candles.py` makes minutes directly, a month in a blink: what the demo and the tests of bars need.
The other modules simulate one market order by order. Its trades, its quotes and its books are what
happened in that one market, and candles of it are the aggregation of its trades
(`kernels/trade_bars.py`); so all of them agree.

| module | subject |
|---|---|
| `model.py` | what a market is made of: its character, its calendar, its memory |
| `climate.py` | ten times a second: fair price, volatility, hours of the day, crash, calendar |
| `flow.py` | when orders come, on which side and how large; what a trade does |
| `book.py` | the fifteen levels of each side, always on the venue's grid, never crossed |
| `market.py` | the loop, and the rows that it fills |

Only integers, + - * / and square roots of float64, and tables: IEEE 754 defines the last bit of
each of these, so the same seed gives the same bytes on every CPU, compiled or not.
"""
