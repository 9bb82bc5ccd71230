"""GET /v1/sessions, /v1/sessions/{id} and its video: a project's sessions, one's own writes always among them."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from control.capture_sessions import CaptureSession
from query_api.answers import Stores
from query_api.asked import CALLERS, Asked
from query_api.capture.events import SessionEvent, SessionEvents
from query_api.capture.facts import NOTHING, DetailedSession, Had, ListedSession, detailed, had, listed, owned
from query_api.own_writes import caught_up
from query_api.session_ids import of_path
from schemas.capture import STREAMS
from web.caller import Caller
from web.operation import Operation, Parameter
from web.problems import Problem
from web.tenancy import RouteSpec, route

SESSIONS: Final = "/v1/sessions"
ONE_SESSION: Final = f"{SESSIONS}/{{session_id}}"
VIDEO: Final = f"{ONE_SESSION}/video"
LINK_SECONDS: Final = 15 * 60
RETRY_SECONDS: Final = 2
MOST_LISTED: Final = 100
DEFAULT_LISTED: Final = 20
FURTHEST: Final = 10**9
READ: Final = frozenset(stream.name for stream in STREAMS)
"""Lists and details show what these streams' tables have; the audit log, which takes a row a request, they do not."""

_named = of_path(SESSIONS)
NAMED = Parameter("session_id", "The session.", place="path")
PAGE = (
    Parameter("limit", "Most sessions.", {"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "default": 20}),
    Parameter("offset", "Sessions before the first.", {"type": "integer", "minimum": 0, "default": 0}),
)
EVENTS_PAGE = (
    Parameter("event_limit", "Most events; all of them by default.", {"type": "integer", "minimum": 1}),
    Parameter("event_offset", "Events before the first.", {"type": "integer", "minimum": 0, "default": 0}),
)


class SessionList(Struct, frozen=True):
    """The answer to the list."""

    sessions: list[ListedSession]


class SessionDetail(Struct, frozen=True):
    """The answer for one session; it is written as it is read."""

    session: DetailedSession
    events: list[SessionEvent]


class SessionRoutes:
    """The three routes."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def routes(self) -> list[RouteSpec]:
        """List, detail, video."""
        return [
            route(SESSIONS, self._list, roles=CALLERS, operation=LIST),
            route(ONE_SESSION, self._detail, roles=CALLERS, operation=DETAIL),
            route(VIDEO, self._video, roles=CALLERS, operation=VIDEO_LINK),
        ]

    async def _list(self, request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        limit = asked.number("limit", DEFAULT_LISTED, MOST_LISTED, least=1)
        offset = asked.number("offset", 0, FURTHEST)
        asked.refuse()
        await caught_up(self._stores, f"project:{caller.project_id}", READ)
        return await self._stores.computed(partial(self._listed, caller, limit, offset), None)

    def _listed(self, caller: Caller, limit: int, offset: int) -> SessionList:
        sessions = self._stores.control.capture_sessions.newest(caller.project_id, limit, offset)
        have = had(self._stores.tables, caller.tenant, sessions)
        return SessionList([listed(session, have.get(session.id, NOTHING)) for session in sessions])

    async def _detail(self, request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        limit, offset = asked.number("event_limit", None, FURTHEST, least=1), asked.number("event_offset", 0, FURTHEST)
        asked.refuse()
        session = await self._owned(_named(request), caller)
        await caught_up(self._stores, f"session:{session.id}", READ)
        events = await self._stores.threaded(partial(SessionEvents.of, self._stores.tables, session.tenant, session.id))
        body = _detail_body(session, events, offset, limit)
        first = await self._stores.threaded(partial(next, body))
        return StreamingResponse(self._streamed(first, body), media_type="application/json")

    async def _streamed(self, first: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
        """Read on a thread, piece by piece; what goes wrong breaks the transfer."""
        piece: bytes | None = first
        while piece is not None:
            yield piece
            piece = await self._stores.threaded(partial(next, rest, None))

    async def _video(self, request: Request, caller: Caller) -> Response:
        session = await self._owned(request.path_params["session_id"], caller)
        if session.video is not None:
            link = await self._stores.links.to(caller.tenant, session.video, LINK_SECONDS)
            return RedirectResponse(link, HTTPStatus.FOUND)
        if await self._stores.threaded(partial(self._stores.control.video_assembly.pending, session.id)):
            return Response(status_code=HTTPStatus.ACCEPTED, headers={"Retry-After": str(RETRY_SECONDS)})
        raise Problem(404, "video_missing", "session has no video")

    async def _owned(self, session_id: str, caller: Caller) -> CaptureSession:
        found: CaptureSession = await self._stores.threaded(partial(owned, self._stores.control, caller, session_id))
        return found


def _detail_body(session: CaptureSession, events: SessionEvents, offset: int, limit: int | None) -> Iterator[bytes]:
    """The answer's JSON, piece by piece."""
    told = msgspec.json.encode(detailed(session, Had(events.count, events.last_ms)))
    pages = events.part(offset, limit).pages()
    yield b'{"session":' + told + b',"events":[' + next(pages, b"")
    yield from pages
    yield b"]}"


LIST = Operation(
    "Sessions of the project, the newest first",
    tags=("capture",),
    responses={200: SessionList},
    parameters=PAGE,
)
DETAIL = Operation(
    "One session with its events",
    "Events by timestamp_ms, then id.",
    tags=("capture",),
    responses={200: SessionDetail},
    parameters=(NAMED, *EVENTS_PAGE),
    errors=(404,),
)
VIDEO_LINK = Operation(
    "The session's video",
    "302 to a link that holds for 15 minutes; 202 with Retry-After while the video is assembled.",
    tags=("capture",),
    responses={202: dict[str, Any], 302: dict[str, Any]},
    response_headers={"Location": "The link.", "Retry-After": "Seconds."},
    parameters=(NAMED,),
    errors=(404,),
)
