"""Which schema the control database has, and that it is this version's."""

from sqlalchemy import Connection, inspect

from control.database import Database

CURRENT = "0013"
"""The schema of this version: the last of `migrations`."""

_REVISIONS = "alembic_version"


def migrate(database: Database) -> None:
    """Brings the database to this version's schema; a newer one is refused.

    A process that finds it there, as almost all do, neither loads Alembic nor waits for the write lock.
    """
    with database.read() as connection:
        found = _revision(connection)
    if found != CURRENT:
        from control.migrating import upgrade

        upgrade(database)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_REVISIONS):
        return None
    found: str | None = connection.exec_driver_sql(f"SELECT version_num FROM {_REVISIONS}").scalar()
    return found
