"""What a request of these routes wants: of whom, which part, which page; wrong values are a 400 that names them."""

from typing import Final

from starlette.requests import Request

from query_api.capture.gdpr.cursor import place_of
from query_api.capture.gdpr.export import Part
from query_api.capture.gdpr.sessions import PAGE
from query_api.session_ids import of_path
from web.caller import Caller
from web.digits import whole_number
from web.operation import Parameter
from web.problems import FieldError, Problem

ORGANISATION_WIDE: Final = "gdpr:org"
"""The scope of a key that reaches all that the organisation holds."""

EXPORT: Final = "/v1/gdpr/export"
DELETE: Final = "/v1/gdpr/delete"
MOST_LOGS: Final = 100
DEFAULT_LOGS: Final = 50
MOST_OFFSET: Final = 10**9

exported = of_path(EXPORT, "user_id")
deleted = of_path(DELETE, "user_id")

USER: Final = Parameter("user_id", "The user as the project names them, percent-encoded.", place="path")
PAGING: Final = (
    Parameter(
        "page_size", "Most sessions in the answer; all by default.", {"type": "integer", "minimum": 1, "maximum": PAGE}
    ),
    Parameter("cursor", "next_cursor of the page before; only with page_size."),
)
LISTING: Final = (
    Parameter(
        "limit", "Most entries.", {"type": "integer", "minimum": 1, "maximum": MOST_LOGS, "default": DEFAULT_LOGS}
    ),
    Parameter(
        "offset", "Newer entries to pass over.", {"type": "integer", "minimum": 0, "maximum": MOST_OFFSET, "default": 0}
    ),
)


def project_of(caller: Caller) -> str | None:
    """How far the caller's key reaches: its project, or None for all that the organisation holds."""
    return None if caller.scope == ORGANISATION_WIDE else caller.project_id


def part_of(request: Request) -> Part | None:
    """The part of an export that is wanted; None for all of it."""
    size, cursor = request.query_params.get("page_size"), request.query_params.get("cursor")
    if size is None:
        if cursor is not None:
            raise _refused("cursor", "is given with page_size only")
        return None
    number = whole_number(size, PAGE, least=1)
    if number is None:
        raise _refused("page_size", f"must be a whole number from 1 to {PAGE}")
    after = None if cursor is None else place_of(cursor)
    if cursor is not None and after is None:
        raise _refused("cursor", "must be next_cursor of the page before")
    return Part(number, after)


def page_of(request: Request) -> tuple[int, int]:
    """limit and offset of a listing."""
    limit = whole_number(request.query_params.get("limit", str(DEFAULT_LOGS)), MOST_LOGS, least=1)
    offset = whole_number(request.query_params.get("offset", "0"), MOST_OFFSET)
    if limit is None:
        raise _refused("limit", f"must be a whole number from 1 to {MOST_LOGS}")
    if offset is None:
        raise _refused("offset", f"must be a whole number from 0 to {MOST_OFFSET}")
    return limit, offset


def _refused(name: str, why: str) -> Problem:
    detail = "A query parameter is not valid; see errors."
    return Problem(400, "invalid_parameter", detail, errors=[FieldError(name, why)])
