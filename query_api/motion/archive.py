"""An archive that is sent while it is written: texts from memory, films and pictures from the blob store."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from blob_store.store import BlobInfo, BlobStore


class _Outgoing:
    """A file that is read as it is written; nothing of it can be sought."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is held open."""

    def taken(self) -> bytes:
        """What was written since this was last asked."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


async def archive(
    texts: Mapping[str, str], files: Mapping[str, BlobInfo], blobs: BlobStore, made: datetime
) -> AsyncIterator[bytes]:
    """The archive's bytes, piece by piece; a blob that goes away meanwhile breaks the transfer."""
    outgoing = _Outgoing()
    with ZipFile(outgoing, "w") as written:
        for name, text in texts.items():
            await asyncio.to_thread(written.writestr, _member(name, made, ZIP_DEFLATED), text.encode())
            yield outgoing.taken()
        for name, blob in files.items():
            with written.open(_member(name, made, ZIP_STORED), "w", force_zip64=True) as member:
                async for piece in blobs.stream(blob.name, 0, blob.bytes):
                    member.write(piece)
                    yield outgoing.taken()
    yield outgoing.taken()


def _member(name: str, made: datetime, kind: int) -> ZipInfo:
    member = ZipInfo(name, made.astimezone(UTC).timetuple()[:6])
    member.compress_type = kind
    return member
