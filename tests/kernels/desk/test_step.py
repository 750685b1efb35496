"""The door of the desk: which events it knows, and what each call leaves behind."""

import numpy as np
import pytest

from sigma_cli.domain.dtypes.tape import EVENT
from sigma_cli.domain.events import ControlKind, EventKind
from sigma_cli.kernels.desk.step import step
from tests.kernels.harness import Desk

KNOWN = (EventKind.START, EventKind.BAR, EventKind.FACT, EventKind.SIGNAL, EventKind.CONTROL)


@pytest.mark.parametrize("kind", [0, 99, *(kind for kind in EventKind if kind not in KNOWN)])
def test_an_event_the_desk_does_not_know_is_a_bug(kind: int) -> None:
    desk = Desk()
    event = np.zeros(1, EVENT)
    event[0].kind = kind
    with pytest.raises(ValueError, match="kind of event"):
        step(desk.state, event, desk.params, desk.outbox)


@pytest.mark.parametrize("kind", [0, max(ControlKind) + 1])
def test_a_control_the_desk_does_not_know_is_a_bug(kind: int) -> None:
    desk = Desk()
    event = np.zeros(1, EVENT)
    event[0].kind, event[0].control.kind = EventKind.CONTROL, kind
    with pytest.raises(ValueError, match="kind of control"):
        step(desk.state, event, desk.params, desk.outbox)


def test_each_event_empties_the_outbox_first() -> None:
    desk = Desk()
    desk.bar(10_000)
    assert desk.signal(1.0).requests
    assert desk.bar(10_000).nothing
    assert desk.outbox[0].request_count == desk.outbox[0].decision_count == 0


def test_the_state_knows_the_number_and_time_of_the_last_event() -> None:
    desk = Desk()
    desk.bar(10_000)
    assert (desk.state[0].seq, desk.state[0].now_ns) == (desk.seq - 1, desk.now_ns)
