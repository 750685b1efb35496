"""The desk decides: one small room per subject, each the only writer of its record of the state.

step.py       one event in, requests out: who is told of what
account.py    cash, equity, positions, fees           writes account, positions, metrics of equity
switches.py   limits on bars                          writes fired, halted, metrics of orders
signals.py    what each market's strategy wishes      writes wishes
sizing.py     a wish in money
entries.py    orders that add risk                    writes candidate
exits.py      orders that reduce a position           writes candidate
guards.py     stop, target, trailing stop, time       writes guards
ranges.py     how much each market moves              writes ranges
orders.py     our working orders                      writes orders, flow, refusals, the outbox

On ticks only:

ticks.py        one event in, requests out
trips.py        round trips, from begin to end        writes trips
entering.py     how a policy gets in                  writes candidate, trips
leaving.py      when it leaves, and what comes of it  writes trips
selling.py      by which orders                       writes candidate, trips
switchboard.py  which rows an event wakes             writes alarm
tripping.py     fires rows and lets them act          writes fired, firings, halted, switched, due
standing.py     what is forbidden, scaled, to be done
watch.py        what is known of each market          writes watch
pace.py         orders against each other, answers    writes pace
strays.py       what no order explains                writes strays
memory.py       what closed round trips taught        writes memory
trims.py        how much of a position is too much
chores.py       what switches that fired ask for      writes trips: entries called back
stakes.py       what an entry may cost
kelly.py        what closed round trips allow         writes kelly
kinship.py      whether markets move as one
dust.py         what can be sold, and what can't
threshold.py    what an entry must be expected to earn
ranked.py, quantile.py   percentiles of the last values, and of all
"""
