"""The blob store: named files that appear whole or not at all, on whatever KINELAKE_BLOBS_URL names (by obstore).

Delivery: `put` and `put_stream` are atomic and durable, and doing them again with the same content is harmless.
Credentials are those of the cloud's own environment variables (AWS_*, GOOGLE_*, AZURE_*), as for the tables.
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, LocalStore, ObjectStore, S3Store, from_url

from blob_store.counted import BLOCK_BYTES, Counted
from blob_store.faults import BadBlobName, BadBlobsUrl, BlobMissing, translated
from blob_store.upload import PART_BYTES, PARTS, BucketUpload, FolderUpload, Upload, moved

BUCKETS: Final = ("s3", "gs", "az")
PIECE_BYTES: Final = 256 * 1024
"""How much of a blob is handed on at once, at least, while a range of it is read."""
PAGE: Final = 1000
"""Blobs that are listed or removed at once."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(?:/[A-Za-z0-9_][A-Za-z0-9._-]{0,127}){0,7}")


@dataclass(frozen=True, slots=True)
class Stored:
    """What a stream came to: its bytes, and their SHA-256 in hex."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A blob that there is: its size in bytes, when it was put, and a tag that no other content has, in quotes."""

    name: str
    bytes: int
    put_at: datetime
    tag: str


class BlobStore:
    """Blobs by name: up to eight parts of letters, digits, `.`, `_` and `-`, with `/` between them."""

    def __init__(self, url: str, *, signs: bool = True) -> None:
        """At a URL; `signs` unless clients cannot reach the bucket."""
        self._signs = signs
        self._folder = _folder_of(url)
        self._store = _bucket(url) if self._folder is None else _local(self._folder)

    def put(self, name: str, content: Path | bytes | IO[bytes]) -> None:
        """Keeps a file's or these bytes under that name, replacing what it had.

        Raises:
            BadBlobName, BlobsUnavailable.
        """
        with translated(f"writing the blob {_checked(name)}"):
            upload = self._upload(name)
            try:
                for block in _blocks(content):
                    upload.write([block])
                upload.keep()
            except BaseException:
                upload.drop()
                raise

    async def put_stream(
        self, name: str, chunks: AsyncIterator[bytes], most: int, threads: Executor | None = None
    ) -> Stored:
        """Keeps what comes under that name, replacing what it had; it is written while it comes, by one of `threads`.

        Without `threads` they are the loop's own. What `chunks` raises is raised, and nothing of it is kept then.

        Raises:
            BlobTooLarge: more than `most` bytes came.
            BadBlobName, BlobsUnavailable.
        """
        what = f"writing the blob {_checked(name)}"
        with translated(what):
            upload = self._upload(name)
        come = Counted(chunks, most, name)
        try:
            async for block in come.blocks():
                await _threaded(threads, what, upload.write, block)
            await _threaded(threads, what, upload.keep, come.rest)
        except BaseException:
            await _threaded(threads, what, upload.drop)
            raise
        return Stored(come.bytes, come.sha256)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[Any]]:
        """The blob's bytes as a file that is read from its beginning.

        Raises:
            BadBlobName, BlobMissing, BlobsUnavailable: also while it is read inside the block.
        """
        with translated(f"reading the blob {_checked(name)}"):
            yield obstore.open_reader(self._store, name, buffer_size=PART_BYTES)  # type: ignore[misc]

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """The blob as a file of this machine: its own where it lies in a folder, else a copy that goes with the block.

        For libraries that need a path. Raises BadBlobName, BlobMissing, BlobsUnavailable.
        """
        if self._folder is not None:
            yield _there(self._folder / _checked(name), name)
            return
        with NamedTemporaryFile(suffix=Path(name).suffix) as copy:
            with self.open(name) as blob:
                shutil.copyfileobj(blob, copy, PART_BYTES)
            copy.flush()
            yield Path(copy.name)

    def rename(self, name: str, new: str) -> None:
        """Gives a blob another name, replacing what that had; a bucket copies it, and removes the old one then.

        Raises:
            BadBlobName, BlobMissing, BlobsUnavailable.
        """
        with translated(f"renaming the blob {_checked(name)} {_checked(new)}"):
            if self._folder is None:
                obstore.rename(self._store, name, new)
            else:
                moved(self._folder, f"{self._folder}/{name}", f"{self._folder}/{new}")

    def read(self, name: str) -> bytes:
        """All of a blob, by one request. Raises BadBlobName, BlobMissing, BlobsUnavailable."""
        with translated(f"reading the blob {_checked(name)}"):
            return bytes(obstore.get(self._store, name).bytes())

    async def about(self, name: str) -> BlobInfo:
        """What is known of a blob. Raises BadBlobName, BlobMissing, BlobsUnavailable."""
        with translated(f"looking at the blob {_checked(name)}"):
            return _info(await obstore.head_async(self._store, name))

    async def stream(self, name: str, begin: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `begin` up to `end`, which is not among them, piece by piece.

        Raises:
            BadBlobName, BlobMissing, BlobsUnavailable: also in the middle of it.
        """
        if begin == end:
            return
        with translated(f"reading the blob {_checked(name)}"):
            found = await obstore.get_async(self._store, name, options={"range": (begin, end)})
            async for piece in found.stream(min_chunk_size=PIECE_BYTES):
                yield bytes(piece)

    def pages(self, prefix: str, size: int | None = None) -> Iterator[list[BlobInfo]]:
        """The blobs below that folder, PAGE or so many at once, in no order. Raises BadBlobName, BlobsUnavailable."""
        with translated(f"listing the blobs of {_checked(prefix)}"):
            for page in obstore.list(self._store, prefix, chunk_size=size or PAGE):
                yield [_info(entry) for entry in page]

    def names(self, prefix: str) -> list[str]:
        """The blobs below that folder, in order. Raises BadBlobName, BlobsUnavailable."""
        return sorted(blob.name for page in self.pages(prefix) for blob in page)

    def delete(self, *names: str) -> None:
        """Removes blobs; one that is not there is none the less gone. Raises BadBlobName, BlobsUnavailable."""
        for begin in range(0, len(names), PAGE):
            self._delete([_checked(name) for name in names[begin : begin + PAGE]])

    def delete_below(self, prefix: str) -> int:
        """Removes all blobs below that folder; how many there were. Raises BadBlobName, BlobsUnavailable."""
        removed = 0
        for page in self.pages(prefix):
            self.delete(*(blob.name for blob in page))
            removed += len(page)
        return removed

    def delete_parts(self, before: datetime) -> int:
        """Removes what is left of uploads that nobody has gone on with since then; how many there were.

        A bucket keeps those itself, and removes them by its own rule for incomplete multipart uploads.
        """
        if self._folder is None:
            return 0
        with translated("removing parts of blobs"):
            left = [part for part in self._folder.glob(f"{PARTS}/*") if part.stat().st_mtime < before.timestamp()]
            for part in left:
                part.unlink(missing_ok=True)
        return len(left)

    async def signed(self, name: str, seconds: float) -> str | None:
        """The address at which a bucket itself hands the blob out for so long; None where the store does not.

        Raises BadBlobName, BlobsUnavailable.
        """
        if not (self._signs and isinstance(self._store, S3Store | GCSStore | AzureStore)):
            return None
        with translated(f"signing a link to the blob {_checked(name)}"):
            return await obstore.sign_async(self._store, "GET", name, timedelta(seconds=seconds))

    def _upload(self, name: str) -> Upload:
        return BucketUpload(self._store, name) if self._folder is None else FolderUpload(self._folder, name)

    def _delete(self, names: Sequence[str]) -> None:
        try:
            with translated(f"removing {len(names)} blobs, {names[0]} the first"):
                obstore.delete(self._store, names)
        except BlobMissing:
            # some stores stop at one that is gone
            for name in names:
                with suppress(BlobMissing), translated(f"removing the blob {name}"):
                    obstore.delete(self._store, name)


async def _threaded(threads: Executor | None, what: str, work: Callable[..., None], *arguments: object) -> None:
    """Done by a thread, and waited for even if the request is given up: nothing else may touch what it works on."""

    def done() -> None:
        with translated(what):
            work(*arguments)

    running = asyncio.get_running_loop().run_in_executor(threads, done)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _blocks(content: Path | bytes | IO[bytes]) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, Path):
        with content.open("rb") as file:
            yield from _blocks(file)
    else:
        yield from iter(partial(content.read, BLOCK_BYTES), b"")


def _there(path: Path, name: str) -> Path:
    with translated(f"reading the blob {name}"):
        path.stat()
    return path


def _info(found: Any) -> BlobInfo:
    put_at = found["last_modified"].astimezone(UTC)
    return BlobInfo(found["path"], found["size"], put_at, found["e_tag"] or f'"{put_at:%s}-{found["size"]}"')


def _checked(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise BadBlobName(f"{name!r} is no name of a blob: parts of letters, digits, '.', '_', '-' with '/' between")
    return name


def _folder_of(url: str) -> Path | None:
    """The folder that is named; None where it is a bucket."""
    parts = urlsplit(url)
    return Path(parts.path if parts.scheme else url).absolute() if parts.scheme in ("", "file") else None


def _local(folder: Path) -> LocalStore:
    # a session's folder goes with its last blob
    return LocalStore(folder, mkdir=True, automatic_cleanup=True)


def _bucket(url: str) -> ObjectStore:
    scheme = urlsplit(url).scheme
    if scheme not in BUCKETS:
        raise _bad_url(scheme)
    try:
        return from_url(
            url,
            # the permission for plain HTTP is the client's to obstore and no store's, so it does not read it by itself
            client_options={"allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true", "timeout": "60s"},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )
    except (BaseError, ValueError) as error:
        raise _bad_url(scheme) from error


def _bad_url(scheme: str) -> BadBlobsUrl:
    return BadBlobsUrl(
        f"KINELAKE_BLOBS_URL ({scheme}:…) names no store; use a folder, s3://BUCKET, gs://BUCKET or az://CONTAINER"
    )
