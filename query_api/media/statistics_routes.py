"""The media family's statistics over HTTP: /v1/media/bandwidth/stats, /sessions/stats, /qoe, /usage."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import AS_OF, Stores
from query_api.live import Live
from query_api.media.question import Question
from query_api.media.statistics import PERIODS, bandwidth, qoe, sessions
from query_api.media.sums import Sums
from query_api.media.usage import INTERVALS, usage
from query_api.media.view import MediaView
from schemas.media.dimensions import SESSION_DIMENSIONS
from schemas.shared.origins import SOURCES
from sinks.media.status import STATUSES
from web.caller import Caller, Role, at_least
from web.operation import Operation, Parameter
from web.problems import FieldError, Problem
from web.tenancy import RouteSpec, route

Choices: TypeAlias = Mapping[str, Sequence[str]]
"""A parameter → what it may be, the default first; an empty default means that it may be left out."""

PERIOD: Choices = {"period": ("7d", *PERIODS)}
GROUP_BY: Choices = {"group_by": SESSION_DIMENSIONS}
STATUS: Choices = {"status": ("", *STATUSES)}
INTERVAL: Choices = {"interval": ("1m", *INTERVALS)}
MEDIA_ID = Parameter("media_id", "Only this video or exercise.")
SOURCE = Parameter(
    "source", f"Only sessions that came by these, with commas between: {', '.join(SOURCES)}. Default all."
)

Compute: TypeAlias = Callable[[MediaView, Question, Mapping[str, str]], dict[str, Any]]


class MediaStatistics:
    """Answers from the newest view."""

    def __init__(self, live: Live[MediaView], stores: Stores) -> None:
        self._live = live
        self._stores = stores

    def routes(self) -> list[RouteSpec]:
        """The four routes."""
        return [
            self._route(
                "/v1/media/bandwidth/stats", "Bandwidth and stalls by group", {**PERIOD, **GROUP_BY}, _bandwidth
            ),
            self._route(
                "/v1/media/sessions/stats", "Sessions, watch time, percentiles", {**PERIOD, **STATUS}, _sessions
            ),
            self._route("/v1/media/qoe", "Quality of experience by group", {**PERIOD, **GROUP_BY}, _qoe),
            self._route(
                "/v1/media/usage", "Bandwidth and concurrent sessions over time", {**PERIOD, **INTERVAL}, _usage
            ),
        ]

    def _route(self, path: str, summary: str, choices: Choices, compute: Compute) -> RouteSpec:
        async def answer(request: Request, caller: Caller) -> Response:
            chosen = chosen_of(request, choices)
            return await self._answer(question_of(request, caller, chosen, self._stores.clock()), chosen, compute)

        specialists = at_least(Role.SPECIALIST)
        return route(path, answer, roles=specialists, operation=_operation(summary, choices))

    async def _answer(self, question: Question, chosen: Mapping[str, str], compute: Compute) -> Response:
        view = self._live.view()
        return await self._stores.computed(partial(compute, view, question, chosen), view.as_of)


def question_of(request: Request, caller: Caller, chosen: Mapping[str, str], now: datetime) -> Question:
    """Which sessions a request asks for: only ever of the caller's own organisation."""
    media_id = request.query_params.get("media_id")
    since = now - PERIODS[chosen["period"]]
    sources = sources_of(request.query_params.get(SOURCE.name))
    return Question(caller.tenant, since, now, media_id, chosen.get("status") or None, sources)


def sources_of(text: str | None) -> frozenset[str] | None:
    """The sources with commas between, None where all count; raises the 400 that names what there is."""
    if text is None:
        return None
    named = frozenset(text.split(","))
    if not named <= {*SOURCES}:
        wrong = FieldError(SOURCE.name, f"must be some of {', '.join(SOURCES)}, with commas between")
        raise Problem(400, "invalid_parameter", "A query parameter is not valid; see errors.", errors=[wrong])
    return None if named == {*SOURCES} else named


def chosen_of(request: Request, choices: Choices) -> dict[str, str]:
    """The parameters with their defaults; raises the 400 that names what is unknown."""
    chosen = {name: request.query_params.get(name, options[0]) for name, options in choices.items()}
    given = {name: value for name, value in chosen.items() if name in request.query_params}
    wrong = [
        FieldError(name, f"must be one of {', '.join(filter(None, dict.fromkeys(choices[name])))}")
        for name, value in given.items()
        if value not in filter(None, choices[name])
    ]
    if wrong:
        raise Problem(400, "invalid_parameter", "A query parameter is not valid; see errors.", errors=wrong)
    return chosen


def _bandwidth(view: MediaView, question: Question, chosen: Mapping[str, str]) -> dict[str, Any]:
    return bandwidth(Sums(view, question), chosen["period"], chosen["group_by"])


def _sessions(view: MediaView, question: Question, chosen: Mapping[str, str]) -> dict[str, Any]:
    return sessions(Sums(view, question), chosen["period"])


def _qoe(view: MediaView, question: Question, chosen: Mapping[str, str]) -> dict[str, Any]:
    return qoe(Sums(view, question), chosen["period"], chosen["group_by"])


def _usage(view: MediaView, question: Question, chosen: Mapping[str, str]) -> dict[str, Any]:
    return usage(view.usage, question, chosen["period"], chosen["interval"])


def _operation(summary: str, choices: Choices) -> Operation:
    parameters = [
        Parameter(name, f"Default {options[0]}." if options[0] else "Only these.", _enum(options))
        for name, options in choices.items()
    ]
    parameters.append(SOURCE)
    if "interval" not in choices:
        parameters.append(MEDIA_ID)
    return Operation(
        summary,
        tags=("media",),
        responses={200: dict[str, Any]},
        response_headers=AS_OF,
        parameters=parameters,
    )


def _enum(options: Sequence[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(filter(None, dict.fromkeys(options)))}
