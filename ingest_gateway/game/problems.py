"""The errors of the game family, `{"error": code, "message": text}`, and for a 400 which item and field is wrong.

A Problem says the field in its `errors`, of which the first counts, and the item in its member `index`.
"""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from web.problems import FieldError, Problem

INVALID_PAYLOAD = "invalid_payload"
EMPTY_PAYLOAD = "empty_payload"
APP_MISMATCH = "app_mismatch"
CONSENT_REQUIRED = "consent_required"
OWN_CODES = frozenset({EMPTY_PAYLOAD, APP_MISMATCH, CONSENT_REQUIRED})
CODES = {
    400: INVALID_PAYLOAD,
    401: "unauthorized",
    403: "forbidden",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
}
"""The one code that the contract has for a status, whoever refused; of other statuses the code is kept."""
INDEX = "index"


class GameErrorBody(Struct):
    """Every error of the family. A 400 has `index` and `field`, null where no item or field of its own is wrong.

    `consent_required` has the level that is required and the one that was given.
    """

    error: str
    message: str
    index: int | UnsetType | None = UNSET
    field: str | UnsetType | None = UNSET
    required: int | UnsetType = UNSET
    given: int | UnsetType = UNSET


def error_body(problem: Problem) -> Response:
    """The problem in the family's shape."""
    code = problem.code if problem.code in OWN_CODES else CODES.get(problem.status, problem.code)
    body = GameErrorBody(code, _message(problem), **_more(code, problem))
    return Response(msgspec.json.encode(body), problem.status, problem.headers, media_type="application/json")


def invalid_payload(index: int | None, field: str | None, message: str) -> Problem:
    """400: what is wrong first; `index` None where it is the body itself, `field` None where it is the whole item."""
    return Problem(400, INVALID_PAYLOAD, message, errors=[FieldError(field or "", message)], members={INDEX: index})


def empty_payload() -> Problem:
    """400: no byte, or a list of nothing."""
    return Problem(400, EMPTY_PAYLOAD, "The body has no event; send one, or a list of at least one.")


def app_mismatch(index: int) -> Problem:
    """403: an item is of another application than the token."""
    detail = f"app_id of item {index} is not the token's application; nothing of the request was taken"
    return Problem(403, APP_MISMATCH, detail)


def _message(problem: Problem) -> str:
    if not problem.errors:
        return problem.detail
    first = problem.errors[0]
    return f"{first.field}: {first.message}" if first.field else first.message


def _more(code: str, problem: Problem) -> dict[str, Any]:
    if problem.status == 400:
        field = problem.errors[0].field if problem.errors else None
        return {INDEX: problem.members.get(INDEX), "field": field or None}
    return problem.members if code == CONSENT_REQUIRED else {}
