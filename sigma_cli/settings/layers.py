"""Where settings come from: five layers, of which the later one wins.

    defaults < config/default.toml < config/<profile>.toml < SIGMA_* variables < flags

An unknown key is an error, and all errors come at once. Reads no file but the TOML files it is
given and no environment but the one it is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.settings import events
from sigma_cli.settings.events import Events, load_events
from sigma_cli.settings.section import RULES
from sigma_cli.settings.toml import read
from sigma_cli.settings.tree import Settings, fields

RESERVED: Final = frozenset(
    {
        "SIGMA_ACCOUNTS_DIR",  # where leases and ledgers live
        "SIGMA_CONFIG_DIR",  # --config-dir
        "SIGMA_PROFILE",  # --profile
        "SIGMA_REAL_DATA",  # recordings for the tests
        "SIGMA_STORE",  # --store
    }
)
"""The `SIGMA_*` variables that are no settings."""


DEFAULT: Final = "default"
"""The origin of a value that nobody set."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings and, for each `section.name`, where its value came from."""

    settings: Settings
    origins: Mapping[str, str]
    calendar: Events = field(default_factory=Events)
    """Holidays and announcements, from events.toml."""


def load(
    profile: str | None,
    config_dir: Path | None,
    env: Mapping[str, str],
    overrides: Mapping[str, str],
) -> Loaded:
    """Return the settings of all layers; `overrides` maps `section.name` to text.

    Raises:
        UsageError: with every unknown key and wrong value in any layer.
    """
    tree = _Tree()
    for path in _files(profile, config_dir):
        tree.add_table(read(path), str(path))
    for variable in sorted(name for name in env if name.startswith("SIGMA_")):
        if variable not in RESERVED:
            key = variable.removeprefix("SIGMA_").lower().replace("__", ".")
            tree.add_text(key, env[variable], variable)
    for key, text in overrides.items():
        tree.add_text(key, text, f"--set {key}")
    return replace(tree.finish(), calendar=load_events(config_dir))


def parse_overrides(items: Sequence[str]) -> dict[str, str]:
    """Turn `key=value` texts into overrides by `section.name`.

    A name without its section is enough where only one section has it; `units=100` and
    `fraction=0.2` also choose the kind of sizing.
    """
    overrides: dict[str, str] = {}
    for item in items:
        key, separator, value = item.partition("=")
        if not separator:
            raise UsageError(
                f"{item!r} sets nothing", where="--set", fix="write --set limits.drawdown_max=0.2"
            )
        full = _full(key.strip())
        if key.strip() in ("units", "fraction"):
            overrides["sizing.kind"] = key.strip()
        overrides[full] = value.strip()
    return overrides


def _full(key: str) -> str:
    """Return `section.name` for a name that stands in one section only; else `key`."""
    matches = [known for known in fields() if known.rpartition(".")[2] == key]
    return matches[0] if len(matches) == 1 else key


def _files(profile: str | None, config_dir: Path | None) -> list[Path]:
    """Return the TOML files of this configuration, the weaker first."""
    if config_dir is not None and not config_dir.is_dir():
        raise UsageError(
            "no such configuration folder",
            where=str(config_dir),
            fix="check --config-dir and SIGMA_CONFIG_DIR, or leave both out for the defaults",
        )
    default = [config_dir / "default.toml"] if config_dir is not None else []
    files = [path for path in default if path.exists()]
    if profile is None:
        return files
    known = _profiles(config_dir) if config_dir is not None else []
    if config_dir is None or profile not in known:
        raise UsageError(
            f"no profile {profile!r}{did_you_mean(profile, known)}",
            where=str(config_dir or "no configuration folder"),
            fix=f"the profiles are: {', '.join(known) or 'none'}",
        )
    return files if profile == "default" else [*files, config_dir / f"{profile}.toml"]


def _profiles(config_dir: Path) -> list[str]:
    return sorted(path.stem for path in config_dir.glob("*.toml") if path.name != events.FILE)


@dataclass(slots=True)
class _Tree:
    """Values gathered layer by layer, with every complaint on the way."""

    known: dict[str, FieldInfo] = field(default_factory=fields)
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add_table(self, table: Mapping[str, Any], origin: str) -> None:
        """Take the sections of a TOML file; its values must have the right type."""
        for section, content in table.items():
            if not isinstance(content, Mapping):
                self._unknown(section, origin)
                continue
            for name, value in content.items():
                self._add(f"{section}.{name}", value, origin, strict=True)

    def add_text(self, key: str, text: str, origin: str) -> None:
        """Take one value written as text."""
        value = None if text.lower() == "none" else text
        self._add(key, value, origin, strict=False)

    def _add(self, key: str, value: Any, origin: str, *, strict: bool) -> None:
        info = self.known.get(key)
        if info is None:
            self._unknown(key, origin)
            return
        try:
            bounded = Annotated[info.annotation, info]  # type: ignore[name-defined]
            checked = TypeAdapter(bounded, config=RULES).validate_python(value, strict=strict)
        except ValidationError as error:
            message = error.errors()[0]["msg"]
            message = message[:1].lower() + message[1:]
            self.wrong.append(f"{key} = {value!r}: {message} ({origin})")
            return
        self.values[key] = checked
        self.origins[key] = origin

    def _unknown(self, key: str, origin: str) -> None:
        guess = _full(key.rpartition(".")[2])
        hint = (
            f"; did you mean {guess!r}?" if guess in self.known else did_you_mean(key, self.known)
        )
        self.wrong.append(f"{key}: no such setting{hint} ({origin})")

    def finish(self) -> Loaded:
        """Return the settings, or raise everything that was wrong."""
        nested: dict[str, dict[str, Any]] = {}
        for key, value in self.values.items():
            section, _, name = key.partition(".")
            nested.setdefault(section, {})[name] = value
        try:
            settings = Settings.model_validate(nested)
        except ValidationError as error:
            self.wrong += [each["msg"].removeprefix("Value error, ") for each in error.errors()]
        if self.wrong:
            count = "a setting is" if len(self.wrong) == 1 else f"{len(self.wrong)} settings are"
            raise UsageError(
                f"{count} wrong:\n" + "\n".join(f"  {line}" for line in self.wrong),
                fix="`sigma config schema` lists every setting with its bounds",
            )
        return Loaded(settings, {key: self.origins.get(key, DEFAULT) for key in self.known})
