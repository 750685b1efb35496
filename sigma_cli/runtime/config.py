"""What the configuration is, where each value came from, and what could be in it."""

from dataclasses import dataclass
from typing import Any

from sigma_cli.runtime.bounds import bounds, written
from sigma_cli.settings import DEFAULT, Loaded, Settings, fields

Value = float | int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting as it is in force."""

    key: str
    value: Value
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedSetting(Setting):
    """One setting with the file, variable or flag that set it."""

    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A configuration that was read without an error."""

    settings: int
    changed: int
    sources: tuple[str, ...]


def show(loaded: Loaded, *, origins: bool) -> tuple[Setting, ...]:
    """Return every setting with its value and, if wanted, where that came from."""
    settings = []
    for key, origin in loaded.origins.items():
        value, unit = _value(loaded, key), _unit(key)
        settings.append(
            TracedSetting(key=key, value=value, unit=unit, origin=origin)
            if origins
            else Setting(key=key, value=value, unit=unit)
        )
    return tuple(settings)


def check(loaded: Loaded) -> Checked:
    """Return what was read; a wrong configuration has already raised while it was loaded."""
    changed = [origin for origin in loaded.origins.values() if origin != DEFAULT]
    return Checked(
        settings=len(loaded.origins), changed=len(changed), sources=tuple(dict.fromkeys(changed))
    )


def schema() -> dict[str, Any]:
    """Return the JSON schema of the whole tree, for editors."""
    return Settings.model_json_schema()


def _value(loaded: Loaded, key: str) -> Value:
    section, _, name = key.partition(".")
    value: Value = getattr(getattr(loaded.settings, section), name)
    return value


def _unit(key: str) -> str:
    extra = fields()[key].json_schema_extra
    assert isinstance(extra, dict), "every setting names its unit"
    return str(extra["unit"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the reference says about a setting."""

    name: str
    default: str
    unit: str
    bounds: str
    meaning: str


def reference() -> tuple[tuple[str, str, tuple[Entry, ...]], ...]:
    """Return every section with what it is about and its settings."""
    sections: dict[str, list[Entry]] = {}
    for key, info in fields().items():
        section, _, name = key.partition(".")
        entry = Entry(
            name=name,
            default=written(info.default),
            unit=_unit(key),
            bounds=bounds(info),
            meaning=info.description or "",
        )
        sections.setdefault(section, []).append(entry)
    return tuple((name, _about(name), tuple(entries)) for name, entries in sections.items())


def _about(section: str) -> str:
    holder = Settings.model_fields[section].annotation
    return (holder.__doc__ or "").strip() if holder is not None else ""
