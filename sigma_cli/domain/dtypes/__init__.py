"""The records that kernels read and write.

Everything is a numpy structured dtype of the `np.record` kind: `state[0].account.cash` means the
same in compiled code and in plain Python. Inside compiled code pass records: one pointer each,
where an array costs seven words and a reference count. Across the border from Python always pass
the one-element array, never the record (7 us against 0.5 us a call). Enum-valued fields name their
enum beside them. Sizes are bounded: what does not fit is refused with Reason.OVERFLOW.

bounds.py   how much of each thing there may be
layout.py   how fields become a record
tape.py     what a tape holds
params.py   what a desk is told before it starts
desk.py     what a desk knows and decides
venue.py    what the simulated venue knows
run.py      a whole run
packing.py  rules of a venue as kernels read them
"""
