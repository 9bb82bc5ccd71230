"""GET /api/analytics/performance: frame rates by build, graphics card, level or region, weighted by time."""

from typing import Any, Final

import msgspec
import polars as pl
from msgspec import Raw, Struct
from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import AS_OF, Stores
from query_api.asked import CALLERS, Asked, Period
from query_api.game.heatmap import BUILD, SINCE, UNTIL
from query_api.game.rows import APP, LONGEST, Application, chosen, rows_of, within
from query_api.game.spans import END, START, TRAJECTORY, cut
from query_api.tables import EARLIEST, LATEST
from schemas.game.cells import SESSION
from schemas.game.events import REALTIME, STREAM
from schemas.game.tables import GAME_PLAYERS
from sinks.game.samples import EVENTS, Rows, naming
from web.application_tokens import PROTECTED
from web.caller import Caller
from web.operation import Operation, Parameter
from web.tenancy import RouteSpec, route

PERFORMANCE: Final = "/api/analytics/performance"
GROUPS: Final = {"build": "build_id", "gpu": "gpu", "level": "level_id", "region": "region"}
UNKNOWN: Final = "unknown"
SMOOTH_FPS: Final = 30
LOG_ORDER: Final = ("occurred_at", "log_partition", "log_offset", "log_item")
RATES: Final = ("fps_mean", "fps_low_5", "fps_low_1")
PLAYER: Final = ("subject",)


class Performance(Struct, frozen=True):
    """The answer; `groups` are objects."""

    app_id: str
    group_by: str
    groups: Raw


class Group(Struct, frozen=True):
    """What is told of a group, beside its name; null where nothing is known of it, or no time was spent."""

    samples: int
    seconds: float
    fps_mean: float | None
    fps_low_5_mean: float | None
    fps_low_5_min: float | None
    fps_low_1_mean: float | None
    fps_low_1_min: float | None
    share_under_30: float | None


class PerformanceBody(Struct, frozen=True):
    """The same for OpenAPI."""

    app_id: str
    group_by: str
    groups: list[dict[str, Any]]


def performance_route(stores: Stores) -> RouteSpec:
    """The route."""

    async def respond(request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        application = Application.of(caller, asked)
        group, period, build = asked.one_of("group_by", list(GROUPS)), asked.period(), asked.text("build", LONGEST)
        asked.refuse()

        def compute() -> Performance:
            found = performance(rows_of(stores.tables, application), group, period, build)
            return Performance(application.app_id, group, Raw(msgspec.json.encode(found)))

        return await stores.computed_as_of(compute, STREAM.name)

    return route(PERFORMANCE, respond, roles=CALLERS, operation=OPERATION)


def performance(rows: Rows, group: str, period: Period, build: str | None = None) -> list[dict[str, Any]]:
    """The groups of the trajectories that began in a period and say a frame rate, by name; the last has no name."""
    moved = within(rows, EVENTS, period).filter(
        pl.col("event_type") == REALTIME,
        pl.col("samples") > 0,
        pl.any_horizontal(pl.col(RATES).is_not_null()),
        *chosen(build_id=build),
    )
    needed = moved.select(*SESSION, "build_id", "samples", "duration_us", *RATES, start="occurred_at")
    found = needed.collect(engine="streaming").with_row_index(TRAJECTORY)
    ended = pl.col(START) + pl.duration(microseconds="duration_us", time_unit="us")
    told = _grouped(rows, found.with_columns(ended.alias(END)), group)
    named = told.rename({GROUPS[group]: group})
    return named.sort(group, nulls_last=True).to_dicts()


def _grouped(rows: Rows, trajectories: pl.DataFrame, group: str) -> pl.DataFrame:
    column = GROUPS[group]
    if group == "build":
        return _figures(trajectories.with_columns(count=pl.col("samples")), column)
    if group == "level":
        told = naming(rows(EVENTS, EARLIEST, LATEST)).collect().sort(LOG_ORDER).rename({"occurred_at": "at"})
        return _figures(cut(trajectories, told, SESSION, column), column)
    introduced = rows(GAME_PLAYERS, EARLIEST, LATEST).select("subject", column, *LOG_ORDER).collect()
    changes = introduced.sort(LOG_ORDER).rename({"occurred_at": "at"})
    stretches = cut(trajectories, changes, PLAYER, column)
    return _figures(stretches.with_columns(pl.col(column).fill_null(UNKNOWN)), column)


def _figures(stretches: pl.DataFrame, column: str) -> pl.DataFrame:
    """What trajectories' stretches of `count` samples come to; each has its share of the trajectory's time."""
    timed = stretches.with_columns(seconds=pl.col("duration_us") / 1e6 * pl.col("count") / pl.col("samples"))
    under = (pl.col("fps_mean") < SMOOTH_FPS).cast(pl.Float64)
    return timed.group_by(column).agg(
        pl.col("count").sum().alias("samples"),
        pl.col("seconds").sum(),
        _weighted(pl.col("fps_mean")).alias("fps_mean"),
        _weighted(pl.col("fps_low_5")).alias("fps_low_5_mean"),
        pl.col("fps_low_5").min().alias("fps_low_5_min"),
        _weighted(pl.col("fps_low_1")).alias("fps_low_1_mean"),
        pl.col("fps_low_1").min().alias("fps_low_1_min"),
        _weighted(under).alias("share_under_30"),
    )


def _weighted(value: pl.Expr) -> pl.Expr:
    """The mean weighted by time, of what has a value; null where no time was spent."""
    time = pl.col("seconds").filter(value.is_not_null()).sum()
    return pl.when(time > 0).then((value * pl.col("seconds")).sum() / time)


OPERATION = Operation(
    "Frame rates by build, graphics card, level or region",
    "Means are weighted by time, shares lie between 0 and 1. gpu and region are those of the player's latest "
    f"Create_Player before a sample, else {UNKNOWN}; a level that is not known is null.",
    tags=("game",),
    responses={200: PerformanceBody},
    response_headers=AS_OF,
    parameters=(
        APP,
        Parameter("group_by", "What groups are of.", {"type": "string", "enum": list(GROUPS), "default": "build"}),
        BUILD,
        SINCE,
        UNTIL,
    ),
    security=PROTECTED,
    counted=False,
)
