"""`sigma exchange`: a recorded market of the lake behind Upbit's protocol, on this machine alone.

The clock begins where the period begins; `begin` lets what lies before be history, so that clients
find candles. Keys are made from the seed: the same ones after a restart, worth nothing elsewhere.
"""

import asyncio
import hashlib
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

import msgspec

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_S
from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.exchange.clock import Clock
from sigma_cli.exchange.door import HOST, Door
from sigma_cli.exchange.log import Log
from sigma_cli.exchange.market import Market
from sigma_cli.exchange.upbit import faults
from sigma_cli.exchange.upbit.accounts import Account
from sigma_cli.exchange.upbit.behaviour import Behaviour
from sigma_cli.exchange.upbit.changes import Change
from sigma_cli.exchange.upbit.exchange import Exchange
from sigma_cli.exchange.upbit.faults import Fault
from sigma_cli.exchange.upbit.keys import Key, Keyring
from sigma_cli.exchange.upbit.times import moment, ns_of
from sigma_cli.exchange.upbit.venue import Venue
from sigma_cli.runtime.tape import open_tape
from sigma_cli.runtime.tape_clocks import FeedLatency
from sigma_cli.runtime.tick_selection import TickSelection, select_ticks
from sigma_cli.store.lake import Lake

VENUE: Final = "upbit"
_OWNED: Final = re.compile(r"([A-Z0-9]{1,20})=(\d{1,15}(?:\.\d{1,8})?)", re.ASCII)
KEY_DAYS: Final = 365
"""Keys are valid for a year (upbit.md 1.2)."""
ARRIVAL: Final = FeedLatency(kind="fixed")
"""The exchange goes by the venue's time; when rows once reached us is nothing to it."""


class Script(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of what goes wrong, and when: `{"faults": [...], "changes": [...]}`."""

    faults: tuple[Fault, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for."""

    markets: Sequence[str] = ()
    """None named: every market of the venue that is stored."""
    period: str = "all"
    fidelity: Literal["trades", "book"] = "book"
    begin: str | None = None
    """When the clock begins, in UTC; None: where the period begins."""
    speed: float | None = 1.0
    """None: it waits to be stepped at the control address."""
    port: int = 0
    accounts: Sequence[str] = ("main:KRW=10000000",)
    seed: int = 1
    script: Path | None = None
    chance: float = 0.0
    """How likely each kind of fault comes, each time that it may."""
    control: bool = False
    log: Path | None = None
    """A folder; None: the last lines are kept in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An account and its key."""

    account: str
    access_key: str
    secret_key: str
    owns: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An exchange that can be asked from now on."""

    rest: str
    websocket: str
    markets: tuple[str, ...]
    time: str
    """That of its clock, in UTC."""
    accounts: tuple[Opened, ...]


def serve(request: Request, store: Path, ready: Callable[[Served], None]) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is told once it can be asked.

    Raises:
        UsageError: nothing of that kind is stored, or an account or script is none.
        OutsideError: the port is taken, or a file is missing or damaged.
    """
    accounts = tuple(opened(text, request.seed) for text in request.accounts)
    names = [one.account for one in accounts]
    if len({*names}) < len(names):
        raise UsageError(
            f"two accounts have one name: {', '.join(names)}",
            where="--account",
            fix="give each a name of its own",
        )
    selection = _selection(request, store)
    start_ns = _start_ns(request.begin, selection)
    exchange = _exchange(request, store, selection, accounts, start_ns)
    clock = Clock(start_ns, request.speed)
    if request.control or request.speed is None:
        exchange.allow_control(clock.step)

    def served(port: int) -> Served:
        return Served(
            rest=f"http://{HOST}:{port}",
            websocket=f"ws://{HOST}:{port}/websocket/v1",
            markets=tuple(one.market for one in selection.series),
            time=moment(start_ns // NS_PER_S),
            accounts=accounts,
        )

    try:
        asyncio.run(_serve(Door(exchange, clock), request.port, lambda port: ready(served(port))))
    finally:
        exchange.venue.log.close()


async def _serve(door: Door, port: int, ready: Callable[[int], None]) -> None:
    await door.open(port)
    serving = asyncio.create_task(door.served())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, serving.cancel)
    try:
        ready(door.port)
        await serving
    except asyncio.CancelledError:
        pass  # whoever sent the signal wants an end
    finally:
        await door.close()


def _selection(request: Request, store: Path) -> TickSelection:
    return select_ticks(
        Lake(store),
        request.markets,
        venue=VENUE,
        period=request.period,
        fidelity=request.fidelity,
        fee=None,
    )


def _start_ns(begin: str | None, selection: TickSelection) -> int:
    period = selection.period
    if begin is None:
        return period.start_ns
    found = ns_of(begin)
    if found is None or not period.start_ns <= found < period.end_ns:
        raise UsageError(
            f"{begin!r} is no time within {period.text}",
            where="--begin",
            fix=f"write a time in UTC, like {moment(period.start_ns // NS_PER_S)}",
        )
    return found


def _exchange(
    request: Request,
    store: Path,
    selection: TickSelection,
    accounts: Sequence[Opened],
    start_ns: int,
) -> Exchange:
    tape = open_tape(Lake(store), selection.names, selection.period, request.fidelity, ARRIVAL)
    market = Market(selection.instruments, tape, depth=selection.depths)
    behaviour = Behaviour(seed=request.seed)
    venue = Venue(
        market, [Account(one.account, one.owns) for one in accounts], behaviour, Log(request.log)
    )
    expires_ns = start_ns + KEY_DAYS * NS_PER_DAY
    keyring = Keyring(
        Key(
            access_key=one.access_key,
            secret=one.secret_key,
            account=one.account,
            expires_ns=expires_ns,
        )
        for one in accounts
    )
    exchange = Exchange(venue, keyring, start_ns)
    script = _script(request.script)
    by_chance = faults.of_seed(request.chance) if request.chance else ()
    exchange.script((*script.faults, *by_chance), script.changes)
    return exchange


def opened(text: str, seed: int) -> Opened:
    """Return the account that `main:KRW=10000000,BTC=0.5` means, with its key.

    Raises:
        UsageError: it means none.
    """
    name, _, owned = text.partition(":")
    owns: dict[str, Decimal] = {}
    for part in filter(None, owned.split(",")):
        found = _OWNED.fullmatch(part)
        if found is None or found[1] in owns:
            raise _no_account(text)
        owns[found[1]] = Decimal(found[2])
    if not name:
        raise _no_account(text)
    return Opened(
        account=name,
        access_key=_made(seed, name, "access"),
        secret_key=_made(seed, name, "secret"),
        owns=owns,
    )


def _no_account(text: str) -> UsageError:
    return UsageError(
        f"{text!r} is no account, or names a currency twice",
        where="--account",
        fix="write NAME:KRW=10000000,BTC=0.5; amounts have 8 decimals at most",
    )


def _made(*parts: object) -> str:
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()[:40]


def _script(path: Path | None) -> Script:
    if path is None:
        return Script()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Script)
    except OSError as error:
        raise OutsideError(
            f"the script can't be read: {error.strerror}",
            where=f"--faults {path}",
            fix="name a file of JSON that you may read",
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"this is no script: {error}",
            where=f"--faults {path}",
            fix='write {"faults": [{"kind": "delay", "wait_s": 1}], "changes": []}',
        ) from error
