"""The telemetry family: bearer tokens, JSON, RFC 9457 problem documents; whatever no other family claims is its."""

from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct
from starlette.responses import Response

from web.families import DEFAULT_PREFIX, Family
from web.problems import FieldError, Problem

PROBLEM_JSON = "application/problem+json"


class ProblemDocument(Struct, kw_only=True):
    """RFC 9457 problem details; `code` is stable."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldError] = []


def problem_document(problem: Problem) -> Response:
    """The problem as application/problem+json; its members stand beside those of every document."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = problem.errors
    body.update(problem.members)
    return Response(msgspec.json.encode(body), problem.status, problem.headers, media_type=PROBLEM_JSON)


TELEMETRY = Family(
    name="telemetry",
    prefixes=(DEFAULT_PREFIX,),
    renderer=problem_document,
    error_schema=ProblemDocument,
    error_media_type=PROBLEM_JSON,
)
