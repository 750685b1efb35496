"""What an entry on ticks may cost: quote currency, fee included. Writes nothing.

    value = equity x fraction in use x score x cap(open positions) x switches x eagerness x kinship

within the market's share of equity and the cash that is free. What is less than can be sold again
becomes the least order where the score is good enough, or nothing. Small accounts have rules of
their own, which know no caps; the sizer `confidence` knows none either.
"""

import math

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.switches import Sizer
from sigma_cli.kernels.desk import dust, kelly, kinship, sizing, standing
from sigma_cli.kernels.jit import constant, njit

KELLY, CONFIDENCE = constant(Sizer.KELLY), constant(Sizer.CONFIDENCE)


@njit
def entry_value(
    state: Record, params: Record, market: int, score: float, open_count: int, stop: float
) -> float:
    """Return what an entry may cost; 0: none.

    `score` is in [0, 1], or there is none; `open_count` positions are open; `stop` is the share of
    the price at which the position would be given up.
    """
    free = state.account.cash - state.account.promised
    if not (0.0 < score <= 1.0 and 0.0 < free < math.inf and 0.0 < state.account.equity < math.inf):
        return 0.0
    if params.sizer == CONFIDENCE:
        return _or_nothing(free * score * standing.scale(state, params, market), state, market)
    if params.sizer != KELLY:
        wanted = sizing.wanted_value(state, params, market, 1.0)
        return _or_nothing(wanted * standing.scale(state, params, market), state, market)
    if sizing.is_small(state, params):
        return _small_value(state, params, market, score, open_count, stop)
    return _kelly_value(state, params, market, score, open_count, stop)


@njit
def cap(params: Record, open_count: int) -> float:
    """Return what sizes are multiplied by when so many positions are open."""
    stakes = params.stakes
    if open_count >= stakes.open_max:
        return 0.0
    if open_count == 0:
        return 1.0
    return stakes.few if open_count <= stakes.few_max else stakes.many


@njit
def _kelly_value(
    state: Record, params: Record, market: int, score: float, open_count: int, stop: float
) -> float:
    stakes, equity = params.stakes, state.account.equity
    share = cap(params, open_count)
    if share == 0.0:
        return 0.0
    if state.kelly.fraction == 0.0:
        return _least_value(state, params, market, stop) if kelly.may_probe(state, params) else 0.0
    share *= stakes.use * state.kelly.fraction * score * standing.scale(state, params, market)
    share *= _eagerness(stakes, score)
    if kinship.is_held_elsewhere(state, params, market):
        share *= stakes.kinship
    held = state.positions[market].value
    value = min(share * equity, stakes.share_max[market] * equity - held)
    value = min(value, state.account.cash - state.account.promised)
    rules = state.positions[market].rules
    if _bought(value, rules) >= dust.least_entry(rules, stakes.order_min, stop):
        return value
    return _least_value(state, params, market, stop) if score >= stakes.score_min else 0.0


@njit
def _eagerness(stakes: Record, score: float) -> float:
    """Return the factor of what is expected, linear up to the whole target."""
    share = max(2.0 * score - 1.0, 0.0)
    return stakes.eager_low + (stakes.eager_high - stakes.eager_low) * share


@njit
def _small_value(
    state: Record, params: Record, market: int, score: float, open_count: int, stop: float
) -> float:
    """Return the stake of a small account: nearly all it has, or the least order, and only one."""
    stakes, rules = params.stakes, state.positions[market].rules
    free = state.account.cash - state.account.promised
    if score < stakes.score_min or open_count > 0:
        return 0.0
    value = rules.value_min * stakes.order_min
    if score >= stakes.small_sure:
        value = stakes.small_share * free
    fits = value <= free and dust.can_leave(_bought(value, rules), rules, stakes.exit_min, stop)
    return value if fits else 0.0


@njit
def _least_value(state: Record, params: Record, market: int, stop: float) -> float:
    """Return the least order, if it can be paid, is no large part of equity and can be sold."""
    stakes, rules = params.stakes, state.positions[market].rules
    value = rules.value_min * stakes.order_min
    free = state.account.cash - state.account.promised
    most = min(free, stakes.market_max * state.account.equity - state.positions[market].value)
    fits = value <= most and dust.can_leave(_bought(value, rules), rules, stakes.exit_min, stop)
    return value if fits else 0.0


@njit
def _bought(value: float, rules: Record) -> float:
    """Return what is bought for `value`, which pays the fee as well."""
    return value / (1.0 + rules.fee_taker)


@njit
def _or_nothing(value: float, state: Record, market: int) -> float:
    """Return a value that the venue takes, within free cash, or 0."""
    within = min(value, state.account.cash - state.account.promised)
    return within if within >= state.positions[market].rules.value_min else 0.0
