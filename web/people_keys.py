"""Families whose callers show an API key that acts for a person: whose it is, their role, and what they pay for.

The key is looked up as all keys are (`web.known_keys`). It may stand in four places, as the contract's clients send it:
`Authorization: API-KEY <key>`, `Authorization: Bearer <key>`, `Authorization: <key>`, or a header API-KEY of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace
from starlette.requests import Request

from control.api_keys import ApiKey
from web.authentication import Authenticator, asking, holder
from web.caller import Caller, Role
from web.headers import RequestHeaders, headers_of
from web.problems import Problem
from web.tokens import Identity

HEADER: Final = "API-KEY"
SCHEMES: Final = ("api-key", "bearer")
"""What may stand before a key in Authorization, in any case; nothing may, too."""
SECURITY: Mapping[str, Mapping[str, Any]] = {
    "personKey": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`API-KEY <key>`, `Bearer <key>`, or the key alone.",
    },
    "personKeyHeader": {"type": "apiKey", "in": "header", "name": HEADER},
}
"""The schemes in OpenAPI; either one opens."""
USER: Final = "user"
SUB_ADMIN: Final = "sub-admin"
ADMIN: Final = "admin"
ROLES: Mapping[str, Role] = {USER: Role.USER, SUB_ADMIN: Role.SPECIALIST, ADMIN: Role.ADMIN}
"""A key's role, which is its `scope`, and what it is among the roles of all callers."""


@dataclass(frozen=True, kw_only=True)
class PersonKeyKind:
    """The keys of a family whose callers are people: how those made here begin, the plans that there are.

    first_question: what a newcomer asks first, path and query.
    """

    family: str
    prefix: str
    plans: tuple[str, ...]
    roles: tuple[str, ...] = tuple(ROLES)
    first_question: str | None = None


class PersonDoor:
    """Knows the callers of a family by the keys of the people that they are."""

    def __init__(self, kind: PersonKeyKind, authenticator: Authenticator) -> None:
        self._kind = kind
        self._authenticator = authenticator
        self._keys = authenticator.keys.known

    async def caller(self, request: Request) -> Caller:
        """Who sends a request: the key's owner, with its role and plan; raises the 401 without a valid key."""
        key = await self._known(_shown(headers_of(request)))
        if key is None:
            raise _no_key()
        return await self._named(request, key)

    async def _known(self, token: bytes) -> ApiKey | None:
        """The valid key; raises ControlUnavailable, since nobody is let in by what cannot be looked up."""
        if not token:
            return None
        lookup = self._keys.pepper.lookup(self._kind.family, token)
        await self._keys.renewed()
        return self._keys.remembered(lookup) or await self._keys.find(self._kind.family, token, lookup)

    async def _named(self, request: Request, key: ApiKey) -> Caller:
        identity = Identity(key.tenant, key.owner, ROLES[key.scope], key.default_consent, "default", 0)
        person = holder(await self._authenticator.key_of(key.tenant), identity)
        return asking(request, replace(person, key_id=key.id, scope=key.scope, plan=key.plan))


def _shown(headers: RequestHeaders) -> bytes:
    """The one key that a request shows, "" where it shows none or several."""
    given = {_bare(value) for value in headers.all("Authorization")} | set(headers.all(HEADER))
    return given.pop().encode("latin-1") if len(given) == 1 else b""


def _bare(authorization: str) -> str:
    """A key without the scheme before it; "" under any other scheme."""
    scheme, blank, key = authorization.partition(" ")
    if not blank:
        return authorization
    return key.strip() if scheme.lower() in SCHEMES else ""


def _no_key() -> Problem:
    """The same whether a key is missing or wrong, so that nothing is learned from it."""
    challenge = {"WWW-Authenticate": 'API-KEY realm="kinelake"'}
    return Problem(401, "api_key_invalid", "missing or invalid API key in Authorization or API-KEY", headers=challenge)
