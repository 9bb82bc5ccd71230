"""POST /v1/analytics/funnel: how many sessions did some steps in their order."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Final

import msgspec
import polars as pl
from msgspec import Meta, Struct, field
from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import AS_OF, Stores, answer
from query_api.asked import CALLERS, Period
from query_api.capture.figures import FUNNEL
from query_api.capture.kept import Project
from query_api.capture.steps import Step, Taken, TooManyStarts, taken
from query_api.tables import EARLIEST, LATEST, Extent, Tables
from schemas.capture.events import EVENTS
from schemas.shared.invalid import UNREADABLE, Invalid, invalid_of, time_of
from schemas.shared.times import moment
from web.body import read_body, require_media_type
from web.caller import Caller
from web.operation import Operation
from web.problems import FieldError, Problem, invalid
from web.tenancy import RouteSpec, route

LARGEST_BODY: Final = 256 * 1024
BODY_SECONDS: Final = 15
DAY_MS: Final = 86_400_000
LONGEST_MS: Final = 10**9
"""No event is later in its session."""


class Asking(Struct, frozen=True, forbid_unknown_fields=True):
    """The body: which steps, of events that occurred in [from, to)."""

    steps: Annotated[list[Step], Meta(min_length=2, max_length=20)]
    window_ms: Annotated[int, Meta(ge=0, le=LONGEST_MS)] = DAY_MS
    since: str | None = field(default=None, name="from")
    until: str | None = field(default=None, name="to")


class DoneStep(Struct, frozen=True):
    """One step; shares are null where nobody did what they are of, the median before the second step."""

    step: int
    event_type: str
    count: int
    conversion_from_first: float | None
    conversion_from_previous: float | None
    median_ms_from_previous: float | None


class OrderedFunnel(Struct, frozen=True):
    """The answer."""

    project_id: str
    steps: list[DoneStep]


def ordered_funnel(stores: Stores) -> RouteSpec:
    """The route."""

    async def respond(request: Request, caller: Caller) -> Response:
        require_media_type(request)
        body = await read_body(request, max_bytes=LARGEST_BODY, max_decoded_bytes=LARGEST_BODY, seconds=BODY_SECONDS)
        asking, period = asking_of(body)
        as_of = await stores.threaded(partial(stores.as_of, EVENTS.name))
        project = Project(caller.tenant, caller.project_id)
        compute = partial(ordered_steps, stores.tables, project, asking.steps, asking.window_ms, period)
        return answer(OrderedFunnel(caller.project_id, await stores.threaded(compute)), as_of)

    return route(FUNNEL, respond, ("POST",), roles=CALLERS, operation=OPERATION)


def asking_of(body: bytes) -> tuple[Asking, Period]:
    """What a body asks for; raises the 400 that names what is wrong with it."""
    try:
        asking = msgspec.json.decode(body, type=Asking)
    except UNREADABLE as error:
        raise _refused(invalid_of(error)) from None
    try:
        period = Period(_time(asking.since, "from"), _time(asking.until, "to"))
    except Invalid as error:
        raise _refused(error) from None
    if period.backwards:
        raise invalid(FieldError("to", "must not be before from"))
    return asking, period


def _refused(error: Invalid) -> Problem:
    return invalid(*(FieldError(each.field, each.message) for each in error.errors))


def _time(text: str | None, name: str) -> datetime | None:
    return None if text is None else moment(time_of(text, name))


def ordered_steps(
    tables: Tables, project: Project, steps: Sequence[Step], window_ms: int, period: Period
) -> list[DoneStep]:
    """What a project's sessions did of the steps in the period; raises the 400 where that is too much to look at."""
    since, until = period.since or EARLIEST, period.until or LATEST
    rows = tables.rows(EVENTS.primary, Extent(project.tenant, "occurred_at", since, until))
    theirs = rows.filter(pl.col("project_id") == project.project_id, pl.col("occurred_at") < until)
    try:
        return told(steps, taken(theirs, steps, window_ms))
    except TooManyStarts as error:
        raise invalid(FieldError("from", str(error))) from error


def told(steps: Sequence[Step], done: Sequence[Taken]) -> list[DoneStep]:
    """The steps as they are answered; of the first its shares are those of itself."""
    first, found = done[0].sessions, []
    for number, (step, this) in enumerate(zip(steps, done, strict=True), 1):
        before = done[max(0, number - 2)].sessions
        shares = _share(this.sessions, first), _share(this.sessions, before)
        found.append(DoneStep(number, step.event_type, this.sessions, *shares, _whole(this.median_ms)))
    return found


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _whole(median: float | None) -> float | None:
    """A median of whole numbers may lie half way between two."""
    return round(median) if median is not None and median.is_integer() else median


OPERATION = Operation(
    "How many sessions did these steps in their order",
    "Each within window_ms of the first; of several beginnings in a session the one that comes furthest counts.",
    tags=("capture",),
    request=Asking,
    request_example={
        "steps": [
            {"event_type": "click", "target": "button#submit"},
            {"event_type": "input", "payload": {"valid": True}},
        ],
        "window_ms": 60_000,
    },
    responses={200: OrderedFunnel},
    response_headers=AS_OF,
)
