"""The end of a partition: what commits bring stays open, and is sealed into one compressed block once it is enough.

A commit brings few messages of a partition where they come one by one, and these alone hardly compress. Sealing is
part of the commit that makes them enough: as durable as it, and nobody else has to be told. Of a partition, all sealed
blocks (`blocks`) come before all open ones (`open_blocks`).
"""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain

from event_log.embedded.blocks import Block, compressed, decoded, encoded, pieces
from event_log.embedded.database import Extent

SEAL_BYTES = 64 * 1024
"""Before compression."""
SPAN = 3_600_000_000
"""µs: open blocks that began so long before the next message are sealed without it, so that they expire without it."""
TAKEN = """
SELECT base_offset, appended_at, records FROM open_blocks WHERE partition_id = ? ORDER BY base_offset
"""
ROWS_AT_ONCE = 64
"""Each number of rows is a statement of its own, of which a connection keeps 128."""
EXTEND = "UPDATE partitions SET next_offset = ?, open_offset = ?, open_bytes = ?, open_since = ? WHERE id = ?"

Row = tuple[int, int, int, int, bytes]
"""A row of `open_blocks`."""


def append(connection: sqlite3.Connection, ends: dict[int, Extent], blocks: Mapping[int, Block], now: int) -> None:
    """Add a block at the end of each of these partitions, and note in `ends` where they end then.

    `now` in µs since 1970. Blocks that stay open go in by one statement: between two, Python's lock changes hands.
    """
    rows: list[Row] = []
    opened: list[Extent] = []
    for partition, block in blocks.items():
        extent = _in_time(connection, ends[partition], now)
        records = encoded(block)
        size = extent.open_bytes + len(records)
        if size >= SEAL_BYTES:
            ends[partition] = seal(connection, extent, block, now)
            continue
        rows.append((extent.row_id, extent.end, len(block), now, records))
        if not extent.open_bytes:
            extent = extent._replace(open_offset=extent.end, open_since=now)
        ends[partition] = extent._replace(end=extent.end + len(block), open_bytes=size)
        opened.append(ends[partition])
    _open(connection, rows)
    connection.executemany(EXTEND, map(_columns, opened))


def seal(connection: sqlite3.Connection, extent: Extent, last: Block | None = None, now: int = 0) -> Extent:
    """Make compressed blocks of the open ones, together with a `last` one that comes now, if any does."""
    rows = _taken(connection, extent) if extent.open_bytes else []
    if last is not None:
        rows.append((extent.end, now, last))
    if rows:
        whole = Block.joined([block for _, _, block in rows])
        _insert(connection, extent.row_id, rows[0][0], max(appended_at for _, appended_at, _ in rows), whole)
    end = extent.end + (len(last) if last is not None else 0)
    after = extent._replace(end=end, open_offset=end, open_bytes=0)
    connection.execute(EXTEND, _columns(after))
    return after


def _taken(connection: sqlite3.Connection, extent: Extent) -> list[tuple[int, int, Block]]:
    """First offset, time and records of the open blocks, which are not there any more."""
    rows = connection.execute(TAKEN, (extent.row_id,)).fetchall()
    connection.execute("DELETE FROM open_blocks WHERE partition_id = ?", (extent.row_id,))
    return [(base, appended_at, decoded(records)) for base, appended_at, records in rows]


def _insert(connection: sqlite3.Connection, row_id: int, base: int, appended_at: int, whole: Block) -> None:
    for block in pieces(whole, SEAL_BYTES):
        records = encoded(block)
        row = (row_id, base, len(block), appended_at, compressed(records), len(records))
        connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)", row)
        base += len(block)


def _in_time(connection: sqlite3.Connection, extent: Extent, now: int) -> Extent:
    """The partition, with nothing open that began too long ago."""
    if extent.open_bytes and not extent.open_since <= now < extent.open_since + SPAN:
        return seal(connection, extent)
    return extent


def _open(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    for first in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[first : first + ROWS_AT_ONCE]
        connection.execute(_insert_of(len(some)), tuple(chain.from_iterable(some)))


@cache
def _insert_of(rows: int) -> str:
    return "INSERT INTO open_blocks VALUES " + ", ".join(["(?, ?, ?, ?, ?)"] * rows)


def _columns(extent: Extent) -> tuple[int, int, int, int, int]:
    return extent.end, extent.open_offset, extent.open_bytes, extent.open_since, extent.row_id
