"""GET /v1/pose/sessions/{id}: one session's summary and its windows."""

from functools import partial
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import AS_OF, Answers, Stores, answer
from query_api.pose.session import MOST_WINDOWS, PoseSession, Wanted, session
from query_api.session_ids import SessionOf, of_path, of_query
from schemas.pose.frames import LONGEST_MS, STREAM
from web.caller import Caller
from web.digits import whole_number
from web.operation import Operation, Parameter
from web.problems import FieldError, Problem
from web.tenancy import RouteSpec, route

SESSIONS = "/v1/pose/sessions"
ONE_SESSION = f"{SESSIONS}/{{session_id}}"
NEXT_FROM = "X-Next-From-Ms"

FURTHER = (
    Parameter(
        "from_ms",
        f"Only windows that begin then or later, at most {MOST_WINDOWS}; {NEXT_FROM} says where the next ones begin.",
        {"type": "integer", "minimum": 0, "maximum": LONGEST_MS, "default": 0},
    ),
    Parameter("subject", "The person, where several of the organisation have named a session so."),
)


def answers(stores: Stores) -> Answers:
    """The session by the rest of the path, and by a parameter, which takes every id."""
    named = "The session as the client names it"
    return Answers(
        [
            _session_route(stores, ONE_SESSION, of_path(SESSIONS), f"{named}, percent-encoded.", "path"),
            _session_route(stores, SESSIONS, of_query, f"{named}, whatever it is.", "query"),
        ]
    )


def _session_route(
    stores: Stores, path: str, id_of: SessionOf, description: str, place: Literal["path", "query"]
) -> RouteSpec:
    async def respond(request: Request, caller: Caller) -> Response:
        wanted = Wanted(id_of(request), _from_ms(request), request.query_params.get("subject"))
        as_of = await stores.threaded(partial(stores.as_of, STREAM.name))
        found = await stores.threaded(partial(session, stores.reader(), caller, wanted, stores.clock()))
        response = answer(found.body, as_of)
        if found.next_from_ms is not None:
            response.headers[NEXT_FROM] = str(found.next_from_ms)
        return response

    operation = Operation(
        "One pose session: its summary and what each second shows",
        "One's own, or any of the organisation for a specialist.",
        tags=("pose",),
        responses={200: PoseSession},
        response_headers={**AS_OF, NEXT_FROM: "Where the windows begin that this answer has no room for."},
        parameters=(Parameter("session_id", description, place=place), *FURTHER),
        errors=(404,),
    )
    return route(path, respond, operation=operation)


def _from_ms(request: Request) -> int:
    given = request.query_params.get("from_ms", "0")
    number = whole_number(given, LONGEST_MS)
    if number is None:
        wrong = [FieldError("from_ms", f"must be a whole number from 0 to {LONGEST_MS}")]
        raise Problem(400, "invalid_parameter", "A query parameter is not valid; see errors.", errors=wrong)
    return number
