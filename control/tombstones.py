"""Tombstones: who was erased and when; what a person did before that reaches no table and no answer.

Of a session that was erased nothing does, whenever it comes, nor of what comes with a purged write key, whoever it is
of.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Select, func, literal, select

from control.database import Database
from control.metadata import UtcDateTime
from control.tables import tombstones
from schemas.shared.scopes import of_session


@dataclass(frozen=True)
class Tombstone:
    """Everything that a person of an organisation did before `erased_at` is erased; `number` counts the tombstones.

    `scope` says within what they did it (`schemas.shared.scopes`), empty for all that the organisation holds.
    """

    number: int
    tenant: str
    subject: str
    erased_at: datetime
    scope: str = ""


class Tombstones:
    """Written by erasures, read by flows and by who shows rows; they are only ever added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tenant: str, subject: str, erased_at: datetime, scope: str = "") -> None:
        """Erases what the person did before `erased_at`; what they do later is kept."""
        with self._database.write() as connection:
            bury(self._database, connection, tenant, subject, erased_at, scope)

    def after(self, number: int) -> list[Tombstone]:
        """The tombstones added after that one, oldest first; 0 for all of them."""
        with self._database.read() as connection:
            rows = connection.execute(select(tombstones).where(tombstones.c.number > number).order_by("number"))
            return [_tombstone(row) for row in rows]

    def of(self, tenant: str, subjects: Collection[str]) -> list[Tombstone]:
        """Those of some people of an organisation, oldest first."""
        theirs = (tombstones.c.tenant == tenant) & tombstones.c.subject.in_(subjects)
        with self._database.read() as connection:
            rows = connection.execute(select(tombstones).where(theirs).order_by("number"))
            return [_tombstone(row) for row in rows]

    def last_number(self) -> int:
        """The newest tombstone's number, 0 before the first."""
        with self._database.read() as connection:
            newest = select(func.coalesce(func.max(tombstones.c.number), 0))
            return int(connection.execute(newest).scalar_one())


def is_buried(connection: Connection, tenant: str, subject: str, scope: str) -> bool:
    """Whether there is a tombstone of just that."""
    theirs = (tombstones.c.tenant == tenant) & (tombstones.c.subject == subject) & (tombstones.c.scope == scope)
    return connection.execute(select(tombstones.c.number).where(theirs).limit(1)).first() is not None


def _tombstone(row: Row[tuple[int, str, str, datetime, str]]) -> Tombstone:
    return Tombstone(row.number, row.tenant, row.subject, row.erased_at, row.scope)


def bury(database: Database, connection: Connection, tenant: str, subject: str, erased_at: datetime, scope: str) -> int:
    """Adds a tombstone within a transaction; its number."""
    # one after the other: a number is seen by readers only when all smaller ones are
    database.lock(connection, tombstones)
    values = {"tenant": tenant, "subject": subject, "erased_at": erased_at, "scope": scope}
    added = tombstones.insert().values(values).returning(tombstones.c.number)
    return int(connection.execute(added).scalar_one())


def bury_sessions(
    database: Database, connection: Connection, tenant: str, subject: str, erased_at: datetime, ids: Select[tuple[str]]
) -> None:
    """Adds a tombstone for each of a person's sessions, which `ids` finds."""
    database.lock(connection, tombstones)
    (found,) = ids.selected_columns
    whose = literal(tenant), literal(subject), literal(erased_at, UtcDateTime())
    rows = ids.with_only_columns(*whose, literal(of_session("")) + found)
    connection.execute(tombstones.insert().from_select(["tenant", "subject", "erased_at", "scope"], rows))
