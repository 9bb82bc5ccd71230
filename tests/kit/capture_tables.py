"""Tables of capture, filled as the flows' commits fill them, from sessions as the reference has them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import polars as pl

from control.capture_sessions import CaptureSession
from control.store import Control
from flows.capture.counts import chunks_counted, events_counted
from flows.conveyor.batch import Batch
from schemas.capture import CHUNKS, EVENTS, SESSIONS
from schemas.shared.stream import Stream
from sinks.delta_sink import DeltaSink
from sinks.location import Location
from sinks.options import SinkOptions
from tests.kit.capture import begin
from tests.reference.capture.session import Session

PARTITION = 0
TENANT = "acme"
PROJECT = "22222222-2222-4222-8222-222222222222"
OTHER_PROJECT = "33333333-3333-4333-8333-333333333333"


class CaptureTables:
    """What one project writes."""

    def __init__(self, location: Location, project_id: str = PROJECT, tenant: str = TENANT) -> None:
        self.location = location
        self.project_id = project_id
        self.tenant = tenant
        self._sinks: dict[str, DeltaSink] = {}

    def begin(self, *sessions: Session) -> None:
        """The sessions' rows: that they began, and of those that were, that they were completed."""
        rows = [self._row(SESSIONS, each, "session_initiated", each.created_at) for each in sessions]
        rows += [
            self._row(SESSIONS, each, "session_completed", each.completed_at)
            for each in sessions
            if each.completed_at is not None
        ]
        self._commit(SESSIONS, rows, lambda batch: batch)

    def events(self, session: Session, numbers: Sequence[int] | None = None, at: datetime | None = None) -> None:
        """A commit with some of the session's events, by their places from 0, or all; `at` is when they came in."""
        wanted = range(len(session.events)) if numbers is None else numbers
        self._commit(EVENTS, [self._event(session, number, at) for number in wanted], events_counted)

    def chunks(self, session: Session) -> None:
        """A commit with all of its chunks."""
        rows = [
            self._row(CHUNKS, session, "chunk", session.created_at) | {"chunk_index": number}
            for number in range(session.chunks)
        ]
        self._commit(CHUNKS, rows, chunks_counted)

    def known(self, control: Control, *sessions: Session) -> None:
        """What control is told of the sessions."""
        for each in sessions:
            begin(
                control,
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
                ),
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
            "consent_source": "default",
            "gpc": False,
            "log_partition": PARTITION,
        }

    def _commit(self, stream: Stream, rows: Sequence[dict[str, Any]], counted: Callable[[Batch], Batch]) -> None:
        """As the message that follows on the one partition of its log."""
        if not rows:
            return
        sink = self._sink(stream)
        offset = sink.offsets()[PARTITION]
        placed = [row | {"log_offset": offset, "log_item": item} for item, row in enumerate(rows)]
        schema = {name: stream.primary.schema[name] for name in placed[0]}
        batch = counted(Batch(pl.DataFrame(placed, schema), {}))
        tables = {**batch.tables, stream.primary.name: batch.rows}
        sink.commit(tables, {PARTITION: offset + 1}, {PARTITION: len(rows)})

    def _sink(self, stream: Stream) -> DeltaSink:
        if stream.name not in self._sinks:
            tables = (stream.primary, *stream.derived_tables)
            options = SinkOptions(tables_url=self.location.url)
            self._sinks[stream.name] = DeltaSink(self.location, tables, stream.name, [PARTITION], options)
        # another project may have written meanwhile
        self._sinks[stream.name].open()
        return self._sinks[stream.name]


def _subject(session: Session) -> str:
    return session.user_id[::-1]
