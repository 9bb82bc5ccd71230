"""A block: consecutive records of one partition, as columns; MessagePack, compressed once there is enough of it."""

import threading
from collections.abc import Iterator, Sequence

import msgspec
import zstandard

LEVEL = 1
"""zstd makes messages no smaller at its default of 3, and takes half as long again."""

FRAMING = 6
"""Three headers of byte strings."""


class Block(msgspec.Struct, array_like=True):
    """Keys, values and clients of consecutive offsets."""

    keys: list[bytes]
    values: list[bytes]
    clients: list[bytes]

    @classmethod
    def joined(cls, blocks: Sequence["Block"]) -> "Block":
        """One block of several, each behind the one before."""
        return cls(
            [key for block in blocks for key in block.keys],
            [value for block in blocks for value in block.values],
            [client for block in blocks for client in block.clients],
        )

    def __len__(self) -> int:
        return len(self.keys)

    def sizes(self) -> list[int]:
        """Bytes that each record takes in MessagePack, about; never 0."""
        records = zip(self.keys, self.values, self.clients, strict=True)
        return [FRAMING + len(key) + len(value) + len(client) for key, value, client in records]

    def part(self, first: int, end: int) -> "Block":
        """The records at `first` ≤ index < `end`."""
        where = slice(first, end)
        return Block(self.keys[where], self.values[where], self.clients[where])


class _Zstd(threading.local):
    """Contexts of a thread: making one takes longer than using it, and no two threads may use one at once."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(LEVEL, write_checksum=True).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_zstd = _Zstd()
_decode = msgspec.msgpack.Decoder(Block).decode

encoded = msgspec.msgpack.Encoder().encode


def compressed(records: bytes) -> bytes:
    """An encoded block as a zstd frame with its size and a checksum."""
    return _zstd.compress(records)


def unpacked(records: bytes) -> bytes:
    """A block's MessagePack, compressed or not: its texts lie in it as they are. Raises ZstdError if it is damaged."""
    return _zstd.decompress(records) if records.startswith(zstandard.FRAME_HEADER) else records


def decoded(records: bytes) -> Block:
    """A block, compressed or not. Raises ZstdError if it is damaged."""
    return _decode(unpacked(records))


def pieces(block: Block, size: int) -> Iterator[Block]:
    """The block in order, in blocks of at least so many bytes, and of few more: who reads one message unpacks them all.

    Only a block that is smaller as a whole comes as it is.
    """
    sizes = block.sizes()
    first, here, left = 0, 0, sum(sizes)
    for end, each in enumerate(sizes, 1):
        here += each
        left -= each
        if here >= size and left >= size:
            yield block.part(first, end)
            first, here = end, 0
    yield block.part(first, len(block))
