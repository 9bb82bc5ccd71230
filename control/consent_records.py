"""Consent records: what a person has allowed and since when, read back at once by gateways; they are only ever added.

A record is written here first and then to the log: `published` says that the log has it. Until then it is in the
outbox (`unpublished`), from which a job publishes it should the process that wrote it have died.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, select, tuple_, update

from control.database import Database
from control.faults import TooManyRecords
from control.tables import consent_records as table
from schemas.shared.consent_rules import FULL

MOST_A_DAY = 100
"""Records of one person within 24 hours that do not lower the level."""
REPEATED_WITHIN = timedelta(days=1)
"""The same id later is another record, as in every stream."""
MOST_LISTED = 1000
"""Records of one person that are listed, and of all that are read at a time."""


@dataclass(frozen=True, kw_only=True)
class NewConsent:
    """A record to be made; `effective_at` is None where it counts from now on."""

    event_id: str
    tenant: str
    subject: str
    level: int
    source: str | None
    extra: str | None
    effective_at: datetime | None
    recorded_at: datetime
    recorded_by: str
    recorded_role: str
    request_id: str


@dataclass(frozen=True, kw_only=True)
class ConsentRecord:
    """A person's consent from `effective_at` on; `number` counts the records, a later one has a higher number.

    `backdated` says that the request named `effective_at`. Of two with the same `effective_at` the later counts.
    """

    number: int
    event_id: str
    tenant: str
    subject: str
    level: int
    source: str | None
    extra: str | None
    effective_at: datetime
    backdated: bool
    recorded_at: datetime
    recorded_by: str
    recorded_role: str
    request_id: str
    published: bool
    ends: Mapping[str, Mapping[str, int]] | None

    def says(self, wanted: NewConsent) -> bool:
        """Whether it is the record that was wanted; a retry says the same again."""
        same = (self.subject, self.level, self.source, self.extra, self.recorded_by)
        asked = wanted.effective_at if self.backdated else None
        since = self.effective_at if self.backdated else None
        return same == (wanted.subject, wanted.level, wanted.source, wanted.extra, wanted.recorded_by) and (
            since == asked and self.backdated == (wanted.effective_at is not None)
        )


class ConsentRecords:
    """Written by gateways; read by them, by the outbox and by the job that corrects tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: NewConsent) -> ConsentRecord:
        """The record, or the one that was made with its event id within 24 hours.

        Raises TooManyRecords beyond MOST_A_DAY, but never where the person allows less than before.

        Without `effective_at` it counts from now on, and never from before what the person said last: gateways'
        clocks differ, and the newer word must not lie behind the older.
        """
        with self._database.write() as connection:
            # one after the other: a number is seen by readers only when all smaller ones are
            self._database.lock(connection, table)
            row = _repeated(connection, new) or self._inserted(connection, new)
            return _record(row)

    def newest(self, tenant: str, subjects: Collection[str]) -> dict[str, ConsentRecord]:
        """What people said last, by the time from which it counts: by subject, those without a record left out."""
        newest = self._read(_NEWEST, tenant=tenant, subjects=list(subjects))
        return {record.subject: record for record in newest}

    def listed(self, tenant: str, subject: str) -> list[ConsentRecord]:
        """The person's records, the newest first, at most MOST_LISTED."""
        return self._read(_of(tenant, subject).limit(MOST_LISTED))

    def after(self, number: int) -> list[ConsentRecord]:
        """The records made after that one, oldest first, at most MOST_LISTED."""
        return self._read(select(table).where(table.c.number > number).order_by(table.c.number).limit(MOST_LISTED))

    def last_number(self) -> int:
        """The newest record's number, 0 before the first."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one())

    def unpublished(self, recorded_before: datetime) -> list[ConsentRecord]:
        """Records that the log does not have, as far as is known here; oldest first, at most MOST_LISTED."""
        waiting = select(table).where(~table.c.published, table.c.recorded_at < recorded_before)
        return self._read(waiting.order_by(table.c.number).limit(MOST_LISTED))

    def published(self, numbers: Collection[int]) -> None:
        """The log has these records."""
        self._update(numbers, published=True)

    def uncorrected(self) -> list[ConsentRecord]:
        """Records for which the tables were not looked through yet; oldest first, at most MOST_LISTED."""
        return self._read(select(table).where(~table.c.corrected).order_by(table.c.number).limit(MOST_LISTED))

    def note_ends(self, numbers: Collection[int], ends: Mapping[str, Mapping[int, int]]) -> None:
        """Where the streams' logs ended once these records were on theirs: what lies below was decided without them."""
        named = {stream: {str(p): end for p, end in offsets.items()} for stream, offsets in ends.items()}
        self._update(numbers, ends=named)

    def corrected(self, numbers: Collection[int]) -> None:
        """The tables hold nothing any more that these records forbid."""
        self._update(numbers, corrected=True, ends=None)

    def of_people(self, people: Collection[tuple[str, str]]) -> list[ConsentRecord]:
        """Every record of these people (tenant, subject)."""
        whose = tuple_(table.c.tenant, table.c.subject).in_(list(people))
        return self._read(select(table).where(whose).order_by(table.c.number)) if people else []

    def forget(self, tenant: str, subject: str) -> None:
        """Keeps of a person who is erased no more than what their newest record does not allow: an objection stays.

        Who allows everything, or has recorded nothing else, has no record any more.
        """
        with self._database.write() as connection:
            self._database.lock(connection, table)
            newest = connection.execute(_of(tenant, subject).limit(1)).one_or_none()
            mine = (table.c.tenant == tenant) & (table.c.subject == subject)
            kept = 0 if newest is None or newest.level >= FULL else newest.number
            connection.execute(delete(table).where(mine, table.c.number != kept))
            bare = {"source": None, "extra": None, "request_id": "", "recorded_by": subject}
            connection.execute(update(table).where(mine).values(bare))

    def _inserted(self, connection: Connection, new: NewConsent) -> Row[tuple[object, ...]]:
        newest = connection.execute(_of(new.tenant, new.subject).limit(1)).one_or_none()
        last = None if newest is None else newest.effective_at
        if newest is not None and new.level >= newest.level:
            _refuse_flood(connection, new)
        since = max(new.recorded_at, last or new.recorded_at) if new.effective_at is None else new.effective_at
        values = {**vars(new), "effective_at": since, "backdated": new.effective_at is not None}
        # at the highest level nothing stored is above it
        states = {"published": False, "corrected": new.level >= FULL}
        return connection.execute(table.insert().values({**values, **states}).returning(table)).one()

    def _read(self, wanted: Select[tuple[object, ...]], **of: object) -> list[ConsentRecord]:
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(wanted, of)]

    def _update(self, numbers: Collection[int], **values: object) -> None:
        with self._database.write() as connection:
            connection.execute(update(table).where(table.c.number.in_(list(numbers))).values(values))


def _of(tenant: str, subject: str) -> Select[tuple[object, ...]]:
    mine = select(table).where(table.c.tenant == tenant, table.c.subject == subject)
    return mine.order_by(table.c.effective_at.desc(), table.c.number.desc())


def _newest() -> Select[tuple[object, ...]]:
    """The newest record of each of `subjects` of `tenant`."""
    order = table.c.effective_at.desc(), table.c.number.desc()
    place = func.row_number().over(partition_by=table.c.subject, order_by=order).label("place")
    whose = table.c.tenant == bindparam("tenant"), table.c.subject.in_(bindparam("subjects", expanding=True))
    ranked = select(table, place).where(*whose).subquery()
    return select(ranked).where(ranked.c.place == 1)


_NEWEST = _newest()
"""Made once: making it takes four times as long as asking it, and a gateway asks for every person who is new to it."""
_FIELDS: Sequence[str] = tuple(ConsentRecord.__dataclass_fields__)


def _record(row: Row[tuple[object, ...]]) -> ConsentRecord:
    return ConsentRecord(**{name: getattr(row, name) for name in _FIELDS})


def _repeated(connection: Connection, new: NewConsent) -> Row[tuple[object, ...]] | None:
    same = (table.c.tenant == new.tenant) & (table.c.event_id == new.event_id)
    recent = select(table).where(same, table.c.recorded_at > new.recorded_at - REPEATED_WITHIN)
    return connection.execute(recent.order_by(table.c.number.desc()).limit(1)).one_or_none()


def _refuse_flood(connection: Connection, new: NewConsent) -> None:
    mine = (table.c.tenant == new.tenant) & (table.c.subject == new.subject)
    recent = mine & (table.c.recorded_at > new.recorded_at - timedelta(days=1))
    if connection.execute(select(func.count()).where(recent)).scalar_one() >= MOST_A_DAY:
        raise TooManyRecords(f"a person may record their consent {MOST_A_DAY} times in 24 hours, but for less")
