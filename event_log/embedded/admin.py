"""Upkeep of the embedded log: topics, retention, erasure; safe beside publishers and readers, and from any thread.

What expires or is erased is overwritten in the file (secure_delete) and then in the WAL.
"""

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from event_log.embedded.blocks import Block, compressed, decoded, encoded, unpacked
from event_log.embedded.database import Extent, become_current, check_partitions, connect, extents, translated, writing
from event_log.embedded.space import give_back
from event_log.embedded.tail import seal
from event_log.faults import LogUnavailable, UnknownTopic
from event_log.interface import Chosen
from event_log.options import LogOptions
from schemas.shared.times import microseconds

# A transaction of upkeep holds up the publishers: it stays short.
BLOCKS_AT_ONCE = 50
CHECKPOINT_LOOK_SECONDS = 0.02
TURNS_OF_GIVING_BACK = 64
"""64 MiB: what is free beyond that has time until the next expiry."""
LIMIT = """
INSERT INTO limits (topic, max_record_bytes) VALUES (?, ?)
ON CONFLICT (topic) DO UPDATE SET max_record_bytes = max(max_record_bytes, excluded.max_record_bytes)
"""
AGES = """
SELECT base_offset, count, appended_at FROM {table} WHERE partition_id = ? ORDER BY base_offset
"""
EXPIRE = "DELETE FROM {table} WHERE partition_id = ? AND base_offset < ?"
BLANKED = "UPDATE blocks SET records = ?, size = ? WHERE rowid = ?"
IN_ORDER = ("blocks", "open_blocks")


class Wanted(NamedTuple):
    """Which messages are to be emptied, and some bytes of which each of them has one; none where nobody knows."""

    chosen: Chosen
    naming: Collection[bytes]

    def may_be_in(self, records: bytes) -> bool:
        """Whether a block can have one."""
        if not self.naming:
            return True
        content = unpacked(records)
        return any(name in content for name in self.naming)


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
        return {partition: extent.end for partition, extent in self._extents(topic).items()}

    def start_offsets(self, topic: str) -> dict[int, int]:
        """See Admin."""
        return {partition: extent.start for partition, extent in self._extents(topic).items()}

    def expire(self, topic: str, before: datetime, keep_from: Mapping[int, int]) -> int:
        """See Admin; whole blocks only, so that messages stay up to an hour longer. The file becomes smaller, too."""
        found = self._extents(topic)
        expired = sum(
            self._expire(found[partition].row_id, microseconds(before), offset)
            for partition, offset in keep_from.items()
            if partition in found
        )
        self._give_back()
        return expired

    def blank(
        self, topic: str, chosen: Chosen, naming: Collection[bytes] = (), below: Mapping[int, int] | None = None
    ) -> int:
        """See Admin; what is open is sealed first."""
        found = self._extents(topic)
        limits = {partition: extent.end for partition, extent in found.items()} if below is None else below
        wanted = Wanted(chosen, naming)
        self._seal(topic, found)
        blanked = sum(self._blank(found[p].row_id, wanted, end) for p, end in limits.items() if p in found)
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

    def _extents(self, topic: str) -> dict[int, Extent]:
        with self._turn, translated(self._path):
            return extents(self._connection, topic)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._turn, translated(self._path), writing(self._connection):
            yield

    def _seal(self, topic: str, found: Mapping[int, Extent]) -> None:
        """Seal what is open in each of these partitions, as it is by then."""
        for partition in [partition for partition, extent in found.items() if extent.open_bytes]:
            with self._writing():
                become_current(self._connection)
                seal(self._connection, extents(self._connection, topic)[partition])

    def _expire(self, row_id: int, before: int, keep_from: int) -> int:
        expired = 0
        while True:
            with self._writing():
                offset = self._end_of_old(row_id, before, keep_from)
                if offset is None:
                    return expired
                expired += self._delete_below(row_id, offset)

    def _end_of_old(self, row_id: int, before: int, keep_from: int) -> int | None:
        """Where the first blocks that may go end, not too many at once; None where the first one stays."""
        end = None
        for base, count, appended_at in islice(self._ages(row_id), BLOCKS_AT_ONCE):
            if appended_at >= before or base + count > keep_from:
                break
            end = base + count
        return end

    def _ages(self, row_id: int) -> Iterator[tuple[int, int, int]]:
        """First offset, count and time of a partition's blocks."""
        for table in IN_ORDER:
            yield from self._connection.execute(AGES.format(table=table), (row_id,))

    def _delete_below(self, row_id: int, offset: int) -> int:
        (start,) = self._connection.execute("SELECT start_offset FROM partitions WHERE id = ?", (row_id,)).fetchone()
        for table in IN_ORDER:
            self._connection.execute(EXPIRE.format(table=table), (row_id, offset))
        self._connection.execute("UPDATE partitions SET start_offset = ? WHERE id = ?", (offset, row_id))
        return int(offset - start)

    def _give_back(self) -> None:
        for _ in range(TURNS_OF_GIVING_BACK):
            with self._turn, translated(self._path):
                if not give_back(self._connection):
                    return

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
                become_current(self._connection)
                records = encoded(block)
                self._connection.execute(BLANKED, (compressed(records), len(records), rowid))
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
