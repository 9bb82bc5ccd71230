"""Brings the control database to this version's schema: Alembic migrations, one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from control.database import Database
from control.faults import ControlTooNew

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x4B696E65
"""PostgreSQL's lock of the migrations: any number, the same in every process."""


def upgrade(database: Database) -> None:
    """Runs what is missing, in one transaction that holds the database's write lock; a newer schema is refused."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as connection:
        _lock(connection)
        _refuse_newer(connection, ScriptDirectory.from_config(config))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _lock(connection: Connection) -> None:
    # SQLite needs none: its write transaction is the lock
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise ControlTooNew(
            f"the control database has schema {current}, made by a newer Kinelake; this one knows {max(known)}. "
            "Install the newer version, or point KINELAKE_CONTROL_URL to another database."
        )
