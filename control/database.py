"""The connection to the control database: SQLite (WAL, fully synced) or PostgreSQL, by URL.

The one place where errors of the driver become ours: whatever says that the database does not answer or cannot be
written is ControlUnavailable.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random

from control.faults import ControlUnavailable
from schemas.shared.faults import Terminal

BUSY_SECONDS = 10


class BadControlUrl(Terminal):
    """KINELAKE_CONTROL_URL names no database that Kinelake can use."""


class Database:
    """Transactions on the control database; may be used from many threads.

    `read()` sees one consistent snapshot and never waits for a writer; `write()` commits at the end of its block.
    """

    def __init__(self, engine: Engine) -> None:
        self._writes = engine
        self._reads = engine.execution_options(reading=True)

    @classmethod
    def connect(cls, url: str) -> "Database":
        """Connects lazily: the first transaction opens the first connection."""
        parsed = _parsed(url)
        return cls(_sqlite_engine(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql_engine(parsed))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only transaction."""
        with _translated(), self._reads.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends, rolled back when it raises."""
        with _translated(), self._writes.begin() as connection:
            yield connection

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT, which both databases spell alike."""
        return sqlite.insert(table) if self._writes.dialect.name == "sqlite" else postgresql.insert(table)

    def lock(self, connection: Connection, table: Table) -> None:
        """Lets no other transaction write the table until this one ends; on SQLite no other writes anything."""
        if self._writes.dialect.name == "postgresql":
            connection.exec_driver_sql(f"LOCK TABLE {table.name} IN EXCLUSIVE MODE")

    def forget_deleted(self) -> None:
        """What was deleted is nowhere in the database's files any more: not in its WAL, nor in rows nobody sees.

        Raises ControlUnavailable where somebody reads all the time.
        """
        with _translated():
            if self._writes.dialect.name == "postgresql":
                with self._writes.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql("VACUUM")
            else:
                self._empty_wal()

    def _empty_wal(self) -> None:
        # a connection of its own: SQLite lets nobody do it inside a transaction
        with closing(self._writes.raw_connection()) as connection:
            (busy, _, _) = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise ControlUnavailable("the control database is being read: what was deleted is still in its WAL")

    def close(self) -> None:
        """Closes every connection that is not in use."""
        self._writes.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise _unavailable(error) from error
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.DatabaseError) and "not a database" in str(error.orig):
            raise BadControlUrl("the file of KINELAKE_CONTROL_URL is no SQLite database; name another") from error
        if error.connection_invalidated:
            raise _unavailable(error) from error
        raise


def _unavailable(error: Exception) -> ControlUnavailable:
    cause = getattr(error, "orig", None) or error
    return ControlUnavailable(f"the control database does not answer or cannot be written: {cause}")


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise _bad_url(url) from error
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return parsed
    raise _bad_url(url)


def _bad_url(url: str) -> BadControlUrl:
    scheme = url.partition(":")[0]
    return BadControlUrl(
        f"KINELAKE_CONTROL_URL ({scheme}:…) names no database; use sqlite:///PATH or postgresql://USER@HOST/NAME"
    )


def _postgresql_engine(url: URL) -> Engine:
    return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": BUSY_SECONDS})


def _sqlite_engine(url: URL) -> Engine:
    _make_private(Path(str(url.database)))
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(path: Path) -> None:
    """The file holds the organisations' keys: nobody but its owner reads it (its WAL inherits the mode)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise ControlUnavailable(f"the control database {path} cannot be made: {error.strerror}") from error


# Two processes that turn a new file into a WAL at once collide without the busy timeout being honoured.
@retry(
    retry=retry_if_exception_type(sqlite3.OperationalError),
    wait=wait_random(0, 0.05),
    stop=stop_after_delay(BUSY_SECONDS),
    reraise=True,
)
def _set_pragmas(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # what is deleted, such as an erased person's name, is overwritten
    connection.execute("PRAGMA secure_delete = ON")


def _begin(connection: Connection) -> None:
    # A transaction that starts by reading and then writes fails at once under another writer; IMMEDIATE waits instead.
    options: dict[str, Any] = dict(connection.get_execution_options())
    connection.exec_driver_sql("BEGIN" if options.get("reading") else "BEGIN IMMEDIATE")
