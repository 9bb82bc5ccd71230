"""A session's status at a moment: completed, abandoned or active."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from schemas.media.sessions import MEDIA_SESSION_STATES
from sinks.media.status import status
from tests.kit.media_sessions import NOON, session

OPEN: dict[str, Any] = {"end_status": None, "reached_end": False, "last_event_at": 10}


def status_of(minutes: float, **facts: Any) -> str:
    rows = pl.DataFrame([session("a", **OPEN | facts)], schema=MEDIA_SESSION_STATES.schema)
    found: str = rows.select(status(NOON + timedelta(minutes=minutes))).item()
    return found


def test_a_session_is_active_while_events_come() -> None:
    assert status_of(11) == "active"


@pytest.mark.parametrize(("minutes", "expected"), [(19.99, "active"), (20, "abandoned")])
def test_ten_minutes_of_silence_abandon_it(minutes: float, expected: str) -> None:
    assert status_of(minutes) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(34.99, "active"), (35, "abandoned")])
def test_thirty_minutes_at_one_place_abandon_it(minutes: float, expected: str) -> None:
    assert status_of(minutes, last_event_at=34, last_playhead_at=NOON + timedelta(minutes=5)) == expected


def test_a_session_that_never_played_stands_still_from_its_first_event() -> None:
    assert status_of(30, last_event_at=29, last_playhead_at=None) == "abandoned"


def test_a_session_that_never_said_where_its_playhead_is_does_not_stand_still() -> None:
    unknown: dict[str, Any] = {"last_playhead_at": None, "max_position_seconds": None}
    assert status_of(45, last_event_at=44, **unknown) == "active"
    assert status_of(54, last_event_at=44, **unknown) == "abandoned"


def test_what_the_end_says_holds_at_once() -> None:
    assert status_of(10, end_status="abandoned") == "abandoned"
    assert status_of(10, end_status="completed") == "completed"


def test_reaching_the_end_beats_an_abandoned_end() -> None:
    assert status_of(500, end_status="abandoned", reached_end=True) == "completed"
