"""GET and POST of the analysed video of a session, under both paths of the contract."""

from functools import partial
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from motion.documents import Status
from query_api.motion.known import KnownSession
from query_api.motion.reads import NAMED, Reads
from web.caller import Caller
from web.operation import Operation
from web.problems import Problem
from web.tenancy import RouteSpec, route

PATHS: Final = (
    "/sessions/{session_id}/analyzed-video",
    "/session-management/sessions/{session_id}/analyzed-video",
)
RETRY_SECONDS: Final = 5
UNDER_WAY: Final = frozenset({Status.QUEUED, Status.PROCESSING})


class FilmRoutes:
    """Both."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def routes(self) -> list[RouteSpec]:
        """One for each path."""
        return [route(path, self._film, ("GET", "POST"), operation=FILM) for path in PATHS]

    async def _film(self, request: Request, caller: Caller) -> Response:
        session = await self._reads.session(request, caller)
        links = await self._reads.linker.films(request, session)
        if links.analysed is not None and session.status is Status.DONE:
            return _told(session, session.status, links.analysed)
        if session.status is Status.SUPPRESSED:
            raise Problem(404, "video_missing", "the session is suppressed, its video is not analysed")
        if links.video is None and session.status not in UNDER_WAY:
            # while it waited in vain for an analysis nobody could read the one that there is
            raise Problem(404, "video_missing", "the session's video is no longer kept")
        return _told(session, await self._queued(session), None)

    async def _queued(self, session: KnownSession) -> Status:
        """How the session stands once it has been queued again, if that is due."""
        if session.status in UNDER_WAY:
            return session.status
        again: bool = await self._reads.stores.threaded(partial(self._reads.sessions.queue_again, session))
        return Status.QUEUED if again else session.status


def _told(session: KnownSession, status: Status, url: str | None) -> Response:
    body = msgspec.json.encode({"session_id": session.id, "analyzed_video_url": url, "status": str(status)})
    if url is not None:
        return Response(body, media_type="application/json")
    wait = {"Retry-After": str(RETRY_SECONDS)}
    return Response(body, HTTPStatus.ACCEPTED, wait, media_type="application/json")


FILM: Final = Operation(
    "The URL of the analysed video",
    "202 with null while it is made. Where the analysis failed or its video is gone it is queued again, once an hour, "
    "for as long as the film itself is kept.",
    tags=("motion",),
    responses={200: dict[str, Any], 202: dict[str, Any]},
    parameters=(NAMED,),
    errors=(404,),
)
