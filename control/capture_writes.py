"""What requests of capture wrote, noted for many of them in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection, bindparam, select, update

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
            _run(connection, _COMPLETE, [change for change in changes if isinstance(change, Completed)])
            _run(connection, _CHUNK, [change for change in changes if isinstance(change, Chunked)])
            return _to_assemble(
                connection, {each.session_id for each in changes if isinstance(each, Completed | Chunked)}
            )

    def _begin(self, connection: Connection, sessions: Sequence[CaptureSession]) -> None:
        if sessions:
            insert = self._database.insert(capture_sessions).on_conflict_do_nothing()
            connection.execute(insert, [vars(session) for session in sessions])


def _run(connection: Connection, statement: object, changes: Sequence[Completed | Chunked]) -> None:
    # in one order, so that two processes that change the same sessions never wait for each other
    rows = [{"session": change.session_id, "at": change.at} for change in sorted(changes, key=_by_session)]
    if rows:
        connection.execute(statement, rows)  # type: ignore[call-overload]


def _by_session(change: Completed | Chunked) -> tuple[str, datetime]:
    return change.session_id, change.at


def _to_assemble(connection: Connection, session_ids: Collection[str]) -> frozenset[str]:
    if not session_ids:
        return frozenset()
    both = capture_sessions.c.completed_at.is_not(None), capture_sessions.c.chunked_at.is_not(None)
    of_these = select(capture_sessions.c.id).where(capture_sessions.c.id.in_(session_ids), *both)
    return frozenset(connection.execute(of_these).scalars())
