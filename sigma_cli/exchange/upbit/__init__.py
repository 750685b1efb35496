"""Upbit, from the venue's side. Messages are those of `venues/upbit/wire`.

behaviour.py  what nobody knows of the real one, as switches
refusals.py   why a request failed
events.py     what happened, for those who listen
accounts.py   what everybody owns, and average prices
exact.py      amounts without loss
orders.py     an order's life and arithmetic
checks.py     what a new order must pass
shelf.py      orders by their names, identifiers that are used up
listings.py   markets, their states and rules
agenda.py     what is due later
teller.py     tells what happened
house.py      what these share
booking.py    what an order, a fill and an end do to balances
meetings.py   orders of one account that meet
desk.py       the way of an order: checked, matched, booked
queries.py    orders that are asked for again
chances.py    what may be ordered
state.py      all of it as bytes
opening.py    a venue begins, is saved and restored
venue.py      the venue

What stands around it, towards its clients:

keys.py       who asks, and what a key allows
limits.py     how many requests are taken
times.py      times as the venue writes them
candles.py    candles of every length
shown.py      tickers, trades and books as messages
quotation.py  what everybody may ask
routes.py     every address, and what answers it
lag.py        reading that lags behind writing
rest.py       REST: a request in, an answer out
streams.py    WebSocket: messages in, frames out
feeds.py      what happens, to those who want it
faults.py     what goes wrong on demand
changes.py    what a person may do while it runs
control.py    the control address
exchange.py   all of it
"""
