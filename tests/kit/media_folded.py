"""The step that folds sessions beside a table, and what it says against the event-by-event reference."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from flows.conveyor.batch import Batch
from flows.media.sessions import Sessions
from flows.media.store import SessionStore
from schemas.media.sessions import SESSION_KEY
from schemas.media.usage import MEDIA_USAGE
from schemas.shared.times import microseconds, moment
from sinks.media.folding.usage import added_up
from tests.kit.media_rows import Event, rows
from tests.reference.media import fold as reference
from tests.reference.media.answers import MINUTE_US
from tests.reference.media.session import Session
from tests.reference.media.usage import _Minutes

EXACT = (
    "media_type", "country_code", "device_type", "browser_family", "connection_type", "source",
    "ingest_key", "events", "errors", "fatal_error",
    "total_duration_seconds", "ttfb_ms", "load_time_ms", "end_status", "dropped_frames", "buffering_count",
    "max_position_seconds", "watch_time_seconds", "reached_end",
)  # fmt: skip
CLOSE = ("bits", "media_seconds", "unique_seconds", "completion_percent", "buffering_duration_ms")
TIMES = ("first_event_at", "last_event_at", "last_received_at", "last_playhead_at", "first_play_at")


class Folded:
    """The step with a table that holds what went through it, as the primary table would after each commit."""

    def __init__(self, history: int = 10_000, open_sessions: int = 10_000) -> None:
        self.table = rows([])
        self.step = self.started(history, open_sessions)
        self.states: dict[tuple[str, ...], dict[str, Any]] = {}
        self.usage: list[pl.DataFrame] = []

    def started(self, history: int, open_sessions: int) -> Sessions:
        store = SessionStore(open_sessions, history, None, keep_recent=0)
        return Sessions(store, lambda _: self.table.lazy())

    def take(self, batch: pl.DataFrame) -> None:
        done = self.step(Batch(batch, {}))
        self.table = pl.concat([self.table, batch])
        self.usage += [done.tables["media_usage"]] if "media_usage" in done.tables else []
        for row in done.tables["media_session_states"].iter_rows(named=True):
            self.states[tuple(row[name] for name in SESSION_KEY)] = row

    def restart(self) -> None:
        self.step = self.started(10_000, 10_000)
        self.step.know(self.table.select(SESSION_KEY).unique())


def expect(folded: Folded, events: list[Event]) -> None:
    expected = reference.fold(events)
    assert len(folded.states) == len(expected)
    for session in expected:
        row = folded.states[tuple(getattr(session, name) for name in SESSION_KEY)]
        _same(row, session)


def expect_usage(folded: Folded, events: list[Event]) -> None:
    """Minute by minute what the reference adds up, whatever was taken back on the way."""
    usage = added_up(pl.concat([pl.DataFrame(schema=MEDIA_USAGE.schema), *folded.usage]))
    rows, sessions = usage.filter(pl.col("dimension") == "all"), reference.fold(events)
    for source in {*(session.source for session in sessions), *rows["source"]}:
        theirs = [session for session in sessions if session.source == source]
        _expect_minutes(rows.filter(pl.col("source").eq_missing(pl.lit(source))), theirs)


def _expect_minutes(rows: pl.DataFrame, sessions: Sequence[Session]) -> None:
    minutes = _Minutes()
    for session in sessions:
        minutes.add(session)
    found = {microseconds(row["minute"]) // MINUTE_US: row for row in rows.iter_rows(named=True)}
    assert {minute: row["sessions"] for minute, row in found.items() if row["sessions"]} == dict(minutes.concurrent)
    for minute in minutes.concurrent:
        watched = minutes.watch_seconds.get(minute, 0.0)
        assert found[minute]["watch_seconds"] == pytest.approx(watched, rel=1e-9, abs=1e-6)
        assert found[minute]["bits"] == pytest.approx(minutes.bits.get(minute, 0.0), rel=1e-9, abs=1e-3)
        assert found[minute]["stalls"] == minutes.stalls[minute]


def _same(row: dict[str, Any], session: Session) -> None:
    assert {name: row[name] for name in EXACT} == {name: getattr(session, name) for name in EXACT}
    for name in CLOSE:
        expected = getattr(session, name)
        assert row[name] == (None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-9)), name
    for name in TIMES:
        micros = getattr(session, name)
        assert row[name] == (None if micros is None else moment(micros)), name
