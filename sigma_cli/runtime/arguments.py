"""What a call from Python may be given, by name and kind. Imports nothing heavy."""

from collections.abc import Iterable, Mapping
from numbers import Real
from os import PathLike
from types import NoneType
from typing import Any, Final

from sigma_cli.errors import UsageError, did_you_mean

OF_CANDLES: Final = ("period", "venue", "interval", "store")
OF_RUNS: Final = (
    *("strategy", "params", *OF_CANDLES),
    *("markets", "cash", "fee", "gate", "settings", "fidelity"),
)
_KINDS: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "strategy": ((str,), 'text, such as "sma_cross" or "path/to/file.py:Name"'),
    "market": ((str,), 'text, such as "KRW-BTC"'),
    "markets": ((Iterable,), 'text or several, such as ["KRW-BTC", "KRW-ETH"]'),
    "params": ((Mapping,), 'a dict, such as {"fast": 10, "slow": 60}'),
    "grid": ((Mapping,), 'a dict, such as {"fast": [10, 20, 30], "slow": "30:90:30"}'),
    "settings": ((Mapping,), 'a dict, such as {"fills.slippage_bps": 2}'),
    "period": ((str,), 'text, such as "2025-09-01..2025-09-21" or "30d"'),
    "venue": ((str, NoneType), 'text, such as "upbit"'),
    "interval": ((str, NoneType), 'text, such as "1h"'),
    "store": ((str, PathLike, NoneType), "the path of a folder"),
    "fee": ((str, Real, NoneType), 'text or a share of the value: "0.05%" or 0.0005'),
    "cash": ((Real, NoneType), "a number"),
    "gate": ((bool,), "True or False"),
    "fidelity": ((str,), '"bars", "trades" or "book"'),
    "run": ((str,), "the id of a run, or what `backtest` or `sweep` returned"),
}
"""What each argument has to be; what its content has to be is said by whoever reads it."""


def check(given: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse an argument that is unknown, and so would count for nothing, or of the wrong kind.

    Raises:
        UsageError: it says which, and what would do.
    """
    names = list(known)
    for name, value in given.items():
        if name not in names:
            raise UsageError(
                f"there is no argument {name!r} here{did_you_mean(name, names)}",
                where=f"{name}={value!r}",
                fix=f"leave it out, or choose from: {', '.join(names)}",
            )
        kinds, wanted = _KINDS[name]
        if not isinstance(value, kinds):
            raise UsageError(
                f"{name} is of a kind that means nothing here: {type(value).__name__}",
                where=f"{name}={value!r}",
                fix=f"give {wanted}",
            )
