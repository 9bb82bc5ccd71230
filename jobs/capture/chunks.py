"""A session's chunks as the table has them: which ones count, and whether all that was accepted is there."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import polars as pl

from blob_store.faults import BlobMissing
from blob_store.store import BlobStore
from control.capture_sessions import CaptureSession
from jobs.lake import Lake
from schemas.capture.chunks import CHUNKS

READERS: Final = 4
AHEAD: Final = 8
"""Chunks that are read before somebody asks for them: a bucket answers slowly, but many at once."""


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk's index, and the name of its blob."""

    index: int
    blob: str


def caught_up(lake: Lake, session_id: str) -> bool:
    """Whether the table has every chunk of the session that was answered with a 2xx before."""
    written = lake.control.written.of(f"session:{session_id}").get(CHUNKS.name, {})
    table = CHUNKS.primary.name
    if not written:
        return True
    if not lake.location.exists(table):
        return False
    passed = lake.tables.offsets(table, CHUNKS.name, list(written))
    return all(passed[partition] >= offset for partition, offset in written.items())


def newest_chunks(lake: Lake, session: CaptureSession) -> list[StoredChunk]:
    """The session's chunks by index; of several of one index the one that came last counts."""
    theirs = pl.col("tenant").eq(session.tenant) & pl.col("session_id").eq(session.id)
    since = pl.col("received_date") >= session.created_at.date()
    rows = newest(lake.tables.rows(CHUNKS.primary).filter(since & theirs)).sort("chunk_index")
    return [StoredChunk(*row) for row in rows.select("chunk_index", "blob").collect().iter_rows()]


def newest(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Of the rows of one index of a session the one that came last: a session is one partition of the log."""
    one = ("tenant", "session_id", "chunk_index")
    return rows.sort("log_offset", "log_item").unique(one, keep="last", maintain_order=True)


def contents(blobs: BlobStore, chunks: Sequence[StoredChunk]) -> Iterator[tuple[int, bytes]]:
    """Index and bytes of each; what the blob store does not have any more is left out."""
    with ThreadPoolExecutor(READERS, "chunks") as threads:
        reading: deque[tuple[int, Future[bytes | None]]] = deque()
        for chunk in chunks:
            reading.append((chunk.index, threads.submit(_content, blobs, chunk.blob)))
            if len(reading) >= AHEAD:
                yield from _read(reading)
        while reading:
            yield from _read(reading)


def _read(reading: deque[tuple[int, Future[bytes | None]]]) -> Iterator[tuple[int, bytes]]:
    index, coming = reading.popleft()
    content = coming.result()
    if content is not None:
        yield index, content


def _content(blobs: BlobStore, name: str) -> bytes | None:
    try:
        return blobs.read(name)
    except BlobMissing:
        return None
