"""Files of quotes and of books, and how to read them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sigma_cli.domain.instruments import Instrument
from sigma_cli.errors import CheckError, UsageError
from sigma_cli.runtime.recorded import demand_rows
from sigma_cli.store.book_intake import BookIntake
from sigma_cli.store.intake import Terms
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.quote_intake import QuoteIntake
from sigma_cli.store.sources.books import read_books
from sigma_cli.store.sources.frames import check_named, left_out
from sigma_cli.store.sources.message_survey import MessageSurvey
from sigma_cli.store.sources.messages import MessageBatch, MessageReading
from sigma_cli.store.sources.quotes import read_quotes
from sigma_cli.store.sources.tables import Table

_WORDS: Final = {"quotes": "quote", "books": "level of a book"}


@dataclass(slots=True)
class MessageRecording:
    """A file of quotes or books. Whether they are numbered, it knows after `survey`."""

    path: Path
    table: Table
    reading: MessageReading
    kind: Literal["quotes", "books"]
    _seen: MessageSurvey | None = None

    @property
    def layout(self) -> str:
        """The name of its layout."""
        return self.reading.layout.name

    @property
    def encoding(self) -> str:
        """How its text is encoded."""
        return self.table.shape.encoding

    @property
    def left_out(self) -> dict[str, int]:
        """What was read and is of another kind, by type."""
        return left_out(self.table)

    @property
    def venue_column(self) -> str | None:
        """The column that says where a row is from."""
        return self.reading.layout.venue

    @property
    def _is_framed(self) -> bool:
        return getattr(self.reading.layout, "frame", None) is not None

    def survey(self, advance: Callable[[int], None]) -> MessageSurvey:
        """Look through the file, and whether what it says can be true.

        Raises:
            CheckError: its messages contradict each other, a line of a message is broken, or books
                may be whole or changes.
        """
        found = MessageSurvey(is_framed=self._is_framed)
        for batch in self.batches():
            found.add_messages(batch)
            advance(len(batch))
        found.finish()
        demand_rows(self.path, found, _WORDS[self.kind])
        self._check_numbers(found)
        if self.kind == "books":
            check_named(self.table)
            self._check_books(found)
        self._seen = found
        return found

    def batches(self) -> Iterator[MessageBatch]:
        """Read the file, a batch at a time."""
        read = read_quotes if self.kind == "quotes" else read_books
        return read(self.table, self.reading)

    def intake(
        self, lake: Lake, market: tuple[Instrument, Sequence[str]], source: Source, terms: Terms
    ) -> QuoteIntake | BookIntake:
        """Return what takes the rows of a market into the lake."""
        assert self._seen is not None, "a file is surveyed before it is taken"
        instrument, cells = market
        intake = QuoteIntake if self.kind == "quotes" else BookIntake
        return intake(lake, instrument, source, terms, self._seen.identity(cells))

    def _check_numbers(self, found: MessageSurvey) -> None:
        if mixed := found.mixed():
            raise UsageError(
                f"some {self.kind} of {mixed[0] or 'the file'} have an update id, others have none",
                where=str(self.path),
                fix="take those with and those without from two files",
            )

    def _check_books(self, found: MessageSurvey) -> None:
        if found.broken is not None and not self._is_framed:
            row = found.broken
            raise CheckError(
                f"row {row.row} can't be read ({row.detail}), and nobody can tell of which message"
                " it is: a book without one of its levels is another book; nothing was stored",
                where=str(self.path),
                fix="fetch the file again",
            )
        count, told = found.contradictions()
        if count:
            more = [f"and {count - len(told)} more"] if count > len(told) else []
            listing = "\n  ".join([*told, *more])
            raise CheckError(
                f"the messages of the file contradict each other ({count}); nothing was stored\n"
                f"  {listing}",
                where=str(self.path),
                fix="the recording was changed after it was made, or mixes two: fetch it again",
            )
