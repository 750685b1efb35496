"""The desk decides: one small room per subject, each the only writer of its record of the state.

step.py       one event in, requests out: who is told of what
account.py    cash, equity, positions, fees           writes account, positions, metrics of equity
switches.py   limits and kill switches                writes fired, halted, metrics of orders
signals.py    what each market's strategy wishes      writes wishes
sizing.py     a wish in money
entries.py    orders that add risk                    writes candidate
exits.py      orders that reduce a position           writes candidate
guards.py     stop, target, trailing stop, time       writes guards
ranges.py     how much each market moves              writes ranges
orders.py     our working orders                      writes orders, flow, refusals, the outbox
"""
