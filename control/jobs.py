"""Jobs: leased work that survives the death of its worker.

queued ──lease──> running ──finish──────────> finished
   ^                 │ ├──── give_up ──────────> failed
   │                 │ fail, or the lease runs out
   ├── attempt < 3 ──┴── attempt = 3 ─────────> failed
   └── release: the attempt does not count

Every lease has a number of its own. Who holds an older one has lost the job, whoever got it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, or_, select, update

from control.database import Database
from control.faults import LeaseLost
from control.tables import jobs

MOST_ATTEMPTS = 3
RETRY_SECONDS = 30

State: TypeAlias = Literal["queued", "running", "finished", "failed"]


@dataclass(frozen=True)
class Job:
    """A piece of work. `progress` (0 to 1) and `words` say how far its attempt is, `lease` which lease this is."""

    id: int
    kind: str
    key: str
    payload: Mapping[str, Any]
    state: State
    progress: float
    words: str | None
    attempt: int
    lease: int
    reason: str | None
    owner: str | None
    lease_until: datetime | None
    available_at: datetime
    created_at: datetime
    ended_at: datetime | None


class Jobs:
    """The queue; several workers may lease from it at once and no job has two holders."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def enqueue(self, kind: str, key: str, payload: Mapping[str, Any], due: datetime | None = None) -> Job:
        """Adds a job, due at once unless said otherwise; while one of the same kind and key is open, gives that one."""
        is_open = and_(jobs.c.kind == kind, jobs.c.key == key, jobs.c.state.in_(("queued", "running")))
        with self._database.write() as connection:
            queue(self._database, connection, kind, key, payload, self._clock(), due)
            row = connection.execute(select(jobs).where(is_open)).one_or_none()
        # on PostgreSQL the open job may have ended between the two statements: then there is room for this one
        return self.enqueue(kind, key, payload, due) if row is None else _job(row)

    def lease(self, kinds: Collection[str], owner: str, now: datetime, seconds: float = 30) -> Job | None:
        """The oldest job of these kinds that is due or whose holder fell silent; None when there is none.

        A new attempt begins at nothing: the progress of one before it is gone.
        """
        with self._database.write() as connection:
            _give_up(connection, now)
            due = select(jobs.c.id).where(jobs.c.kind.in_(kinds), _leasable(now)).order_by(jobs.c.id).limit(1)
            found = connection.execute(due.with_for_update(skip_locked=True)).scalar_one_or_none()
            if found is None:
                return None
            held = {"state": "running", "owner": owner, "lease_until": now + timedelta(seconds=seconds)}
            begun = {"attempt": jobs.c.attempt + 1, "lease": jobs.c.lease + 1, "progress": 0.0, "words": None}
            taken = update(jobs).where(jobs.c.id == found).values({**held, **begun})
            return _job(connection.execute(taken.returning(jobs)).one())

    def renew(
        self, job: Job, now: datetime, seconds: float = 30, progress: float | None = None, words: str | None = None
    ) -> Job:
        """Keeps the lease for `seconds` more and notes the progress (0 to 1) and its words; raises LeaseLost."""
        done = {} if progress is None else {"progress": progress, "words": words}
        return self._as_holder(job, lease_until=now + timedelta(seconds=seconds), **done)

    def finish(self, job: Job, now: datetime) -> Job:
        """The work is done; raises LeaseLost if another worker took it over."""
        done = {"progress": 1.0, "words": None, "reason": None}
        return self._as_holder(job, state="finished", ended_at=now, lease_until=None, **done)

    def fail(self, job: Job, reason: str, now: datetime, retry_seconds: float = RETRY_SECONDS) -> Job:
        """The attempt failed: due again after `retry_seconds`, or failed for good at the third; raises LeaseLost."""
        if job.attempt >= MOST_ATTEMPTS:
            return self.give_up(job, reason, now)
        due = now + timedelta(seconds=retry_seconds)
        return self._as_holder(job, state="queued", reason=reason, available_at=due, lease_until=None)

    def give_up(self, job: Job, reason: str, now: datetime) -> Job:
        """The job failed for good, whichever attempt it was: trying again cannot help; raises LeaseLost."""
        return self._as_holder(job, state="failed", reason=reason, ended_at=now, lease_until=None)

    def release(self, job: Job, now: datetime) -> Job:
        """Gives the job back unfinished, due at once for anybody; the attempt does not count. Raises LeaseLost."""
        back = {"owner": None, "attempt": jobs.c.attempt - 1, "available_at": now}
        return self._as_holder(job, state="queued", lease_until=None, **back)

    def get(self, job_id: int) -> Job | None:
        """The job of that id."""
        with self._database.read() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
        return None if row is None else _job(row)

    def list(
        self, kind: str | None = None, state: State | None = None, limit: int = 100, key: str | None = None
    ) -> list[Job]:
        """The newest jobs first, of one kind, state or key if named."""
        query = select(jobs).order_by(jobs.c.id.desc()).limit(limit)
        named = {jobs.c.kind: kind, jobs.c.state: state, jobs.c.key: key}
        query = query.where(*(column == value for column, value in named.items() if value is not None))
        with self._database.read() as connection:
            return [_job(row) for row in connection.execute(query)]

    def forget(self, before: datetime) -> int:
        """Drop jobs that ended before then; returns how many."""
        ended = jobs.c.state.in_(("finished", "failed")) & (jobs.c.ended_at < before)
        with self._database.write() as connection:
            return connection.execute(delete(jobs).where(ended)).rowcount

    def _as_holder(self, job: Job, **values: Any) -> Job:
        held = and_(
            jobs.c.id == job.id,
            jobs.c.state == "running",
            jobs.c.lease == job.lease,
        )
        with self._database.write() as connection:
            row = connection.execute(update(jobs).where(held).values(values).returning(jobs)).one_or_none()
        if row is None:
            raise LeaseLost(f"job {job.id} ({job.kind}) is held by another worker or has ended; drop this attempt")
        return _job(row)


def queue(
    database: Database,
    connection: Connection,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    now: datetime,
    due: datetime | None = None,
) -> None:
    """Adds a job within a transaction; none while one of the same kind and key is open."""
    fresh = {"state": "queued", "progress": 0.0, "attempt": 0, "available_at": due or now, "created_at": now}
    insert = database.insert(jobs).values(kind=kind, key=key, payload=dict(payload), **fresh)
    connection.execute(insert.on_conflict_do_nothing())


def _leasable(now: datetime) -> ColumnElement[bool]:
    due = and_(jobs.c.state == "queued", jobs.c.available_at <= now)
    return or_(due, _abandoned(now))


def _abandoned(now: datetime) -> ColumnElement[bool]:
    return and_(jobs.c.state == "running", jobs.c.lease_until < now)


def _give_up(connection: Connection, now: datetime) -> None:
    """A job whose third holder fell silent has failed: it may be what kills its workers."""
    hopeless = and_(_abandoned(now), jobs.c.attempt >= MOST_ATTEMPTS)
    reason = f"its worker fell silent {MOST_ATTEMPTS} times"
    ended = {"state": "failed", "reason": reason, "ended_at": now, "lease_until": None}
    connection.execute(update(jobs).where(hopeless).values(ended))


def _job(row: Row[Any]) -> Job:
    return Job(**row._mapping)
