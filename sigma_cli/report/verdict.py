"""What a run amounts to in one sentence. Pure judgement, no markup."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.report import text
from sigma_cli.report.evidence import SURE, Evidence
from sigma_cli.report.fidelity import on_ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result in plain sentences: ours, what it is compared with, and whether it is luck."""

    result: str
    comparison: str
    made_money: bool
    luck: str = ""
    """Empty where there is nothing to explain."""

    def __str__(self) -> str:
        return f"{self.result} {self.comparison} {self.luck}".rstrip()


def judge(summary: Mapping[str, Any], found: Evidence) -> Verdict:
    """Return the verdict on a run from its summary and the evidence against luck."""
    gained = summary["total_return"]
    if never_traded(summary):
        result = f"Never traded: {_wishes(sum(summary['refusals'].values()))}."
        return Verdict(result=result, comparison=_compared(summary), made_money=False, luck="")
    start_ns, end_ns = covered(summary)
    length = text.span(end_ns - start_ns)
    return Verdict(
        result=f"{_made(gained)} {_costs(summary)} in {length}.",
        comparison=_compared(summary),
        made_money=gained > 0,
        luck=luck(found),
    )


def _costs(summary: Mapping[str, Any]) -> str:
    """Return what was taken off; ticks cost their spread even where nothing else is assumed."""
    if summary["fees"] or summary["slippage_cost"]:
        return "after costs"
    return "without a fee" if on_ticks(summary) else "without any costs"


def _compared(summary: Mapping[str, Any]) -> str:
    held = _made(summary["buy_and_hold_return"]).lower()
    return f"Buying and holding {held}; cash {text.percent(0, 0)}."


def _wishes(refused: int) -> str:
    if not refused:
        return "the strategy wished for nothing"
    return f"all of its {text.counted(refused, 'wish was', 'wishes were')} refused"


def never_traded(summary: Mapping[str, Any]) -> bool:
    """Return whether a run bought nothing at all: its zero is no result."""
    return not summary["fills"]


def covered(summary: Mapping[str, Any]) -> tuple[int, int]:
    """Return the span of the data themselves, however long the period that was typed."""
    markets = summary["markets"]
    first_ns = min(market["first_ts_ns"] for market in markets)
    last_ns = max(market["last_ts_ns"] for market in markets)
    return first_ns, last_ns + INTERVALS_NS[summary["interval"]]


def luck(found: Evidence) -> str:
    """Return whether a result can be told from noise; nothing where there is no gain to explain."""
    if not found.known or found.sharpe <= 0.0:
        return ""
    if found.deflated > SURE:
        return "Luck is an unlikely reason."
    if found.sharpe <= found.luck:
        tries = text.counted(found.trials, "random try", "random tries")
        return f"This is noise: the best of {tries} would look as good."
    return "It can't be told from noise."


def look_ahead(summary: Mapping[str, Any]) -> str:
    """Return the state of the look-ahead gate: `passed`, `skipped` or `absent`."""
    gate = summary["gate"]
    return str(gate["state"] if isinstance(gate, Mapping) else gate)


def synthetic(summary: Mapping[str, Any]) -> bool:
    """Return whether any market of the run was made up."""
    return any(market["synthetic"] for market in summary["markets"])


def _made(share: float | None) -> str:
    if share is None or share != share:
        return "Has no known return"
    if abs(share) < 0.00005:
        return "Broke even"
    return f"{'Made' if share > 0 else 'Lost'} {text.percent(abs(share))}"
