"""The end of a partition: what commits bring stays open, and is sealed into one compressed block once it is enough.

A commit brings few messages of a partition where they come one by one, and these alone hardly compress. Sealing is
part of the commit that makes them enough: as durable as it, and nobody else has to be told. Of a partition, all sealed
blocks (`blocks`) come before all open ones (`open_blocks`).
"""

import sqlite3

from event_log.embedded.blocks import Block, compressed, decoded, encoded, pieces
from event_log.embedded.database import Extent

SEAL_BYTES = 64 * 1024
"""Before compression."""
SPAN = 3_600_000_000
"""µs: open blocks that began so long before the next message are sealed without it, so that they expire without it."""
TAKEN = """
SELECT base_offset, appended_at, records FROM open_blocks WHERE partition_id = ? ORDER BY base_offset
"""
EXTEND = "UPDATE partitions SET next_offset = ?, open_offset = ?, open_bytes = ?, open_since = ? WHERE id = ?"


def append(connection: sqlite3.Connection, extent: Extent, block: Block, now: int) -> None:
    """Add a block at the end of a partition; `now` in µs since 1970."""
    if extent.open_bytes and not extent.open_since <= now < extent.open_since + SPAN:
        extent = seal(connection, extent)
    records = encoded(block)
    size = extent.open_bytes + len(records)
    if size >= SEAL_BYTES:
        seal(connection, extent, block, now)
        return
    if not extent.open_bytes:
        extent = extent._replace(open_offset=extent.end, open_since=now)
    row = (extent.row_id, extent.end, len(block), now, records)
    connection.execute("INSERT INTO open_blocks VALUES (?, ?, ?, ?, ?)", row)
    _extend(connection, extent._replace(end=extent.end + len(block), open_bytes=size))


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
    _extend(connection, after)
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


def _extend(connection: sqlite3.Connection, extent: Extent) -> None:
    connection.execute(EXTEND, (extent.end, extent.open_offset, extent.open_bytes, extent.open_since, extent.row_id))
