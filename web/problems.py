"""What goes wrong in a request, as the client sees it: RFC 9457 problem documents, in the shape of the route's family.

`Problem` is raised anywhere below a route; `problem_of` is the one table that turns foreign errors into Problems;
`FAMILIES` is the one table of shapes, by the longest path prefix.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from schemas.shared.faults import Transient

RETRY_SECONDS = 1
"""What Retry-After says when nothing better is known."""


class FieldError(Struct, frozen=True):
    """One thing wrong with a request: which field, and why."""

    field: str
    message: str


class Problem(Exception):
    """An error answer: `code` is stable, clients branch on it; `detail` is for people; `members` are added as is."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def invalid(*errors: FieldError) -> Problem:
    """400: the request's content is wrong, field by field."""
    return Problem(400, "invalid_request", "The request is not valid; see errors.", errors=errors)


def unauthorized(code: str, detail: str) -> Problem:
    """401 with the challenge of RFC 6750; without any token the challenge names no error."""
    error = "" if code == "token_missing" else f', error="invalid_token", error_description="{detail}"'
    return Problem(401, code, detail, headers={"WWW-Authenticate": f'Bearer realm="kinelake"{error}'})


def unavailable(code: str, detail: str, retry_seconds: int = RETRY_SECONDS) -> Problem:
    """503 with Retry-After: the same request may succeed later."""
    return Problem(503, code, detail, headers={"Retry-After": str(retry_seconds)})


def internal_error() -> Problem:
    """500: ours to find in the log by the request id."""
    return Problem(500, "internal_error", "The server failed on this request; its request id finds the reason.")


HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}
"""Codes of what the router raises by itself."""


def problem_of(error: Exception) -> Problem:
    """The answer to an error that left a handler."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _of_http_exception(error)
    if isinstance(error, ClientDisconnect):
        return Problem(400, "body_incomplete", "The connection ended before the body did.")
    if isinstance(error, Transient):
        return unavailable("unavailable", "Something this request needs does not answer; try again.")
    return internal_error()


def _of_http_exception(error: HTTPException) -> Problem:
    code = HTTP_CODES.get(error.status_code) or HTTPStatus(error.status_code).name.lower()
    return Problem(error.status_code, code, HTTPStatus(error.status_code).description, headers=error.headers)


Renderer: TypeAlias = Callable[[Problem], Response]


def telemetry_problem(problem: Problem) -> Response:
    """The telemetry family's shape: application/problem+json."""
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
    content = msgspec.json.encode(body)
    return Response(content, problem.status, problem.headers, media_type="application/problem+json")


FAMILIES: Mapping[str, Renderer] = {"/": telemetry_problem}
"""Path prefix → the shape of its errors; the longest prefix counts."""


def render(problem: Problem, path: str) -> Response:
    """The problem as an answer in the shape of the path's family."""
    prefix = max((prefix for prefix in FAMILIES if path.startswith(prefix)), key=len, default="/")
    return FAMILIES[prefix](problem)
