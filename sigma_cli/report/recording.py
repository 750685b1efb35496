"""The tape of a run on ticks: what was recorded, how long it was on its way, what is modelled."""

from collections.abc import Mapping
from typing import Any, Final

from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.report import text
from sigma_cli.report.definitions import term
from sigma_cli.report.markup import Markup, joined
from sigma_cli.report.shell import note
from sigma_cli.report.table import table

_MODELS: Final = {
    "fixed": "after {ms:g} ms",
    "sampled": "after what recorded rows took",
    "recorded": "as recorded",
}


def recording(summary: Mapping[str, Any]) -> Markup:
    """Return what the tape holds of each market, line by line."""
    markets = summary["tape"]["markets"]
    rows = [
        *_counts(markets),
        (term("offset"), *(_offset(one["offset_ns"]) for one in markets)),
        (term("feed"), *(_quantiles(one["quantiles_ns"]) for one in markets)),
        ("Arrival modelled", *(_share(one, "unheard") for one in markets)),
        ("Without the venue's time", *(_share(one, "untimed") for one in markets)),
        (term("gap", "Gaps in the book"), *(text.number(one["gaps"]) for one in markets)),
        ("Silences", *(text.number(one["silent"]) for one in markets)),
        ("Messages left out", *(text.number(one["left_out"]) for one in markets)),
        ("Rows put later", *(text.number(one["moved"]) for one in markets)),
    ]
    latency = summary["tape"]["latency"]
    model = _MODELS[latency["kind"]].format(ms=latency["fixed_ns"] / NS_PER_MS)
    return joined(
        table(("", *(one["market"] for one in markets)), rows),
        note(f"A row whose arrival nobody recorded counts as arrived {model}."),
        note("Latency of the feed: the least, the median, 90 %, 99 % and the longest."),
    )


def _counts(markets: list[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    kinds = {"trades": "Trades", "quotes": "Quotes", "books": "Books"}
    return [
        (said, *(text.number(one[kind]) for one in markets))
        for kind, said in kinds.items()
        if any(one[kind] for one in markets)
    ]


def _offset(offset_ns: int | None) -> str:
    if offset_ns is None:
        return "not known"
    return f"{text.number(offset_ns / NS_PER_MS, 1, signed=True)} ms"


def _quantiles(quantiles_ns: list[int]) -> str:
    if not quantiles_ns:
        return "not recorded"
    return " / ".join(text.number(ns / NS_PER_MS) for ns in quantiles_ns) + " ms"


def _share(one: Mapping[str, Any], name: str) -> str:
    total = one["trades"] + one["quotes"] + one["books"]
    share = one[name] / total if total else 0.0
    return f"{text.number(one[name])} ({text.percent(share, 1)})" if one[name] else "none"
