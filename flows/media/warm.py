"""Compiles the fold of media sessions ahead of the first start."""

from datetime import UTC, datetime, timedelta

import polars as pl

from flows.conveyor.batch import Batch
from flows.media.sessions import Sessions
from flows.media.store import SessionStore
from schemas.media.events import STREAM

ROOM = 16
"""Sessions and events: there is one session of two."""

AT = datetime(2026, 1, 1, tzinfo=UTC)


def compile_ahead() -> None:
    """Folds a session of one event, then once more with one that comes late."""
    nothing = pl.LazyFrame(schema=STREAM.primary.schema)
    sessions = Sessions(SessionStore(ROOM, ROOM, None), lambda _: nothing)
    for offset, second in enumerate((1, 0)):
        sessions(Batch(_play(offset, AT + timedelta(seconds=second)), {0: offset + 1}))


def _play(offset: int, at: datetime) -> pl.DataFrame:
    """One play, as the steps before the fold leave it."""
    row = {
        "tenant": "nobody",
        "subject": "nobody",
        "session_id": "warm",
        "media_id": "warm",
        "event_type": "play",
        "event_id": f"00000000-0000-4000-8000-{offset:012d}",
        "occurred_at": at,
        "received_at": at,
        "consent_level": 2,
        "position_seconds": 1.0,
        "log_partition": 0,
        "log_offset": offset,
    }
    names = STREAM.primary.schema.names()
    return pl.DataFrame([{name: row.get(name) for name in names}], schema=STREAM.primary.schema)
