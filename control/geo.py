"""Which geo database is in force, and what came of each update."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement, delete, select

from control.database import Database
from control.tables import geo_databases, geo_updates

UPDATE_KIND = "geo_update"
"""The kind of the jobs that update the database, and their key: one at a time."""

GeoOutcome: TypeAlias = Literal["updated", "current", "not_configured", "failed"]


@dataclass(frozen=True)
class GeoDescription:
    """What an mmdb file says of itself; `entries` are the nodes of its search tree, `digest` its SHA-256 in hex."""

    digest: str
    database_type: str
    built_at: datetime
    entries: int


@dataclass(frozen=True)
class GeoDatabase(GeoDescription):
    """A database that flows use. `number` counts them; `blob` is None where it is a file of the settings."""

    number: int
    archive_digest: str | None
    blob: str | None


@dataclass(frozen=True)
class GeoUpdate:
    """What an update came to, and why where it failed."""

    outcome: GeoOutcome
    reason: str | None


class GeoDatabases:
    """Written by the update job and by flows that open a file, read by flows and by the status."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def downloaded(self) -> GeoDatabase | None:
        """The newest database in the blob store."""
        return self._newest(geo_databases.c.blob.is_not(None))

    def in_force(self) -> GeoDatabase | None:
        """The newest database in the blob store, else the file that flows have opened."""
        return self.downloaded() or self._newest(geo_databases.c.blob.is_(None))

    def install(self, description: GeoDescription, archive_digest: str, blob: str) -> None:
        """Makes a database in the blob store the one that flows use."""
        self._add(description, archive_digest=archive_digest, blob=blob)

    def opened_file(self, description: GeoDescription | None) -> None:
        """Notes the file of the settings that flows use while nothing was downloaded; None: there is none."""
        with self._database.write() as connection:
            connection.execute(delete(geo_databases).where(geo_databases.c.blob.is_(None)))
        if description is not None:
            self._add(description)

    def note(self, job: int, outcome: GeoOutcome, reason: str | None = None) -> None:
        """What a job's newest attempt came to."""
        insert = self._database.insert(geo_updates).values(job=job, outcome=outcome, reason=reason)
        values = {"outcome": outcome, "reason": reason}
        with self._database.write() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["job"], set_=values))

    def outcome(self, job: int) -> GeoUpdate | None:
        """What the job came to; None where no attempt has said so."""
        with self._database.read() as connection:
            row = connection.execute(select(geo_updates).where(geo_updates.c.job == job)).one_or_none()
        return None if row is None else GeoUpdate(row.outcome, row.reason)

    def _add(self, description: GeoDescription, **values: str) -> None:
        with self._database.write() as connection:
            # one after the other: a number is seen by readers only when all smaller ones are
            self._database.lock(connection, geo_databases)
            connection.execute(geo_databases.insert().values(**{**vars(description), **values}))

    def _newest(self, condition: ColumnElement[bool]) -> GeoDatabase | None:
        query = select(geo_databases).where(condition).order_by(geo_databases.c.number.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else GeoDatabase(**row._mapping)
