"""How long epochs last by what turns take."""

import pytest

from flows.conveyor.pace import MOST, SHARE, Pace

SET = 0.25
"""Seconds."""


def test_epochs_last_as_long_as_they_are_set_while_turns_take_little() -> None:
    pace = Pace(SET)
    assert [pace.epoch(flow, 0.4 * SHARE * SET) for flow in ("media", "pose")] == [SET, SET]


def test_epochs_of_all_flows_last_longer_the_more_their_turns_take_together() -> None:
    pace = Pace(SET)
    pace.epoch("media", SHARE * SET)
    assert pace.epoch("pose", SHARE * SET) == pytest.approx(2 * SET)
    assert pace.epoch("media", SHARE * SET) == pytest.approx(2 * SET)


def test_epochs_last_at_most_so_long() -> None:
    assert Pace(SET).epoch("media", 60.0) == MOST * SET


def test_a_flow_that_rests_again_takes_nothing() -> None:
    pace = Pace(SET)
    pace.epoch("pose", 60.0)
    pace.epoch("pose", 0.0)
    assert pace.epoch("media", 0.0) == SET
