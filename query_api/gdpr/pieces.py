"""JSON as it is written piece by piece: valid only once the last piece is there."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Final

import msgspec

PIECE_BYTES: Final = 64 * 1024

encode = msgspec.json.Encoder().encode


def array(items: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """A JSON array; each item is the pieces of one value, or of several with commas between them."""
    before = b"["
    for item in items:
        yield before
        yield from item
        before = b","
    yield b"[]" if before == b"[" else b"]"


def values(several: Iterable[bytes]) -> tuple[bytes]:
    """At least one JSON value, as an item of an array."""
    return (b",".join(several),)


def whole_seconds(time: datetime) -> datetime:
    """As contracts show times."""
    return time.replace(microsecond=0)


def member(name: str, value: Iterable[bytes], before: bytes = b",") -> Iterator[bytes]:
    """A key of an object that is open, with its value."""
    return chain((before, encode(name), b":"), value)


def gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of some size, but the first as soon as it is there."""
    waiting: list[bytes] = []
    size = PIECE_BYTES
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
