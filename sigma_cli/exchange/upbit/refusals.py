"""Why the venue refuses a request: the documented name, its status, and words."""

from sigma_cli.venues.upbit.wire.errors import STATUSES


class Refused(Exception):  # noqa: N818 - an answer of the venue, not a mistake of the program
    """What the venue answers instead of what was asked for.

    `name` is one of `venues/upbit/wire/errors.py`, `status` its HTTP status, `message` words for
    people. Nothing has changed, but for an identifier, which is used up by the attempt.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.status = STATUSES[name]
        self.name = name
        self.message = message

    @property
    def said(self) -> dict[str, str]:
        """Name and words, for the log."""
        return {"name": self.name, "message": self.message}


def order_not_found() -> Refused:
    """Return the refusal of whoever asks for an order that is not there, or not open any more."""
    return Refused("order_not_found", "주문을 찾지 못했습니다.")
