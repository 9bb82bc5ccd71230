"""One HTTP connection with bounds on what it may send, and how slowly, before anybody has looked at its token.

None of the kept servers has these bounds by its own settings (read in their sources): uvicorn bounds the head's size
with h11 alone, whose parser is Python and twice as slow, and never its time, since its only timer starts anew with each
byte; hypercorn is h11 with such a timer too; granian has sizes and a time, but accepts nobody beyond a number of open
connections, half-open ones included, and closes without a word. So this is uvicorn's own protocol on httptools, to
which a count of bytes and a deadline are added; reading and answering stay uvicorn's.

A head is bounded in bytes, lines and time. Between two heads or pieces of a body no more bytes may come than a head
may have, which bounds trailers and chunk extensions; trailers are never headers. A refusal waits until the requests
before it are answered, so that nobody takes it for their answer. Then the connection lingers a moment, reading and
forgetting, since closing at once would take the words back from a client that is still sending.
"""

import asyncio
import secrets
import sys
from math import inf
from typing import Any, cast
from urllib.parse import unquote

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from web.answered import lines
from web.at_once import AtOnce, AtOnceProtocol
from web.audit_trail import NOBODY, Sender
from web.body import WHOLE
from web.connections import CLOSED, Connections
from web.frame import UNKNOWN_ROUTE
from web.metrics import observe_request
from web.options import WebOptions
from web.problems import Problem, unavailable
from web.rendering import Rendering

LINGER_SECONDS = 2
MOST_PIPELINED = 64
"""Requests a client may have sent beyond the one that is being answered; a request waits in about 3 KB."""
LEAST_TAKEN_BYTES = 64 * 1024
"""What a slow client must take of a waiting answer before its deadline."""
VERSIONS = ("1.1", "1.0")
LINE_ENDS = 4
"""Bytes of a header line besides name and value: colon, blank, line end."""

log = structlog.get_logger()


class Refused(Exception):
    """Ends the parsing of what came; the connection knows why."""


class BoundedProtocol(AtOnceProtocol):
    """uvicorn's protocol within the limits of WebOptions; see the module."""

    def __init__(
        self, connections: Connections, options: WebOptions, rendering: Rendering, at_once: AtOnce, **of_uvicorn: Any
    ) -> None:
        super().__init__(at_once, **of_uvicorn)
        self.deadline = inf
        self._known = connections
        self._limits = options
        self._rendering = rendering
        # nothing of a request has come
        self.url = b""
        self._chunk = 0
        self._advanced = False
        self._head_begun = False
        # bytes received since the parser last delivered a head or a piece of a body
        self._undelivered = 0
        self._untaken = 0
        self._refusal: Problem | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Finds a place for it; the first head is due from now on."""
        super().connection_made(cast(asyncio.Transport, transport))
        self.deadline = self.loop.time() + self._limits.headers_seconds
        self._known.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gives its place back."""
        self._known.left(self)
        self.deadline = inf
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on, unless it has been refused."""
        if self._refusal is not None:
            return
        self._chunk, self._advanced = len(data), False
        super().data_received(data)
        if self._advanced:
            self._undelivered = 0
        elif self._refusal is None:
            self._count(len(data))

    def on_message_begin(self) -> None:
        """The first byte of a head: the rest is due soon."""
        super().on_message_begin()
        self._head_begun = True
        if self._newest is not None and self._known.is_waiting(self):
            self.deadline = self.loop.time() + self._limits.headers_seconds

    def on_headers_complete(self) -> None:
        """A request begins: the application's time counts from here."""
        self._advanced, self._head_begun = True, False
        self._check_head()
        super().on_headers_complete()
        # trailers end up in a list of their own: in the request's they would pass for headers
        self.headers = []
        self._known.works(self)
        self.deadline = inf

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._advanced = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing more of the body comes: who reads it need not mind how long that takes."""
        super().on_message_complete()
        self.scope[WHOLE] = True  # type: ignore[literal-required]

    def on_response_complete(self) -> None:
        """After the last answer that is due the connection waits again, or is told why it was refused."""
        last = not self.pipeline
        super().on_response_complete()
        if last:
            self._answered()

    def pause_writing(self) -> None:
        """The client does not take its answer as fast as it comes."""
        super().pause_writing()
        self._await_taking()

    def resume_writing(self) -> None:
        """It has taken most of it."""
        super().resume_writing()
        if not self._known.is_waiting(self):
            self.deadline = inf

    def send_400_response(self, msg: str) -> None:
        """Says what is wrong with what came: uvicorn calls this while it handles the parser's error."""
        if self._refusal is None:
            self._refuse(_malformed(sys.exception()))

    def expire(self, now: float) -> None:
        """Past its deadline: a client that takes its answer gets more time, every other one goes."""
        untaken = self.transport.get_write_buffer_size()
        if untaken and untaken <= self._untaken - LEAST_TAKEN_BYTES:
            self._await_taking()
        elif untaken:
            self._abort("slow reader")
        elif self._refusal is not None or self.transport.is_closing():
            self.transport.abort()
        elif self._head_begun:
            CLOSED.labels("slow head").inc()
            self._refuse(_head_timeout(self._limits.headers_seconds))
        else:
            CLOSED.labels("idle").inc()
            self.transport.close()
            self.deadline = now + LINGER_SECONDS

    def evict(self) -> None:
        """Closes at once."""
        self._abort("evicted")

    def turn_away(self) -> None:
        """Everyone else is being served."""
        CLOSED.labels("turned away").inc()
        self._refuse(unavailable("too_many_connections", "All connections are in use; try again."))

    def _abort(self, reason: str) -> None:
        CLOSED.labels(reason).inc()
        self.transport.abort()

    def _count(self, size: int) -> None:
        """Bytes that neither ended a head nor were part of a body."""
        self._undelivered += size
        if self._undelivered > self._limits.headers_max_bytes:
            self._refuse(_head_too_large(self._limits))

    def _check_head(self) -> None:
        if self.parser.get_http_version() not in VERSIONS:
            self._stop(Problem(505, "http_version_not_supported", "This server speaks HTTP/1.1 and HTTP/1.0."))
        if len(self.url) > self._limits.url_max_bytes:
            self._stop(Problem(414, "url_too_long", f"The URL may have at most {self._limits.url_max_bytes} bytes."))
        if len(self.headers) > self._limits.headers_max_lines or self._head_bytes() > self._limits.headers_max_bytes:
            self._stop(_head_too_large(self._limits))
        if len(self.pipeline) >= MOST_PIPELINED:
            detail = f"At most {MOST_PIPELINED} requests may wait on one connection; send this one again."
            self._stop(unavailable("too_many_pipelined", detail))

    def _head_bytes(self) -> int:
        """Its size; only an upper bound where that is within the limit, which it nearly always is."""
        if self._undelivered + self._chunk <= self._limits.headers_max_bytes:
            return self._undelivered + self._chunk
        return len(self.url) + sum(len(name) + len(value) + LINE_ENDS for name, value in self.headers)

    @property
    def _newest(self) -> RequestResponseCycle | None:
        """The request whose head came last; uvicorn declares it without its None."""
        return self.cycle

    def _stop(self, problem: Problem) -> None:
        self._refuse(problem)
        raise Refused

    def _answered(self) -> None:
        if self._refusal is not None:
            self._say(self._refusal)
        elif self.transport.is_closing():
            self._await_taking()
        else:
            self._known.waits(self)
            self.deadline = self.loop.time() + self._patience()

    def _patience(self) -> float:
        """How long an answered client may take, by what has come of its next request or is missing of its last."""
        if self._head_begun:
            return self._limits.headers_seconds
        return self._limits.body_seconds if self.cycle.more_body else self._limits.idle_seconds

    def _await_taking(self) -> None:
        self._untaken = self.transport.get_write_buffer_size()
        self.deadline = self.loop.time() + self._limits.answer_stall_seconds

    def _refuse(self, problem: Problem) -> None:
        """Reads no further; the words come when the requests before are answered."""
        self._refusal = problem
        newest = self._newest
        if newest is None or newest.response_complete:
            self._say(problem)
        elif newest.more_body:
            self._give_up_body(newest, problem)

    def _give_up_body(self, newest: RequestResponseCycle, problem: Problem) -> None:
        """What is wrong lies in the body of the newest request: the refusal is its answer."""
        if self.pipeline:
            self.pipeline.popleft()
            return
        newest.disconnected = True
        newest.message_event.set()
        if newest.response_started:
            self.transport.close()
        else:
            self._say(problem)

    def _say(self, problem: Problem) -> None:
        request_id = secrets.token_hex(16)
        if not self.transport.is_closing():
            self.transport.write(self._answer(problem, request_id))
            self.transport.write_eof()
        self._known.waits(self)
        self.deadline = self.loop.time() + LINGER_SECONDS
        observe_request(UNKNOWN_ROUTE, "other", problem.status, 0)
        if self._limits.access_log:
            log.info("request_refused", status=problem.status, code=problem.code, request_id=request_id)

    def _answer(self, problem: Problem, request_id: str) -> bytes:
        peer = Sender(self.client[0]) if self.client else NOBODY
        response = self._rendering(problem, _path_in(self.url), request_id, sender=peer)
        headers = [
            *self.server_state.default_headers,
            *response.raw_headers,
            (b"connection", b"close"),
            (b"x-request-id", request_id.encode()),
        ]
        return STATUS_LINE[problem.status] + lines(headers) + b"\r\n" + bytes(response.body)


def _path_in(url: bytes) -> str:
    """The path that a request's target names, as far as it has come; "" where it names none."""
    try:
        return unquote((httptools.parse_url(url).path or b"").decode("ascii"))
    except (httptools.HttpParserInvalidURLError, UnicodeDecodeError):
        return ""


def _malformed(error: BaseException | None) -> Problem:
    # the parser's reasons are fixed texts: nothing of what was sent is in them
    reason = str(error) if type(error) is httptools.HttpParserError else "it cannot be parsed"
    return Problem(400, "malformed_request", f"The request is not valid HTTP: {reason}.")


def _head_too_large(limits: WebOptions) -> Problem:
    most = f"{limits.headers_max_bytes} bytes and {limits.headers_max_lines} lines"
    return Problem(431, "headers_too_large", f"Request line and headers, or trailers, may have at most {most}.")


def _head_timeout(seconds: float) -> Problem:
    return Problem(408, "headers_timeout", f"The request's headers did not arrive within {seconds:g} seconds.")
