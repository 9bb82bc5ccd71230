"""The capture family: keys of projects, and errors that say one thing."""

import msgspec
from msgspec import Struct
from starlette.responses import Response

from web.families import Family
from web.problems import Problem


class ErrorBody(Struct):
    """Every error of the family."""

    error: str


def error_body(problem: Problem) -> Response:
    """The problem as {"error": text} and nothing else."""
    body = msgspec.json.encode(ErrorBody(problem.detail))
    return Response(body, problem.status, problem.headers, media_type="application/json")


FAMILY = Family(
    name="capture",
    prefixes=("/v1/sessions/", "/v1/gdpr/", "/v1/analytics/"),
    renderer=error_body,
    error_schema=ErrorBody,
)
