import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.stats.round_trips import Fills, round_trips

MINUTE_NS = 60 * 10**9


def fills(*rows: tuple[int, int, float, float], least: int = 1) -> Fills:
    """Rows of (minute, signed size, price, fee); a unit is one, and `least` of them can be sold."""
    minute, signed, price, fee = (np.array(column) for column in zip(*rows, strict=True))
    return Fills(
        ts_ns=minute * MINUTE_NS,
        signed_u=signed.astype(np.int64),
        size=np.abs(signed).astype(float),
        price=price.astype(float),
        fee=fee.astype(float),
        least_u=np.full(len(minute), least),
    )


def test_one_trip_added_to_and_reduced() -> None:
    trips = round_trips(
        fills((1, 2, 10.0, 0.1), (2, 1, 13.0, 0.1), (3, -1, 12.0, 0.1), (5, -2, 15.0, 0.2)),
        mark=99.0,
        bar_ns=MINUTE_NS,
    )
    row = {name: column.tolist() for name, column in trips.items()}
    assert row["entry_ts_ns"] == [MINUTE_NS]
    assert row["exit_ts_ns"] == [5 * MINUTE_NS]
    assert row["size_u"] == [3]
    assert row["entry_price"] == [11.0]
    assert row["exit_price"] == [14.0]
    assert row["fees"] == pytest.approx([0.5])
    assert row["pnl"] == pytest.approx([8.5])
    assert row["return"] == pytest.approx([8.5 / 33])
    assert row["bars"] == [4]


def test_the_last_trip_may_be_open() -> None:
    trips = round_trips(
        fills((1, 1, 10.0, 0.0), (2, -1, 11.0, 0.0), (3, 2, 20.0, 1.0)), 25.0, MINUTE_NS
    )
    assert trips["exit_ts_ns"].tolist() == [2 * MINUTE_NS, 0]
    assert trips["exit_price"].tolist() == [11.0, 25.0]
    assert trips["pnl"].tolist() == [1.0, 9.0]
    assert trips["bars"].tolist() == [1, 0]


def test_no_fills_no_trips() -> None:
    none = np.empty(0)
    no_u = none.astype(np.int64)
    nothing = Fills(ts_ns=no_u, signed_u=no_u, size=none, price=none, fee=none, least_u=no_u)
    assert all(len(column) == 0 for column in round_trips(nothing, 1.0, MINUTE_NS).values())


def test_dust_ends_a_trip_and_the_next_one_takes_it_over() -> None:
    made = fills(
        (1, 10, 10.0, 0.0), (2, -8, 11.0, 0.0), (5, 10, 20.0, 0.0), (6, -12, 22.0, 0.0), least=3
    )
    trips = round_trips(made, 99.0, MINUTE_NS)
    assert trips["exit_ts_ns"].tolist() == [2 * MINUTE_NS, 6 * MINUTE_NS]
    assert trips["size_u"].tolist() == [10, 10]
    assert trips["pnl"].tolist() == [10.0, 12 * 22.0 - 10 * 20.0 - 2 * 11.0], "dust at 11 each"
    assert trips["entry_price"].tolist() == [10.0, (10 * 20.0 + 2 * 11.0) / 12]


def test_a_sale_of_dust_alone_belongs_to_the_trip_that_left_it() -> None:
    made = fills(
        (1, 10, 10.0, 0.0), (2, -9, 11.0, 0.0), (4, -1, 12.0, 0.0), (5, 5, 9.0, 0.0), least=2
    )
    trips = round_trips(made, 10.0, MINUTE_NS)
    assert trips["exit_ts_ns"].tolist() == [4 * MINUTE_NS, 0]
    assert trips["pnl"].tolist() == [11.0, 5.0]


def test_little_that_was_bought_is_no_dust_before_something_is_sold() -> None:
    made = fills((1, 1, 10.0, 0.0), (2, 9, 10.0, 0.0), (3, -10, 11.0, 0.0), least=3)
    assert len(round_trips(made, 1.0, MINUTE_NS)["pnl"]) == 1


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(1, 99)), max_size=40),
    st.integers(1, 4),
)
def test_the_pnl_of_all_trips_is_the_change_of_the_account(
    orders: list[tuple[int, int, int]], least: int
) -> None:
    held, cash, rows = 0, 0.0, []
    for minute, (bought, sold, price) in enumerate(orders, start=1):
        for signed in (bought, -min(sold, held + bought)):
            if signed:
                held += signed
                cash -= signed * price + 0.5
                rows.append((minute, signed, float(price), 0.5))
    if rows:
        trips = round_trips(fills(*rows, least=least), mark=50.0, bar_ns=MINUTE_NS)
        assert trips["pnl"].sum() == pytest.approx(cash + held * 50.0)
        is_open = held >= least or rows[-1][1] > 0
        assert (trips["exit_ts_ns"] == 0).sum() == is_open
