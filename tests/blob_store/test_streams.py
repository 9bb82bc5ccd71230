"""Blobs that come as streams and go by ranges: whole or not at all, bounded, and never the memory of all of it."""

import asyncio
import hashlib
import os
import tracemalloc
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from blob_store.counted import BLOCK_BYTES
from blob_store.faults import BlobsUnavailable, BlobTooLarge
from blob_store.store import BlobStore, Stored
from blob_store.upload import PART_BYTES, PARTS
from tests.blob_store.conftest import content

CHUNK = bytes(range(256)) * 256
MOST = 2 * PART_BYTES


async def stream(pieces: Iterable[bytes], then: Exception | None = None) -> AsyncIterator[bytes]:
    """The pieces, and then an error if there is one."""
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)
    if then is not None:
        raise then


def put(blobs: BlobStore, pieces: Iterable[bytes], then: Exception | None = None, most: int = MOST) -> Stored:
    return asyncio.run(blobs.put_stream("chunks/s/0", stream(pieces, then), most))


@pytest.mark.parametrize("pieces", [0, 1, BLOCK_BYTES // len(CHUNK), 40, MOST // len(CHUNK)])
def test_a_stream_is_kept_counted_and_digested(blobs: BlobStore, pieces: int) -> None:
    whole = CHUNK * pieces
    assert put(blobs, [CHUNK] * pieces) == Stored(len(whole), hashlib.sha256(whole).hexdigest())
    assert content(blobs, "chunks/s/0") == whole


@pytest.mark.parametrize("most", [len(CHUNK) - 1, 40 * len(CHUNK) - 1, MOST])
def test_of_a_stream_that_is_too_large_nothing_stays(blobs: BlobStore, tmp_path: Path, most: int) -> None:
    asked = []

    def pieces() -> Iterable[bytes]:
        for number in range(10_000):
            asked.append(number)
            yield CHUNK

    with pytest.raises(BlobTooLarge, match=f"more than {most} bytes"):
        put(blobs, pieces(), most=most)
    assert len(asked) == most // len(CHUNK) + 1, "what is beyond the bound is not asked for"
    assert blobs.names("chunks") == []
    assert list(tmp_path.glob(f"blobs/{PARTS}/*")) == []


@pytest.mark.parametrize("pieces", [1, 40, 200])
def test_of_a_stream_that_breaks_nothing_stays_and_what_was_there_does(blobs: BlobStore, pieces: int) -> None:
    put(blobs, [b"before"])
    with pytest.raises(LookupError, match="gone"):
        put(blobs, [CHUNK] * pieces, LookupError("the client is gone"))
    assert content(blobs, "chunks/s/0") == b"before"


def test_of_a_stream_that_is_given_up_nothing_stays(blobs: BlobStore) -> None:
    async def given_up() -> None:
        never = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield from_client
            started.set()
            await never.wait()

        from_client, started = CHUNK * 20, asyncio.Event()
        putting = asyncio.ensure_future(blobs.put_stream("chunks/s/0", endless(), MOST))
        await started.wait()
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting

    asyncio.run(given_up())
    assert blobs.names("chunks") == []


def test_a_stream_is_held_a_block_at_a_time(tmp_path: Path) -> None:
    blobs, pieces = BlobStore(str(tmp_path / "blobs")), 32 * BLOCK_BYTES // len(CHUNK)
    tracemalloc.start()
    try:
        put(blobs, (bytes(bytearray(CHUNK)) for _ in range(pieces)), most=64 * BLOCK_BYTES)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * BLOCK_BYTES


def test_a_folder_that_cannot_be_written_says_so_and_keeps_nothing(tmp_path: Path) -> None:
    blobs = BlobStore(str(tmp_path / "blobs"))
    (tmp_path / "blobs" / "chunks").write_bytes(b"a file where a folder must be")
    with pytest.raises(BlobsUnavailable, match=r"writing the blob chunks/s/0.*KINELAKE_BLOBS_URL"):
        put(blobs, [CHUNK])
    assert list(tmp_path.glob(f"blobs/{PARTS}/*")) == []


def test_parts_that_nobody_goes_on_with_are_removed(tmp_path: Path) -> None:
    blobs = BlobStore(str(tmp_path / "blobs"))
    old, new = (tmp_path / "blobs" / PARTS / name for name in ("old", "new"))
    old.parent.mkdir()
    for part in (old, new):
        part.write_bytes(b"half a blob")
    os.utime(old, (0, 0))
    assert blobs.delete_parts(datetime.now(UTC) - timedelta(hours=24)) == 1
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize(("begin", "end"), [(0, 5_000_000), (0, 1), (4_999_999, 5_000_000), (7, 7), (123, 4_000_321)])
def test_a_range_is_read_and_nothing_else(blobs: BlobStore, begin: int, end: int) -> None:
    whole = os.urandom(5_000_000)
    blobs.put("videos/s/a.mp4", whole)

    async def read() -> list[bytes]:
        return [piece async for piece in blobs.stream("videos/s/a.mp4", begin, end)]

    assert b"".join(asyncio.run(read())) == whole[begin:end]


def test_what_is_known_of_a_blob_changes_with_its_content(blobs: BlobStore) -> None:
    blobs.put("a", b"one")
    first = asyncio.run(blobs.about("a"))
    blobs.put("a", b"three")
    second = asyncio.run(blobs.about("a"))
    assert (first.name, first.bytes, second.bytes) == ("a", 3, 5)
    assert first.tag != second.tag
    assert abs(datetime.now(UTC) - second.put_at) < timedelta(minutes=5)
