"""The settings: each with default, unit, bounds and a sentence. Reads nothing."""

from typing import Final, Literal, Self, TypeAlias

from pydantic import model_validator
from pydantic.fields import FieldInfo

from sigma_cli.settings.faults import Faults
from sigma_cli.settings.section import Section as _Section
from sigma_cli.settings.section import setting as _setting
from sigma_cli.settings.stakes import Stakes, Threshold
from sigma_cli.settings.switches import Switches

_Kind: TypeAlias = Literal["units", "fraction", "volatility", "risk_parity", "kelly", "confidence"]


class Account(_Section):
    """The money a backtest starts with."""

    cash: float = _setting(
        1_000_000, "quote currency", "Cash at the start, shared by all markets.", gt=0, le=1e15
    )


class Sizing(_Section):
    """How much a full signal (1.0) buys."""

    kind: _Kind = _setting(
        "fraction",
        "",
        "By count of the base currency (units), share of equity (fraction), so that a usual move"
        " costs `risk` (volatility), or more of the calm markets (risk_parity), up to"
        " `limits.market_share_max`. On ticks also by what round trips taught (kelly), or all"
        " cash times the score, whatever the caps (confidence).",
    )
    units: float = _setting(
        1.0, "base currency", "Size of a full position when `kind` is units.", gt=0, le=1e12
    )
    fraction: float = _setting(
        0.10,
        "share of equity",
        "Value of a full position; at most for volatility, on average for risk_parity.",
        gt=0,
        le=1,
    )
    risk: float = _setting(
        0.01, "share of equity", "What `atr_multiple` ATR may cost: volatility.", gt=0, le=1
    )
    atr_multiple: float = _setting(2.0, "ATR", "The usual move: volatility.", gt=0, le=100)
    atr_bars: int = _setting(
        14, "bars", "Window of the ATR: volatility and risk_parity.", ge=2, le=10_000
    )

    @model_validator(mode="after")
    def _used(self) -> Self:
        """Refuse a size that would silently count for nothing."""
        for unused in sorted(self.model_fields_set - _USED[self.kind] - {"kind"}):
            kinds = " or ".join(repr(kind) for kind in _USED if unused in _USED[kind])
            raise ValueError(
                f"sizing.{unused} is set but sizing.kind is {self.kind!r}, so it would count for "
                f"nothing; set sizing.kind to {kinds} or leave sizing.{unused} out"
            )
        return self


_USED: Final = {
    "units": {"units"},
    "fraction": {"fraction"},
    "volatility": {"fraction", "risk", "atr_multiple", "atr_bars"},
    "risk_parity": {"fraction", "atr_bars"},
    "kelly": set(),
    "confidence": set(),
}
"""What each kind of sizing reads."""


class Exits(_Section):
    """What ends a position besides its strategy; 0 switches one off."""

    stop: float = _setting(
        0.0, "share of entry price", "Sell when the price has fallen this far.", ge=0, le=0.99
    )
    target: float = _setting(
        0.0, "share of entry price", "Sell when the price has risen this far.", ge=0, le=100
    )
    trailing: float = _setting(
        0.0,
        "share of highest close",
        "Sell when the close has fallen this far below the entry or any close since.",
        ge=0,
        le=0.99,
    )
    time_bars: int = _setting(0, "bars", "Sell after so many bars.", ge=0, le=100_000_000)


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
        "Largest part of a bar's volume our orders get; 0: no cap.",
        ge=0,
        le=1,
    )
    fee: float | None = _setting(
        None, "share of value", "Fee on either side; none: the venue's own.", ge=0, le=0.1
    )
    queue: Literal["risk_averse", "power", "log"] = _setting(
        "risk_averse",
        "",
        "On books: whom a shrinking level had ahead of us; risk_averse: nobody, only trades count.",
    )
    queue_power: int = _setting(
        3, "", "Of `queue` power: the higher, the more of those cancelled stood behind.", ge=1, le=8
    )
    partial: bool = _setting(
        True, "", "On ticks: no more is filled than was there; false: whole orders, as some do."
    )


class Latency(_Section):
    """How long messages take, on trades and books. Bars know no delay."""

    feed: Literal["recorded", "fixed", "sampled"] = _setting(
        "fixed",
        "",
        "Arrival of rows that nobody recorded: after `feed_ms`, as recorded ones took, or refused.",
    )
    feed_ms: float = _setting(20.0, "ms", "From the venue to us: fixed.", ge=0, le=60_000)
    feed_floor_ms: float = _setting(
        0.0, "ms", "The shortest way: what stamps can't tell from a wrong clock.", ge=0, le=60_000
    )
    order_ms: float = _setting(50.0, "ms", "From us to the venue: a request.", ge=0, le=60_000)
    answer_ms: float = _setting(50.0, "ms", "From the venue to us: its answer.", ge=0, le=60_000)
    order: Literal["fixed", "sampled"] = _setting(
        "fixed", "", "Both ways as given, or each message as a row of the feed took."
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
    orders_per_minute_max: int = _setting(10, "orders", "Most orders in a minute.", ge=1, le=1_000)
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
        "How far a price may stray: an open or close beyond it that is back at once is set aside;"
        " a move that stays, or a wick, is noted.",
        gt=0,
        le=100,
    )


class Store(_Section):
    """What reading the store may cost."""

    duckdb_memory_mb: int = _setting(2_048, "MB", "Memory of one `sigma sql`.", ge=64, le=1_048_576)
    duckdb_threads: int = _setting(2, "threads", "Threads of one `sigma sql`.", ge=1, le=1_024)
    sql_rows_max: int = _setting(
        10_000, "rows", "Most rows `sigma sql` shows; --json prints all.", ge=1, le=1_000_000
    )


class Sweep(_Section):
    """Where the combinations of a sweep are computed; their results do not depend on it."""

    executor: Literal["local", "ray"] = _setting(
        "local", "", "Processes of this machine (`local`), or a Ray cluster (`ray`, an extra)."
    )
    workers: int = _setting(0, "workers", "Workers at once; 0: one a core.", ge=0, le=4_096)


class Settings(_Section):
    """The whole tree."""

    account: Account = Account()
    sizing: Sizing = Sizing()
    exits: Exits = Exits()
    fills: Fills = Fills()
    latency: Latency = Latency()
    faults: Faults = Faults()
    limits: Limits = Limits()
    switches: Switches = Switches()
    stakes: Stakes = Stakes()
    threshold: Threshold = Threshold()
    ingest: Ingest = Ingest()
    store: Store = Store()
    sweep: Sweep = Sweep()


def fields() -> dict[str, FieldInfo]:
    """Return every setting by its `section.name`, in the order of the tree."""
    return {
        f"{section}.{name}": info
        for section, holder in Settings.model_fields.items()
        for name, info in holder.annotation.model_fields.items()  # type: ignore[union-attr]
    }
