"""Filmed sessions: whose they are, how far their analysis is. The one place with their people's clear names.

    begin ──> queued ──> processing ──> done | failed | suppressed
                ^                           │
                └──────── queue_again ──────┘

A session, its job and where its row lies on the log are noted in one transaction, so what is there is analysed. One
that was erased has a tombstone of its own and never begins again: what is still made of its film reaches no table.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, literal, select, update

from control.database import Database
from control.faults import LeaseLost, SessionErased
from control.jobs import Job, queue
from control.motion_tables import joint_mobility_configs, motion_sessions
from control.tables import erased_sessions, jobs, written_offsets
from control.tombstones import is_buried
from control.written_offsets import Written, note_written
from schemas.shared.scopes import of_session

JOB: Final = "analyse"
"""The kind of the job that analyses a session's film; its key is the session's id."""
AGAIN_AFTER: Final = timedelta(hours=1)
"""So long a session that was queued is not queued again by whoever asks for its film."""

Status: TypeAlias = Literal["queued", "processing", "done", "failed", "suppressed"]


@dataclass(frozen=True, kw_only=True)
class MotionSession:
    """One session; `user_id` is the clear identifier of whom everything else calls `subject`.

    `request` is what the analysis was asked for (`motion.request.Request` as JSON), `video` the film's name in the blob
    store, `video_bytes` and `sha256` what it was when it came. The upload's `request_id`, `consent_level`,
    `consent_source` and `gpc` stamp what its analysis says. `progress` goes from 0 to 100. `analysis_version` is the
    one whose results count and `analysed_video` its film; both are None before there is one.
    """

    id: str
    tenant: str
    subject: str
    user_id: str = field(repr=False)
    activity: str
    exercise: str | None
    title: str = field(repr=False)
    request: Mapping[str, Any] = field(repr=False)
    video: str
    sha256: str
    video_bytes: int
    request_id: str
    consent_level: int
    consent_source: str
    gpc: bool
    status: Status = "queued"
    progress: float = 0.0
    error: str | None = None
    analysis_version: str | None = None
    analysed_video: str | None = None
    created_at: datetime
    queued_at: datetime


class Wanted(NamedTuple):
    """Which sessions of an organisation are asked for: all, or those of a person, an activity, a status."""

    tenant: str
    subject: str | None = None
    activity: str | None = None
    status: Status | None = None


class JointMobilityConfig(NamedTuple):
    """What is shown of a session's joint angles: None for all of them; comments by angle."""

    shown_angles: Sequence[str] | None = None
    comments: Mapping[str, str] = {}


class MotionSessions:
    """The sessions of every organisation."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def begin(self, session: MotionSession, written: Collection[Written]) -> MotionSession:
        """The session of that id as it began first, which is now where there was none; then its job is queued.

        Raises SessionErased where there was one of that id.
        """
        with self._database.write() as connection:
            if is_buried(connection, session.tenant, session.subject, of_session(session.id)):
                raise SessionErased("the session was erased, and nothing of it is kept: send the film as a new one")
            insert = self._database.insert(motion_sessions).values(vars(session)).on_conflict_do_nothing()
            made = connection.execute(insert.returning(motion_sessions.c.id)).one_or_none()
            note_written(self._database, connection, written)
            if made is not None:
                queue(self._database, connection, JOB, session.id, {}, session.queued_at)
            return _session(connection.execute(_of(session.id)).one())

    def get(self, session_id: str) -> MotionSession | None:
        """The session of that id, whosever it is."""
        with self._database.read() as connection:
            row = connection.execute(_of(session_id)).one_or_none()
        return None if row is None else _session(row)

    def newest(self, wanted: Wanted, limit: int, offset: int = 0) -> tuple[list[MotionSession], int]:
        """Some of the sessions that are wanted, the newest first, and how many there are in all."""
        conditions = _conditions(wanted)
        newest_first = motion_sessions.c.created_at.desc(), motion_sessions.c.id.desc()
        some = select(motion_sessions).where(*conditions).order_by(*newest_first).limit(limit).offset(offset)
        counted = select(func.count()).select_from(motion_sessions).where(*conditions)
        with self._database.read() as connection:
            return [_session(row) for row in connection.execute(some)], connection.execute(counted).scalar_one()

    def note(self, session_id: str, **values: Any) -> MotionSession | None:
        """Writes down how far the analysis is: columns of MotionSession; None where the session was erased."""
        with self._database.write() as connection:
            changed = update(motion_sessions).where(motion_sessions.c.id == session_id).values(values)
            row = connection.execute(changed.returning(motion_sessions)).one_or_none()
        return None if row is None else _session(row)

    def note_of(self, job: Job, **values: Any) -> MotionSession | None:
        """The same by the worker that has the session's job; raises LeaseLost once another one has it."""
        held = (jobs.c.id == job.id) & (jobs.c.state == "running") & (jobs.c.lease == job.lease)
        changed = update(motion_sessions).where(motion_sessions.c.id == job.key).values(values)
        with self._database.write() as connection:
            if connection.execute(select(jobs.c.id).where(held).with_for_update()).one_or_none() is None:
                raise LeaseLost(f"job {job.id} ({job.kind}) is held by another worker or has ended; drop this attempt")
            row = connection.execute(changed.returning(motion_sessions)).one_or_none()
        return None if row is None else _session(row)

    def left_alone(self) -> list[MotionSession]:
        """Sessions that wait for an analysis which nobody does any more: their job has ended, or is gone."""
        theirs = (jobs.c.kind == JOB) & (jobs.c.key == motion_sessions.c.id)
        open_ = select(jobs.c.id).where(theirs, jobs.c.state.in_(("queued", "running"))).exists()
        waiting = motion_sessions.c.status.in_(("queued", "processing"))
        with self._database.read() as connection:
            return [_session(row) for row in connection.execute(select(motion_sessions).where(waiting, ~open_))]

    def queue_again(self, session_id: str) -> bool:
        """Has a session that is done or failed analysed again; False where it was queued within the hour, or is."""
        now = self._clock()
        ended = motion_sessions.c.status.in_(("done", "failed"))
        quiet = motion_sessions.c.queued_at <= now - AGAIN_AFTER
        fresh = {"status": "queued", "progress": 0.0, "error": None, "queued_at": now}
        these = update(motion_sessions).where((motion_sessions.c.id == session_id) & ended & quiet)
        with self._database.write() as connection:
            if not connection.execute(these.values(fresh)).rowcount:
                return False
            queue(self._database, connection, JOB, session_id, {}, now)
        return True

    def of_person(self, tenant: str, subject: str) -> Sequence[MotionSession]:
        """A person's sessions, the oldest first."""
        theirs = (motion_sessions.c.tenant == tenant) & (motion_sessions.c.subject == subject)
        oldest_first = select(motion_sessions).where(theirs).order_by("created_at", "id")
        with self._database.read() as connection:
            return [_session(row) for row in connection.execute(oldest_first)]

    def of_letters(self, tenant: str, letters: str) -> list[MotionSession]:
        """Those of an organisation whose ids begin with these eight digits, a dash, and four more: hardly ever two."""
        start = f"{letters[:8]}-{letters[8:12]}"
        columns = motion_sessions.c
        # whatever the collation: of an id of that beginning the next one is a digit, a letter up to f, or a dash
        near = (columns.tenant == tenant) & columns.id.between(start, f"{start}g")
        with self._database.read() as connection:
            found = connection.execute(select(motion_sessions).where(near).order_by("id"))
            return [_session(row) for row in found if row.id.startswith(start)]

    def of_ids(self, ids: Collection[str]) -> Mapping[str, MotionSession]:
        """Those that are known, by id."""
        with self._database.read() as connection:
            found = connection.execute(select(motion_sessions).where(motion_sessions.c.id.in_(ids)))
            return {row.id: _session(row) for row in found}

    def without_films(self, blobs: Collection[str]) -> None:
        """What was drawn on a film is there no more: sessions that have one of these have none."""
        gone = motion_sessions.c.analysed_video.in_(blobs)
        with self._database.write() as connection:
            connection.execute(update(motion_sessions).where(gone).values(analysed_video=None))

    def forget(self, before: datetime) -> int:
        """Lets go of sessions that began before then, and of all that is kept with them; how many."""
        old = select(motion_sessions.c.id).where(motion_sessions.c.created_at < before)
        with self._database.write() as connection:
            return _let_go(connection, old)

    def config(self, session_id: str) -> JointMobilityConfig | None:
        """What was stored of a session, None where nothing ever was."""
        theirs = joint_mobility_configs.c.session_id == session_id
        with self._database.read() as connection:
            row = connection.execute(select(joint_mobility_configs).where(theirs)).one_or_none()
        return None if row is None else JointMobilityConfig(row.shown_angles, row.comments)

    def configure(self, session_id: str, **given: Any) -> JointMobilityConfig | None:
        """Stores members of JointMobilityConfig, those that are not given keep their value.

        None where the session was erased.
        """
        columns = joint_mobility_configs.c
        insert = self._database.insert(joint_mobility_configs)
        fresh = {"session_id": session_id, **JointMobilityConfig()._asdict(), **given}
        with self._database.write() as connection:
            if connection.execute(_of(session_id).with_for_update()).one_or_none() is None:
                return None
            connection.execute(insert.values(fresh).on_conflict_do_nothing())
            if given:
                connection.execute(update(joint_mobility_configs).where(columns.session_id == session_id).values(given))
            row = connection.execute(select(joint_mobility_configs).where(columns.session_id == session_id)).one()
        return JointMobilityConfig(row.shown_angles, row.comments)


def filmed(tenant: str, subject: str) -> Select[tuple[str]]:
    """The ids of a person's sessions."""
    return select(motion_sessions.c.id).where(motion_sessions.c.tenant == tenant, motion_sessions.c.subject == subject)


def forget_motion_sessions(connection: Connection, erasure_id: str, sessions: Select[tuple[str]]) -> None:
    """Of sessions that are erased the ids are kept for as long as something lies under them; nothing else is."""
    theirs = motion_sessions.c.id.in_(sessions)
    ids = select(literal(erasure_id), motion_sessions.c.id).where(theirs)
    connection.execute(erased_sessions.insert().from_select(["erasure_id", "session_id"], ids))
    _let_go(connection, sessions)


def _let_go(connection: Connection, sessions: Select[tuple[str]]) -> int:
    theirs = motion_sessions.c.id.in_(sessions)
    scopes = select("session:" + motion_sessions.c.id).where(theirs)
    connection.execute(delete(written_offsets).where(written_offsets.c.scope.in_(scopes)))
    connection.execute(delete(joint_mobility_configs).where(joint_mobility_configs.c.session_id.in_(sessions)))
    return connection.execute(delete(motion_sessions).where(theirs)).rowcount


def _of(session_id: str) -> Select[Any]:
    return select(motion_sessions).where(motion_sessions.c.id == session_id)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    columns = motion_sessions.c
    said = {name: value for name, value in wanted._asdict().items() if value is not None}
    return [columns[name] == value for name, value in said.items()]


def _session(row: Row[Any]) -> MotionSession:
    return MotionSession(**row._mapping)
