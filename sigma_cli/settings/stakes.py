"""What an entry on ticks may cost, and what it must be expected to earn."""

from sigma_cli.settings.section import Section, setting

_EQUITY = "share of equity"
_RATIO = "ratio"


class Stakes(Section):
    """Sizes of entries on ticks: `sizing.kind` kelly, and what every size has to respect."""

    kelly_start: float = setting(
        0.05, _EQUITY, "Kelly fraction before enough round trips were closed.", ge=0, le=1
    )
    kelly_trips_min: int = setting(
        50,
        "round trips",
        "How many are enough, and after how many more the fraction is learned anew.",
        ge=2,
        le=200,
    )
    kelly_use: float = setting(
        0.5, _RATIO, "Share of the Kelly fraction that an entry uses.", gt=0, le=1
    )
    kelly_ceiling: float = setting(
        0.35, _EQUITY, "Kelly fraction towards which it rises at most, a step a lesson.", gt=0, le=1
    )
    kelly_step: float = setting(
        0.1,
        _RATIO,
        "Part of the way up that a lesson goes; the way down it goes at once.",
        gt=0,
        le=1,
    )
    kelly_bound_percent: int = setting(
        20,
        "%",
        "Share of resamples without an edge at which only least orders are made; 20: the lower"
        " 80 % bound of the fraction.",
        ge=1,
        le=50,
    )
    kelly_resamples: int = setting(
        500,
        "resamples",
        "How often round trips are drawn again to find that bound.",
        ge=50,
        le=2_000,
    )
    kelly_block: int = setting(
        10, "round trips", "Neighbours that are drawn together, on average.", ge=1, le=200
    )
    probes_day_max: int = setting(
        5,
        "round trips",
        "Entries a day, by the least order, while the fraction is 0.",
        ge=0,
        le=10_000,
    )
    open_few_max: int = setting(
        3, "positions", "Open positions up to which there are few.", ge=1, le=64
    )
    open_few_scale: float = setting(
        0.8, _RATIO, "What sizes are multiplied by with few positions open.", gt=0, le=1
    )
    open_many_scale: float = setting(
        0.4, _RATIO, "What sizes are multiplied by with more than few open.", gt=0, le=1
    )
    open_max: int = setting(5, "positions", "Open positions at which none is added.", ge=1, le=64)
    kinship_max: float = setting(
        0.8, "correlation", "Correlation with a held market above which sizes shrink.", ge=-1, le=1
    )
    kinship_minutes: int = setting(20, "min", "Minutes whose returns are correlated.", ge=2, le=31)
    kinship_scale: float = setting(
        0.5, _RATIO, "What sizes are multiplied by beside such a market.", gt=0, le=1
    )
    majors: str = setting(
        "BTC,ETH,SOL,XRP", "", "Base currencies of the markets that count as major, by commas."
    )
    share_major_max: float = setting(0.12, _EQUITY, "Largest position in a major.", gt=0, le=1)
    share_other_max: float = setting(0.08, _EQUITY, "Largest position in another.", gt=0, le=1)
    share_least_max: float = setting(
        0.30, _EQUITY, "Position in one market that a least order may lead to.", gt=0, le=1
    )
    eager_low: float = setting(
        1.0, _RATIO, "What sizes are multiplied by where nothing is expected.", gt=0, le=2
    )
    eager_high: float = setting(
        1.0,
        _RATIO,
        "The same where the whole target is expected; in between, linear. 0.7 and 1.2, say.",
        gt=0,
        le=2,
    )
    order_min_ratio: float = setting(
        1.10, _RATIO, "The least order, as a multiple of the venue's.", ge=1, le=100
    )
    exit_min_ratio: float = setting(
        1.02,
        _RATIO,
        "What a position must still be worth at its stop, in least orders of the venue.",
        ge=1,
        le=100,
    )
    score_min: float = setting(
        0.6,
        "score",
        "Score from which a size that is too small becomes the least order.",
        ge=0,
        le=1,
    )
    small_accounts: bool = setting(
        True, "", "Whether small accounts have rules of their own, which know no caps."
    )
    small_equity_max: float = setting(
        20_000, "quote currency", "Equity up to which an account is small.", ge=0, le=1e15
    )
    small_sure: float = setting(
        0.8,
        "score",
        "Score from which a small account spends nearly all its cash; below, the least order.",
        ge=0,
        le=1,
    )
    small_share: float = setting(0.98, "share of cash", "What nearly all its cash is.", gt=0, le=1)


class Threshold(Section):
    """What a position on ticks must be expected to earn after costs before it is opened."""

    base_major: float = setting(
        0.0015, "share of value", "What is demanded in a major.", ge=0, le=1
    )
    base_other: float = setting(
        0.0025, "share of value", "What is demanded in another market.", ge=0, le=1
    )
    wild_add: float = setting(
        0.0005, "share of value", "Added where it is volatile and its spread wide.", ge=0, le=1
    )
    wild_volatility: float = setting(
        1.5, _RATIO, "ATR20 / ATR60 above which it is volatile.", gt=0, le=100
    )
    wild_spread: float = setting(
        0.0015, "share of price", "Spread above which it is wide.", gt=0, le=1
    )
    slow_volume: float = setting(
        0.7, _RATIO, "Volume, as a share of the usual, below which more is demanded.", ge=0, le=1
    )
    slow_factor: float = setting(
        1.2, _RATIO, "What the demand is multiplied by at such volume.", ge=1, le=100
    )
    idle_volume: float = setting(
        0.3, _RATIO, "Volume below which still more is demanded, as on weekends.", ge=0, le=1
    )
    idle_factor: float = setting(
        1.5, _RATIO, "What the demand is multiplied by at so little volume.", ge=1, le=100
    )
    holiday_factor: float = setting(
        2.0, _RATIO, "What the demand is multiplied by on a public holiday.", ge=1, le=100
    )
    event_factor: float = setting(
        1.3,
        _RATIO,
        "What the demand is multiplied by within a window of events.toml.",
        ge=1,
        le=100,
    )
    belief_add: float = setting(
        0.0004,
        "share of value",
        "Added for each unit by which the chance to win is below 1/2.",
        ge=0,
        le=1,
    )
    belief_trips: int = setting(
        100, "round trips", "From how many of the last that chance is known.", ge=1, le=200
    )
