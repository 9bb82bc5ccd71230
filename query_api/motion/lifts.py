"""GET of the analysis of a lift: repetition by repetition, with recommendations in every language."""

from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from motion import documents
from motion.documents.info import Document
from motion.request import Activity, Language
from motion.texts import recommendations
from query_api.asked import Asked
from query_api.motion.access import ACTIVE, require_plan
from query_api.motion.asked import SPOKEN
from query_api.motion.reads import NAMED, Reads, Seen
from web.caller import Caller
from web.operation import Operation, Parameter
from web.tenancy import RouteSpec, route

PATH: Final = f"/{Activity.WEIGHTLIFTING}/sessions/{{session_id}}/lift-analysis"


class LiftRoutes:
    """The one."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def routes(self) -> list[RouteSpec]:
        """It alone."""
        return [route(PATH, self._lifts, operation=LIFTS)]

    async def _lifts(self, request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        chosen = asked.one_of("language", ("", *Language))
        asked.refuse()
        session = await self._reads.session(request, caller, Activity.WEIGHTLIFTING)
        require_plan(session, ACTIVE)
        seen = await self._reads.seen(request, session)
        languages = [Language(chosen)] if chosen else list(Language)
        return await self._reads.answered(partial(_document, seen, languages))


def _document(seen: Seen, languages: list[Language]) -> Document:
    system = seen.analysis.request.measurement_system
    texts = {one: recommendations(seen.analysis, one, system) for one in languages}
    return documents.lift_analysis(seen.analysis, texts, seen.info, seen.links.images(seen.analysis))


LIFTS: Final = Operation(
    "A weightlifting session repetition by repetition, with recommendations",
    tags=("motion",),
    responses={200: dict[str, Any]},
    parameters=(NAMED, Parameter("language", "One language alone; else all of them.", SPOKEN)),
    errors=(404,),
)
