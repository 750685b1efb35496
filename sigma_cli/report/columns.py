"""The tables of a run for other programs: plain columns in plain units, times in UTC. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.requests import Reason, Side
from sigma_cli.report.excursions import trade_excursions
from sigma_cli.report.inputs import Run
from sigma_cli.report.months import daily, monthly


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A table as text: names, and rows of what stands below them."""

    head: tuple[str, ...]
    rows: Iterator[Sequence[str]]


def trades(run: Run) -> Columns:
    """Return one row a trade; an open one has no exit."""
    found, markets = run.trades, run.summary["markets"]
    far = trade_excursions(run)
    scale = np.array([10.0 ** -market["size_exp"] for market in markets])
    is_open = found["exit_ts_ns"] == 0
    columns = {
        "no": [str(i + 1) for i in range(len(is_open))],
        "venue": [markets[i]["venue"] for i in found["market"].tolist()],
        "market": [markets[i]["market"] for i in found["market"].tolist()],
        "entry_time": _times(found["entry_ts_ns"]),
        "exit_time": _where(is_open, _times(found["exit_ts_ns"])),
        "size": _numbers(found["size_u"] * scale[found["market"]]),
        "entry_price": _numbers(found["entry_price"]),
        "exit_price": _where(is_open, _numbers(found["exit_price"])),
        "bars": _where(is_open, [str(bars) for bars in found["bars"].tolist()]),
        "fees": _numbers(found["fees"]),
        "pnl": _numbers(found["pnl"]),
        "return": _numbers(found["return"]),
        "best_moment": _numbers(far.favourable),
        "worst_moment": _numbers(-far.adverse),
    }
    return Columns(head=tuple(columns), rows=zip(*columns.values(), strict=True))


def orders(run: Run) -> Columns:
    """Return one row an order of a run on ticks; what never happened is empty.

    Orders of one decision share its number, that of the first of them.
    """
    found, markets = run.orders, run.summary["markets"]
    scale = np.array([10.0 ** -market["size_exp"] for market in markets])[found["market"]]
    columns = {
        "no": [str(no) for no in found["local_no"].tolist()],
        "market": [markets[i]["market"] for i in found["market"].tolist()],
        "side": [Side(side).name.lower() for side in found["side"].tolist()],
        "reason": _reasons(found["reason"]),
        "decision_time": _times(found["decision_ts_ns"]),
        "decision_no": [str(no) for no in found["decision_no"].tolist()],
        "decided_price": _numbers(found["decided_price"]),
        "accepted_time": _where(found["accepted_ts_ns"] == 0, _times(found["accepted_ts_ns"])),
        "first_fill_time": _where(found["filled_u"] == 0, _times(found["first_fill_ts_ns"])),
        "size": _where(found["size_u"] == 0, _numbers(found["size_u"] * scale)),
        "filled": _numbers(found["filled_u"] * scale),
        "filled_as_maker": _numbers(found["maker_u"] * scale),
        "ahead": _numbers(found["ahead_u"] * scale),
        "price": _numbers(found["price"]),
        "value": _numbers(found["value"]),
        "ended": _where(found["ended"] == 0, _reasons(found["ended"])),
    }
    return Columns(head=tuple(columns), rows=zip(*columns.values(), strict=True))


def equity(run: Run) -> Columns:
    """Return one row a stored point of the equity curve."""
    names = ("equity", "cash", "exposure", "drawdown")
    columns = [_times(run.equity["ts_ns"]), *(_numbers(run.equity[name]) for name in names)]
    return Columns(head=("time", *names), rows=zip(*columns, strict=True))


def days(run: Run) -> Columns:
    """Return one row a UTC day, named by its date."""
    ends_ns, returns = daily(run)
    dates = [time[:10] for time in _times(ends_ns - 1)]
    return Columns(head=("day", "return"), rows=zip(dates, _numbers(returns), strict=True))


def months(run: Run) -> Columns:
    """Return one row a UTC month."""
    numbers, returns = monthly(run)
    names = [f"{at // 12}-{at % 12 + 1:02d}" for at in numbers.tolist()]
    return Columns(head=("month", "return"), rows=zip(names, _numbers(returns), strict=True))


def tables(run: Run) -> dict[str, Callable[[Run], Columns]]:
    """Return the tables of a run by name."""
    return {**TABLES, "orders": orders} if run.orders else TABLES


TABLES: Final[dict[str, Callable[[Run], Columns]]] = {
    "trades": trades,
    "equity": equity,
    "days": days,
    "months": months,
}


def _reasons(reasons: NDArray[np.int64]) -> list[str]:
    return [Reason(reason).name.lower() for reason in reasons.tolist()]


def _times(ts_ns: NDArray[np.int64]) -> list[str]:
    """Return times as ISO 8601 in UTC, to the millisecond."""
    return [f"{at}Z" for at in np.datetime_as_string(ts_ns.astype("datetime64[ns]"), unit="ms")]


def _numbers(values: NDArray[np.float64]) -> list[str]:
    """Return numbers that read back the same; nothing where undefined."""
    return ["" if value != value else repr(value) for value in values.tolist()]


def _where(empty: NDArray[np.bool_], said: list[str]) -> list[str]:
    return ["" if no else text for no, text in zip(empty.tolist(), said, strict=True)]
