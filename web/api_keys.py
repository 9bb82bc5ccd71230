"""Families whose callers show an API key: who a key's caller is, and what its calls cost.

A request is counted before its key is looked at. A key that is known spends its own budgets; whoever shows none, or
one that is not known yet, spends the budget of the address, so that guessing is not free. A key that turns out to be
valid then pays for its first request itself, and the address gets its own back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.types import Scope

from control.api_keys import ApiKey
from web.authentication import ADDRESS_REQUESTS, ADDRESS_SECONDS, ORIGIN, Authenticator, asking, holder
from web.caller import Caller, Role
from web.headers import headers_of
from web.known_keys import MOST_KNOWN
from web.problems import Problem
from web.proxies import Origin, network_of
from web.tokens import Identity
from web.windows import Budget, Spent

HEADER = "X-API-Key"
SECURITY = {"apiKey": {"type": "apiKey", "in": "header", "name": HEADER}}
"""The scheme in OpenAPI."""
KEY_ROLES = frozenset({Role.SYSTEM})
"""What a route names as its roles that callers by key may use: they act for a system, not as a person."""
_SHOWN = "kinelake.api_key"
_SPENT = "kinelake.spent"


@dataclass(frozen=True, kw_only=True)
class KeyKind:
    """The keys of a family: how those made here begin, what they may be allowed beyond their project.

    `budget_of` names the budget that a path is of; each key has one of every name. A `first_call` is what a newcomer
    may POST with a key, by path and JSON body.
    """

    family: str
    prefix: str
    scopes: Sequence[str] = ()
    budget_of: Callable[[str], str]
    first_call: tuple[str, Mapping[str, Any]] | None = None


class Shown(Struct):
    """The key that a request shows, None without one or with several; `known` once it is found to be valid."""

    key: bytes | None
    lookup: str
    known: ApiKey | None


class KeyDoor:
    """Knows and counts the callers of a family by their keys."""

    def __init__(self, kind: KeyKind, authenticator: Authenticator) -> None:
        self._kind = kind
        self._authenticator = authenticator
        self._keys = authenticator.keys.known
        self._windows = authenticator.keys.windows

    async def caller(self, request: Request) -> Caller:
        """Who sends a request; 401 without a key that is valid, 429 where its budget is spent."""
        scope = request.scope
        headers_of(request).once(HEADER)
        shown = self._shown(scope)
        if shown.key is None:
            raise _no_key()
        if shown.known is None:
            await self._introduce(scope, shown, shown.key)
        assert shown.known is not None, "without a valid key a 401 is raised"
        return await named_by_key(self._authenticator, request, shown.known)

    async def spend(self, scope: Scope) -> None:
        """Counts a request; raises the 429."""
        shown = self._shown(scope)
        if shown.key is not None:
            await self._keys.renewed()
            shown.known = self._keys.remembered(shown.lookup)
        await self._spend(scope, self._budget(scope, shown))

    def told(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """The X-RateLimit headers of an answer."""
        spent: Spent | None = scope.get(_SPENT)
        if spent is None:
            spent = self._windows.look(self._budget(scope, self._shown(scope)))
        return [
            (b"x-ratelimit-limit", b"%d" % spent.requests),
            (b"x-ratelimit-remaining", b"%d" % spent.remaining),
            (b"x-ratelimit-reset", b"%d" % _whole_seconds(spent)),
        ]

    async def _introduce(self, scope: Scope, shown: Shown, key: bytes) -> None:
        """Makes sure of a key that is not known yet."""
        shown.known = await self._keys.find(self._kind.family, key, shown.lookup)
        if shown.known is None:
            raise _no_key()
        self._windows.give_back(self._of_address(scope))
        await self._spend(scope, self._budget(scope, shown))

    async def _spend(self, scope: Scope, budget: Budget) -> None:
        spent = scope[_SPENT] = await self._windows.spend(budget)
        if not spent.fits:
            seconds = _whole_seconds(spent)
            detail = f"more than {spent.requests} requests in {budget.seconds} seconds; try again in {seconds} seconds"
            raise Problem(429, "rate_limited", detail, headers={"Retry-After": str(seconds)})

    def _shown(self, scope: Scope) -> Shown:
        """Read once of each request."""
        shown: Shown | None = scope.get(_SHOWN)
        if shown is None:
            given = headers_of(scope).single(HEADER)
            key = given.encode("latin-1") if given else None
            lookup = "" if key is None else self._keys.pepper.lookup(self._kind.family, key)
            shown = scope[_SHOWN] = Shown(key, lookup, self._keys.remembered(lookup))
        return shown

    def _budget(self, scope: Scope, shown: Shown) -> Budget:
        if shown.known is None:
            return self._of_address(scope)
        limits = self._authenticator.keys
        return Budget(f"{shown.known.id}:{self._kind.budget_of(scope['path'])}", limits.requests, limits.seconds)

    def _of_address(self, scope: Scope) -> Budget:
        origin: Origin = scope[ORIGIN]
        name = self._keys.pepper.address(network_of(origin.client_ip))
        return Budget(f"address:{name}", ADDRESS_REQUESTS, ADDRESS_SECONDS)


async def named_by_key(authenticator: Authenticator, request: Request, key: ApiKey) -> Caller:
    """The Caller of a request that showed this key: nobody in person, stamped with the level of what the key is of."""
    organisation_key = await authenticator.key_of(key.tenant)
    level = key.default_consent
    return asking(request, _holder(organisation_key, key.id, key.tenant, key.project_id, key.scope, level))


@lru_cache(MOST_KNOWN)
def _holder(organisation_key: bytes, key_id: str, tenant: str, project_id: str, scope: str, level: int) -> Caller:
    """What is the same in all requests with a key; not by the key itself, which takes longer to look up."""
    nobody = holder(organisation_key, Identity(tenant, f"api_key:{key_id}", Role.SYSTEM, level, "default", 0))
    return replace(nobody, project_id=project_id, key_id=key_id, scope=scope)


def _whole_seconds(spent: Spent) -> int:
    return max(1, ceil(spent.reset))


def _no_key() -> Problem:
    """The same whether a key is missing or wrong, so that nothing is learned from it."""
    challenge = {"WWW-Authenticate": f'ApiKey realm="kinelake", header="{HEADER}"'}
    return Problem(401, "api_key_invalid", f"missing or invalid {HEADER}", headers=challenge)
