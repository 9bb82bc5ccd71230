"""What the media stream answers: statistics from a view kept in memory, and one session's timeline."""

from functools import partial
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import AS_OF, Answers, Stores
from query_api.live import Live
from query_api.media.pages import MediaPages
from query_api.media.sessions import timeline
from query_api.media.statistics_routes import MediaStatistics
from query_api.media.usage import UsageMinutes
from query_api.media.view import MediaKeeper, MediaView
from query_api.session_ids import SessionOf, of_path, of_query
from schemas.media.cells import MEDIA_SESSION_CELLS
from schemas.media.events import STREAM
from schemas.media.sessions import MEDIA_SESSION_STATES
from schemas.media.usage import MEDIA_USAGE
from sinks.followed import FollowedFiles
from sinks.media.settle import SettleTables
from sinks.moved import Moved
from web.caller import Caller
from web.operation import Operation, Parameter
from web.tenancy import RouteSpec, route

SESSIONS = "/v1/media/sessions"
ONE_SESSION = f"{SESSIONS}/{{session_id}}"


def answers(stores: Stores) -> Answers:
    """The routes, the view that they answer from, and the pages of the dashboard."""
    live = Live("media tables", partial(_keeper, stores), stores.options.query_poll_ms)
    named = "The session as the client names it"
    timelines = (
        _timeline_route(live, stores, ONE_SESSION, of_path(SESSIONS), _session(f"{named}, percent-encoded.", "path")),
        _timeline_route(live, stores, SESSIONS, of_query, _session(f"{named}, whatever it is.", "query")),
    )
    routes = [*MediaStatistics(live, stores).routes(), *timelines]
    return Answers(routes, [live], MediaPages(live, stores).part())


def _keeper(stores: Stores) -> MediaKeeper:
    usage = UsageMinutes(FollowedFiles.reading(stores.location, MEDIA_USAGE))
    tables = SettleTables.reading(stores.location)
    asked = Moved(stores.location, (MEDIA_USAGE, MEDIA_SESSION_STATES, MEDIA_SESSION_CELLS))

    def moved() -> bool:
        return asked(usage.files.version, tables.states.version, tables.cells.version)

    return MediaKeeper(tables, usage, partial(stores.as_of, STREAM.name), moved)


def _session(description: str, place: Literal["path", "query"]) -> Parameter:
    return Parameter("session_id", description, place=place)


def _timeline_route(
    live: Live[MediaView], stores: Stores, path: str, id_of: SessionOf, parameter: Parameter
) -> RouteSpec:
    async def answer(request: Request, caller: Caller) -> Response:
        session_id = id_of(request)
        as_of, now = live.view().as_of, stores.clock()
        compute = partial(timeline, stores.tables, caller, session_id, min(now, as_of or now))
        return await stores.computed(compute, as_of)

    operation = Operation(
        "One session: its facts per media and its events",
        tags=("media",),
        responses={200: dict[str, Any]},
        response_headers=AS_OF,
        parameters=(parameter,),
        errors=(404,),
    )
    return route(path, answer, operation=operation)
