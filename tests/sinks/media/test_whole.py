"""Media sessions whole: each once, whether settled, not yet, or settled and open again."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS
from sinks.location import Location
from sinks.media.options import SettleOptions
from sinks.media.settle import settle
from sinks.media.whole import newest, sessions, uncovered, whole
from sinks.reader import TableReader
from sinks.settling import whole_of
from sinks.table import created
from tests.kit.media_sessions import NOON, append, session, settle_tables, states

LATER = NOON + timedelta(hours=2)


def rows(*given: Mapping[str, Any]) -> pl.DataFrame:
    """Settled rows."""
    own = [{"status": "completed", "start_date": NOON.date(), **row} for row in given]
    return pl.DataFrame(own, schema=MEDIA_SESSIONS.schema)


def counted(frame: pl.LazyFrame) -> dict[str, tuple[int, str]]:
    found = frame.collect()
    assert found.columns == MEDIA_SESSIONS.schema.names()
    shown = found.select("session_id", "events", "status").iter_rows()
    by_id = {session_id: (events, status) for session_id, events, status in shown}
    assert len(by_id) == found.height
    return by_id


def test_every_session_is_there_once_with_its_newest_facts() -> None:
    settled = rows(session("settled", events=1), session("reopened", events=2, revision=5))
    unsettled = states(
        session("settled", events=1),
        session("reopened", events=3, revision=9),
        session("new", events=4, revision=2, end_status=None, reached_end=False),
        session("new", events=5, revision=3, end_status=None, reached_end=False),
    )
    assert counted(sessions(settled.lazy(), unsettled.lazy(), NOON + timedelta(minutes=11))) == {
        "settled": (1, "completed"),
        "reopened": (3, "completed"),
        "new": (5, "active"),
    }


@given(revisions=st.lists(st.integers(1, 9), min_size=1), covered=st.integers(0, 9))
def test_a_state_counts_exactly_where_no_settled_row_is_as_new(revisions: list[int], covered: int) -> None:
    settled = rows(*([session("a", revision=covered)] if covered else []))
    last = newest(states(*(session("a", revision=revision) for revision in revisions)))
    assert last["revision"].to_list() == [max(revisions)]
    assert uncovered(last, settled)["revision"].to_list() == ([max(revisions)] if max(revisions) > covered else [])


def test_from_the_tables_before_and_after_settling_and_of_some_sessions_only(tmp_path: Path) -> None:
    reader = TableReader(Location(str(tmp_path)))
    assert counted(whole(reader, LATER)) == {}, "nobody has made a table"
    created(Location(str(tmp_path)), MEDIA_SESSION_STATES)
    append(tmp_path, session("a", events=1), session("b", events=2))
    before = counted(whole(reader, LATER))
    settle(settle_tables(tmp_path), LATER, LATER, SettleOptions())
    append(tmp_path, session("b", events=3, revision=7))
    assert before == {"a": (1, "completed"), "b": (2, "completed")}
    assert counted(whole(reader, LATER)) == {"a": (1, "completed"), "b": (3, "completed")}
    assert counted(whole(reader, LATER, pl.col("session_id") == "b")) == {"b": (3, "completed")}


def test_the_sessions_table_is_found_whole_by_its_name_and_others_are_whole_as_they_are() -> None:
    assert whole_of(MEDIA_SESSIONS.name) is whole
    assert whole_of("media_events") is None
