"""Answers that hold a while for whoever sends the same again: a player that repeats costs next to nothing.

What is kept is a digest of a request and its answer. It holds for a request all of whose items are durable under ids
of the client's own making, so that to publish them again would have no effect; and only until a write key is made or
revoked.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Final, NamedTuple

from starlette.types import Message, Receive, Scope

from web.answered import Answered
from web.headers import RequestHeaders

MOST_KEPT: Final = 20_000
"""About 400 bytes each, and its answer once for all that have the same."""
LARGEST_BODY: Final = 64 * 1024
"""A larger one is not worth looking at twice."""
LARGEST_ANSWER: Final = 1024
DECIDING: Final = (b"authorization", b"origin", b"sec-gpc", b"x-consent-level", b"content-encoding", b"content-length")
"""Headers on which it hangs what becomes of a body."""


class _Kept(NamedTuple):
    """An answer that holds until a moment of the monotonic clock, while keys are as they were at `revision`."""

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

    def put(self, digest: bytes, revision: int | None, said: Answered, seconds: float) -> None:
        """Keeps an answer for so long."""
        if len(said.body) > LARGEST_ANSWER:
            return
        self._kept.pop(digest, None)
        self._kept[digest] = _Kept(self._monotonic() + seconds, revision, said)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


class Replayed:
    """A body that was read already, to be read once more."""

    def __init__(self, message: Message, receive: Receive) -> None:
        self._message: Message | None = message
        self._receive = receive

    async def __call__(self) -> Message:
        """The body, and then what comes after it."""
        message, self._message = self._message, None
        return message if message is not None else await self._receive()


def digest_of(scope: Scope, headers: RequestHeaders, body: bytes | bytearray) -> bytes:
    """Stands for all of a request on which it hangs what becomes of it: where it goes, what it says, who says so.

    No line has a line end in it but the body, whose length is one of them.
    """
    said = b"\n".join((scope["raw_path"], scope["query_string"], headers.lines(DECIDING), body))
    return sha256(said).digest()
