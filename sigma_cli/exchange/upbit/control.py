"""The control address: a test, or a person, bends the exchange while it runs.

    GET    /_control          the time, how many streams are open, the faults that may still come
    POST   /_control/step     {"by_s": 1.5}: a clock that waits goes on
    POST   /_control/faults   [{"kind": "delay", ...}]: more faults (`faults.py`)
    DELETE /_control/faults   no faults any more
    POST   /_control/change   {"kind": "maintenance", "on": true}: see `changes.py`

It is there only where it was asked for. A page in a browser must not reach it: a request with an
Origin, or for another host than this machine, gets 403.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from sigma_cli.domain.units import NS_PER_S
from sigma_cli.errors import UsageError
from sigma_cli.exchange.front import Answer, Request
from sigma_cli.exchange.upbit.changes import Change, Changes
from sigma_cli.exchange.upbit.faults import Fault, Faults

PREFIX: Final = "/_control"
HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]", ""})


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the clock goes."""

    by_s: Annotated[float, Meta(ge=0, le=86_400)]


class Now(Struct, frozen=True, kw_only=True):
    """How things are."""

    now_ns: int
    streams: int
    faults: tuple[Fault, ...]


class Control:
    """Answers at the control address; `step` moves the clock, `state` says how things are."""

    def __init__(
        self,
        faults: Faults,
        changes: Changes,
        step: Callable[[int], None],
        state: Callable[[], Now],
    ) -> None:
        self._faults = faults
        self._changes = changes
        self._step = step
        self._state = state

    def answer(self, request: Request) -> Answer:
        """Do what is asked, and say how things are then; 400 says what is wrong."""
        if request.header("origin") is not None or not _is_here(request):
            return _said(403, {"error": "only from this machine, and not from a browser"})
        run = self._runs.get((request.method, request.path))
        if run is None:
            return _said(404, {"error": f"no {request.method} {request.path}"})
        try:
            run(self, request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, UsageError) as error:
            return _said(400, {"error": str(error)})
        return _said(200, self._state())

    def _look(self, body: bytes) -> None:
        del body

    def _go_on(self, body: bytes) -> None:
        self._step(round(msgspec.json.decode(body, type=Step).by_s * NS_PER_S))

    def _add(self, body: bytes) -> None:
        self._faults.add(msgspec.json.decode(body, type=list[Fault]))

    def _clear(self, body: bytes) -> None:
        del body
        self._faults.clear()

    def _change(self, body: bytes) -> None:
        self._changes.add(msgspec.json.decode(body, type=Change))

    _runs: Final = {
        ("GET", PREFIX): _look,
        ("POST", f"{PREFIX}/step"): _go_on,
        ("POST", f"{PREFIX}/faults"): _add,
        ("DELETE", f"{PREFIX}/faults"): _clear,
        ("POST", f"{PREFIX}/change"): _change,
    }


def _is_here(request: Request) -> bool:
    host = (request.header("host") or "").lower()
    return (host if host.endswith("]") else host.rpartition(":")[0] or host) in HOSTS


def _said(status: int, what: Any) -> Answer:
    headers = (("content-type", "application/json"),)
    return Answer(status=status, body=msgspec.json.encode(what), headers=headers)
