"""What is told of a session: control knows whose it is and how it stands, the tables how much it has."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import polars as pl
from msgspec import Struct

from control.capture_sessions import CaptureSession
from control.store import Control
from query_api.tables import Extent, Tables
from schemas.capture.activity import CAPTURE_SESSION_EVENTS
from schemas.capture.tables import SESSION_ID
from schemas.shared.times import microseconds, text
from web.caller import Caller
from web.problems import Problem

MILLISECOND: Final = timedelta(milliseconds=1)


class Had(NamedTuple):
    """What a session has of events: how many, and the largest timestamp_ms."""

    events: int
    last_ms: int | None


NOTHING: Final = Had(0, None)


class ListedSession(Struct, frozen=True):
    """A session in a list; null is what is not known."""

    id: str
    user_id: str
    duration_ms: int | None
    event_count: int
    status: str
    created_at: str


class DetailedSession(Struct, frozen=True):
    """One session; `video_path` is null until there is a video."""

    id: str
    user_id: str
    duration_ms: int | None
    video_path: str | None
    event_count: int
    status: str


def owned(control: Control, caller: Caller, session_id: str) -> CaptureSession:
    """The session of that id; raises the 404 where there is none, the 403 where it is another project's."""
    found = control.capture_sessions.get(session_id) if SESSION_ID.fullmatch(session_id) else None
    if found is None:
        raise Problem(404, "session_unknown", "session not found")
    if (found.tenant, found.project_id) != (caller.tenant, caller.project_id):
        raise Problem(403, "session_forbidden", "session does not belong to project")
    return found


def had(tables: Tables, tenant: str, sessions: Sequence[CaptureSession]) -> Mapping[str, Had]:
    """Session id → what it has of events; those that have none are left out."""
    if not sessions:
        return {}
    began = [session.created_at for session in sessions]
    ids = pl.lit(pl.Series([session.id for session in sessions]).implode())
    parts = tables.rows(CAPTURE_SESSION_EVENTS, Extent(tenant, "session_created_at", min(began), max(began)))
    theirs = parts.filter(pl.col("session_id").is_in(ids)).group_by("session_id")
    summed = theirs.agg(pl.col("events").sum(), pl.col("last_ms").max()).collect()
    return {session_id: Had(events, last_ms) for session_id, events, last_ms in summed.iter_rows()}


def status_of(session: CaptureSession) -> str:
    """How it stands."""
    return "capturing" if session.completed_at is None else "completed"


def duration_ms(session: CaptureSession, has: Had) -> int | None:
    """None while it captures; then how late its last event was, or without any event how long it was open."""
    if session.completed_at is None:
        return None
    return (session.completed_at - session.created_at) // MILLISECOND if has.last_ms is None else has.last_ms


def listed(session: CaptureSession, has: Had) -> ListedSession:
    """In a list."""
    created, stands = in_seconds(session.created_at), status_of(session)
    return ListedSession(session.id, session.user_id, duration_ms(session, has), has.events, stands, created)


def detailed(session: CaptureSession, has: Had) -> DetailedSession:
    """By itself."""
    lasted, stands = duration_ms(session, has), status_of(session)
    return DetailedSession(session.id, session.user_id, lasted, session.video, has.events, stands)


def in_seconds(moment: datetime) -> str:
    """As the contract shows times."""
    return text(microseconds(moment))
