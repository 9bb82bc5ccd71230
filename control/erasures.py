"""Erasures: people who are forgotten, or a session of theirs, how far that is, and what an auditor gets to see of it.

    begin ──> hidden ──────> tables_clean ──────> finished
              a tombstone    no table, blob or    no older version of a table
              hides them     dead letter has      and no message of the log
              at once        them any more        has them any more

An erasure, its tombstone and the job that carries it out are made in one transaction, and in the same one control
forgets the person's captured and filmed sessions, and with them their clear name: they are unknown from then on. Each
filmed session that goes has a tombstone of its own, for what the job at work on its film may still say of it.

What came with a public write key is removed likewise, but says of nobody in person and is hidden from no answer:

    begin_purge ──> purging ──────> finished
                    a tombstone     no table and no dead letter has its rows
                    drops what
                    comes late
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from sqlalchemy import Connection, Row, Select, delete, func, literal, select, update

from control.database import Database
from control.jobs import queue
from control.motion_sessions import filmed, forget_motion_sessions
from control.motion_tables import motion_sessions
from control.people import forget_person
from control.tables import capture_sessions, erased_sessions, erasures, written_offsets
from control.tombstones import bury, bury_sessions
from schemas.shared.scopes import NOBODY, of_ingest_key, of_session

JOB: Final = "erase"
"""Kind and key of the job: one carries out all that there is to erase, and its row says of nobody."""

PURGE: Final = "purge"
"""Kind of the job that removes what came with write keys."""

State: TypeAlias = Literal["hidden", "tables_clean", "purging", "finished"]


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What a person did before `erased_at` goes.

    `number` is its tombstone's: of two erasures the later has the higher one. `scope` says within what
    (`schemas.shared.scopes`), empty for all that the organisation holds; of a session all goes, whenever it comes.
    `requested_by` is such as api_key:ID. The two counts are those that were told when it began.
    `finish_expected_at` is when it will have finished, as far as that is known; `detail` says what went from where.
    """

    id: str
    number: int = 0
    tenant: str
    scope: str
    subject: str
    requested_by: str
    state: State
    erased_at: datetime
    tables_clean_at: datetime | None = None
    finished_at: datetime | None = None
    finish_expected_at: datetime | None = None
    deleted_sessions: int = 0
    deleted_events: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)


class Begun(NamedTuple):
    """The erasure, and whether it began just now: False for one that was running already."""

    erasure: Erasure
    is_new: bool


class Erasures:
    """Every erasure that there was; they are kept as proof."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self.begun = 0
        """How many this process has begun: what it keeps of people is to be asked for anew."""

    def begin(
        self,
        *,
        tenant: str,
        subject: str,
        requested_by: str,
        scope: str = "",
        deleted_sessions: int = 0,
        deleted_events: int = 0,
    ) -> Begun:
        """Hides the person from now on and queues what removes them; the running one where there is one."""
        erasure = Erasure(
            id=str(uuid.uuid4()),
            tenant=tenant,
            scope=scope,
            subject=subject,
            requested_by=requested_by,
            state="hidden",
            erased_at=self._clock(),
            deleted_sessions=deleted_sessions,
            deleted_events=deleted_events,
        )
        with self._database.write() as connection:
            self._database.lock(connection, erasures)
            running = connection.execute(_of(tenant, subject, scope).where(erasures.c.state == "hidden")).one_or_none()
            if running is not None:
                return Begun(_erasure(running), is_new=False)
            erasure = self._begun(connection, erasure)
            _forget_sessions(connection, erasure)
            if not scope:
                self._forget_filmed(connection, erasure)
                forget_person(self._database, connection, tenant, subject, erasure.erased_at)
        self.begun += 1
        return Begun(erasure, is_new=True)

    def begin_session(self, *, tenant: str, session_id: str, requested_by: str) -> Erasure | None:
        """Hides one filmed session from now on and queues what removes it; None where the tenant has none of that id.

        It is unknown from then on, so only the first of two that ask for it begins anything.
        """
        session = select(motion_sessions.c.id).where(
            motion_sessions.c.id == session_id, motion_sessions.c.tenant == tenant
        )
        with self._database.write() as connection:
            self._database.lock(connection, erasures)
            subject = connection.execute(session.with_only_columns(motion_sessions.c.subject)).scalar_one_or_none()
            if subject is None:
                return None
            erasure = Erasure(
                id=str(uuid.uuid4()),
                tenant=tenant,
                scope=of_session(session_id),
                subject=subject,
                requested_by=requested_by,
                state="hidden",
                erased_at=self._clock(),
            )
            erasure = self._begun(connection, erasure)
            forget_motion_sessions(connection, erasure.id, session)
        self.begun += 1
        return erasure

    def begin_purge(self, *, tenant: str, ingest_key: str, requested_by: str, wanted_at: datetime) -> Begun:
        """Drops what comes with a write key from now on, for good; what is stored of it the job removes.

        The running one where there is one, or the one that began since it was wanted: whoever asks for a second time,
        as a worker may that died, begins nothing. The key is to be revoked before: what is dropped has had its 2xx.
        """
        erasure = Erasure(
            id=str(uuid.uuid4()),
            tenant=tenant,
            scope=of_ingest_key(ingest_key),
            subject=NOBODY,
            requested_by=requested_by,
            state="purging",
            erased_at=self._clock(),
        )
        with self._database.write() as connection:
            self._database.lock(connection, erasures)
            there = (erasures.c.state == "purging") | (erasures.c.erased_at >= wanted_at)
            newest = _of(tenant, NOBODY, erasure.scope).where(there).order_by(erasures.c.number.desc()).limit(1)
            begun = connection.execute(newest).one_or_none()
            if begun is not None:
                return Begun(_erasure(begun), is_new=False)
            return Begun(self._buried(connection, erasure), is_new=True)

    def running(self, tenant: str, subject: str, scope: str = "") -> Erasure | None:
        """The erasure of the person that has not cleaned the tables yet."""
        found = self._read(_of(tenant, subject, scope).where(erasures.c.state == "hidden"))
        return found[0] if found else None

    def get(self, erasure_id: str) -> Erasure | None:
        """The erasure of that id, whosever it is."""
        found = self._read(select(erasures).where(erasures.c.id == erasure_id))
        return found[0] if found else None

    def of_tenant(self, tenant: str, limit: int = 50, offset: int = 0) -> list[Erasure]:
        """An organisation's erasures, the newest first."""
        return self._read(_newest().where(erasures.c.tenant == tenant).limit(limit).offset(offset))

    def newest(self, limit: int = 50) -> list[Erasure]:
        """The erasures of all organisations, the newest first."""
        return self._read(_newest().limit(limit))

    def in_state(self, state: State) -> list[Erasure]:
        """Every erasure that stands there, the oldest first."""
        return self._read(select(erasures).where(erasures.c.state == state).order_by("number"))

    def counts(self) -> Mapping[str, int]:
        """How many erasures stand in each state."""
        counted = select(erasures.c.state, func.count().label("number")).group_by(erasures.c.state)
        with self._database.read() as connection:
            return {row.state: row.number for row in connection.execute(counted)}

    def sessions(self, erasure_id: str) -> list[str]:
        """The ids of the captured and filmed sessions that went with it; none once it has finished."""
        named = select(erased_sessions.c.session_id).where(erased_sessions.c.erasure_id == erasure_id)
        with self._database.read() as connection:
            return list(connection.execute(named.order_by("session_id")).scalars())

    def note(self, erasure_id: str, **values: Any) -> None:
        """Writes down how far it is: columns of Erasure."""
        with self._database.write() as connection:
            connection.execute(update(erasures).where(erasures.c.id == erasure_id).values(values))

    def finish(self, erasure_id: str, at: datetime, **values: Any) -> None:
        """Nothing is left of the person but the proof that they were erased; columns of it that end with it."""
        with self._database.write() as connection:
            connection.execute(delete(erased_sessions).where(erased_sessions.c.erasure_id == erasure_id))
            done = update(erasures).where(erasures.c.id == erasure_id)
            connection.execute(done.values(state="finished", finished_at=at, **values))

    def _begun(self, connection: Connection, erasure: Erasure) -> Erasure:
        """The erasure with its tombstone's number; both are there, and so is the job."""
        erasure = self._buried(connection, erasure)
        queue(self._database, connection, JOB, JOB, {}, erasure.erased_at)
        return erasure

    def _buried(self, connection: Connection, erasure: Erasure) -> Erasure:
        whose = erasure.tenant, erasure.subject, erasure.erased_at, erasure.scope
        erasure = replace(erasure, number=bury(self._database, connection, *whose))
        connection.execute(erasures.insert().values(vars(erasure)))
        return erasure

    def _forget_filmed(self, connection: Connection, erasure: Erasure) -> None:
        sessions = filmed(erasure.tenant, erasure.subject)
        bury_sessions(self._database, connection, erasure.tenant, erasure.subject, erasure.erased_at, sessions)
        forget_motion_sessions(connection, erasure.id, sessions)

    def _read(self, wanted: Select[tuple[object, ...]]) -> list[Erasure]:
        with self._database.read() as connection:
            return [_erasure(row) for row in connection.execute(wanted)]


def _newest() -> Select[tuple[object, ...]]:
    return select(erasures).order_by(erasures.c.erased_at.desc(), erasures.c.id.desc())


def _of(tenant: str, subject: str, scope: str) -> Select[tuple[object, ...]]:
    theirs = erasures.c.tenant == tenant, erasures.c.subject == subject, erasures.c.scope == scope
    return select(erasures).where(*theirs)


def _forget_sessions(connection: Connection, erasure: Erasure) -> None:
    """Their ids are kept, for as long as something lies under them; their clear names are not."""
    theirs = (capture_sessions.c.tenant == erasure.tenant) & (capture_sessions.c.subject == erasure.subject)
    if erasure.scope:
        theirs &= capture_sessions.c.project_id == erasure.scope
    ids = select(literal(erasure.id), capture_sessions.c.id).where(theirs)
    connection.execute(erased_sessions.insert().from_select(["erasure_id", "session_id"], ids))
    scopes = select("session:" + capture_sessions.c.id).where(theirs)
    connection.execute(delete(written_offsets).where(written_offsets.c.scope.in_(scopes)))
    connection.execute(delete(capture_sessions).where(theirs))


def _erasure(row: Row[tuple[object, ...]]) -> Erasure:
    return Erasure(**row._mapping)
