"""Answers that hold a while for whoever sends the same again: a player that repeats costs next to nothing.

What is kept is a digest of a request and its answer. It holds for a request all of whose items are durable under ids
of the client's own making, so that to publish them again would have no effect; and only until a write key is made or
revoked.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from msgspec import Struct
from starlette.types import Message, Receive, Scope

from web.body import WHOLE
from web.digits import whole_number
from web.headers import headers_of

MOST_KEPT: Final = 20_000
"""About 500 bytes each."""
LARGEST_BODY: Final = 64 * 1024
"""A larger one is not worth looking at twice."""
LARGEST_ANSWER: Final = 1024
DIGEST_BYTES: Final = 16
DECIDING: Final = ("Authorization", "Origin", "Sec-GPC", "X-Consent-Level", "Content-Encoding")
"""Headers on which it hangs what becomes of a body."""


class Answered(NamedTuple):
    """An answer in full."""

    status: int
    head: Sequence[tuple[bytes, bytes]]
    body: bytes


class _Kept(NamedTuple):
    ends_at: float
    revision: int | None
    said: Answered


class Repeats:
    """Answers by digest; beyond `most` the oldest goes. Used from one event loop."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, most: int = MOST_KEPT) -> None:
        self._monotonic = monotonic
        self._most = most
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, digest: bytes, revision: int | None) -> Answered | None:
        """The answer, where it still holds."""
        kept = self._kept.get(digest)
        if kept is None or kept.revision != revision or self._monotonic() >= kept.ends_at:
            return None
        return kept.said

    def put(self, digest: bytes, said: Answered, revision: int | None, seconds: float) -> None:
        """Keeps an answer for so long."""
        if len(said.body) > LARGEST_ANSWER:
            return
        self._kept.pop(digest, None)
        self._kept[digest] = _Kept(self._monotonic() + seconds, revision, said)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


class Replayed(Struct):
    """A body that was read already, to be read once more."""

    whole: bytes
    _message: Message | None
    _receive: Receive

    async def receive(self) -> Message:
        """The body, and then what comes after it."""
        message, self._message = self._message, None
        return message if message is not None else await self._receive()


async def replayed(scope: Scope, receive: Receive) -> Replayed | None:
    """The body of a request that the server has all of and that is small; None where it is not known yet."""
    if WHOLE not in scope or scope["method"] != "POST":
        return None
    length = headers_of(scope).single("Content-Length")
    if length is None or whole_number(length, LARGEST_BODY) is None:
        return None
    message = await receive()
    return Replayed(message.get("body", b""), message, receive) if message["type"] == "http.request" else None


def digest_of(scope: Scope, body: bytes) -> bytes:
    """Stands for all of a request on which it hangs what becomes of it: where it goes, what it says, who says so."""
    headers = headers_of(scope)
    # no header has a line end, a path may: it comes last
    head = "\n".join([*(headers.joined(name) for name in DECIDING), scope["path"]])
    hashed = blake2b(scope["query_string"], digest_size=DIGEST_BYTES)
    hashed.update(b"\n%d\n" % len(head))
    hashed.update(head.encode())
    hashed.update(body)
    return hashed.digest()
