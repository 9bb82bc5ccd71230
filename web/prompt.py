"""POSTs that came whole, of the routes that take in most of all: what the frame does for them, as one coroutine.

It is the frame's own layers that are asked, so the answer is the same. What it leaves out is what they cost: a
coroutine each, and an answer that is handed from one to the next in pieces.
"""

import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from web.answered import Header, Whole, lines
from web.authentication import ORIGIN
from web.body import BODY
from web.frame import CLIENT_CLOSED, OPEN, Errors, Observed, Room
from web.metering import Meters
from web.tenancy import Endpoint, Routed

Further: TypeAlias = Callable[[Scope, Response], Sequence[Header]]
"""Is shown an answer before it leaves; the headers that it gets beside its own."""


def nothing_further(scope: Scope, response: Response) -> Sequence[Header]:
    """An answer as its route made it."""
    return ()


class Prompt:
    """Answers in place of the layers that it is made of; what `cors` has to look at is left to them."""

    def __init__(
        self, routed: Routed, meters: Meters, observed: Observed, room: Room, errors: Errors, *, cors: bool
    ) -> None:
        self._routed = routed
        self._meters = meters
        self._observed = observed
        self._room = room
        self._errors = errors
        self._cors = cors

    def answer(
        self, scope: Scope, body: bytes | bytearray, further: Further = nothing_further
    ) -> Coroutine[Any, Any, Whole] | None:
        """What makes the answer to a POST with this body; None where the application is to be called."""
        endpoint = self._routed.prompt(scope)
        if endpoint is None or self._room.full or (self._cors and OPEN not in scope):
            return None
        scope[BODY] = bytes(body)
        return self._answered(endpoint, scope, further)

    async def _answered(self, endpoint: Endpoint, scope: Scope, further: Further) -> Whole:
        began, status = time.perf_counter(), CLIENT_CLOSED
        self._observed.named(scope)
        self._room.enter()
        try:
            response, told = await self._response(endpoint, scope)
            status = response.status_code
        finally:
            del scope[BODY]
            self._room.leave()
            self._observed.note(scope, status, began)
        named = (b"x-request-id", scope[ORIGIN].request_id.encode())
        head = (*response.raw_headers, *told, *further(scope, response), named)
        return STATUS_LINE[status] + _lines(head), bytes(response.body)

    async def _response(self, endpoint: Endpoint, scope: Scope) -> tuple[Response, Sequence[Header]]:
        """The answer, and what the request's meter says of it."""
        meter = self._meters.of(scope)
        try:
            if meter is not None:
                await meter.spend(scope)
            response = await endpoint.response(Request(scope, _Read(scope[BODY])))
        except Exception as error:
            response = self._errors.answer(error, scope)
        return response, () if meter is None else meter.told(scope)


def _lines(head: Sequence[Header]) -> bytes:
    """Header lines; raises ValueError where a value would begin another one."""
    written = lines(head)
    if written.count(b"\n") != len(head):
        raise ValueError("a header of an answer has a line break")
    return written


class _Read:
    """A body that is there, as an application receives it."""

    def __init__(self, body: bytes) -> None:
        self._message: Message = {"type": "http.request", "body": body}

    async def __call__(self) -> Message:
        """The body; after it there is nothing but the client that may leave."""
        message, self._message = self._message, LEFT
        return message


LEFT: Final[Message] = {"type": "http.disconnect"}
