"""Steps in their order equal the reference, however sessions are divided; each event is one step, the window counts."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import msgspec
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from query_api.capture import steps as counting
from query_api.capture.ordered import told
from query_api.capture.steps import Step, taken
from schemas.capture import EVENTS
from tests.kit.media_sessions import NOON
from tests.query_api.capture.drawn import events, session_id, steps
from tests.reference.capture import answers
from tests.reference.capture.session import Event, Session

COLUMNS = ("session_id", "interaction", "timestamp_ms", "position", "target", "payload")


def rows(sessions: Sequence[Session]) -> pl.LazyFrame:
    said = [
        (session.id, event.event_type, event.timestamp_ms, number, event.target, encoded(event))
        for session in sessions
        for number, event in enumerate(session.events, 1)
    ]
    schema = {name: EVENTS.primary.schema[name] for name in COLUMNS}
    # in no order, as in a table of many files
    return pl.LazyFrame(said[::-1], schema, orient="row")


def encoded(event: Event) -> str | None:
    return None if event.payload is None else msgspec.json.encode(event.payload).decode()


def counted(sessions: Sequence[Session], wanted: Sequence[Any], window_ms: int) -> list[Any]:
    asked = msgspec.convert(wanted, list[Step])
    found: list[Any] = msgspec.to_builtins(told(asked, taken(rows(sessions), asked, window_ms)))
    return found


def of(number: int, *events: tuple[str, int]) -> Session:
    return Session(session_id(number), "ann", NOON, events=[Event(kind, time) for kind, time in events])


@settings(max_examples=40)
@given(
    st.lists(st.lists(events, max_size=7), max_size=5),
    steps,
    st.sampled_from((0, 1, 500, 3_600_000, 86_400_000)),
)
def test_steps_equal_the_reference(several: list[list[Event]], wanted: list[Any], window_ms: int) -> None:
    sessions = [
        Session(session_id(number), "ann", NOON + timedelta(minutes=number), events=each)
        for number, each in enumerate(several)
    ]
    expected = answers.ordered_funnel(sessions, wanted, window_ms)
    with patch.object(counting, "STARTS_AT_ONCE", 2):
        assert counted(sessions, wanted, window_ms) == expected


def test_the_beginning_counts_that_comes_furthest_and_of_those_the_earliest() -> None:
    wanted = [{"event_type": kind} for kind in "abc"]
    # from 0 the c is too late; from 50 and from 60 all is there
    session = of(1, ("a", 0), ("a", 50), ("a", 60), ("b", 70), ("c", 130))
    found = counted([session], wanted, 100)
    assert [(step["count"], step["median_ms_from_previous"]) for step in found] == [(1, None), (1, 20), (1, 60)]


def test_an_event_is_one_step() -> None:
    twice = [{"event_type": "a"}] * 2
    sessions = [of(1, ("a", 5)), of(2, ("a", 5), ("a", 5))]
    found = counted(sessions, twice, 0)
    assert [(step["count"], step["conversion_from_previous"]) for step in found] == [(2, 1.0), (1, 0.5)]
    assert found[1]["median_ms_from_previous"] == 0


def test_where_nobody_did_the_first_step_shares_are_unknown() -> None:
    found = counted([of(1, ("b", 5))], [{"event_type": "a"}, {"event_type": "b"}], 10)
    assert [(step["count"], step["conversion_from_first"]) for step in found] == [(0, None), (0, None)]
