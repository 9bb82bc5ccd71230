"""The beginning of a file that comes in pieces, looked at before the rest of it is taken."""

from collections.abc import AsyncIterator


async def beginning(pieces: AsyncIterator[bytes], size: int) -> bytes:
    """The first `size` bytes and what came with them; fewer where there are no more."""
    head = bytearray()
    while len(head) < size and (piece := await anext(pieces, None)) is not None:
        head += piece
    return bytes(head)


async def joined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The file again."""
    yield head
    async for piece in rest:
        yield piece
