"""What was assumed in a run on ticks, and what to know of its tape, in words. No I/O."""

from collections.abc import Sequence
from typing import Final

from sigma_cli.domain.fidelities import TRADES
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.runtime.tape import TapeNotes
from sigma_cli.runtime.tape_clocks import QUANTILES, FeedLatency
from sigma_cli.settings import Settings
from sigma_cli.settings.faults import Faults

LATE_NS: Final = 5 * NS_PER_S
"""What takes longer than this from the venue to us was hardly on its way for so long."""


def fill_model(settings: Settings, fidelity: str, *, by_candles: bool) -> list[str]:
    """Return in words what was assumed about fills; `by_candles`: a strategy of bars decides."""
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
    if fidelity == TRADES:
        return [
            "No book is known. A limit fills only when trades go through its price, and a taker"
            " gets the next trade of its own side, for no more than that trade was: a conservative"
            " guess.",
            f"Requests and answers are on their way {ways}.",
            *_faults(settings.faults),
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
        *_faults(settings.faults),
        fee,
        "Positions are valued at the bid, as each candle closes at its last trade, until the next"
        " bid is told."
        if by_candles
        else "Positions are valued at the bid.",
    ]


def _faults(faults: Faults) -> list[str]:
    """Return what went wrong at the venue on purpose."""
    found = []
    if faults.lost:
        found.append(
            f"On purpose {faults.lost:.4%} of the answers to submits were lost: such an order was"
            f" unknown after {faults.patience_s:g} s, and {faults.verdict_s:g} s later the venue"
            " said what had become of it."
        )
    if faults.external:
        found.append(
            f"On purpose somebody else moved {faults.external_lots:,} lots or"
            f" {faults.external_value:,.10g} of the quote currency, either way, after"
            f" {faults.external:.4%} of the venue's answers; the equity has it as it has profits."
        )
    if faults.report_every:
        found.append(f"The venue reported what it held every {faults.report_every:,} answers.")
    return found


def late_trades(count: int) -> list[str]:
    """Return what is to be said of trades that arrived after the candle they are in."""
    if count == 0:
        return []
    return [
        f"{count:,} trades arrived more than a second after their minute was over; the strategy's"
        " candles know them all the same: so much of the future is in its signals."
    ]


def caps(settings: Settings) -> list[str]:
    """Return what is to be said of a sizer that knows no caps."""
    if settings.sizing.kind != "confidence":
        return []
    return [
        "An entry costs all free cash times its score (sizing.kind confidence): that breaks the"
        " caps on one market's share of equity."
    ]


_STANDS_IN: Final = (
    "The score stands in for the expected profit until a calibration exists: an entry is expected"
    " to earn (2 x score - 1) x target."
)


def notes(notes: TapeNotes, depths: Sequence[Depth], *, scores: bool) -> list[str]:
    """Return what a reader should know of the tape, and of a policy that scores without a book."""
    found = [_STANDS_IN] if scores else []
    blind = [m.market for m, d in zip(notes.markets, depths, strict=True) if d is Depth.NONE]
    if scores and blind:
        found.append(
            f"{', '.join(blind)}: no book is known: bid_ask_imbalance, microprice_dev, ofi_10s are"
            " absent from the score."
        )
    for one, depth in zip(notes.markets, depths, strict=True):
        if one.offset_ns:
            off_ms = one.offset_ns / NS_PER_MS
            found.append(f"{one.market}: our clock was off by {off_ms:,.0f} ms; corrected.")
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
                f" ({_modelled(notes.latency)})."
            )
        if one.gaps:
            found.append(f"{one.market}: its book was unknown {one.gaps:,} times, after gaps.")
        if one.silent:
            found.append(
                f"{one.market}: nothing was told of its book for more than a minute"
                f" {one.silent:,} times; then it counts as unknown until it is told again."
            )
        if depth is not Depth.NONE and not one.books:
            known = "only best bid and ask are" if one.quotes else "nothing is"
            found.append(f"{one.market}: {known} known of its book in this period.")
    return found


def _modelled(latency: FeedLatency) -> str:
    """Return how long rows of unknown arrival were taken to be on their way."""
    if latency.kind == "sampled":
        return "as long as rows whose arrival is known"
    return f"{latency.fixed_ns / NS_PER_MS:g} ms"
