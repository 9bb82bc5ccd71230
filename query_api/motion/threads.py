"""What was said of a squat as threads: their ids by what they are on, and one with its message."""

from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from motion import documents
from motion.documents import Kind, Thread
from motion.request import Activity
from query_api.asked import Asked
from query_api.motion.access import ACTIVE, readable, require_plan
from query_api.motion.asked import LANGUAGE, SYSTEM, speech
from query_api.motion.known import KnownSession, SaidThread
from query_api.motion.reads import NAMED, Reads
from web.caller import Caller
from web.operation import Operation, Parameter
from web.problems import Problem
from web.tenancy import RouteSpec, route

PATHS: Final = {kind: f"/{Activity.MOBILITY}/sessions/{{session_id}}/{kind}" for kind in Kind}
ONE_THREAD: Final = f"/{Activity.MOBILITY}/threads/{{thread_id}}"


class ThreadRoutes:
    """The three."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def routes(self) -> list[RouteSpec]:
        """The ids of either kind, and one thread."""
        made = [
            route(path, partial(self._ids, kind), ("POST",), operation=OPERATIONS[kind]) for kind, path in PATHS.items()
        ]
        return [*made, route(ONE_THREAD, self._thread, operation=THREAD)]

    async def _ids(self, kind: Kind, request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        said = speech(asked, request)
        asked.refuse()
        session = await self._reads.session(request, caller, Activity.MOBILITY)
        require_plan(session, ACTIVE)
        await self._reads.squats(request, session)
        look = partial(self._reads.threads.of, session, kind, *said)
        found: tuple[Thread, ...] = await self._reads.stores.threaded(look)
        if not found:
            raise Problem(404, "no_metrics", "no threads were written of the session")
        return await self._reads.answered(partial(documents.thread_ids, found))

    async def _thread(self, request: Request, caller: Caller) -> Response:
        look = partial(self._reads.threads.get, caller.tenant, request.path_params["thread_id"])
        found: SaidThread | None = await self._reads.stores.threaded(look)
        if found is None:
            raise Problem(404, "thread_unknown", "thread not found")
        of = partial(self._reads.sessions.get, found.thread.session_id)
        known: KnownSession | None = await self._reads.stores.threaded(of)
        require_plan(readable(known, caller, Activity.MOBILITY), ACTIVE)
        return await self._reads.answered(partial(documents.thread, found.thread, found.created_at))


_NEEDS: Final = "The same question always has the same ids. Needs an active plan."
OPERATIONS: Final = {
    Kind.SUMMARY: Operation(
        "Threads on what was seen in an overhead squat",
        _NEEDS,
        tags=("motion",),
        responses={200: dict[str, str]},
        parameters=(NAMED, LANGUAGE, SYSTEM),
        errors=(404,),
    ),
    Kind.RECOMMENDATION: Operation(
        "Threads on what to do next after an overhead squat",
        _NEEDS,
        tags=("motion",),
        responses={200: dict[str, str]},
        parameters=(NAMED, LANGUAGE, SYSTEM),
        errors=(404,),
    ),
}
THREAD: Final = Operation(
    "One thread with its message",
    tags=("motion",),
    responses={200: dict[str, Any]},
    parameters=(Parameter("thread_id", "Its id.", place="path"),),
    errors=(404,),
)
