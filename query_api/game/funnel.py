"""GET /api/analytics/funnel: how many players reached some steps, each no earlier than the one before."""

from collections.abc import Sequence
from typing import Final

import polars as pl
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import AS_OF, Stores
from query_api.asked import CALLERS, Asked, Period
from query_api.game.heatmap import BUILD, SINCE, UNTIL
from query_api.game.rows import APP, LONGEST, Application, chosen, rows_of, within
from schemas.game.events import STREAM
from schemas.game.tables import GAME_FUNNEL_STEPS
from sinks.game.samples import Rows
from web.application_tokens import PROTECTED
from web.caller import Caller
from web.operation import Operation, Parameter
from web.problems import FieldError, invalid
from web.tenancy import RouteSpec, route

FUNNEL: Final = "/api/analytics/funnel"
MOST_STEPS: Final = 50


class PlayerStep(Struct, frozen=True):
    """One step: shares are null where nobody reached what they are of, the median before the second step."""

    step: str
    players: int
    conversion_from_first: float | None
    conversion_from_previous: float | None
    median_seconds_from_previous: float | None


class PlayerFunnel(Struct, frozen=True):
    """The answer."""

    app_id: str
    steps: list[PlayerStep]


def funnel_route(stores: Stores) -> RouteSpec:
    """The route."""

    async def respond(request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        application = Application.of(caller, asked)
        wanted, period = asked.texts("steps", LONGEST, MOST_STEPS), asked.period()
        named = {"level_id": asked.text("level", LONGEST), "build_id": asked.text("build", LONGEST)}
        asked.refuse()

        def compute() -> PlayerFunnel:
            rows = rows_of(stores.tables, application)
            return PlayerFunnel(application.app_id, funnel(rows, period, chosen(**named), wanted))

        return await stores.computed_as_of(compute, STREAM.name)

    return route(FUNNEL, respond, roles=CALLERS, operation=OPERATION)


def funnel(rows: Rows, period: Period, which: Sequence[pl.Expr], wanted: Sequence[str]) -> list[PlayerStep]:
    """What an application's players reached in a period; raises the 400 where there are too many steps to order."""
    steps = within(rows, GAME_FUNNEL_STEPS, period).filter(*which)
    if wanted:
        steps = steps.filter(pl.col("funnel_step_name").is_in(list(wanted)))
    reached = steps.select("subject", "occurred_at", step="funnel_step_name").unique().collect(engine="streaming")
    names = list(wanted) or in_order(reached)
    if len(names) > MOST_STEPS:
        raise invalid(FieldError("steps", f"there are {len(names):,} steps; name at most {MOST_STEPS}"))
    return _told(names, _chain(reached, names)) if names else []


def in_order(reached: pl.DataFrame) -> list[str]:
    """The steps by the median, over players, of the first time that each reached them; then by name."""
    firsts = reached.group_by("step", "subject").agg(pl.col("occurred_at").min())
    medians = firsts.group_by("step").agg(pl.col("occurred_at").median())
    return medians.sort("occurred_at", "step")["step"].to_list()


def _chain(reached: pl.DataFrame, names: Sequence[str]) -> list[pl.DataFrame]:
    """By step the players who came so far: `subject`, `at`, and since the step before, `seconds`.

    The earliest time of a step that is no earlier than the one before: a later one lets nobody come further.
    """
    came: list[pl.DataFrame] = []
    for name in names:
        times = reached.filter(pl.col("step") == name).select("subject", "occurred_at")
        if came:
            times = times.join(came[-1].select("subject", before="at"), on="subject")
            times = times.filter(pl.col("occurred_at") >= pl.col("before"))
        else:
            times = times.with_columns(before="occurred_at")
        first = times.group_by("subject").agg(pl.col("occurred_at").min().alias("at"), pl.col("before").first())
        came.append(first.with_columns(seconds=(pl.col("at") - pl.col("before")).dt.total_microseconds() / 1e6))
    return came


def _told(names: Sequence[str], came: Sequence[pl.DataFrame]) -> list[PlayerStep]:
    found = []
    for number, (name, players) in enumerate(zip(names, came, strict=True)):
        before = came[max(0, number - 1)].height
        median = players["seconds"].median() if number else None
        assert median is None or isinstance(median, float), "of numbers"
        shares = _share(players.height, came[0].height), _share(players.height, before)
        found.append(PlayerStep(name, players.height, *shares, median))
    return found


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


OPERATION = Operation(
    "How many players reached these steps in their order",
    "A step counts for a player who reached the ones before no later than it. Without `steps` all there are, by the "
    "median of the time at which players first reached them.",
    tags=("game",),
    responses={200: PlayerFunnel},
    response_headers=AS_OF,
    parameters=(
        APP,
        Parameter("steps", f"Names of at most {MOST_STEPS} steps in their order, with commas between them."),
        Parameter("level", "Only steps reached in this level."),
        BUILD,
        SINCE,
        UNTIL,
    ),
    security=PROTECTED,
    counted=False,
)
