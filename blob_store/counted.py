"""A stream of bytes that is counted, digested and bounded while it passes."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final

from blob_store.faults import BlobTooLarge

BLOCK_BYTES: Final = 2**20
"""What is gathered before it is handed on."""


class Counted:
    """Chunks that come, as blocks of at least BLOCK_BYTES; what is left at the end is in `rest`."""

    def __init__(self, chunks: AsyncIterator[bytes], most: int, name: str) -> None:
        self._chunks, self._most, self._name = chunks, most, name
        self._digest = sha256()
        self.bytes = 0
        self.rest: list[bytes] = []

    async def blocks(self) -> AsyncIterator[list[bytes]]:
        """Full blocks. Raises BlobTooLarge where more than `most` bytes come; what is beyond is not asked for."""
        gathered = 0
        async for chunk in self._chunks:
            self._count(chunk)
            self.rest.append(chunk)
            gathered += len(chunk)
            if gathered >= BLOCK_BYTES:
                block, self.rest, gathered = self.rest, [], 0
                yield block

    @property
    def sha256(self) -> str:
        """Of what came so far, in hex."""
        return self._digest.hexdigest()

    def _count(self, chunk: bytes) -> None:
        self.bytes += len(chunk)
        if self.bytes > self._most:
            raise BlobTooLarge(f"the blob {self._name} has more than {self._most} bytes; send less")
        self._digest.update(chunk)
