"""The audit family: the holder of the token posts, and the headers of an identity proxy say who did it."""

import re
from dataclasses import replace
from typing import Final

from starlette.requests import Request

from web.authentication import ORIGIN, Authenticator
from web.caller import Caller, Role
from web.families import Authenticate, Fields
from web.headers import RequestHeaders, headers_of
from web.problems import FieldError, invalid
from web.telemetry import TELEMETRY

ACTOR_HASH: Final = "X-Actor-Hash"
ACTOR_TYPE: Final = "X-Actor-Type"
_HASH: Final = re.compile("[0-9a-f]{64}")


def by_token(authenticator: Authenticator) -> Authenticate:
    """Callers by their token, in the organisation that an identity proxy names; X-Actor-Type is the actor's."""
    return authenticator.holder


def actor(request: Request, caller: Caller) -> Fields:
    """Who did it: whom an identity proxy names, else the token's holder; 400 for a name that is none."""
    headers = headers_of(request)
    believed = request.scope[ORIGIN].names_callers
    named, kind = (_hash(headers), _type(headers)) if believed else (None, None)
    if named is not None:
        return {"actor": named, "actor_source": "header", **({"actor_type": kind} if kind else {})}
    return {"actor": caller.subject, "actor_source": "token", "actor_type": kind or caller.role.value}


def of_the_actor(caller: Caller, head: Fields, item: Fields) -> str:
    """An entry is of whoever did what it says."""
    return str(head["actor"])


def _hash(headers: RequestHeaders) -> str | None:
    given = headers.once(ACTOR_HASH)
    if given is None:
        return None
    if not _HASH.fullmatch(given.lower()):
        raise invalid(FieldError(ACTOR_HASH, "must be 64 hex digits"))
    return given.lower()


def _type(headers: RequestHeaders) -> str | None:
    given = headers.once(ACTOR_TYPE)
    if given is not None and given not in tuple(Role):
        raise invalid(FieldError(ACTOR_TYPE, f"must be one of {', '.join(Role)}"))
    return given


FAMILY = replace(
    TELEMETRY,
    name="audit",
    prefixes=("/v1/audit/",),
    authenticate=by_token,
    stamp=actor,
    subject_of=of_the_actor,
)
