"""What a desk is told before it starts: limits, plans, stakes, fills."""

from typing import Final

from sigma_cli.domain.dtypes.bounds import MARKETS_MAX, SWITCHES_MAX, WINDOWS_MAX
from sigma_cli.domain.dtypes.layout import record
from sigma_cli.domain.policies import LADDER_STEPS, SCORE_PARTS

SWITCH: Final = record(
    ("metric", "u1"),  # Metric
    ("comparison", "u1"),  # Comparison
    ("latch", "u1"),  # Latch
    ("index", "u1"),  # its row in the whole table, those that are off included
    ("action", "u2"),  # bits of Action
    ("slot", "u2"),  # of a row that watches markets: its place in their records
    ("reason", "i8"),  # Reason given to what it refuses
    ("limit", "f8"),
    ("amount", "f8"),  # factor, addition or minutes
    ("samples_min", "i8"),
    ("quiet_ns", "i8"),
)

PLAN: Final = record(  # how a policy on ticks enters, holds and leaves
    ("policy", "u1"),  # Policy; NONE: strategies send signals
    ("threshold", "f8"),  # what a score has to exceed to open a position
    ("every_ns", "i8"),  # from one decision to the next; 0: on every event
    ("weights", "f8", (SCORE_PARTS,)),  # of what a score is made of: see kernels/desk/policies.py
    ("scales", "f8", (SCORE_PARTS,)),  # of each: what counts as much
    ("entry_from", "i1"),  # Side of the touch that the entry's limit is counted from
    ("entry_ticks", "i8"),  # from there upward
    ("entry_rests", "u1"),  # 1: where that would reach the ask, the limit stays at its side
    ("post_only", "u1"),
    ("entry_wait_ns", "i8"),  # then what is not filled is cancelled, or taken at once
    ("entry_enough", "f8"),  # share filled by then with which the rest may go on resting
    ("entry_slip_max", "f8"),  # share of the price at decision; 0: what was not filled is let go
    ("requotes", "i8"),  # how often the rest is asked for anew at the current price
    ("ttl_ns", "i8"),  # no order rests longer; 0: for ever
    ("cooldown_ns", "i8"),  # from the end of a round trip, or of an entry that got nothing
    ("cooldown_loss_ns", "i8"),  # after one that lost
    ("stale_ns", "i8"),  # no entry on a touch not told for longer; 0: any
    ("apart_max", "f8"),  # nor on one whose mid is further from the last trade; 0: any
    ("slots", "i8"),  # round trips at once
    ("hours", "u4"),  # bit h: entries from h to h + 1 o'clock of the trading day's zone; 0: always
    ("stop", "f8"),  # shares of the mean price paid; 0: off
    ("target", "f8"),
    ("stop_ticks", "i8"),  # the same in ticks; 0: off
    ("target_ticks", "i8"),
    ("target_rests", "u1"),  # 1: the target rests at the venue; 0: it is taken when it shows
    ("trail_atr", "f8"),  # ATR below the highest bid, once half the target was seen; 0: off
    ("exit_wait_ns", "i8"),  # how long an exit that is not urgent rests at the ask; 0: not at all
    ("fade", "f8"),  # left where a loss of so much of the gain is expected; 0: off
    ("hold_ns", "i8"),  # longest time in a position; 0: any
    ("hold_gain", "f8"),  # unless it gained more, as share of the price paid; inf: even then
    ("ladder_slip", "f8", (LADDER_STEPS,)),  # how far below the bid each step of a stop reaches
    ("ladder_ns", "i8", (LADDER_STEPS,)),  # from the first step to the end of each; then the market
)

STAKES: Final = record(  # what an entry on ticks may cost: see kernels/desk/stakes.py
    ("share_max", "f8", (MARKETS_MAX,)),  # of equity, in each market
    ("use", "f8"),  # share of the Kelly fraction that is used
    ("ceiling", "f8"),  # no step up goes further
    ("step", "f8"),  # of the way up that is gone at once
    ("trips_min", "i8"),  # round trips before anything is learned, and between two lessons
    ("bound_percent", "i8"),  # of resamples whose fraction is at most the lower bound
    ("resamples", "i8"),
    ("block", "i8"),  # round trips that stay together in a resample
    ("probes_max", "i8"),  # a day, where the fraction is 0
    ("few_max", "i8"),  # open positions that are few
    ("few", "f8"),  # what sizes are multiplied by then
    ("many", "f8"),
    ("open_max", "i8"),
    ("kinship_max", "f8"),  # correlation above which a held market is the same
    ("kinship_minutes", "i8"),
    ("kinship", "f8"),  # what sizes are multiplied by then
    ("market_max", "f8"),  # share of equity that a least order may cost
    ("eager_low", "f8"),  # what sizes are multiplied by where nothing is expected,
    ("eager_high", "f8"),  # and where as much as can be
    ("order_min", "f8"),  # the least order, as a multiple of the venue's
    ("exit_min", "f8"),  # the least exit, as a multiple of the venue's
    ("score_min", "f8"),  # with which a size that is too small becomes the least order
    ("has_small", "u1"),  # 1: there are rules for small accounts
    ("small_equity", "f8"),
    ("small_sure", "f8"),  # score from which nearly all cash is spent
    ("small_share", "f8"),  # which is this
)

THRESHOLD: Final = record(  # what a position must be expected to earn: kernels/desk/threshold.py
    ("least", "f8", (MARKETS_MAX,)),  # share of value, of each market
    ("wild", "f8"),  # added where it is volatile and the spread is wide
    ("wild_volatility", "f8"),
    ("wild_spread", "f8"),
    ("slow", "f8"),  # what it is multiplied by where volume is low,
    ("slow_volume", "f8"),  # below this share of the usual,
    ("idle", "f8"),  # or very low
    ("idle_volume", "f8"),
    ("holiday", "f8"),
    ("event", "f8"),
    ("belief", "f8"),  # added for each unit by which the chance to win is below a half
    ("belief_trips", "i8"),
)

CALENDAR: Final = record(
    ("days", "i8"),
    ("day_ns", "i8", (WINDOWS_MAX,)),  # beginnings of public holidays
    ("windows", "i8"),
    ("from_ns", "i8", (WINDOWS_MAX,)),  # of events
    ("until_ns", "i8", (WINDOWS_MAX,)),
)

PARAMS: Final = record(
    ("plans", PLAN, (MARKETS_MAX,)),  # of each market
    ("on_ticks", "u1"),  # 1: the switchboard looks at the rows that watch equity
    ("marks_trades", "u1"),  # 1: no book is known, what a position is worth the last trade says
    ("sizer", "u1"),  # Sizer
    ("units", "f8"),  # UNITS: base currency at target 1
    ("fraction", "f8"),  # FRACTION: share of equity at target 1
    ("share_max", "f8"),  # RISK_PARITY: no market is given a larger share of equity
    ("risk", "f8"),  # VOLATILITY: share of equity that a move of atr_multiple ATR may cost
    ("atr_multiple", "f8"),
    ("atr_bars", "i8"),  # 0: no sizer needs the volatility
    ("exit_stop", "f8"),  # shares of the entry price; 0: off
    ("exit_target", "f8"),
    ("exit_trailing", "f8"),  # share of the highest close since entry; 0: off
    ("exit_bars", "i8"),  # bars that a position is held at most; 0: off
    ("has_exits", "u1"),
    ("day_offset_ns", "i8"),  # a trading day begins at this offset from 00:00 UTC
    ("rate_window_ns", "i8"),
    ("order_samples_min", "i8"),  # orders before their mean size means something
    ("equity_rows", "i8"),  # switches [0, equity_rows) watch equity,
    ("order_rows", "i8"),  # [equity_rows, order_rows) watch each order that adds risk,
    ("market_rows", "i8"),  # then markets,
    ("closed_rows", "i8"),  # then closed round trips,
    ("switch_rows", "i8"),  # and the others the clock
    ("watching", "u1"),  # 1: some row is not a limit of every desk's orders
    ("move_max", "f8"),  # of WATCH; inf: off
    ("move_bucket_ns", "i8"),
    ("lambda_quantile", "f8"),
    ("lambda_minutes_min", "i8"),
    ("hurst_centre", "f8"),
    ("hurst_sd", "f8"),
    ("unexplained_minutes", "i8"),
    ("stakes", STAKES),
    ("threshold", THRESHOLD),
    ("calendar", CALENDAR),
    ("switches", SWITCH, (SWITCHES_MAX,)),
)
