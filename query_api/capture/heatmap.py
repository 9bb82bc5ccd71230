"""GET /v1/analytics/heatmap: where a project's users clicked, as JSON or as a picture."""

from datetime import datetime
from functools import partial
from typing import Final

import polars as pl
from msgspec import Raw, Struct
from starlette.requests import Request
from starlette.responses import Response

from control.organisations import EXAMPLE
from query_api.answers import AS_OF, Stores, answer, as_of_header
from query_api.asked import CALLERS, Asked
from query_api.capture.counted import Clicks
from query_api.capture.kept import KeptClicks, Project
from query_api.capture.places import coordinates
from query_api.capture.question import FORMATS, MOST_POINTS, Question, Shown, question_of
from schemas.capture.events import EVENTS
from web.caller import Caller
from web.operation import Operation, Parameter
from web.tenancy import RouteSpec, route

HEATMAP: Final = "/v1/analytics/heatmap"
TRUNCATED: Final = "X-Truncated"


class Point(Struct, frozen=True):
    """A place, the corner of a bucket with the lowest coordinates, and its clicks."""

    x: int
    y: int
    count: int


class HeatmapAnswer(Struct, frozen=True):
    """The answer; `points` is a list of Point."""

    project_id: str
    points: Raw


class HeatmapBody(Struct, frozen=True):
    """The same for OpenAPI."""

    project_id: str
    points: list[Point]


class Heatmap:
    """The route, and what is kept for it."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.clicks = Clicks(stores.tables, KeptClicks(stores.location))

    def routes(self) -> list[RouteSpec]:
        """One."""
        return [route(HEATMAP, self._answer, roles=CALLERS, operation=OPERATION)]

    async def _answer(self, request: Request, caller: Caller) -> Response:
        question, form = question_of(Asked(request.query_params))
        as_of = await self._stores.threaded(partial(self._stores.as_of, EVENTS.name))
        project = Project(caller.tenant, caller.project_id)
        shown: Shown = await self._stores.threaded(partial(self.clicks.shown, project, question))
        write = partial(_drawn, project, question) if form == "png" else partial(_told, project)
        response: Response = await self._stores.threaded(partial(write, shown, as_of))
        if shown.truncated:
            response.headers[TRUNCATED] = "true"
        return response


def _told(project: Project, shown: Shown, as_of: datetime | None) -> Response:
    x, y = coordinates(shown.points.places)
    points = pl.DataFrame({"x": x, "y": y, "count": shown.points.clicks}).write_json()
    return answer(HeatmapAnswer(project.project_id, Raw(points.encode())), as_of)


def _drawn(project: Project, question: Question, shown: Shown, as_of: datetime | None) -> Response:
    # the library takes a second to import, and most processes are never asked for a picture
    from query_api.capture.picture import picture

    content = picture(question, shown, example=project.tenant == EXAMPLE)
    return Response(content, headers=as_of_header(as_of), media_type="image/png")


OPERATION = Operation(
    "Clicks of the project by place",
    "Events of type click that have both x and y; most clicks first, then by x and y.",
    tags=("capture",),
    responses={200: HeatmapBody},
    response_headers={**AS_OF, TRUNCATED: "true where there are more points than `limit`."},
    parameters=(
        Parameter("from", "Clicks that occurred then or later.", {"type": "string", "format": "date-time"}),
        Parameter("to", "Clicks that occurred before.", {"type": "string", "format": "date-time"}),
        Parameter("target", "Only clicks on this target."),
        Parameter("bucket", "Side of a square in pixels.", {"type": "integer", "minimum": 1, "default": 1}),
        Parameter("min_count", "Points with fewer clicks are left out.", {"type": "integer", "default": 1}),
        Parameter("limit", "Most points.", {"type": "integer", "minimum": 1, "maximum": MOST_POINTS}),
        Parameter("format", "A picture instead of JSON.", {"type": "string", "enum": list(FORMATS)}),
    ),
)
