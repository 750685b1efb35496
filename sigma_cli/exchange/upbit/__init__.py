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
"""
