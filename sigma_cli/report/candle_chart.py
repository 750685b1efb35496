"""Trades on the candles they were made on: the whole period, and the last ones from near."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.report import text
from sigma_cli.report.inputs import Bars, Run, Table, Zone
from sigma_cli.report.markup import Markup, tag
from sigma_cli.report.plot import Frame, figure, key, keys, path, plot, time_axis, title
from sigma_cli.report.svg import HEIGHT, WIDTH, Scale, scale_around, ticks

CANDLES_MAX: Final = 120
"""Candles drawn: three pixels each on a telephone."""
MARKS_MAX: Final = 60
"""Trades marked one by one; more would hide the candles."""
NEAR_TRADES: Final = 12
"""Trades shown from near."""

_BODY: Final = 0.64  # of a candle's room
_DOJI: Final = 5  # least height of a body, in drawing units


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Candles to draw and the trades of one market that lie among them."""

    frame: Frame
    bars: Bars
    bar_ns: int
    trades: Table
    """Only trades of this market; `exit_ts_ns` 0 is still open."""


def whole(run: Run, market: int) -> Window | None:
    """Return the whole period of one market; None without candles."""
    bars = run.bars[market]
    if bars is None or len(bars) == 0:
        return None
    chosen = run.trades["market"] == market
    trades = {name: column[chosen] for name, column in run.trades.items()}
    interval_ns = INTERVALS_NS[run.summary["interval"]]
    return _window(bars, trades, interval_ns, run.zone)


def near(run: Run, market: int) -> Window | None:
    """Return the last trades of one market from near; None when the whole period shows them."""
    all_of_it = whole(run, market)
    bars = run.bars[market]
    if all_of_it is None or bars is None or len(all_of_it.trades["market"]) <= NEAR_TRADES:
        return None
    trades = {name: column[-NEAR_TRADES:] for name, column in all_of_it.trades.items()}
    interval_ns = INTERVALS_NS[run.summary["interval"]]
    first_ns = int(trades["entry_ts_ns"][0])
    last_ns = max(int(trades["entry_ts_ns"][-1]), int(trades["exit_ts_ns"].max()))
    room_ns = max((last_ns - first_ns) // 20, 5 * interval_ns)
    first, end = np.searchsorted(bars.open_ts_ns, (first_ns - room_ns, last_ns + room_ns))
    return _window(bars.part(int(first), int(end)), trades, interval_ns, run.zone)


def candle_figure(window: Window, name: str, note: str) -> Markup:
    """Return the figure of one window."""
    bars = window.bars
    scale = scale_around(float(bars.low.min()), float(bars.high.max()), margin=0.08)
    few = len(window.trades["market"]) <= MARKS_MAX
    drawn = plot(
        *_links(window, scale, few),
        *_candles(window, scale),
        height="tall",
        levels=_levels(scale),
        over=_marks(window, scale) if few else (),
        name=f"candles of {name}",
    )
    strips = [] if few else [_entries(window)]
    legend = keys(
        tag("b", name, class_="market"),
        key("rise", "rose"),
        key("sink", "fell"),
        *((key("entry", "entry"), key("exit", "exit")) if few else ()),
    )
    return figure(
        drawn,
        *strips,
        time_axis(window.frame),
        legend=legend,
        note=f"{note} Each candle is {_length(window.bar_ns)}.",
        readings=_readings(window),
    )


def _levels(scale: Scale) -> list[tuple[float, str]]:
    """Return the price levels; millions are shortened, because the margin is narrow."""
    places = ticks(scale, 6)
    unit, sign = (1e6, "M") if scale.high >= 1e6 else (1.0, "")
    return [(scale.share(at), text.price(at / unit, 6) + sign) for at in places]


def _window(bars: Bars, trades: Table, interval_ns: int, zone: Zone) -> Window:
    start_ns = int(bars.open_ts_ns[0])
    end_ns = int(bars.open_ts_ns[-1]) + interval_ns
    bar_ns = _bar_length(end_ns - start_ns, interval_ns)
    start_ns -= (start_ns + zone.offset_ns) % bar_ns  # candles begin at round times
    end_ns += (start_ns - end_ns) % bar_ns
    frame = Frame(start_ns=start_ns, end_ns=end_ns, zone=zone)
    return Window(frame=frame, bars=bars.longer(bar_ns, start_ns), bar_ns=bar_ns, trades=trades)


def _bar_length(span_ns: int, interval_ns: int) -> int:
    """Return the shortest usual candle, at least `interval_ns`, of which few enough fit."""
    usual = (n for n in INTERVALS_NS.values() if n >= interval_ns)
    for bar_ns in usual:
        if span_ns <= bar_ns * CANDLES_MAX:
            return bar_ns
    day_ns = INTERVALS_NS["1d"]
    return day_ns * -(-span_ns // (day_ns * CANDLES_MAX))


def _places(window: Window, ts_ns: NDArray[np.int64]) -> NDArray[np.float64]:
    return window.frame.scale.x((ts_ns - window.frame.start_ns).astype(np.float64))


def _candles(window: Window, scale: Scale) -> list[Markup]:
    bars = window.bars
    left = _places(window, bars.open_ts_ns)
    room = window.bar_ns / window.frame.scale.high * WIDTH
    middle = np.rint(left + room / 2).astype(int)
    width = max(round(room * _BODY), 2)
    top = np.rint(scale.y(np.maximum(bars.open, bars.close))).astype(int)
    height = np.rint(scale.y(np.minimum(bars.open, bars.close))).astype(int) - top
    height = np.maximum(height, _DOJI)
    high, low = (np.rint(scale.y(side)).astype(int) for side in (bars.high, bars.low))
    shapes = []
    for kind, chosen in (("rise", bars.close >= bars.open), ("sink", bars.close < bars.open)):
        at = np.flatnonzero(chosen).tolist()
        wicks = "".join(f"M{middle[i]} {high[i]}V{low[i]}" for i in at)
        bodies = "".join(
            f"M{middle[i] - width // 2} {top[i]}h{width}v{height[i]}h-{width}z" for i in at
        )
        shapes += [path(f"wick {kind}", wicks), path(f"body {kind}", bodies)]
    return shapes


def _links(window: Window, scale: Scale, few: bool) -> list[Markup]:
    """Return the lines from entry to exit, those that won and those that lost apart."""
    trades = window.trades
    shut = trades["exit_ts_ns"] != 0
    if not few or not shut.any():
        return []
    x1, x2 = _places(window, trades["entry_ts_ns"]), _places(window, trades["exit_ts_ns"])
    y1, y2 = scale.y(trades["entry_price"]), scale.y(trades["exit_price"])
    shapes = []
    for kind, chosen in (("won", trades["pnl"] > 0), ("lost", trades["pnl"] <= 0)):
        at = np.flatnonzero(chosen & shut).tolist()
        points = "".join(f"M{x1[i]:.0f} {y1[i]:.0f}L{x2[i]:.0f} {y2[i]:.0f}" for i in at)
        shapes.append(path(f"link {kind}", points))
    return shapes


def _marks(window: Window, scale: Scale) -> list[Markup]:
    trades = window.trades
    found = []
    for kind in ("entry", "exit"):
        times, prices = trades[f"{kind}_ts_ns"], trades[f"{kind}_price"]
        for ts_ns, price in zip(times.tolist(), prices.tolist(), strict=True):
            if ts_ns == 0:
                continue
            left, top = window.frame.share(ts_ns), 1.0 - scale.share(price)
            found.append(tag("i", class_=f"mark {kind}", style=f"left:{left:.2%};top:{top:.2%}"))
    return found


def _entries(window: Window) -> Markup:
    """Return a strip with the number of entries under each candle."""
    slots = (window.frame.end_ns - window.frame.start_ns) // window.bar_ns
    slot = (window.trades["entry_ts_ns"] - window.frame.start_ns) // window.bar_ns
    counts = np.bincount(slot, minlength=slots)
    room = window.bar_ns / window.frame.scale.high * WIDTH
    scale = Scale(low=0.0, high=float(counts.max()) * 1.2)
    height = np.rint(HEIGHT - scale.y(counts.astype(np.float64))).astype(int)
    width = max(round(room * _BODY), 2)
    bars = "".join(
        f"M{(i + 0.5) * room - width / 2:.0f} {HEIGHT}v-{height[i]}h{width}v{height[i]}z"
        for i in np.flatnonzero(counts).tolist()
    )
    level = (scale.share(float(counts.max())), text.number(float(counts.max())))
    return plot(
        path("entries", bars),
        height="strip",
        levels=[level],
        over=[title("entries in each candle")],
        name="entries",
    )


def _readings(window: Window) -> list[tuple[float, str]]:
    bars, frame = window.bars, window.frame
    found = []
    for i, ts_ns in enumerate(bars.open_ts_ns.tolist()):
        prices = (bars.open[i], bars.high[i], bars.low[i], bars.close[i])
        said = "  ".join(
            f"{name} {text.price(float(at))}" for name, at in zip("OHLC", prices, strict=True)
        )
        share = frame.share(ts_ns + window.bar_ns // 2)
        found.append((share, f"{text.moment(ts_ns, frame.zone)}  {said}"))
    return found


def _length(bar_ns: int) -> str:
    for name, usual_ns in INTERVALS_NS.items():
        if usual_ns == bar_ns:
            return name
    return text.span(bar_ns)
