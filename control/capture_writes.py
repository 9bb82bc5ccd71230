"""What requests of capture wrote, noted for many of them in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TypeAlias

from sqlalchemy import Connection, Update, bindparam, select, update

from control.capture_sessions import CaptureSession
from control.database import Database
from control.tables import capture_sessions
from control.written_offsets import Written, note_written

_OF_ONE = capture_sessions.c.id == bindparam("session")
_COMPLETE = (
    update(capture_sessions)
    .where(_OF_ONE, capture_sessions.c.completed_at.is_(None))
    .values(completed_at=bindparam("at"))
)
_NEWER = capture_sessions.c.chunked_at.is_(None) | (capture_sessions.c.chunked_at < bindparam("at"))
_CHUNK = update(capture_sessions).where(_OF_ONE, _NEWER).values(chunked_at=bindparam("at"))


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


Change: TypeAlias = Begun | Completed | Chunked


@dataclass(frozen=True, slots=True)
class CaptureWrite:
    """What one request wrote: where it lies on the log, and what it changes of its session, if anything."""

    written: Sequence[Written]
    change: Change | None = None


class CaptureWrites:
    """Notes writes; they are durable when `note` returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, writes: Collection[CaptureWrite]) -> frozenset[str]:
        """Of the sessions that were completed or got a chunk those that are both by now: their video is to be made.

        A session that is there already does not begin again, and one that was erased meanwhile stays forgotten.
        """
        changes = [write.change for write in writes]
        with self._database.write() as connection:
            note_written(self._database, connection, [each for write in writes for each in write.written])
            self._begin(connection, [change.session for change in changes if isinstance(change, Begun)])
            completed = [change for change in changes if isinstance(change, Completed)]
            chunked = [change for change in changes if isinstance(change, Chunked)]
            changed = {change.session_id for change in (*completed, *chunked)}
            if completed and chunked:
                _lock(connection, changed)
            _run(connection, _COMPLETE, completed)
            _run(connection, _CHUNK, chunked)
            return _to_assemble(connection, changed)

    def _begin(self, connection: Connection, sessions: Sequence[CaptureSession]) -> None:
        if sessions:
            insert = self._database.insert(capture_sessions).on_conflict_do_nothing()
            connection.execute(insert, [vars(session) for session in sorted(sessions, key=attrgetter("id"))])


# Everything here goes by sessions in one order, so that two processes that change the same ones never wait for each
# other.


def _lock(connection: Connection, session_ids: Collection[str]) -> None:
    these = select(capture_sessions.c.id).where(capture_sessions.c.id.in_(session_ids))
    connection.execute(these.order_by(capture_sessions.c.id).with_for_update())


def _run(connection: Connection, statement: Update, changes: Sequence[Completed | Chunked]) -> None:
    by_session = sorted(changes, key=attrgetter("session_id", "at"))
    if by_session:
        connection.execute(statement, [{"session": change.session_id, "at": change.at} for change in by_session])


def _to_assemble(connection: Connection, session_ids: Collection[str]) -> frozenset[str]:
    if not session_ids:
        return frozenset()
    both = capture_sessions.c.completed_at.is_not(None), capture_sessions.c.chunked_at.is_not(None)
    of_these = select(capture_sessions.c.id).where(capture_sessions.c.id.in_(session_ids), *both)
    return frozenset(connection.execute(of_these).scalars())
