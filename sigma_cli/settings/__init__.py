"""Every number a person may change, and where its value came from.

`tree.py` says what there is, `layers.py` reads it from files, environment and flags. Settings stop
at `runtime`: what lies below gets plain values.
"""

from sigma_cli.settings.layers import DEFAULT, RESERVED, Loaded, load, parse_overrides
from sigma_cli.settings.tree import Latency, Settings, fields

__all__ = [
    "DEFAULT",
    "RESERVED",
    "Latency",
    "Loaded",
    "Settings",
    "fields",
    "load",
    "parse_overrides",
]
