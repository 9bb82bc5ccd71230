"""Tables of capture, filled as the flows' commits fill them, from sessions as the reference has them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import polars as pl
from deltalake import write_deltalake

from control.capture_sessions import CaptureSession
from control.store import Control
from flows.capture.counts import chunks_counted, events_counted
from flows.conveyor.batch import Batch
from schemas.capture import CHUNKS, EVENTS, SESSIONS
from schemas.shared.columns import Table
from schemas.shared.stream import Stream
from sinks.location import Location
from sinks.table import created, shaped
from tests.reference.capture.session import Session

TENANT = "acme"
PROJECT = "22222222-2222-4222-8222-222222222222"
OTHER_PROJECT = "33333333-3333-4333-8333-333333333333"


class CaptureTables:
    """What one project writes."""

    def __init__(self, location: Location, project_id: str = PROJECT, tenant: str = TENANT) -> None:
        self.location = location
        self.project_id = project_id
        self.tenant = tenant

    def begin(self, *sessions: Session) -> None:
        """The sessions' rows: that they began, and of those that were, that they were completed."""
        rows = [self._row(SESSIONS, each, "session_initiated", each.created_at) for each in sessions]
        rows += [
            self._row(SESSIONS, each, "session_completed", each.completed_at)
            for each in sessions
            if each.completed_at is not None
        ]
        if rows:
            self._append(SESSIONS.primary, pl.DataFrame(rows, _schema(SESSIONS, rows)))

    def events(self, session: Session, numbers: Sequence[int] | None = None, at: datetime | None = None) -> None:
        """A commit with some of the session's events, by their places from 0, or all; `at` is when they came in."""
        wanted = range(len(session.events)) if numbers is None else numbers
        rows = [self._event(session, number, at) for number in wanted]
        if rows:
            self._commit(EVENTS, events_counted(Batch(pl.DataFrame(rows, _schema(EVENTS, rows)), {})))

    def chunks(self, session: Session) -> None:
        """A commit with all of its chunks."""
        rows = [
            self._row(CHUNKS, session, "chunk", session.created_at) | {"chunk_index": number}
            for number in range(session.chunks)
        ]
        if rows:
            self._commit(CHUNKS, chunks_counted(Batch(pl.DataFrame(rows, _schema(CHUNKS, rows)), {})))

    def known(self, control: Control, *sessions: Session) -> None:
        """What control is told of the sessions."""
        for each in sessions:
            control.capture_sessions.add(
                CaptureSession(
                    id=each.id,
                    tenant=self.tenant,
                    project_id=self.project_id,
                    subject=_subject(each),
                    user_id=each.user_id,
                    capture_mode="hybrid",
                    frame_rate=10.0,
                    created_at=each.created_at,
                    completed_at=each.completed_at,
                )
            )

    def _event(self, session: Session, number: int, at: datetime | None) -> dict[str, Any]:
        event = session.events[number]
        occurred_at = session.created_at + timedelta(milliseconds=event.timestamp_ms)
        return self._row(EVENTS, session, "interaction", occurred_at, at) | {
            "interaction": event.event_type,
            "timestamp_ms": event.timestamp_ms,
            "x": event.x,
            "y": event.y,
            "target": event.target,
            "payload": None if event.payload is None else msgspec.json.encode(event.payload).decode(),
            "position": number + 1,
        }

    def _row(
        self, stream: Stream, session: Session, kind: str, occurred_at: datetime, at: datetime | None = None
    ) -> dict[str, Any]:
        received_at = at or occurred_at
        return {
            "stream": stream.name,
            "tenant": self.tenant,
            "project_id": self.project_id,
            "subject": _subject(session),
            "session_id": session.id,
            "session_created_at": session.created_at,
            "event_type": kind,
            "occurred_at": occurred_at,
            "received_at": received_at,
            "received_date": received_at.date(),
            "consent_level": 2,
            "gpc": False,
        }

    def _commit(self, stream: Stream, batch: Batch) -> None:
        for table in stream.derived_tables:
            if table.name in batch.tables:
                self._append(table, batch.tables[table.name])
        self._append(stream.primary, batch.rows)

    def _append(self, table: Table, rows: pl.DataFrame) -> None:
        created(self.location, table)
        write_deltalake(self.location.uri(table.name), shaped(rows, table), mode="append")


def _subject(session: Session) -> str:
    return f"subject of {session.user_id}"


def _schema(stream: Stream, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {name: stream.primary.schema[name] for name in rows[0]}
