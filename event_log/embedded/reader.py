"""Reads the embedded log. Delivery: every message from the start offsets on, in order, as often as it is asked for.

Reads never wait for writers. While the file cannot be read, polls are empty and `healthy` is false. Who waits costs
nothing (`watch.py`).
"""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from event_log.embedded.blocks import Block, decoded
from event_log.embedded.database import Extent, connect, extents, reading, translated
from event_log.embedded.watch import Watch
from event_log.faults import LogUnavailable, UnknownTopic, check_range
from event_log.health import Health
from event_log.options import LogOptions
from event_log.record import Fetched

BUSY_SECONDS = 2
BLOCKS = """
SELECT base_offset, count, records FROM {table}
WHERE partition_id = :id AND base_offset >= ifnull(
    (SELECT max(base_offset) FROM {table} WHERE partition_id = :id AND base_offset <= :offset), :offset)
ORDER BY base_offset
"""
SEALED, OPEN = BLOCKS.format(table="blocks"), BLOCKS.format(table="open_blocks")


class SqliteReader:
    """A Reader over one SQLite file."""

    def __init__(self, path: Path, topic: str, start: Mapping[int, int], options: LogOptions) -> None:
        self._path = path
        self._topic = topic
        self._next = dict(start)
        self._turn = 0
        self._nothing_at: object = None
        self._health = Health("reader", topic)
        self._connection = connect(path, min(BUSY_SECONDS, options.publish_timeout_seconds))
        try:
            self._check_start()
        except BaseException:
            self._connection.close()
            raise
        self._watch = Watch.held(path)

    @property
    def healthy(self) -> bool:
        """See Reader."""
        return self._health.up

    def poll(self, max_messages: int, timeout: float) -> Fetched:
        """See Reader."""
        deadline = time.monotonic() + timeout
        fetched = Fetched.nothing() if timeout > 0 and self._at_rest() else self._looked(max_messages)
        while not len(fetched) and (left := deadline - time.monotonic()) > 0:
            self._watch.wait(self._topic, self._nothing_at, left)
            if not self._at_rest():
                fetched = self._looked(max_messages)
        return fetched

    def end_offsets(self) -> dict[int, int]:
        """See Reader."""
        with translated(self._path):
            return {partition: extent.end for partition, extent in self._extents().items()}

    def start_offsets(self) -> dict[int, int]:
        """See Reader."""
        with translated(self._path):
            return {partition: extent.start for partition, extent in self._extents().items()}

    def seek(self, partition: int, offset: int) -> None:
        """See Reader."""
        self._next[partition] = offset
        self._nothing_at = None

    def close(self) -> None:
        """See Reader."""
        self._watch.release()
        self._connection.close()

    def _at_rest(self) -> bool:
        """Whether the topic stands where there was nothing to read: looking again would cost what waiting spares."""
        return self._watch.state(self._topic) == self._nothing_at

    def _looked(self, max_messages: int) -> Fetched:
        state = self._watch.state(self._topic)
        fetched = self._fetched(max_messages)
        self._nothing_at = None if len(fetched) else state
        return fetched

    def _fetched(self, max_messages: int) -> Fetched:
        try:
            with translated(self._path), reading(self._connection):
                fetched = self._columns(max_messages)
        except LogUnavailable as error:
            self._health.fails(error)
            return Fetched.nothing()
        self._health.answers()
        return fetched

    def _columns(self, max_messages: int) -> Fetched:
        blocks: list[Block] = []
        runs: list[tuple[int, int, int]] = []
        waiting = self._waiting()
        left = max_messages
        for index, (partition, extent) in enumerate(waiting):
            # An equal share of what is left: one full partition does not hold up the others.
            share = -(-left // (len(waiting) - index))
            found = list(self._slices(extent, self._next[partition], share))
            runs.append((partition, self._next[partition], sum(map(len, found))))
            left -= runs[-1][2]
            blocks += found
        for partition, first, count in runs:
            self._next[partition] = first + count
        return _fetched(runs, Block.joined(blocks))

    def _waiting(self) -> list[tuple[int, Extent]]:
        """The partitions with something to read; each call begins with another one."""
        found = []
        for partition, extent in self._extents().items():
            check_range(self._topic, partition, self._next[partition], extent.start, extent.end)
            if self._next[partition] < extent.end:
                found.append((partition, extent))
        self._turn += 1
        first = self._turn % len(found) if found else 0
        return found[first:] + found[:first]

    def _slices(self, extent: Extent, offset: int, wanted: int) -> Iterator[Block]:
        for base, count, records in self._rows(extent, offset):
            if wanted <= 0:
                return
            block = decoded(records)
            if base < offset or count > wanted:
                first = max(0, offset - base)
                block = block.part(first, first + wanted)
            wanted -= len(block)
            yield block

    def _rows(self, extent: Extent, offset: int) -> Iterator[tuple[int, int, bytes]]:
        """First offset, count and records of the blocks from the one on that has this offset."""
        begin = {"id": extent.row_id, "offset": offset}
        if offset < extent.open_offset:
            yield from self._connection.execute(SEALED, begin)
        yield from self._connection.execute(OPEN, begin)

    def _extents(self) -> dict[int, Extent]:
        found = extents(self._connection, self._topic)
        if missing := self._next.keys() - found.keys():
            raise UnknownTopic(self._topic, missing)
        return {partition: found[partition] for partition in self._next}

    def _check_start(self) -> None:
        with translated(self._path), reading(self._connection):
            self._waiting()


def _fetched(runs: list[tuple[int, int, int]], found: Block) -> Fetched:
    """Columns of runs of (partition, first offset, count): offsets are dense within a partition."""
    if not runs:
        return Fetched.nothing()
    partitions = np.repeat(np.array([run[0] for run in runs], np.int32), [run[2] for run in runs])
    offsets = np.concatenate([np.arange(first, first + count, dtype=np.int64) for _, first, count in runs])
    return Fetched(partitions, offsets, found.keys, found.values, found.clients)
