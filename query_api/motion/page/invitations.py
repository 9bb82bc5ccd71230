"""POST of a link to a session's page: for everybody who may read the session, whatever their plan."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from query_api.motion.reads import NAMED, Reads
from web.caller import Caller
from web.operation import Operation
from web.tenancy import RouteSpec, route

PATH = "/session-management/sessions/{session_id}/page"


class Invitation(msgspec.Struct):
    """A link to a page; `expires_at` in RFC 3339."""

    url: str
    expires_at: str


class InvitationRoutes:
    """The one."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def routes(self) -> list[RouteSpec]:
        """The one."""
        return [route(PATH, self._invite, ("POST",), operation=INVITE)]

    async def _invite(self, request: Request, caller: Caller) -> Response:
        session = await self._reads.session(request, caller)
        link = await self._reads.pages.to(request, session)
        said = Invitation(link.url, link.expires_at.isoformat().replace("+00:00", "Z"))
        return Response(msgspec.json.encode(said), headers={"Cache-Control": "no-store"}, media_type="application/json")


INVITE = Operation(
    "A link to the session's page, for whoever shall see its film beside its curves",
    "It opens without a key for an hour. Whoever may read the session may ask for it, whatever the plan.",
    tags=("motion",),
    responses={200: Invitation},
    parameters=(NAMED,),
    errors=(404,),
)
