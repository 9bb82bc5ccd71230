"""Answers that are known in full before their request has come."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from msgspec import Struct
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

Header: TypeAlias = tuple[bytes, bytes]
Whole: TypeAlias = tuple[bytes, bytes]
"""An answer as HTTP/1.1 has it: status line and header lines without the last end, and the body."""

MOST_KNOWN: Final = 1024
CONTENT_LENGTH: Final = b"content-length"
WITHOUT_BODY: Final = (204, 304)


class Answered(Struct, frozen=True):
    """An answer in full; `written` is its status line and header lines as HTTP/1.1 has them, without the last end."""

    status: int
    head: Sequence[Header]
    body: bytes
    written: bytes


def answered(status: int, head: Iterable[Header], body: bytes) -> Answered:
    """One for all that are the same; its length is said where there may be a body."""
    named = tuple(header for header in head if header[0] != CONTENT_LENGTH)
    if status not in WITHOUT_BODY:
        named += ((CONTENT_LENGTH, b"%d" % len(body)),)
    return _answered(status, named, body)


def lines(head: Iterable[Header]) -> bytes:
    """Header lines, each with its end."""
    return b"".join([b"%b: %b\r\n" % header for header in head])


@lru_cache(MOST_KNOWN)
def _answered(status: int, head: tuple[Header, ...], body: bytes) -> Answered:
    return Answered(status, head, body, STATUS_LINE[status] + lines(head))
