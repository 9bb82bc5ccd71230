"""The embedded log's file: its schema, its transactions, and SQLite's errors as ours.

WAL and synchronous=FULL: a commit returns after its fsync, and readers never wait for a writer.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random

from event_log.faults import BadLogUrl, LogDamaged, LogTooNew, LogUnavailable, PartitionsChanged, UnknownTopic

VERSION = 1
# Rows of `blocks` have a rowid: blocks of all partitions are appended at the end of one tree, the index is small.
SCHEMA = """
CREATE TABLE IF NOT EXISTS partitions (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    start_offset INTEGER NOT NULL DEFAULT 0,
    next_offset INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic, partition)
);
CREATE TABLE IF NOT EXISTS blocks (
    partition_id INTEGER NOT NULL REFERENCES partitions,
    base_offset INTEGER NOT NULL,
    count INTEGER NOT NULL,
    appended_at INTEGER NOT NULL, -- µs since 1970, UTC
    records BLOB NOT NULL,        -- MessagePack: [keys, values, clients]
    PRIMARY KEY (partition_id, base_offset)
);
"""
# What came later than version 1 and changes nothing of it: a file that lacks it gets it.
LIMITS = "CREATE TABLE IF NOT EXISTS limits (topic TEXT PRIMARY KEY, max_record_bytes INTEGER NOT NULL)"
CHECKPOINT_PAGES = 4000
DAMAGED = {sqlite3.SQLITE_NOTADB: "is no SQLite database", sqlite3.SQLITE_CORRUPT: "is damaged"}


def path_of(url: str) -> Path:
    """The file of `sqlite:///PATH`.

    Raises:
        BadLogUrl: there is no path in it.
    """
    prefix, slashes, path = url.partition(":///")
    if prefix != "sqlite" or not slashes or not path or path.startswith(":memory:"):
        raise BadLogUrl("KINELAKE_LOG_URL names no file: use sqlite:///PATH, with four slashes for an absolute path")
    return Path(path)


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A connection to the log, made with its schema if it is new; transactions are begun by hand.

    Raises:
        LogUnavailable: the file cannot be made, opened or locked.
        LogTooNew, LogDamaged: it can, and is not for us.
    """
    with translated(path):
        _make_private(path)
        connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's and the file system's errors as ours."""
    try:
        yield
    except OSError as error:
        raise LogUnavailable(f"the log's file {path} cannot be used: {error.strerror}") from error
    except sqlite3.Error as error:
        # The low byte is the primary code: SQLITE_CORRUPT_INDEX is a SQLITE_CORRUPT.
        damage = DAMAGED.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if damage is not None:
            raise LogDamaged(f"the log's file {path} {damage}: restore it, or name another ({error})") from error
        raise LogUnavailable(f"the log's file {path} cannot be used: {error}") from error


@contextmanager
def reading(connection: sqlite3.Connection) -> Iterator[None]:
    """One consistent snapshot."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.rollback()


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction, durable when the block has ended; rolled back when it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself after some errors, a full disk among them.
        if connection.in_transaction:
            connection.rollback()
        raise


def extents(connection: sqlite3.Connection, topic: str) -> dict[int, tuple[int, int, int]]:
    """Row id, start offset and next offset of the topic's partitions, by partition.

    Raises:
        UnknownTopic: it has none.
    """
    rows = connection.execute(
        "SELECT partition, id, start_offset, next_offset FROM partitions WHERE topic = ?", (topic,)
    )
    found = {partition: (row_id, start, end) for partition, row_id, start, end in rows}
    if not found:
        raise UnknownTopic(topic)
    return found


def limit_of(connection: sqlite3.Connection, topic: str) -> int | None:
    """The largest record in bytes that the topic was made for; None where it has no limit of its own."""
    row = connection.execute("SELECT max_record_bytes FROM limits WHERE topic = ?", (topic,)).fetchone()
    return None if row is None else int(row[0])


def check_partitions(topic: str, found: int, wanted: int) -> None:
    """Raise PartitionsChanged unless the numbers are the same."""
    if found != wanted:
        raise PartitionsChanged(topic, found, wanted)


def _make_private(path: Path) -> None:
    """The log holds client addresses: nobody but its owner reads it (SQLite gives its WAL the same mode)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)


# Two processes that turn a new file into a WAL at once collide without the busy timeout being honoured.
@retry(
    retry=retry_if_exception_type(sqlite3.OperationalError),
    wait=wait_random(0, 0.05),
    stop=stop_after_delay(2),
    reraise=True,
)
def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise LogTooNew(f"the log's file {path} has version {version}, this Kinelake knows {VERSION}: upgrade Kinelake")
    if version < VERSION:
        with writing(connection):
            for statement in SCHEMA.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute(LIMITS)
