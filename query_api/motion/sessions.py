"""GET of one session of an activity, of the list of sessions; DELETE of one."""

import asyncio
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from motion import documents
from motion.documents import Status
from motion.documents.info import Document
from motion.request import Activity
from query_api.asked import Asked
from query_api.motion.access import ADMINS
from query_api.motion.asked import DEMO, flag
from query_api.motion.known import KnownSession, Listed, Wanted
from query_api.motion.links import info_of
from query_api.motion.reads import NAMED, Reads
from web.caller import Caller
from web.operation import Operation, Parameter
from web.problems import Problem
from web.tenancy import RouteSpec, route

SESSIONS: Final = "/session-management/sessions"
ONE_SESSION: Final = f"{SESSIONS}/{{session_id}}"
DEFAULT_LISTED: Final = 50
MOST_LISTED: Final = 200
FURTHEST: Final = 10**9
LONGEST_USER_ID: Final = 256


class SessionRoutes:
    """The three."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def routes(self) -> list[RouteSpec]:
        """One of each activity; the list; the end of one."""
        ones = [route(f"/{one}/sessions/{{session_id}}", partial(self._one, one), operation=ONE) for one in Activity]
        listed = route(SESSIONS, self._list, operation=LIST)
        return [*ones, listed, route(ONE_SESSION, self._delete, ("DELETE",), operation=DELETE)]

    async def _one(self, activity: Activity, request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        demo = flag(asked, "demo")
        asked.refuse()
        session = await self._reads.session(request, caller, activity, demo=demo)
        response = await self._document(request, session)
        response.headers["Link"] = (await self._reads.pages.to(request, session)).header
        return response

    async def _document(self, request: Request, session: KnownSession) -> Response:
        if session.status is not Status.DONE:
            return await self._unfinished(request, session)
        seen = await self._reads.seen(request, session)
        images = seen.links.images(seen.analysis)
        return await self._reads.answered(partial(documents.session, seen.analysis, seen.info, images))

    async def _unfinished(self, request: Request, session: KnownSession) -> Response:
        info = info_of(session, await self._reads.linker.films(request, session))
        stands = partial(documents.unfinished, session.request, info, session.status)
        return await self._reads.answered(partial(stands, progress=session.progress, error=session.error))

    async def _list(self, request: Request, caller: Caller) -> Response:
        wanted = _wanted(Asked(request.query_params), caller)
        found: Listed = await self._reads.stores.threaded(partial(self._reads.sessions.newest, wanted))
        briefs = await asyncio.gather(*(self._brief(request, session) for session in found.sessions))
        return await self._reads.answered(
            lambda: {"sessions": {one["session_id"]: one for one in briefs}, "total": found.total}
        )

    async def _brief(self, request: Request, session: KnownSession) -> Document:
        info = info_of(session, await self._reads.linker.films(request, session))
        stands = partial(documents.brief, session.request, info, session.status)
        return stands(progress=session.progress, error=session.error)

    async def _delete(self, request: Request, caller: Caller) -> Response:
        session = await self._reads.session(request, caller)
        await self._reads.stores.threaded(partial(self._reads.sessions.erase, session, f"api_key:{caller.key_id}"))
        return Response(status_code=204)


def _wanted(asked: Asked, caller: Caller) -> Wanted:
    """Raises the 400, or a 403 where somebody asks for another's sessions who may not see them."""
    limit = asked.number("limit", DEFAULT_LISTED, MOST_LISTED, least=1)
    offset = asked.number("offset", 0, FURTHEST)
    activity = asked.one_of("activity", ("", *Activity))
    status = asked.one_of("status", ("", *Status))
    user_id = asked.text("user_id", LONGEST_USER_ID)
    asked.refuse()
    if caller.role not in ADMINS and user_id not in (None, caller.user_id):
        raise Problem(403, "admins_only", "only administrators may list the sessions of others")
    whose = user_id if caller.role in ADMINS else caller.user_id
    chosen = Activity(activity) if activity else None, Status(status) if status else None
    return Wanted(caller.tenant, whose, *chosen, limit, offset)


ONE: Final = Operation(
    "One session with everything that was measured",
    "Before its analysis is done the same keys, with nothing in them. Its links open without a key for an hour.",
    tags=("motion",),
    responses={200: dict[str, Any]},
    response_headers={"Link": "The session's page for people, which opens without a key for an hour."},
    parameters=(NAMED, DEMO),
    errors=(404,),
)
LIST: Final = Operation(
    "Sessions, the newest first, without what was measured",
    "One's own; those of the organisation for its administrators.",
    tags=("motion",),
    responses={200: dict[str, Any]},
    parameters=(
        Parameter("limit", "Most sessions.", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
        Parameter("offset", "Sessions before the first.", {"type": "integer", "minimum": 0, "default": 0}),
        Parameter("activity", "Of one activity.", {"type": "string", "enum": list(map(str, Activity))}),
        Parameter("status", "That stand so.", {"type": "string", "enum": list(map(str, Status))}),
        Parameter("user_id", "Of one person; for administrators."),
    ),
)
DELETE: Final = Operation(
    "Erases a session: its video, its pictures and all that was measured",
    tags=("motion",),
    responses={204: {}},
    parameters=(NAMED,),
    errors=(404,),
)
