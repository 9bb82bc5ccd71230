"""Capture sessions: whose they are, and what must be read back at once. The one place with their users' clear names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, Select, select, tuple_, update

from control.database import Database
from control.tables import capture_sessions


class Place(NamedTuple):
    """Where a session stands among those of its person: oldest first."""

    created_at: datetime
    id: str


@dataclass(frozen=True, kw_only=True)
class CaptureSession:
    """One session; `user_id` is the clear identifier of its user, who is `subject` everywhere else.

    `chunk_kind` is image or video, by its first chunk; `chunked_at` when the newest chunk came. `video` is the name of
    the assembled video's blob, which has the chunks that came before `video_until`.
    """

    id: str
    tenant: str
    project_id: str
    subject: str
    user_id: str = field(repr=False)
    capture_mode: str
    frame_rate: float
    created_at: datetime
    completed_at: datetime | None = None
    chunk_kind: str | None = None
    chunked_at: datetime | None = None
    video: str | None = None
    video_until: datetime | None = None

    @property
    def place(self) -> Place:
        """Its own."""
        return Place(self.created_at, self.id)


class CaptureSessions:
    """The sessions of every project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, session_id: str) -> CaptureSession | None:
        """The session of that id, whosever it is."""
        with self._database.read() as connection:
            found = connection.execute(select(capture_sessions).where(capture_sessions.c.id == session_id))
            row = found.one_or_none()
        return None if row is None else session_of(row)

    def of_ids(self, session_ids: Collection[str]) -> dict[str, CaptureSession]:
        """Those of these sessions that are known, by id."""
        named = select(capture_sessions).where(capture_sessions.c.id.in_(session_ids))
        with self._database.read() as connection:
            return {row.id: session_of(row) for row in connection.execute(named)}

    def newest(self, project_id: str, limit: int, offset: int = 0) -> list[CaptureSession]:
        """Some of a project's sessions, the newest first."""
        of_project = select(capture_sessions).where(capture_sessions.c.project_id == project_id)
        ordered = of_project.order_by(capture_sessions.c.created_at.desc(), capture_sessions.c.id.desc())
        with self._database.read() as connection:
            return [session_of(row) for row in connection.execute(ordered.limit(limit).offset(offset))]

    def page_of_person(
        self, tenant: str, subject: str, project_id: str | None, after: Place | None, limit: int
    ) -> list[CaptureSession]:
        """What a person has in an organisation or one project of it, behind a place: so many at most, oldest first."""
        theirs = _of_person(tenant, subject, project_id)
        if after is not None:
            theirs = theirs.where(tuple_(capture_sessions.c.created_at, capture_sessions.c.id) > after)
        with self._database.read() as connection:
            return [session_of(row) for row in connection.execute(theirs.limit(limit))]

    def projects_of(self, tenant: str, subject: str) -> list[str]:
        """The projects in which a person has sessions."""
        theirs = _of_person(tenant, subject, None).with_only_columns(capture_sessions.c.project_id).order_by(None)
        with self._database.read() as connection:
            return list(connection.execute(theirs.distinct()).scalars())

    def names(self, tenant: str, subjects: Collection[str]) -> Mapping[str, str]:
        """Subject → the clear name of the person, of those who have a session."""
        named = select(capture_sessions.c.subject, capture_sessions.c.user_id).where(
            capture_sessions.c.tenant == tenant, capture_sessions.c.subject.in_(subjects)
        )
        with self._database.read() as connection:
            return {row.subject: row.user_id for row in connection.execute(named.distinct())}

    def assembled(self, session_id: str, video: str, until: datetime) -> bool:
        """Notes the video that was made of the chunks that had come until then.

        False, and nothing is noted, where the session is unknown by now or has a video of more chunks.
        """
        older = capture_sessions.c.video_until.is_(None) | (capture_sessions.c.video_until <= until)
        of_session = update(capture_sessions).where((capture_sessions.c.id == session_id) & older)
        with self._database.write() as connection:
            return connection.execute(of_session.values(video=video, video_until=until)).rowcount > 0

    def without_video(self, session_ids: Collection[str], videos: Collection[str]) -> None:
        """Notes of these sessions, whose videos these are or were, that the videos are gone."""
        of_these = capture_sessions.c.id.in_(session_ids), capture_sessions.c.video.in_(videos)
        with self._database.write() as connection:
            connection.execute(update(capture_sessions).where(*of_these).values(video=None))


def _of_person(tenant: str, subject: str, project_id: str | None) -> Select[tuple[object, ...]]:
    """Oldest first."""
    theirs = select(capture_sessions).where(capture_sessions.c.tenant == tenant, capture_sessions.c.subject == subject)
    if project_id is not None:
        theirs = theirs.where(capture_sessions.c.project_id == project_id)
    return theirs.order_by(capture_sessions.c.created_at, capture_sessions.c.id)


def session_of(row: Row[tuple[object, ...]]) -> CaptureSession:
    """A row of the table."""
    return CaptureSession(**row._mapping)
