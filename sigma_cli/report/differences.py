"""What differs between runs: their configuration, their data, their code. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sigma_cli.report import text
from sigma_cli.report.fidelity import fidelity

ABSENT: Final = "not set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not the same in all runs."""

    name: str
    values: tuple[str, ...]
    """One a run, in their order."""


def differences(summaries: Sequence[Mapping[str, Any]]) -> dict[str, list[Difference]]:
    """Return what differs, by `configuration`, `data` and `code`; an empty list is: nothing."""
    return {
        "configuration": _differing([_configuration(one) for one in summaries]),
        "data": _differing([_data(one, _shared(summaries)) for one in summaries]),
        "code": _differing([{"hash of the code": one["hashes"]["code"]} for one in summaries]),
    }


def _differing(sides: Sequence[Mapping[str, str]]) -> list[Difference]:
    names = dict.fromkeys(name for side in sides for name in side)
    rows = [(name, tuple(side.get(name, ABSENT) for side in sides)) for name in names]
    return [Difference(name=name, values=said) for name, said in rows if len(set(said)) > 1]


def _configuration(summary: Mapping[str, Any]) -> dict[str, str]:
    params = {f"strategy: {name}": str(value) for name, value in summary["params"].items()}
    settings = {name: str(value) for name, value in summary["settings"].items()}
    named = {"strategy": summary["strategy"], "fidelity": fidelity(summary)}
    return {**named, **params, **settings}


def _shared(summaries: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the markets of all runs: the others differ by being there."""
    sets = [{market["market"] for market in one["markets"]} for one in summaries]
    return set.intersection(*sets)


def _data(summary: Mapping[str, Any], markets: set[str]) -> dict[str, str]:
    found = {
        "hash of the data": summary["hashes"]["data"],
        "interval": summary["interval"],
        "period": f"{text.day(summary['period']['start_ns'])} to"
        f" {text.day(summary['period']['end_ns'] - 1)}",
        "currency": summary["currency"],
        "markets": ", ".join(market["market"] for market in summary["markets"]),
    }
    for market in summary["markets"]:
        if market["market"] in markets:
            found |= {f"{market['market']}: {name}": said for name, said in _market(market).items()}
    return found


def _market(market: Mapping[str, Any]) -> dict[str, str]:
    return {
        "venue": market["venue"],
        "bars": text.number(market["bars"]),
        "missing": text.number(market["missing"]),
        "data": "synthetic" if market["synthetic"] else "recorded",
        "sources": ", ".join(market["sources"]),
    }
