"""The trades of a run: in numbers, market by market, and one by one."""

from typing import Final

import numpy as np

from sigma_cli.report import text
from sigma_cli.report.definitions import term
from sigma_cli.report.inputs import Run, Table
from sigma_cli.report.markup import Markup, joined, tag
from sigma_cli.report.table import facts, table, toned
from sigma_cli.stats.trades import TradeStats, trade_stats

ROWS_MAX: Final = 12
"""Trades listed from each end."""

_HEAD: Final = (
    *("No.", "Market", "Entry", "Exit"),
    *("Size", "Entry price", "Exit price", "Bars", "Fees", "PnL", "Return"),
)


def closed_stats(trades: Table, market: int | None = None) -> TradeStats:
    """Return the statistics of the closed trades, of all markets or of one."""
    chosen = trades["exit_ts_ns"] != 0
    if market is not None:
        chosen = chosen & (trades["market"] == market)
    return trade_stats(trades["pnl"][chosen], trades["bars"][chosen])


def open_count(trades: Table) -> int:
    """Return how many trades were still open at the end."""
    return int(np.count_nonzero(trades["exit_ts_ns"] == 0))


def trade_facts(run: Run) -> Markup:
    """Return the trades in numbers."""
    stats, currency = closed_stats(run.trades), run.summary["currency"]
    return facts(
        [
            (term("trade", "Closed trades"), text.number(stats.closed)),
            ("Won / lost", f"{text.number(stats.wins)} / {text.number(stats.losses)}"),
            (term("win"), text.percent(stats.win_rate, 1)),
            (term("payoff", "Payoff (mean win / mean loss)"), text.number(stats.payoff, 2)),
            (term("factor"), text.number(stats.profit_factor, 2)),
            ("Result of a trade, on average", text.money(stats.pnl_mean, currency, signed=True)),
            ("Best", text.money(stats.pnl_best, currency, signed=True)),
            ("Worst", text.money(stats.pnl_worst, currency, signed=True)),
            ("Bars held, on average", text.number(stats.bars_mean, 1)),
            ("Still open at the end", text.number(open_count(run.trades))),
        ]
    )


def market_table(run: Run) -> Markup:
    """Return one line a market: what it was traded and what it brought."""
    rows, currency = [], run.summary["currency"]
    for i, market in enumerate(run.summary["markets"]):
        stats = closed_stats(run.trades, i)
        moved = market["close_last"] / market["close_first"] - 1.0
        rows.append(
            (
                market["market"],
                text.number(market["fills"]),
                text.number(stats.closed),
                text.percent(stats.win_rate, 1),
                text.amount(market["fees"], currency),
                toned(market["pnl"], text.amount(market["pnl"], currency, signed=True)),
                text.percent(moved, signed=True),
            )
        )
    return table(
        ("Market", "Fills", "Closed", "Win rate", "Fees", "PnL after fees", "Price moved"), rows
    )


def trade_table(run: Run) -> Markup:
    """Return the first and the last trades, and how many there are."""
    count = len(run.trades["pnl"])
    if count == 0:
        return tag("p", "The strategy never traded.", class_="note")
    shown = list(range(count))
    note = f"All {text.counted(count, 'trade')}."
    if count > 2 * ROWS_MAX:
        shown = [*range(ROWS_MAX), *range(count - ROWS_MAX, count)]
        note = f"The first {ROWS_MAX} and the last {ROWS_MAX} of {text.number(count)} trades."
    rows = [_row(run, i) for i in shown]
    if len(shown) < count:
        rows.insert(ROWS_MAX, ("\N{VERTICAL ELLIPSIS}", *("",) * (len(_HEAD) - 1)))
    note = f"{note} Times are {run.zone.name}, amounts {run.summary['currency']}."
    return joined(table(_HEAD, rows, left=4), tag("p", note, class_="note"))


def _row(run: Run, i: int) -> tuple[str, ...]:
    trade = {name: column[i].item() for name, column in run.trades.items()}
    market, currency = run.summary["markets"][trade["market"]], run.summary["currency"]
    is_open = trade["exit_ts_ns"] == 0
    return (
        text.number(i + 1),
        market["market"],
        text.moment(trade["entry_ts_ns"], run.zone),
        "still open" if is_open else text.moment(trade["exit_ts_ns"], run.zone),
        f"{trade['size_u'] * 10.0 ** -market['size_exp']:,.8g}",
        text.price(trade["entry_price"]),
        text.UNDEFINED if is_open else text.price(trade["exit_price"]),
        text.UNDEFINED if is_open else text.number(trade["bars"]),
        text.amount(trade["fees"], currency),
        toned(trade["pnl"], text.amount(trade["pnl"], currency, signed=True)),
        toned(trade["return"], text.percent(trade["return"], signed=True)),
    )
