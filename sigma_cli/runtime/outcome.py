"""What a tape amounts to: the tables and the summary that are stored and shown. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.requests import Reason, RequestKind
from sigma_cli.domain.switches import SWITCHES, Wake
from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.kernels.simulate import Rows
from sigma_cli.report.metrics import held_return, summarise
from sigma_cli.runtime.course import Course, Lived, equity_table
from sigma_cli.runtime.selection import Selection
from sigma_cli.settings import Settings
from sigma_cli.stats.round_trips import Fills, round_trips
from sigma_cli.store.candle_rows import count_gaps
from sigma_cli.strategies.features import Feature

Table = Mapping[str, NDArray[Any]]


def tables(selection: Selection, run: Course) -> dict[str, Table]:
    """Return the tables of a run by name; see `store/runs.py` for how they are kept."""
    rows, tape = run.rows, run.tape
    signal_rows = np.flatnonzero(~np.isnan(rows.signal))
    return {
        "facts": {"seq": tape.fact_seq, **_columns(tape.facts)},
        "requests": {"seq": tape.request_seq, **_columns(tape.requests)},
        "decisions": _columns(tape.decisions),
        "trades": _trades(selection, tape),
        "equity": equity_table(run),
        "signals": {
            "open_ts_ns": rows.open_ts_ns[signal_rows],
            "market": rows.market[signal_rows],
            "value": rows.signal[signal_rows],
        },
    }


def summary(selection: Selection, settings: Settings, run: Course, trades: Table) -> dict[str, Any]:
    """Return what a run's summary says of its outcome; who ran what is added by the caller."""
    rows, tape, cash = run.rows, run.tape, settings.account.cash
    metrics = summarise(run.close_ts_ns, run.equity, cash, always_open=selection.always_open)
    filled = tape.facts[tape.facts["kind"] == FactKind.FILLED]
    fees = float(tape.world[0].state.account.fees)
    venue = tape.world[0].venue
    scales = [one.instrument for one in selection.candles]
    value = _values(filled, scales)
    pnl = metrics.final_equity - cash
    return {
        "bars": len(rows.open_ts_ns),
        "events": tape.events,
        "orders": int((tape.requests["kind"] == RequestKind.SUBMIT).sum()),
        "fills": len(filled),
        "start_cash": cash,
        "always_open": selection.always_open,
        **asdict(metrics),
        "buy_and_hold_return": held(selection),
        "fees": fees,
        "slippage_cost": float(venue.slippage_cost),
        "gross_pnl": pnl + fees + float(venue.slippage_cost),
        "turnover": float(value.sum() / run.equity.mean()),
        "exposure_mean": float(1.0 - (run.cash / run.equity).mean()),
        "fill_share_max": float(venue.fill_share_max),
        "round_trips": int((trades["exit_ts_ns"] > 0).sum()),
        "markets": [_market(selection, i, filled, value, trades) for i in range(len(scales))],
        "refusals": _refusals(tape),
        "targets_below_zero": int(tape.world[0].state.below_zero),
        "switches": _switches(rows, tape.world[0]),
    }


def _columns(records: Records) -> Table:
    assert records.dtype.names is not None, "records have names"
    return {name: np.ascontiguousarray(records[name]) for name in records.dtype.names}


def _sides(tape: Lived, filled: Records) -> NDArray[np.int64]:
    """Return the side of each fill: facts do not repeat it, the order's request has it."""
    submits = tape.requests[tape.requests["kind"] == RequestKind.SUBMIT]
    place = np.searchsorted(submits["local_no"], filled["local_no"])
    sides: NDArray[np.int64] = submits["side"][place].astype(np.int64)
    return sides


def _values(filled: Records, instruments: list[Any]) -> NDArray[np.float64]:
    """Return the value of each fill in quote currency."""
    scale = np.array([10.0 ** -(one.price_exp + one.size_exp) for one in instruments])
    values: NDArray[np.float64] = (
        filled["price_u"].astype(np.float64) * filled["size_u"] * scale[filled["market"]]
    )
    return values


def _trades(selection: Selection, tape: Lived) -> Table:
    filled = tape.facts[tape.facts["kind"] == FactKind.FILLED]
    sides = _sides(tape, filled)
    found = []
    for market, one in enumerate(selection.candles):
        mine = filled["market"] == market
        facts, instrument = filled[mine], one.instrument
        price_scale, size_scale = 10.0**-instrument.price_exp, 10.0**-instrument.size_exp
        fills = Fills(
            ts_ns=facts["exch_ts_ns"],
            signed_u=facts["size_u"] * sides[mine],
            size=facts["size_u"] * size_scale,
            price=facts["price_u"] * price_scale,
            fee=facts["fee"],
            least_u=_least_u(instrument, facts),
        )
        trips = round_trips(fills, float(one.close_u[-1]) * price_scale, one.interval_ns)
        found.append({"market": np.full(len(trips["pnl"]), market, np.int64), **trips})
    joined = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    order = np.argsort(joined["entry_ts_ns"], kind="stable")
    return {name: column[order] for name, column in joined.items()}


def _least_u(instrument: Instrument, facts: Records) -> NDArray[np.int64]:
    """Return the least that could be sold, by the rules in force at each fill and at its price."""
    rules = instrument.rules
    since_ns = np.array([one.valid_from_ns for one in rules[1:]], np.int64)
    at = np.searchsorted(since_ns, facts["exch_ts_ns"], side="right")
    lot_u = np.array([int(one.lot * 10**instrument.size_exp) for one in rules])[at]
    value_min = np.array([float(one.value_min) for one in rules])[at]
    a_unit = facts["price_u"] * 10.0 ** -(instrument.price_exp + instrument.size_exp)
    least_u: NDArray[np.int64] = np.maximum(lot_u, np.ceil(value_min / a_unit).astype(np.int64))
    return least_u


def span(selection: Selection) -> dict[str, Any]:
    """Return what a summary says of the time that was looked at."""
    return {
        "interval": selection.interval,
        "source_interval": selection.source_interval,
        "period": {
            "start_ns": selection.period.start_ns,
            "end_ns": selection.period.end_ns,
            "text": selection.period.text,
        },
        "currency": selection.currency,
    }


def market_data(selection: Selection, i: int) -> dict[str, Any]:
    """Return what a summary says of the candles of market `i`."""
    candles, series = selection.candles[i], selection.series[i]
    gaps = count_gaps(candles.open_ts_ns, candles.interval_ns, always_open=series.always_open)
    scale = 10.0**-candles.instrument.price_exp
    return {
        "venue": series.venue,
        "market": series.market,
        "first_ts_ns": int(candles.open_ts_ns[0]),
        "last_ts_ns": int(candles.open_ts_ns[-1]),
        "bars": len(candles),
        "missing": gaps.missing,
        "gap_rows": gaps.gaps,
        "price_exp": candles.instrument.price_exp,
        "size_exp": candles.instrument.size_exp,
        "synthetic": candles.synthetic,
        "sources": list(series.sources),
        "close_first": float(candles.close_u[0] * scale),
        "close_last": float(candles.close_u[-1] * scale),
    }


def held(selection: Selection) -> float:
    """Return what buying every market at its first close and keeping it would have returned."""
    closes = [(one.close_u[0], one.close_u[-1]) for one in selection.candles]
    first, last = np.array(closes, np.float64).T
    fee = selection.candles[0].instrument.rules_at(int(selection.candles[0].open_ts_ns[0]))
    return held_return(first, last, float(fee.fee_taker))


def _market(
    selection: Selection, i: int, filled: Records, value: NDArray[np.float64], trades: Table
) -> dict[str, Any]:
    mine = filled["market"] == i
    return {
        **market_data(selection, i),
        "fills": int(mine.sum()),
        "fees": float(filled["fee"][mine].sum()),
        "traded_value": float(value[mine].sum()),
        "pnl": float(trades["pnl"][trades["market"] == i].sum()),
    }


def _refusals(tape: Lived) -> dict[str, int]:
    """Return how often each reason kept an order from being asked for, or the venue refused it."""
    counts = np.array(tape.world[0].state.refusals)
    at_venue = np.isin(tape.facts["kind"], (FactKind.REFUSED, FactKind.CANCELLED))
    ended = tape.facts["reason"][at_venue]
    counts = counts + np.bincount(ended, minlength=len(counts))[: len(counts)]
    counts[[Reason.NONE, Reason.CANCEL_REQUESTED]] = 0
    return {Reason(i).name: int(count) for i, count in enumerate(counts.tolist()) if count}


def _switches(rows: Rows, world: Any) -> list[dict[str, Any]]:
    """Return the switches that fired, with the first time, the bar of it and the value."""
    fired = []
    for packed, row in zip(world.params.switches, world.state.fired, strict=True):
        if row.count == 0:
            continue
        switch = SWITCHES[packed.index]
        bar = int(np.searchsorted(rows.open_ts_ns + rows.interval_ns, row.first_ts_ns))
        fired.append(
            {
                "name": switch.setting,
                "limit": float(packed.limit),
                "value": float(row.first_value),
                "fired_ts_ns": int(row.first_ts_ns),
                "bar_no": bar,
                "count": int(row.count),
                "stays": switch.wake is Wake.EQUITY,
            }
        )
    return fired


def fill_model(settings: Settings) -> list[str]:
    """Return in words what was assumed about fills."""
    fills = settings.fills
    slippage = (
        f"Market and stop orders pay {fills.slippage_bps:g} bps of slippage, then round outward"
        " to a tick."
        if fills.slippage_bps
        else "No slippage is assumed (fills.slippage_bps = 0)."
    )
    volume = (
        f"Our orders together get at most {fills.participation_max:.1%} of a bar's volume."
        if fills.participation_max
        else "Orders fill whole, whatever the bar traded (fills.participation_max = 0)."
    )
    fee = (
        "The fee on either side is the venue's own as the rule book has it; Binance's is assumed,"
        " and a US broker's commission has to be given (--fee)."
        if fills.fee is None
        else f"The fee on either side is {fills.fee:.4%} of the value, as given."
    )
    return [
        "A signal of one bar acts at the open of the next, never earlier.",
        fee,
        slippage,
        volume,
        "A limit fills only when the price goes through it; when a stop and a limit could both"
        " have been reached inside a bar, the stop was first.",
        "Orders reach the venue before the next bar opens; a bar knows no shorter delay.",
    ]


def notes(selection: Selection, features: Sequence[Feature]) -> list[str]:
    """Return what a reader should know of the data of this run."""
    found = []
    for one in selection.candles:
        cold = [str(feature) for feature in features if len(one) < _warm_up(feature, one)]
        if cold:
            found.append(
                f"{one.instrument.market} has {len(one)} bars: too few for {', '.join(cold)} to"
                " warm up."
            )
    return found


def _warm_up(feature: Feature, candles: Candles) -> int:
    """Return how many candles a feature needs before it has a value."""
    length_ns = INTERVALS_NS.get(feature.interval, candles.interval_ns)
    return feature.window * length_ns // candles.interval_ns
