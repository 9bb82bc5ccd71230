"""What requests of capture wrote, noted for many of them in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TypeAlias

from sqlalchemy import Connection, Update, bindparam, select, update

from control.capture_sessions import CaptureSession, session_of
from control.database import Database
from control.tables import capture_sessions
from control.written_offsets import Written, note_written


@dataclass(frozen=True, slots=True)
class Begun:
    """A session began."""

    session: CaptureSession


@dataclass(frozen=True, slots=True)
class Completed:
    """A session's capture has finished; the first time counts."""

    session_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Chunked:
    """A session got a chunk; the newest time counts."""

    session_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A session's chunks are of this kind, image or video, unless one came before."""

    session_id: str
    kind: str


Change: TypeAlias = Begun | Completed | Chunked | Claimed


@dataclass(frozen=True, slots=True)
class CaptureWrite:
    """What one request wrote: where it lies on the log, and what it changes of its session, if anything."""

    written: Sequence[Written]
    change: Change | None = None


_OF_ONE = update(capture_sessions).where(capture_sessions.c.id == bindparam("session"))
_OPEN, _OF_NO_KIND = capture_sessions.c.completed_at.is_(None), capture_sessions.c.chunk_kind.is_(None)
_NEWER = capture_sessions.c.chunked_at.is_(None) | (capture_sessions.c.chunked_at < bindparam("at"))
_STATEMENTS: Mapping[type[Completed | Chunked | Claimed], Update] = {
    Completed: _OF_ONE.where(_OPEN).values(completed_at=bindparam("at")),
    Chunked: _OF_ONE.where(_NEWER).values(chunked_at=bindparam("at")),
    Claimed: _OF_ONE.where(_OF_NO_KIND).values(chunk_kind=bindparam("kind")),
}


class CaptureWrites:
    """Notes writes; they are durable when `note` returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, writes: Collection[CaptureWrite]) -> Mapping[str, CaptureSession]:
        """The sessions that changed, by their ids and as they stand then; one that was erased meanwhile is none.

        A session that is there already does not begin again.
        """
        changes = [write.change for write in writes]
        with self._database.write() as connection:
            note_written(self._database, connection, [each for write in writes for each in write.written])
            self._begin(connection, [change.session for change in changes if isinstance(change, Begun)])
            return _changed(connection, [each for each in changes if isinstance(each, Completed | Chunked | Claimed)])

    def _begin(self, connection: Connection, sessions: Sequence[CaptureSession]) -> None:
        if sessions:
            insert = self._database.insert(capture_sessions).on_conflict_do_nothing()
            connection.execute(insert, [vars(session) for session in sorted(sessions, key=attrgetter("id"))])


def _changed(connection: Connection, changes: Sequence[Completed | Chunked | Claimed]) -> Mapping[str, CaptureSession]:
    if not changes:
        return {}
    # in one order, so that two processes that change the same sessions never wait for each other
    these = select(capture_sessions).where(capture_sessions.c.id.in_({change.session_id for change in changes}))
    connection.execute(these.order_by(capture_sessions.c.id).with_for_update())
    for kind, statement in _STATEMENTS.items():
        rows = [_row(change) for change in changes if isinstance(change, kind)]
        if rows:
            connection.execute(statement, rows)
    return {row.id: session_of(row) for row in connection.execute(these)}


def _row(change: Completed | Chunked | Claimed) -> dict[str, object]:
    own = {"kind": change.kind} if isinstance(change, Claimed) else {"at": change.at}
    return {"session": change.session_id, **own}
