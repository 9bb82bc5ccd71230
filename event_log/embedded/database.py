"""The embedded log's file: its schema, its transactions, and SQLite's errors as ours.

WAL and synchronous=FULL: a commit returns after its fsync, and readers never wait for a writer.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import zstandard
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random

from event_log.faults import BadLogUrl, LogDamaged, LogTooNew, LogUnavailable, PartitionsChanged, UnknownTopic

VERSION = 2
"""1 had blocks of single commits alone, as they came. A file becomes 2 with the first message that version 2 writes."""
# Rows of `blocks` have a rowid: blocks of all partitions are appended at the end of one tree, the index is small.
TABLES = """
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
    records BLOB NOT NULL,        -- MessagePack: [keys, values, clients]; of version 2 in a zstd frame
    PRIMARY KEY (partition_id, base_offset)
);
"""
# Version 1 does not mind these: it must be able to go on with a file that version 2 has only looked into.
OPEN = """
CREATE TABLE open_blocks (
    partition_id INTEGER NOT NULL REFERENCES partitions,
    base_offset INTEGER NOT NULL,
    count INTEGER NOT NULL,
    appended_at INTEGER NOT NULL, -- µs since 1970, UTC
    records BLOB NOT NULL,        -- MessagePack: [keys, values, clients]
    PRIMARY KEY (partition_id, base_offset)
);
-- From here on blocks are open; about how many bytes of them, since the appended_at of the first; none where 0 bytes.
ALTER TABLE partitions ADD COLUMN open_offset INTEGER NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE partitions ADD COLUMN open_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partitions ADD COLUMN open_since INTEGER NOT NULL DEFAULT 0;
"""
# A process of version 1 that still runs inserts five columns: it fails instead of writing what nobody would find.
FENCE = "ALTER TABLE blocks ADD COLUMN size INTEGER"  # of `records` before compression; null where version 1 wrote them
# What changes nothing of any version: a file that lacks it gets it.
LIMITS = "CREATE TABLE IF NOT EXISTS limits (topic TEXT PRIMARY KEY, max_record_bytes INTEGER NOT NULL)"
EXTENTS = """
SELECT partition, id, start_offset, next_offset, open_offset, open_bytes, open_since FROM partitions WHERE topic = ?
"""
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
    except zstandard.ZstdError as error:
        raise LogDamaged(f"the log's file {path} is damaged: restore it, or name another ({error})") from error
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


def become_current(connection: sqlite3.Connection) -> None:
    """In a transaction that writes messages as this version does: no earlier one may write or read any more."""
    if _version(connection) < VERSION:
        connection.execute(FENCE)
        connection.execute(f"PRAGMA user_version = {VERSION}")


class Extent(NamedTuple):
    """A partition: its row, its first offset and the next one, and what of it is open (`open_blocks`)."""

    row_id: int
    start: int
    end: int
    open_offset: int
    open_bytes: int
    open_since: int


def extents(connection: sqlite3.Connection, topic: str) -> dict[int, Extent]:
    """The topic's partitions.

    Raises:
        UnknownTopic: it has none.
    """
    rows = connection.execute(EXTENTS, (topic,))
    found = {partition: Extent(*columns) for partition, *columns in rows}
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
    if connection.execute("PRAGMA page_count").fetchone() == (0,):
        # Later it would take writing all of the file anew.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    version = _version(connection)
    if version > VERSION:
        raise LogTooNew(f"the log's file {path} has version {version}, this Kinelake knows {VERSION}: upgrade Kinelake")
    if not _is_made(connection):
        with writing(connection):
            _make(connection)
    connection.execute(LIMITS)


def _make(connection: sqlite3.Connection) -> None:
    """What the file lacks, now that nobody else makes it."""
    missing = "" if _is_made(connection) else TABLES + OPEN
    for statement in missing.split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {max(1, _version(connection))}")


def _is_made(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'open_blocks'").fetchone() is not None


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
