"""The kill switches of a desk that trades on ticks: their limits, and what they do.

Which row of the table reads which setting, `domain/switches.py` says.
"""

from typing import Self

from pydantic import model_validator

from sigma_cli.settings.section import Section, setting

_EQUITY = "share of equity"
_RATIO = "ratio"


class Switches(Section):
    """Kill switches of runs on ticks, beside `limits`; a limit of none switches one off."""

    day_loss_close: float | None = setting(
        0.05, _EQUITY, "Loss of a day at which everything is sold until the next.", gt=0, le=1
    )
    day_loss_halt: float | None = setting(
        0.08, _EQUITY, "Loss of a day at which all is sold and a person is needed.", gt=0, le=1
    )
    week_loss_halt: float | None = setting(
        0.10, _EQUITY, "Loss since Monday at which a person is needed.", gt=0, le=1
    )
    drawdown_halt: float | None = setting(
        0.15,
        "share of peak equity",
        "Drawdown at which all is sold and a person is needed.",
        gt=0,
        le=1,
    )
    day_loss_value_veto: float | None = setting(
        None,
        "quote currency",
        "Loss of a day at which opening stops until the next.",
        gt=0,
        le=1e15,
    )
    day_loss_value_close: float | None = setting(
        None,
        "quote currency",
        "Loss of a day at which everything is sold until the next.",
        gt=0,
        le=1e15,
    )

    submits_pause: int | None = setting(
        10, "orders", "Orders in a minute above which opening pauses.", ge=1, le=1_000
    )
    submits_pause_min: float = setting(10, "min", "How long that pause is.", gt=0, le=10_080)
    repeats_halt: int | None = setting(
        3,
        "orders",
        "Repeats of one order within a minute above which a person is needed.",
        ge=1,
        le=1_000,
    )
    entries_day_max: int | None = setting(
        50, "entries", "Most entries in a day.", ge=1, le=1_000_000
    )
    median_ratio_max: float | None = setting(
        10.0, _RATIO, "Largest order as a multiple of the median of the last 100.", ge=1, le=1e9
    )
    median_orders_min: int = setting(
        5, "orders", "Orders before there is such a median.", ge=1, le=100
    )
    position_value_max: float | None = setting(
        None, "quote currency", "Most value in one market.", gt=0, le=1e15
    )
    collar_max: float | None = setting(
        0.02, "share of price", "How far from the market an order's price may be.", gt=0, le=1
    )

    hurst_noise_max: float | None = setting(
        0.065,
        "exponent",
        "Half of the band around `hurst_centre` in which Hurst's exponent, with its deviation,"
        " says nothing; observed only.",
        gt=0,
        le=1,
    )
    hurst_centre: float = setting(0.515, "exponent", "Middle of that band.", gt=0, le=1)
    hurst_sd: float = setting(
        0.045, "exponent", "Deviation of Hurst's exponent of 512 minutes.", ge=0, le=1
    )
    vpin_max: float | None = setting(
        0.7,
        "VPIN",
        "Share of one-sided volume (informed trading) above which sizes shrink.",
        gt=0,
        le=1,
    )
    vpin_scale: float = setting(
        0.3, _RATIO, "What sizes are multiplied by while VPIN is above it.", gt=0, le=1
    )
    lambda_excess_max: float | None = setting(
        0.0,
        "bps per quote currency",
        "How far above its quantile Kyle's lambda (what trades move the price by) shrinks sizes.",
        ge=-1e6,
        le=1e6,
    )
    lambda_scale: float = setting(
        0.6, _RATIO, "What sizes are multiplied by while lambda is above it.", gt=0, le=1
    )
    lambda_quantile: float = setting(
        0.8, "share", "Which quantile of lambda it is held against.", ge=0.01, le=0.99
    )
    lambda_minutes_min: int = setting(
        60, "min", "Minutes of lambda before its quantile is believed.", ge=5, le=100_000
    )
    spread_ratio_max: float | None = setting(
        3.0, _RATIO, "Spread as a multiple of this minute of the day's usual one.", gt=0, le=1e6
    )
    volume_ratio_min: float | None = setting(
        0.5,
        _RATIO,
        "Volume of a minute as a share of this minute of the day's usual one.",
        gt=0,
        le=1e6,
    )
    usual_days: int = setting(
        7, "d", "Days before, of which the median says what is usual.", ge=1, le=31
    )
    usual_days_min: int = setting(3, "d", "Days of them that must be stored.", ge=1, le=31)
    move_max: float | None = setting(
        0.05, "share of price", "Move within `move_window_s` that stops a market.", gt=0, le=1
    )
    move_window_s: float = setting(60, "s", "Window of that move.", ge=1, le=3_600)
    toxicity_max: float | None = setting(
        3.0, "deviations", "How unusual the signed volume of ten minutes may be.", gt=0, le=1e6
    )

    losses_pause: int | None = setting(
        3, "round trips", "Losses in a row after which opening pauses.", ge=1, le=1_000_000
    )
    losses_pause_min: float = setting(60, "min", "How long that pause is.", gt=0, le=10_080)
    losses_shrink: int | None = setting(
        10, "round trips", "Losses in a row after which sizes shrink.", ge=1, le=1_000_000
    )
    losses_scale: float = setting(
        0.3, _RATIO, "What sizes are multiplied by after so many losses.", gt=0, le=1
    )
    slippage_max: float | None = setting(
        0.002,
        "share of price",
        "Mean slippage of entries above which more is expected.",
        gt=0,
        le=1,
    )
    slippage_add: float = setting(
        0.001, "share of value", "What the entry threshold rises by then.", ge=0, le=1
    )
    slippage_p95_max: float | None = setting(
        0.01, "share of price", "p95 of slippage above which no entry takes at once.", gt=0, le=1
    )
    entries_min: int = setting(20, "entries", "Entries that slippage is of.", ge=1, le=20)
    fee_share_max: float | None = setting(
        0.44, "share of gross profit", "Fees above which opening stops for a person.", gt=0, le=1e6
    )
    fee_trades_min: int = setting(
        200, "round trips", "Round trips that fees are counted of.", ge=1, le=200
    )

    position_share_max: float | None = setting(
        0.30, _EQUITY, "Position in one market above which it is trimmed.", gt=0, le=1
    )
    exposure_max: float | None = setting(
        1.0, _EQUITY, "All positions together above which they are trimmed.", gt=0, le=100
    )
    stillness_veto_s: float | None = setting(
        30, "s", "Silence of a market after which nothing is opened there.", gt=0, le=604_800
    )
    stillness_close_s: float | None = setting(
        300, "s", "Silence after which its orders are cancelled and it pauses.", gt=0, le=604_800
    )
    stillness_pause_min: float = setting(5, "min", "How long that pause is.", gt=0, le=10_080)
    round_trip_raise_ms: float | None = setting(
        100, "ms", "p95 from decision to answer above which more is demanded.", gt=0, le=1e6
    )
    round_trip_raise: float = setting(
        1.1, _RATIO, "What the entry threshold is multiplied by while they are.", ge=1, le=100
    )
    round_trip_shrink_ms: float | None = setting(
        200, "ms", "p95 from decision to answer above which sizes shrink.", gt=0, le=1e6
    )
    round_trip_scale: float = setting(
        0.8, _RATIO, "What sizes are multiplied by while answers are so slow.", gt=0, le=1
    )
    round_trip_more_ms: float | None = setting(
        500, "ms", "p95 from decision to answer above which still more is demanded.", gt=0, le=1e6
    )
    round_trip_more: float = setting(
        1.5, _RATIO, "What the entry threshold is multiplied by while they are.", ge=1, le=100
    )
    round_trips_min: int = setting(20, "orders", "Answers that the p95 is of.", ge=1, le=100)
    unexplained_halt: float | None = setting(
        0.03, _EQUITY, "Changes of balance that no order explains: a person is needed.", gt=0, le=1
    )
    unexplained_minutes: int = setting(60, "min", "Window of those changes.", ge=1, le=60)
    untracked_cancel: int | None = setting(
        0,
        "facts",
        "Facts about orders that are not ours above which such orders are cancelled.",
        ge=0,
        le=1_000_000,
    )
    untracked_halt: int | None = setting(
        5,
        "facts",
        "Facts about orders that are not ours above which a person is needed.",
        ge=0,
        le=1_000_000,
    )
    same_scores_min: int | None = setting(
        3, "markets", "Identical scores within a second that mean mixed data.", ge=2, le=64
    )
    same_scores_quiet_s: float = setting(
        60, "s", "For how long nothing is opened after that.", ge=0, le=604_800
    )

    @model_validator(mode="after")
    def _can_be_usual(self) -> Self:
        """Refuse to ask for more days than are looked at."""
        if self.usual_days_min > self.usual_days:
            raise ValueError(
                f"switches.usual_days_min: {self.usual_days_min} of {self.usual_days} days can"
                " never be stored; set it to switches.usual_days or less"
            )
        return self
