"""What readiness tells of flows: which are in trouble and why, and that none run at all."""

from datetime import timedelta

import pytest

from control.heartbeats import ALIVE_WITHIN
from control.store import Control
from kinelake.faults import FlowsInTrouble
from kinelake.installation import Installation
from kinelake.role import now
from kinelake.troubles import TROUBLES, check_flows


@pytest.fixture
def control(installation: Installation) -> Control:
    """Of an installation whose web process is alive."""
    installation.control.heartbeats.beat("web", "host:1", now(), {})
    return installation.control


def test_that_no_process_runs_flows_is_told_with_what_starts_them(control: Control) -> None:
    with pytest.raises(FlowsInTrouble, match=r"no process runs flows.*`kinelake flows` starts them"):
        check_flows(control)


@pytest.mark.parametrize("role", ["flows", "flow media", "flow media 1/2", "flows 0/2"])
def test_a_process_that_runs_flows_is_enough_as_long_as_it_is_alive(control: Control, role: str) -> None:
    control.heartbeats.beat(role, "host:2", now(), {})
    check_flows(control)
    control.heartbeats.beat(role, "host:2", now() - ALIVE_WITHIN - timedelta(seconds=1), {})
    with pytest.raises(FlowsInTrouble, match="no process runs flows"):
        check_flows(control)


def test_flows_in_trouble_are_named_with_their_reasons(control: Control) -> None:
    control.heartbeats.beat("flows", "host:2", now(), {TROUBLES: {"media": "cannot go on", "pose": "starts again"}})
    with pytest.raises(FlowsInTrouble, match=r"^media: cannot go on; pose: starts again$"):
        check_flows(control)
