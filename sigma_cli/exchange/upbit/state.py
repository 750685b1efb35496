"""All that a venue knows, as bytes, and back: the same requests get the same answers afterwards."""

from typing import Final

import msgspec

from sigma_cli.errors import OutsideError
from sigma_cli.exchange.upbit.accounts import Books
from sigma_cli.exchange.upbit.agenda import Entry
from sigma_cli.exchange.upbit.house import Closure
from sigma_cli.exchange.upbit.listings import Listing
from sigma_cli.exchange.upbit.shelf import Kept

VERSION: Final = 1


class Saved(msgspec.Struct, kw_only=True):
    """A venue, but for the rows of its market: of those, how many have happened."""

    version: int = VERSION
    now_ns: int
    happened: int
    names: tuple[str, ...]
    books: Books
    shelf: Kept
    listings: list[Listing]
    is_maintained: bool
    closures: list[Closure]
    agenda: list[Entry]
    agenda_count: int
    matching: bytes


def pack(saved: Saved) -> bytes:
    """Return a venue as bytes."""
    return msgspec.msgpack.encode(saved)


def unpack(data: bytes) -> Saved:
    """Return the venue that bytes are.

    Raises:
        OutsideError: they are none of this version.
    """
    try:
        saved = msgspec.msgpack.decode(data, type=Saved)
    except msgspec.MsgspecError as error:
        raise OutsideError(f"no saved exchange: {error}") from error
    if saved.version != VERSION:
        raise OutsideError(
            f"an exchange of version {saved.version} was saved; this is version {VERSION}",
            fix="begin a new one",
        )
    return saved
