"""`POST /api/sql/select`: the contract's route that is off by design; no SQL is read, whoever asks."""

from starlette.requests import Request
from starlette.responses import Response

from ingest_gateway.game.problems import GameErrorBody
from web.api_keys import KEY_ROLES
from web.application_tokens import PROTECTED
from web.caller import Caller
from web.operation import Operation
from web.problems import Problem
from web.tenancy import RouteSpec, route

UNAVAILABLE = "sql_unavailable"


async def refuse(request: Request, caller: Caller) -> Response:
    """The 501; the body is not looked at."""
    raise Problem(501, UNAVAILABLE, "SQL is not available here; read /api/analytics or the tables themselves.")


def sql_route() -> RouteSpec:
    """For whoever has the secret token, so that nobody else learns even this."""
    operation = Operation(
        "SQL, which is off by design",
        "Always 501; `/api/analytics` answers questions, and analysts read the tables themselves.",
        tags=("game",),
        responses={501: GameErrorBody},
        security=PROTECTED,
        counted=False,
    )
    return route("/api/sql/select", refuse, ("POST",), roles=KEY_ROLES, operation=operation)
