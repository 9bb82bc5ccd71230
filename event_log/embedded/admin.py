"""Upkeep of the embedded log: topics, retention, erasure; safe beside publishers and readers, and from any thread.

What expires or is erased is overwritten in the file (secure_delete) and then in the WAL.
"""

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from event_log.embedded.blocks import Block, decoded, encoded
from event_log.embedded.database import check_partitions, connect, extents, translated, writing
from event_log.faults import LogUnavailable, UnknownTopic
from event_log.interface import Chosen
from event_log.options import LogOptions
from schemas.shared.times import microseconds

# A transaction of upkeep holds up the publishers: it stays short.
BLOCKS_AT_ONCE = 200
CHECKPOINT_LOOK_SECONDS = 0.02
LIMIT = """
INSERT INTO limits (topic, max_record_bytes) VALUES (?, ?)
ON CONFLICT (topic) DO UPDATE SET max_record_bytes = max(max_record_bytes, excluded.max_record_bytes)
"""
EXPIRED = """
SELECT base_offset, count FROM blocks WHERE partition_id = :id AND base_offset < ifnull((
    SELECT base_offset FROM blocks
    WHERE partition_id = :id AND (appended_at >= :before OR base_offset + count > :keep_from)
    ORDER BY base_offset LIMIT 1), 9223372036854775807)
ORDER BY base_offset LIMIT :blocks
"""


class Wanted(NamedTuple):
    """Which messages are to be emptied, and some bytes of which each of them has one; none where nobody knows."""

    chosen: Chosen
    naming: Collection[bytes]

    def may_be_in(self, records: bytes) -> bool:
        """Whether a block of these bytes can have one: its texts lie in it as they are."""
        return not self.naming or any(name in records for name in self.naming)


class SqliteAdmin:
    """An Admin over one SQLite file; its threads take turns on the one connection."""

    blanks = True

    def __init__(self, path: Path, options: LogOptions) -> None:
        self._path = path
        self._options = options
        self._connection = connect(path, options.publish_timeout_seconds)
        self._turn = threading.Lock()

    def ensure_topic(self, topic: str, max_record_bytes: int | None = None) -> None:
        """See Admin."""
        with self._writing():
            self._make(topic)
            if max_record_bytes is not None:
                self._connection.execute(LIMIT, (topic, max_record_bytes))

    def end_offsets(self, topic: str) -> dict[int, int]:
        """See Admin."""
        return {partition: end for partition, (_, _, end) in self._extents(topic).items()}

    def start_offsets(self, topic: str) -> dict[int, int]:
        """See Admin."""
        return {partition: start for partition, (_, start, _) in self._extents(topic).items()}

    def expire(self, topic: str, before: datetime, keep_from: Mapping[int, int]) -> int:
        """See Admin; whole blocks only, so the last messages before the limit may stay."""
        found = self._extents(topic)
        return sum(
            self._expire(found[partition][0], microseconds(before), offset)
            for partition, offset in keep_from.items()
            if partition in found
        )

    def blank(
        self, topic: str, chosen: Chosen, naming: Collection[bytes] = (), below: Mapping[int, int] | None = None
    ) -> int:
        """See Admin."""
        extents = self._extents(topic)
        limits = {p: end for p, (_, _, end) in extents.items()} if below is None else below
        wanted = Wanted(chosen, naming)
        blanked = sum(self._blank(extents[p][0], wanted, end) for p, end in limits.items() if p in extents)
        self._empty_wal()
        return blanked

    def close(self) -> None:
        """See Admin."""
        self._connection.close()

    def _make(self, topic: str) -> None:
        rows = [(topic, partition) for partition in range(self._options.partitions)]
        try:
            found = extents(self._connection, topic)
        except UnknownTopic:
            self._connection.executemany("INSERT INTO partitions (topic, partition) VALUES (?, ?)", rows)
        else:
            check_partitions(topic, len(found), self._options.partitions)

    def _extents(self, topic: str) -> dict[int, tuple[int, int, int]]:
        with self._turn, translated(self._path):
            return extents(self._connection, topic)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._turn, translated(self._path), writing(self._connection):
            yield

    def _expire(self, row_id: int, before: int, keep_from: int) -> int:
        expired = 0
        limits = {"id": row_id, "before": before, "keep_from": keep_from, "blocks": BLOCKS_AT_ONCE}
        while True:
            with self._writing():
                blocks = self._connection.execute(EXPIRED, limits).fetchall()
                if not blocks:
                    return expired
                base, count = blocks[-1]
                expired += self._delete_below(row_id, base + count)

    def _delete_below(self, row_id: int, offset: int) -> int:
        (start,) = self._connection.execute("SELECT start_offset FROM partitions WHERE id = ?", (row_id,)).fetchone()
        self._connection.execute("DELETE FROM blocks WHERE partition_id = ? AND base_offset < ?", (row_id, offset))
        self._connection.execute("UPDATE partitions SET start_offset = ? WHERE id = ?", (offset, row_id))
        return int(offset - start)

    def _blank(self, row_id: int, wanted: Wanted, end: int) -> int:
        blanked, offset = 0, 0
        while blocks := self._blocks(row_id, offset, end):
            # looked through before publishers have to wait: blocks are only ever emptied, or expire
            hits = [(rowid, base) for rowid, base, records in blocks if wanted.may_be_in(records)]
            blanked += sum(self._blank_block(rowid, base, wanted.chosen, end) for rowid, base in hits)
            offset = blocks[-1][1] + 1
        return blanked

    def _blocks(self, row_id: int, offset: int, end: int) -> list[tuple[int, int, bytes]]:
        with self._turn, translated(self._path):
            return self._connection.execute(
                "SELECT rowid, base_offset, records FROM blocks "
                "WHERE partition_id = ? AND base_offset >= ? AND base_offset < ? ORDER BY base_offset LIMIT ?",
                (row_id, offset, end, BLOCKS_AT_ONCE),
            ).fetchall()

    def _blank_block(self, rowid: int, base: int, chosen: Chosen, end: int) -> int:
        with self._writing():
            found = self._connection.execute(
                "SELECT records FROM blocks WHERE rowid = ? AND base_offset = ?", (rowid, base)
            ).fetchone()
            if found is None:
                return 0
            block = decoded(found[0])
            messages = list(zip(block.keys, block.values, strict=True))[: end - base]
            hits = [index for index, (key, value) in enumerate(messages) if value and chosen(key, value)]
            if hits:
                empty(block, hits)
                self._connection.execute("UPDATE blocks SET records = ? WHERE rowid = ?", (encoded(block), rowid))
        return len(hits)

    def _empty_wal(self) -> None:
        """SQLite waits for readers, but for nobody else's checkpoint."""
        attempts = Retrying(
            retry=retry_if_exception_type(LogUnavailable),
            stop=stop_after_delay(self._options.publish_timeout_seconds),
            wait=wait_fixed(CHECKPOINT_LOOK_SECONDS),
            reraise=True,
        )
        attempts(self._try_to_empty_wal)

    def _try_to_empty_wal(self) -> None:
        with self._turn, translated(self._path):
            (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise LogUnavailable(
                f"{self._path} is being read or checkpointed: erased messages are still in its WAL; erase again"
            )


def empty(block: Block, indexes: list[int]) -> None:
    """Empty the messages at these places."""
    for index in indexes:
        block.keys[index] = block.values[index] = block.clients[index] = b""
