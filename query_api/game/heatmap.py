"""GET /api/analytics/heatmap: where an application's players were, as JSON or as a picture from above."""

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
from query_api.game.counted import Positions
from query_api.game.counts import shown
from query_api.game.events import Events
from query_api.game.kept import AtHand, KeptCells
from query_api.game.question import (
    FORMATS,
    LARGEST_SIDE,
    MOST_CELLS,
    SMALLEST_SIDE,
    SOURCES,
    Question,
    question_of,
)
from query_api.game.rows import APP, Application
from query_api.live import Live
from schemas.game.cells import CELL_SIDE
from schemas.game.events import STREAM
from web.application_tokens import PROTECTED
from web.caller import Caller
from web.operation import Operation, Parameter
from web.tenancy import RouteSpec, route

HEATMAP: Final = "/api/analytics/heatmap"
TRUNCATED: Final = "X-Truncated"
RENEWED_MS: Final = 1000
"""How often it is looked whether cells are to be read anew."""
SINCE: Final = Parameter("from", "What occurred then or later.", {"type": "string", "format": "date-time"})
UNTIL: Final = Parameter("to", "What occurred before.", {"type": "string", "format": "date-time"})
BUILD: Final = Parameter("build", "Only this build.")


class Cell(Struct, frozen=True):
    """A cube: its place in cells, the mean of the positions in it, how many they are, of how many sessions."""

    ix: int
    iy: int
    iz: int
    x: float
    y: float
    z: float
    count: int
    sessions: int
    density: float


class HeatmapAnswer(Struct, frozen=True):
    """The answer; `cells` is a list of Cell."""

    app_id: str
    level_id: str | None
    cell_size: float
    cells: Raw


class CellsBody(Struct, frozen=True):
    """The same for OpenAPI."""

    app_id: str
    level_id: str | None
    cell_size: float
    cells: list[Cell]


class Heatmap:
    """The route, and what is kept for it."""

    def __init__(self, stores: Stores, events: Events) -> None:
        self._stores = stores
        kept = KeptCells(stores.location, stores.partitions)
        self.positions = Positions(stores.tables, events, kept)
        self.at_hand = Live("cells of games", partial(AtHand, kept), RENEWED_MS)

    def routes(self) -> list[RouteSpec]:
        """One."""
        return [route(HEATMAP, self._answer, roles=CALLERS, operation=OPERATION)]

    async def _answer(self, request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        application = Application.of(caller, asked)
        question, form = question_of(asked)
        as_of = await self._stores.threaded(partial(self._stores.as_of, STREAM.name))

        def compute() -> Response:
            cells, truncated = shown(self.positions.counted(application, question), question)
            write = _drawn if form == "png" else _told
            response = write(application, question, cells, as_of)
            if truncated:
                response.headers[TRUNCATED] = "true"
            return response

        found: Response = await self._stores.threaded(compute)
        return found


def _told(application: Application, question: Question, cells: pl.DataFrame, as_of: datetime | None) -> Response:
    told = Raw(cells.write_json().encode())
    return answer(HeatmapAnswer(application.app_id, question.level, question.side, told), as_of)


def _drawn(application: Application, question: Question, cells: pl.DataFrame, as_of: datetime | None) -> Response:
    # the library takes a second to import, and most processes are never asked for a picture
    from query_api.game.picture import picture

    content = picture(question, cells, example=application.tenant == EXAMPLE)
    return Response(content, headers=as_of_header(as_of), media_type="image/png")


OPERATION = Operation(
    "Where players were",
    "Gameplay events with a position, or samples of trajectories, by cubes of space; most positions first, then by ix, "
    "iy, iz. Density is (√sessions × count ÷ the largest of all cells) to the power of 0.6.",
    tags=("game",),
    responses={200: CellsBody},
    other_media_types=("image/png",),
    response_headers={**AS_OF, TRUNCATED: "true where there are more cells than `limit`."},
    parameters=(
        APP,
        Parameter("source", "What is counted.", {"type": "string", "enum": list(SOURCES), "default": SOURCES[0]}),
        Parameter("level", "Only this level; without it all of them, in one."),
        BUILD,
        Parameter("event_name", "Only events of this name."),
        SINCE,
        UNTIL,
        Parameter(
            "cell_size",
            "Side of a cell in world units.",
            {"type": "number", "minimum": SMALLEST_SIDE, "maximum": LARGEST_SIDE, "default": CELL_SIDE},
        ),
        Parameter("min_sessions", "Cells with fewer sessions are left out.", {"type": "integer", "default": 1}),
        Parameter("limit", "Most cells.", {"type": "integer", "minimum": 1, "maximum": MOST_CELLS}),
        Parameter("format", "A picture from above instead of JSON.", {"type": "string", "enum": list(FORMATS)}),
    ),
    security=PROTECTED,
    counted=False,
)
