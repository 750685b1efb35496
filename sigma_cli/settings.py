"""Every number a person may change: its default, unit and bounds, and where its value came from.

Layers, the later one wins: the defaults below < config/default.toml < config/<profile>.toml <
`SIGMA_*` environment variables < flags. An unknown key is an error, and all errors come at once.
Settings stop at `runtime`: what lies below gets plain values. Knows no file but the TOML files it
is given; reads no environment but the one it is given.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

from sigma_cli.errors import UsageError, did_you_mean

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


_RULES: Final = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Section(BaseModel):
    model_config = _RULES


def _setting(
    default: Any,
    unit: str,
    description: str,
    *,
    gt: float | None = None,
    ge: float | None = None,
    le: float | None = None,
) -> Any:
    extra: JsonDict = {"unit": unit}
    return Field(default, description=description, json_schema_extra=extra, gt=gt, ge=ge, le=le)


class Account(_Section):
    """The money a backtest starts with."""

    cash: float = _setting(
        1_000_000, "quote currency", "Cash at the start, shared by all markets.", gt=0, le=1e15
    )


class Sizing(_Section):
    """How much a full signal (1.0) buys."""

    kind: Literal["units", "fraction"] = _setting(
        "fraction", "", "By count of the base currency (`units`) or share of equity (`fraction`)."
    )
    units: float = _setting(
        1.0, "base currency", "Size of a full position when `kind` is units.", gt=0, le=1e12
    )
    fraction: float = _setting(
        0.10, "share of equity", "Value of a full position when `kind` is fraction.", gt=0, le=1
    )

    @model_validator(mode="after")
    def _used(self) -> Self:
        """Refuse a size that would silently count for nothing."""
        unused = {"units": "fraction", "fraction": "units"}[self.kind]
        if unused in self.model_fields_set:
            raise ValueError(
                f"sizing.{unused} is set but sizing.kind is {self.kind!r}, so it would count for "
                f"nothing; set sizing.kind to {unused!r} or leave sizing.{unused} out"
            )
        return self


class Fills(_Section):
    """What the simulated venue takes from an order."""

    slippage_bps: float = _setting(
        0.0,
        "bps",
        "Market and stop orders fill this much worse than the bar's price.",
        ge=0,
        le=1000,
    )
    participation_max: float = _setting(
        0.0,
        "share of volume",
        "Largest part of a bar's volume one order gets; 0: no cap.",
        ge=0,
        le=1,
    )
    fee: float | None = _setting(
        None, "share of value", "Fee on either side; none: the venue's own.", ge=0, le=0.1
    )


class Limits(_Section):
    """What no strategy may overstep; checked before every order that raises risk."""

    day_loss_max: float = _setting(
        0.03, "share of equity", "Loss of a day at which opening stops until the next.", gt=0, le=1
    )
    market_share_max: float = _setting(
        0.20, "share of equity", "Largest position in one market.", gt=0, le=1
    )
    order_ratio_max: float = _setting(
        10.0, "ratio", "Largest order as a multiple of the average one.", ge=1, le=1e9
    )
    orders_per_minute_max: int = _setting(
        10, "orders", "Most orders in a minute.", ge=1, le=1_000_000
    )
    drawdown_max: float = _setting(
        0.15,
        "share of peak equity",
        "Drawdown at which opening stops for good; 1: never.",
        gt=0,
        le=1,
    )
    day_utc_offset_hours: int = _setting(
        9, "h", "A trading day begins at 00:00 of this offset to UTC (9: Korea).", ge=-12, le=14
    )


class Ingest(_Section):
    """What is demanded of rows from outside."""

    jump_max: float = _setting(
        0.5,
        "ratio",
        "A close that moves more than this against the last one is noted.",
        gt=0,
        le=100,
    )
    batch_rows: int = _setting(131_072, "rows", "Rows read at a time.", ge=1_024, le=16_777_216)
    buffered_rows_max: int = _setting(
        4_194_304,
        "rows",
        "Most rows held in memory before they are written.",
        ge=1_024,
        le=268_435_456,
    )
    future_tolerance_s: float = _setting(
        60.0, "s", "A row may be this far ahead of this machine's clock.", ge=0, le=86_400
    )


class Store(_Section):
    """What reading the store may cost."""

    duckdb_memory_mb: int = _setting(2_048, "MB", "Memory of one `sigma sql`.", ge=64, le=1_048_576)
    duckdb_threads: int = _setting(2, "threads", "Threads of one `sigma sql`.", ge=1, le=1_024)
    sql_rows_max: int = _setting(
        100_000, "rows", "Most rows `sigma sql` prints.", ge=1, le=100_000_000
    )


class Report(_Section):
    """How much a report shows."""

    points_max: int = _setting(
        2_000, "points", "Most points of one drawn line.", ge=100, le=100_000
    )
    candles_max: int = _setting(
        1_500, "candles", "Most candles drawn for one market.", ge=100, le=100_000
    )
    trades_max: int = _setting(1_000, "trades", "Most trades listed.", ge=10, le=1_000_000)


class Settings(_Section):
    """The whole tree."""

    account: Account = Account()
    sizing: Sizing = Sizing()
    fills: Fills = Fills()
    limits: Limits = Limits()
    ingest: Ingest = Ingest()
    store: Store = Store()
    report: Report = Report()


DEFAULT: Final = "default"
"""The origin of a value that nobody set."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings and, for each `section.name`, where its value came from."""

    settings: Settings
    origins: Mapping[str, str]


def fields() -> dict[str, FieldInfo]:
    """Return every setting by its `section.name`, in the order of the tree."""
    return {
        f"{section}.{name}": info
        for section, holder in Settings.model_fields.items()
        for name, info in holder.annotation.model_fields.items()  # type: ignore[union-attr]
    }


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
        tree.add_table(_read(path), str(path))
    for variable in sorted(name for name in env if name.startswith("SIGMA_")):
        if variable not in RESERVED:
            key = variable.removeprefix("SIGMA_").lower().replace("__", ".")
            tree.add_text(key, env[variable], variable)
    for key, text in overrides.items():
        tree.add_text(key, text, f"--set {key}")
    return tree.finish()


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
    known = sorted(p.stem for p in config_dir.glob("*.toml")) if config_dir is not None else []
    if config_dir is None or profile not in known:
        raise UsageError(
            f"no profile {profile!r}{did_you_mean(profile, known)}",
            where=str(config_dir or "no configuration folder"),
            fix=f"the profiles are: {', '.join(known) or 'none'}",
        )
    return files if profile == "default" else [*files, config_dir / f"{profile}.toml"]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"can't read the configuration: {error.strerror}",
            where=str(path),
            fix="check that it is a readable file",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"this is not TOML: {error}", where=str(path), fix="repair that line"
        ) from error


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
            checked = TypeAdapter(bounded, config=_RULES).validate_python(value, strict=strict)
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
