"""GET /api/analytics/trajectories/{session_id}: where the player of a session was, sample by sample."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import numpy as np
import polars as pl
from msgspec import Raw, Struct
from starlette.requests import Request
from starlette.responses import Response

from control.organisations import subject_of
from query_api.answers import AS_OF, Stores, answer
from query_api.asked import CALLERS, Asked
from query_api.game.events import Events
from query_api.game.rows import APP, LONGEST, Application
from query_api.game.simplified import simplified
from query_api.session_ids import of_path
from query_api.tables import EARLIEST, Extent, Tables
from schemas.game.events import STREAM
from schemas.game.tables import GAME_SAMPLES
from sinks.game.levels import with_levels
from sinks.game.samples import naming, travels
from web.application_tokens import PROTECTED
from web.caller import Caller
from web.operation import Operation, Parameter
from web.problems import FieldError, Problem, invalid
from web.tenancy import RouteSpec, route

TRAJECTORIES: Final = "/api/analytics/trajectories"
MOST_TOLERANCE: Final = 1_000_000.0
MOST_SAMPLES: Final = 2_000_000
"""Of one answer: nine hours at 60 samples a second."""
NEEDED: Final = ("tenant", "app_id", "subject", "session_id", "occurred_at", "sample", "x", "y", "z")
_named: Final = of_path(TRAJECTORIES)
ORDER: Final = ("occurred_at", "log_partition", "log_offset", "log_item", "sample")


class Sample(Struct, frozen=True):
    """One sample: milliseconds since 1970, world units; the level is null where it is not known."""

    t_ms: int
    x: float
    y: float
    z: float
    level_id: str | None


class Trajectory(Struct, frozen=True):
    """The answer; `samples` is a list of Sample."""

    session_id: str
    app_id: str
    player_id: str
    samples: Raw


class TrajectoryBody(Struct, frozen=True):
    """The same for OpenAPI."""

    session_id: str
    app_id: str
    player_id: str
    samples: list[Sample]


def trajectories_route(stores: Stores, events: Events) -> RouteSpec:
    """The route."""

    async def respond(request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        application = Application.of(caller, asked)
        tolerance = asked.decimal("tolerance", 0.0, MOST_TOLERANCE, 0.0)
        player = asked.text("player_id", LONGEST)
        asked.refuse()
        as_of = await stores.threaded(partial(stores.as_of, STREAM.name))
        session_id = _named(request)

        def compute() -> Response:
            names = () if player is None else _names(stores, caller.tenant, player)
            samples = samples_of(stores.tables, events, application, session_id, names)
            return answer(told(application, session_id, samples, tolerance), as_of)

        response: Response = await stores.threaded(compute)
        return response

    return route(f"{TRAJECTORIES}/{{session_id}}", respond, roles=CALLERS, operation=OPERATION)


def _names(stores: Stores, tenant: str, player: str) -> Sequence[str]:
    """As which the tables may know a player: by what clients call it, or by the pseudonym that an answer had."""
    return subject_of(stores.control.organisations.ensure(tenant).key, player), player


def samples_of(
    tables: Tables, events: Events, application: Application, session_id: str, subjects: Sequence[str] = ()
) -> pl.DataFrame:
    """The samples of a session in their order, with their levels; of the player where one is named.

    Raises the 404 where there are none, the 400 where several players have a session of that id or there are too many.
    """
    theirs = events.of(application, pl.DataFrame({"session_id": [session_id]}))
    told, levels = pl.collect_all([travels(theirs), naming(theirs)])
    told = told.filter(pl.col("subject").is_in(list(subjects))) if subjects else told
    samples = _between(tables, application, session_id, told)
    if samples.is_empty():
        raise Problem(404, "session_unknown", "there is no session of that id with a trajectory")
    if told["subject"].n_unique() > 1:
        raise invalid(FieldError("player_id", "several players have a session of this id; name one of them"))
    if samples.height > MOST_SAMPLES:
        raise Problem(413, "too_large", f"the session has more than {MOST_SAMPLES:,} samples; read game_samples itself")
    return with_levels(samples.sort(ORDER), levels)


def _between(tables: Tables, application: Application, session_id: str, told: pl.DataFrame) -> pl.DataFrame:
    """Samples of the sessions that are told of (TRAVELS), one more than are answered at most."""
    since, until = told["since"].min() or EARLIEST, told["until"].max() or EARLIEST
    assert isinstance(since, datetime), "of times"
    assert isinstance(until, datetime), "of times"
    extent = Extent(application.tenant, "occurred_at", since, until, session_id)
    own = [pl.col("app_id") == application.app_id, pl.col("subject").is_in(told["subject"].to_list())]
    wanted = tables.rows(GAME_SAMPLES, extent).filter(*own).select(*NEEDED, *ORDER[1:4])
    return wanted.head(MOST_SAMPLES + 1).collect()


def told(application: Application, session_id: str, samples: pl.DataFrame, tolerance: float) -> Trajectory:
    """The answer: every sample, or with a tolerance (world units) those that the path within each level needs."""
    if tolerance > 0:
        points = samples.select("x", "y", "z").cast(pl.Float64).to_numpy()
        runs = samples["level_id"].rle_id().cast(pl.Int64).to_numpy()
        samples = samples.filter(simplified(np.ascontiguousarray(points), runs, tolerance))
    milliseconds = pl.col("occurred_at").dt.epoch("ms").alias("t_ms")
    shown = samples.select(milliseconds, "x", "y", "z", "level_id").write_json()
    return Trajectory(session_id, application.app_id, samples["subject"][0], Raw(shown.encode()))


OPERATION = Operation(
    "Where the player of a session was",
    "Samples in the order of their times. `player_id` is the player's pseudonym: the tables know no other name.",
    tags=("game",),
    responses={200: TrajectoryBody},
    response_headers=AS_OF,
    errors=(413,),
    parameters=(
        APP,
        Parameter("session_id", "The session, as the client names it.", place="path"),
        Parameter(
            "tolerance",
            "World units; samples that lie no further from the path without them are left out (Douglas–Peucker).",
            {"type": "number", "minimum": 0, "maximum": MOST_TOLERANCE, "default": 0},
        ),
        Parameter("player_id", "Which player, where several have a session of that id."),
    ),
    security=PROTECTED,
    counted=False,
)
