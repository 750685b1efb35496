"""How an engine answers the benchmark: once as a whole process, or warm, once for each line sent.

Runs in the engines' own environments, so it needs nothing but the standard library.
"""

import json
import sys
import time
from collections.abc import Callable
from itertools import chain
from typing import TypeVar

T = TypeVar("T")


def serve(run: Callable[[], T], tell: Callable[[T], tuple[int, float]]) -> None:
    """Run to warm up, then once for each line on stdin; with `--whole` run once and end.

    Only `run` is timed; `tell` returns the fills and the final equity of its result, which stays
    until there is another, as in a notebook.
    """
    more = [] if "--whole" in sys.argv else sys.stdin
    for _ in chain(["warm up"], more):
        began = time.process_time()
        result = run()
        spent = time.process_time() - began
        fills, equity = tell(result)
        sys.stdout.write(json.dumps({"cpu_s": spent, "fills": fills, "equity": equity}) + "\n")
        sys.stdout.flush()
