"""Days and hours in which more is demanded of an entry: events.toml beside the settings.

holidays = [2025-10-03, 2025-10-06]            # public holidays in Korea

[[windows]]
name = "US consumer prices"
from = 2025-10-24T12:20:00Z
until = 2025-10-24T13:00:00Z
"""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sigma_cli.errors import UsageError
from sigma_cli.settings.toml import read

FILE: Final = "events.toml"
KOREA: Final = timezone(timedelta(hours=9))
"""Korea has had no daylight saving time since 1988."""
_SECOND_NS: Final = 1_000_000_000
_RULES: Final = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=True)


class Window(BaseModel):
    """A time in which something is announced."""

    model_config = _RULES

    name: str = Field(min_length=1)
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since >= self.until:
            raise ValueError(f"{self.name!r} ends before it begins")
        return self

    @property
    def from_ns(self) -> int:
        """When it begins."""
        return _ns(self.since)

    @property
    def until_ns(self) -> int:
        """When it is over."""
        return _ns(self.until)


class Events(BaseModel):
    """What a calendar knows."""

    model_config = _RULES

    holidays: tuple[date, ...] = ()
    windows: tuple[Window, ...] = ()

    @property
    def holidays_ns(self) -> list[int]:
        """When each of the holidays begins in Korea."""
        return [_ns(datetime(d.year, d.month, d.day, tzinfo=KOREA)) for d in self.holidays]


def load_events(config_dir: Path | None) -> Events:
    """Return the calendar beside the settings; without such a file, it knows nothing.

    Raises:
        UsageError: the file is wrong.
    """
    path = config_dir / FILE if config_dir is not None else None
    if path is None or not path.exists():
        return Events()
    table: dict[str, Any] = read(path)
    try:
        return Events.model_validate(table | {k: tuple(v) for k, v in table.items() if _is_list(v)})
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise UsageError(
            f"the calendar is wrong: {'; '.join(wrong)}",
            where=str(path),
            fix="holidays are dates, and each of [[windows]] has a name, from and until with zones",
        ) from error


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _ns(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp()) * _SECOND_NS
