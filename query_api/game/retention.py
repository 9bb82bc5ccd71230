"""GET /api/analytics/retention: on which days players came back, by the UTC day of their first event."""

from typing import Final

import polars as pl
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import AS_OF, Stores
from query_api.asked import CALLERS, Asked, Period
from query_api.game.heatmap import BUILD
from query_api.game.rows import APP, LONGEST, Application, chosen, rows_of, within
from query_api.tables import EARLIEST, LATEST
from schemas.game.events import STREAM
from sinks.game.samples import EVENTS, Rows
from web.application_tokens import PROTECTED
from web.caller import Caller
from web.operation import Operation, Parameter
from web.tenancy import RouteSpec, route

RETENTION: Final = "/api/analytics/retention"
MOST_DAYS: Final = 366


class FirstDay(Struct, frozen=True):
    """Players whose first event was on a day; `returned` has, from that day on, how many had one on each day."""

    first_day: str
    players: int
    returned: list[int]


class Retention(Struct, frozen=True):
    """The answer."""

    app_id: str
    days: list[FirstDay]


def retention_route(stores: Stores) -> RouteSpec:
    """The route."""

    async def respond(request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        application = Application.of(caller, asked)
        period, build = asked.period(), asked.text("build", LONGEST)
        most = asked.number("days", 31, MOST_DAYS, least=1)
        asked.refuse()

        def compute() -> Retention:
            rows = rows_of(stores.tables, application)
            return Retention(application.app_id, retention(rows, period, chosen(build_id=build), most))

        return await stores.computed_as_of(compute, STREAM.name)

    return route(RETENTION, respond, roles=CALLERS, operation=OPERATION)


def retention(rows: Rows, period: Period, which: list[pl.Expr], most: int) -> list[FirstDay]:
    """Of the players whose first event was in a period, `most` days from each first day on, to the last of all days."""
    events = within(rows, EVENTS, Period()).filter(*which)
    played = events.group_by("subject", day=pl.col("occurred_at").dt.date()).agg(pl.col("occurred_at").min())
    days = played.collect(engine="streaming")
    if days.is_empty():
        return []
    firsts = days.group_by("subject").agg(pl.col("occurred_at").min().alias("first"))
    inside = (pl.col("first") >= (period.since or EARLIEST)) & (pl.col("first") < (period.until or LATEST))
    theirs = days.join(firsts.filter(inside), on="subject").with_columns(first_day=pl.col("first").dt.date())
    after = theirs.with_columns(after=(pl.col("day") - pl.col("first_day")).dt.total_days())
    counts = after.filter(pl.col("after") < most).group_by("first_day", "after").len()
    last = days["day"].max()
    spans = after.select("first_day").unique().with_columns(
        after=pl.int_ranges(0, pl.min_horizontal((pl.lit(last) - pl.col("first_day")).dt.total_days() + 1, most))
    )  # fmt: skip
    every = (
        spans.explode("after")
        .join(counts, on=["first_day", "after"], how="left")
        .with_columns(pl.col("len").fill_null(0))
    )
    told = every.sort("first_day", "after").group_by("first_day", maintain_order=True).agg("len")
    return [FirstDay(day.isoformat(), returned[0], returned) for day, returned in told.iter_rows()]


OPERATION = Operation(
    "On which days players came back",
    "`returned[n]` is how many of the players had an event n days after their first day; n = 0 is that day itself.",
    tags=("game",),
    responses={200: Retention},
    response_headers=AS_OF,
    parameters=(
        APP,
        Parameter(
            "from", "Players whose first event occurred then or later.", {"type": "string", "format": "date-time"}
        ),
        Parameter("to", "Players whose first event occurred before.", {"type": "string", "format": "date-time"}),
        BUILD,
        Parameter("days", "Most days of each first day.", {"type": "integer", "minimum": 1, "maximum": MOST_DAYS}),
    ),
    security=PROTECTED,
    counted=False,
)
