"""What was assumed in a run on ticks, and what to know of its tape, in words. No I/O."""

from collections.abc import Sequence
from typing import Final

from sigma_cli.domain.fills import Depth
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.runtime.tape import TapeNotes
from sigma_cli.runtime.tape_clocks import QUANTILES
from sigma_cli.settings import Settings

LATE_NS: Final = 5 * NS_PER_S
"""What takes longer than this from the venue to us was hardly on its way for so long."""


def fill_model(settings: Settings, fidelity: str) -> list[str]:
    """Return in words what was assumed about fills."""
    latency, fills = settings.latency, settings.fills
    ways = (
        "as long as rows of the feed were recorded to take"
        if latency.order == "sampled"
        else f"{latency.order_ms:g} ms there and {latency.answer_ms:g} ms back"
    )
    fee = (
        "The fee on either side is the venue's own as the rule book has it."
        if fills.fee is None
        else f"The fee on either side is {fills.fee:.4%} of the value, as given."
    )
    if fidelity == "trades":
        return [
            "No book is known. A limit fills only when trades go through its price, and a taker"
            " gets the next trade of its own side, for no more than that trade was: a conservative"
            " guess.",
            f"Requests and answers are on their way {ways}.",
            fee,
            "Positions are valued at the last trade, not at a bid.",
        ]
    queues = {
        "risk_averse": "only trades bring it forward",
        "power": f"cancellations by the power model, n = {fills.queue_power}",
        "log": "cancellations by the logarithmic model",
    }
    return [
        "A resting limit is filled when those ahead of it in its queue have been served:"
        f" {queues[fills.queue]}.",
        "A taker eats what the book shows, level by level; beyond the levels that are stored it"
        " pays a tick and the slippage more than the last of them.",
        "What we take is missing from the book until its next message, no longer.",
        f"Requests and answers are on their way {ways}.",
        fee,
        "Positions are valued at the bid.",
    ]


def late_trades(count: int) -> list[str]:
    """Return what is to be said of trades that arrived after the candle they are in."""
    if count == 0:
        return []
    return [
        f"{count:,} trades arrived more than a second after their minute was over; the strategy's"
        " candles know them all the same: so much of the future is in its signals."
    ]


def notes(notes: TapeNotes, depths: Sequence[Depth], *, scores: bool) -> list[str]:
    """Return what a reader should know of the tape, and of a policy that scores without a book."""
    found = []
    blind = [m.market for m, d in zip(notes.markets, depths, strict=True) if d is Depth.NONE]
    if scores and blind:
        found.append(
            f"{', '.join(blind)}: no book is known: bid_ask_imbalance, microprice_dev, ofi_10s are"
            " absent from the score."
        )
    for one, depth in zip(notes.markets, depths, strict=True):
        if one.offset_ns:
            found.append(
                f"{one.market}: our clock was off by {one.offset_ns / 1e6:,.0f} ms; corrected."
            )
        if one.quantiles_ns and one.quantiles_ns[QUANTILES.index(0.9)] > LATE_NS:
            found.append(
                f"{one.market}: one row in ten counts as more than {LATE_NS / NS_PER_S:g} s late."
                " The fastest row sets our clock: one wrong time of the venue delays all others,"
                " and so do two recordings by clocks that were not wrong by the same. Look at"
                " recv_ts_ns - exch_ts_ns of the period, and take it in parts."
            )
        if one.unheard:
            found.append(
                f"{one.market}: {one.unheard:,} rows carry no time of arrival; it was modelled"
                f" ({notes.latency.kind}, {notes.latency.fixed_ns / 1e6:g} ms)."
            )
        if one.gaps:
            found.append(f"{one.market}: its book was unknown {one.gaps:,} times, after gaps.")
        if one.silent:
            found.append(
                f"{one.market}: nothing was told of its book for more than a minute"
                f" {one.silent:,} times; then it counts as unknown until it is told again."
            )
        if depth is Depth.TOUCH:
            found.append(f"{one.market}: only best bid and ask are known of its book.")
    return found
