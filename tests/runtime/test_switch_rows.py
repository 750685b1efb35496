"""Which rows of the switch table a run has, and what it tells of them."""

from itertools import pairwise

from sigma_cli.domain.dtypes.bounds import FIRINGS_MAX
from sigma_cli.domain.features import Family
from sigma_cli.domain.switches import SWITCHES, Wake
from sigma_cli.runtime import switch_rows, world
from sigma_cli.settings import Settings
from tests.kernels.desk.tower import B, Tower, settings


def test_the_rows_of_a_wake_stand_together() -> None:
    params = world.build(Settings(), 2, ticks=True)[0].params
    ends = (params.equity_rows, params.order_rows, params.market_rows, params.closed_rows)
    wakes = [SWITCHES[row.index].wake for row in params.switches[: params.switch_rows]]
    assert wakes == sorted(wakes)
    assert [wakes.index(wake) for wake in list(Wake)[1:]] == list(ends)
    assert params.watching


def test_what_rows_look_at_has_to_be_kept() -> None:
    def families(**on: float) -> Family:
        return switch_rows.families(world.build(settings(**on), 1, ticks=True)[0].params)

    assert families() == families(vpin_max=0.5) == Family(0)
    assert families(hurst_noise_max=0.1) == Family.MOMENTS
    assert families(toxicity_max=3, hurst_noise_max=0.1) == Family.FLOW | Family.MOMENTS


def test_a_run_tells_what_fired_and_what_was_blind() -> None:
    t = Tower(settings(losses_pause=2, vpin_max=0.7, stillness_veto_s=30))
    assert "vpin_max" in switch_rows.blind(t.world[0])
    t.closed(-1, -1)
    t.tick(10_000, B)
    t.timer(after_s=31)
    first, second = switch_rows.timeline(t.world[0])
    assert (first["name"], first["number"], first["market"]) == ("losses_pause", 7, None)
    assert (first["value"], first["limit"]) == (2.0, 2.0)
    assert (second["name"], second["market"], second["ts_ns"]) == (
        "stillness_veto_s", B, t.state.now_ns,
    )  # fmt: skip
    blind = switch_rows.blind(t.world[0])
    assert "losses_pause" not in blind and "stillness_veto_s" not in blind


def test_the_last_times_are_told_in_order() -> None:
    t = Tower(settings(losses_shrink=1))
    for _ in range(FIRINGS_MAX + 3):
        t.wait(1)
        t.closed(-1, 1)
    told = switch_rows.timeline(t.world[0])
    assert len(told) == FIRINGS_MAX
    assert told[-1]["ts_ns"] == t.state.now_ns
    assert all(b["ts_ns"] - a["ts_ns"] == 10**9 for a, b in pairwise(told))


def test_bars_are_blind_to_nothing() -> None:
    assert switch_rows.blind(world.build(Settings(), 1)[0]) == []
