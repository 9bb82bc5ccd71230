"""Families whose callers show a token of an application: the public one sends events, the secret one does all else.

The public token is in every copy of the application, so it opens nothing but what sends. Tokens are API keys of the
application (`control.applications`), kept as hashes, looked up as all keys are (`web.known_keys`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from starlette.requests import Request
from starlette.types import Scope

from control.api_keys import ApiKey
from web.api_keys import named_by_key
from web.authentication import ORIGIN, Authenticator
from web.body import require_media_type
from web.caller import Caller, Role
from web.headers import headers_of
from web.problems import Problem
from web.proxies import Origin, comes_from_here, network_of
from web.sliding import WINDOW_SECONDS

PUBLIC: Final = "public"
SECRET: Final = "secret"
"""The `scope` of a token."""
AT_HAND: Final = "at_hand"
"""The `scope` of a caller without one, who sits at the machine."""
PUBLIC_HEADER: Final = "x-public-token"
KEY_HEADER: Final = "X-API-Key"
SECURITY: Mapping[str, Mapping[str, Any]] = {
    "publicToken": {"type": "apiKey", "in": "header", "name": PUBLIC_HEADER},
    "publicTokenAsKey": {"type": "apiKey", "in": "header", "name": KEY_HEADER},
    "secretKey": {"type": "apiKey", "in": "header", "name": KEY_HEADER},
    "secretBearer": {"type": "http", "scheme": "bearer"},
}
"""The schemes in OpenAPI."""
SENDING = ("publicToken", "publicTokenAsKey")
PROTECTED = ("secretKey", "secretBearer")
"""Of them what opens a route that sends, and any other."""


@dataclass(frozen=True, kw_only=True)
class ExampleApplication:
    """An application whose id and public token stand in a published example, for everybody to read.

    The token counts in development alone, whatever the control store says.
    """

    id: str
    name: str
    public_token: str


@dataclass(frozen=True, kw_only=True)
class TokenKind:
    """The applications' tokens of a family; `sending` are the paths that take events, all others are protected.

    `at_hand` are those that whoever sits at the machine may ask without a token, unless the settings say otherwise.
    """

    family: str
    sending: frozenset[str]
    example: ExampleApplication
    at_hand: frozenset[str] = frozenset()

    def prefix(self, scope: str) -> str:
        """How a token begins that was made here: one found in a file tells what it opens."""
        return f"kl_{self.family}_{scope}_"


class TokenDoor:
    """Knows the callers of a family by their application's token."""

    def __init__(self, kind: TokenKind, authenticator: Authenticator) -> None:
        self._kind = kind
        self._authenticator = authenticator
        self._keys = authenticator.keys.known

    async def caller(self, request: Request) -> Caller:
        """Who sends a request: 401 without a valid token, 403 for a public one where it takes the secret one.

        Of what sends events the body's media type is looked at first: 415.
        """
        if request.scope["path"] in self._kind.sending:
            require_media_type(request)
            return await self._sender(request)
        if request.scope["path"] in self._kind.at_hand and self._authenticator.keys.exports_at_hand:
            return _at_hand(request)
        return await self._holder(request)

    async def _sender(self, request: Request) -> Caller:
        key = await self._known(_sent_with(request))
        if key is None or key.scope != PUBLIC:
            raise _refused(f"missing or invalid {PUBLIC_HEADER}", f'ApiKey realm="kinelake", header="{PUBLIC_HEADER}"')
        return await named_by_key(self._authenticator, request, key)

    async def _holder(self, request: Request) -> Caller:
        key = await self._known(_asked_with(request))
        if key is None:
            detail = f"missing or invalid secret token in {KEY_HEADER} or as Authorization: Bearer"
            raise _refused(detail, 'Bearer realm="kinelake"')
        if key.scope != SECRET:
            raise Problem(403, "token_public", "a public token sends events only; use the application's secret token")
        return await named_by_key(self._authenticator, request, key)

    async def _known(self, token: bytes) -> ApiKey | None:
        """The valid token; raises ControlUnavailable, since nobody is let in by what cannot be looked up."""
        example = self._kind.example.public_token.encode()
        if not token or (token == example and not self._authenticator.in_development):
            return None
        lookup = self._keys.pepper.lookup(self._kind.family, token)
        await self._keys.renewed()
        return self._keys.remembered(lookup) or await self._keys.find(self._kind.family, token, lookup)


class SendingMeter:
    """Counts what sends events by the address it comes from, whatever becomes of it."""

    def __init__(self, kind: TokenKind, authenticator: Authenticator) -> None:
        self._kind = kind
        self._recent = authenticator.keys.recent

    async def spend(self, scope: Scope) -> None:
        """Counts a request that sends; raises the 429."""
        if scope["path"] not in self._kind.sending:
            return
        origin: Origin = scope[ORIGIN]
        seconds = self._recent.spend(f"{self._kind.family}:{network_of(origin.client_ip)}")
        if seconds > 0:
            detail = f"more than {self._recent.requests} requests of this address within {WINDOW_SECONDS:g} second"
            raise Problem(429, "rate_limited", detail, headers={"Retry-After": str(max(1, ceil(seconds)))})

    def told(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """Nothing: a budget that is whole again within a second is not worth a header of every answer."""
        return []


def _sent_with(request: Request) -> bytes:
    """The token of a request that sends; one in the header of its own counts alone, be it wrong."""
    headers = headers_of(request)
    return _only(headers.all(PUBLIC_HEADER if PUBLIC_HEADER in headers else KEY_HEADER))


def _asked_with(request: Request) -> bytes:
    """The token of any other request."""
    headers = headers_of(request)
    if KEY_HEADER in headers:
        return _only(headers.all(KEY_HEADER))
    scheme, _, token = (headers.single("Authorization") or "").partition(" ")
    return token.strip().encode("latin-1") if scheme.lower() == "bearer" else b""


def _at_hand(request: Request) -> Caller:
    """Somebody at this machine, who is of no organisation; raises the 401 of anybody else."""
    origin: Origin = request.scope[ORIGIN]
    if not comes_from_here(request.client.host if request.client else None, headers_of(request)):
        detail = (
            "this route is for this machine alone, without a proxy; KINELAKE_EXPORT_AUTH=secret has it take the "
            "application's secret token"
        )
        raise _refused(detail, 'Bearer realm="kinelake"')
    return Caller(
        tenant="",
        subject="",
        user_id=AT_HAND,
        role=Role.SYSTEM,
        consent_level=0,
        consent_source="none",
        gpc=False,
        client_ip=origin.client_ip,
        user_agent="",
        request_id=origin.request_id,
        trusted=False,
        scope=AT_HAND,
    )


def _only(given: list[str]) -> bytes:
    """A header given twice names nobody."""
    return given[0].encode("latin-1") if len(given) == 1 else b""


def _refused(detail: str, challenge: str) -> Problem:
    """The same whether a token is missing, wrong or of the other kind, so that nothing is learned from it."""
    return Problem(401, "token_invalid", detail, headers={"WWW-Authenticate": challenge})
