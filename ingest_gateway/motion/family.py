"""The motion family: keys of people, and errors that are one text, by field where a field is wrong."""

from typing import Final

import msgspec
from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from schemas.motion.plans import PLANS
from schemas.motion.tables import FAMILY as NAME
from web.authentication import Authenticator
from web.families import Authenticate, Family
from web.people_keys import SECURITY, PersonDoor, PersonKeyKind
from web.problems import Problem

PEOPLE_KEYS: Final = PersonKeyKind(
    family=NAME,
    prefix="kl_mot_",
    plans=PLANS,
    first_question="/mobility-assessment/sessions/demo/?demo=true",
)


class MotionErrorBody(Struct):
    """Every error of the family; `errors` only where the request's content is wrong."""

    error: str
    errors: dict[str, list[str]] | UnsetType = UNSET


def error_body(problem: Problem) -> Response:
    """The problem as {"error": text}, with "errors": {field: [text]} for what is wrong field by field."""
    fields: dict[str, list[str]] = {}
    for wrong in problem.errors:
        fields.setdefault(wrong.field, []).append(wrong.message)
    body = msgspec.json.encode(MotionErrorBody(problem.detail, fields or UNSET))
    return Response(body, problem.status, problem.headers, media_type="application/json")


def by_key(authenticator: Authenticator) -> Authenticate:
    """Callers by the key that acts for them."""
    return PersonDoor(PEOPLE_KEYS, authenticator).caller


FAMILY = Family(
    name=NAME,
    prefixes=(
        "/jumping/",
        "/running/",
        "/weightlifting/",
        "/mobility-assessment/",
        "/sessions/",
        "/session-management/",
    ),
    renderer=error_body,
    error_schema=MotionErrorBody,
    authenticate=by_key,
    security=SECURITY,
)
