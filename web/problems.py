"""What goes wrong in a request, before its family gives it a shape (`web.families`).

`Problem` is raised anywhere below a route; `problem_of` is the one table that turns foreign errors into Problems.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

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
