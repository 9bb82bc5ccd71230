"""The capture family: keys of projects, and errors that say one thing."""

from functools import partial

import msgspec
from msgspec import Struct
from starlette.responses import Response

from web.api_keys import SECURITY, KeyDoor, KeyKind
from web.authentication import Authenticator
from web.families import Authenticate, Family
from web.problems import Problem

ORGANISATION_WIDE = "gdpr:org"
"""The scope of a key that exports and erases a person in the whole organisation, not in its project alone."""
ANALYTICS = "/v1/analytics/"


class ErrorBody(Struct):
    """Every error of the family."""

    error: str


def error_body(problem: Problem) -> Response:
    """The problem as {"error": text} and nothing else; what is wrong field by field stands in the text."""
    fields = "; ".join(f"{error.field}: {error.message}" for error in problem.errors)
    body = msgspec.json.encode(ErrorBody(fields or problem.detail))
    return Response(body, problem.status, problem.headers, media_type="application/json")


def budget_of(path: str) -> str:
    """Reading analytics and all else have a budget each, as the contract's two services had."""
    return "analytics" if path.startswith(ANALYTICS) else "sessions"


KEYS = KeyKind(
    family="capture",
    prefix="kl_cap_",
    scopes=(ORGANISATION_WIDE,),
    budget_of=budget_of,
    first_call=(
        "/v1/sessions/init",
        {"user_id": "user-123", "capture_mode": "hybrid", "metadata": {"app_version": "1.2.3"}},
    ),
)


def by_key(authenticator: Authenticator) -> Authenticate:
    """Callers by their project's key."""
    return KeyDoor(KEYS, authenticator).caller


FAMILY = Family(
    name="capture",
    prefixes=("/v1/sessions/", "/v1/gdpr/", ANALYTICS),
    renderer=error_body,
    error_schema=ErrorBody,
    authenticate=by_key,
    meter=partial(KeyDoor, KEYS),
    security=SECURITY,
)
