"""Items that wait to be sent, in a file that outlives the process: bounded, in order, each in one batch at a time."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, takewhile
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from .faults import QueueFailed

MOST_ITEMS = 10_000
MOST_BYTES = 64 * 2**20
_TABLE = """CREATE TABLE IF NOT EXISTS items
(number INTEGER PRIMARY KEY AUTOINCREMENT, item BLOB NOT NULL, batch TEXT)"""
_SETTINGS = ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON")
"""What is written survives the process, though not a power cut of the last moments; what is removed is overwritten."""


@dataclass(frozen=True)
class Batch:
    """Items that go out together, now and in every repeat, under the one Idempotency-Key `key`."""

    key: str
    numbers: Sequence[int]
    items: Sequence[bytes]


class Queue:
    """The file at `path`, of one process at a time; its methods may be called from any thread.

    It holds at most `most_items` items of together `most_bytes` bytes.

    Raises:
        QueueFailed: from every method, where the file cannot be read or written or another process has it.
    """

    def __init__(self, path: Path, most_items: int = MOST_ITEMS, most_bytes: int = MOST_BYTES) -> None:
        self._path = path
        self._most_items, self._most_bytes = most_items, most_bytes
        self._lock = Lock()
        self._count, self._bytes = 0, 0
        with self._failing():
            path.parent.mkdir(parents=True, exist_ok=True)
            # nobody else on the machine reads what a player does
            os.close(os.open(path, os.O_CREAT, 0o600))
            self._file = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
            for setting in _SETTINGS:
                self._file.execute(f"PRAGMA {setting}")
            self._file.execute(_TABLE)
            self._measure()

    def __len__(self) -> int:
        return self._count

    def put(self, item: bytes) -> bool:
        """Keeps an item; False where there is no room for it."""
        with self._working():
            if self._count >= self._most_items or self._bytes + len(item) > self._most_bytes:
                return False
            self._file.execute("INSERT INTO items (item) VALUES (?)", (item,))
            self._count += 1
            self._bytes += len(item)
            return True

    def batch(self, most_items: int, most_bytes: int) -> Batch | None:
        """The batch that was begun and not ended, else a new one of the oldest items; None where there is none."""
        with self._working():
            return self._begun() or self._new(most_items, most_bytes)

    def done(self, batch: Batch) -> None:
        """Removes the batch: its items were taken, or never will be."""
        with self._working():
            self._remove("DELETE FROM items WHERE batch = ?", batch.key)

    def divided(self, batch: Batch) -> None:
        """Ends the batch and keeps its items for new ones: nothing of it was taken."""
        with self._working():
            self._file.execute("UPDATE items SET batch = NULL WHERE batch = ?", (batch.key,))

    def without(self, batch: Batch, index: int) -> None:
        """The same without the item of that index, which is removed."""
        with self._working(), self._at_once():
            self._remove("DELETE FROM items WHERE number = ?", batch.numbers[index])
            self._file.execute("UPDATE items SET batch = NULL WHERE batch = ?", (batch.key,))

    def clear(self) -> None:
        """Removes all items, also from the file's bytes."""
        with self._working():
            self._remove("DELETE FROM items")
            self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Lets another process have the file; the items stay."""
        with self._working():
            self._file.close()

    def _begun(self) -> Batch | None:
        rows = self._rows("SELECT number, item, batch FROM items WHERE batch IS NOT NULL ORDER BY number")
        return Batch(rows[0][2], [row[0] for row in rows], [row[1] for row in rows]) if rows else None

    def _new(self, most_items: int, most_bytes: int) -> Batch | None:
        rows = self._rows("SELECT number, item FROM items ORDER BY number LIMIT ?", most_items)
        sizes = accumulate(len(item) for _, item in rows)
        rows = rows[: max(1, sum(1 for _ in takewhile(lambda size: size <= most_bytes, sizes)))]
        if not rows:
            return None
        key = str(uuid4())
        self._file.execute("UPDATE items SET batch = ? WHERE number BETWEEN ? AND ?", (key, rows[0][0], rows[-1][0]))
        return Batch(key, [row[0] for row in rows], [row[1] for row in rows])

    def _rows(self, statement: str, *values: Any) -> list[Any]:
        return self._file.execute(statement, values).fetchall()

    def _remove(self, statement: str, *values: Any) -> None:
        self._file.execute(statement, values)
        self._measure()

    def _measure(self) -> None:
        ((count, size),) = self._rows("SELECT count(*), coalesce(sum(length(item)), 0) FROM items")
        self._count, self._bytes = int(count), int(size)

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """All statements of the block or none."""
        self._file.execute("BEGIN")
        with self._file:
            yield

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._lock, self._failing():
            yield

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            hint = "does another process have it, is there room, may it be written?"
            raise QueueFailed(f"the queue {self._path} does not work ({error}): {hint}") from error
