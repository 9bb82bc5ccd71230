"""From a request to its Caller: the token, what an identity proxy adds, the organisation's key.

A token that was verified is believed for at most a minute and never past its end, so that the gateway's hot path
pays for a signature once a minute and client.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace
from starlette.requests import Request

from control.organisations import Organisation, subject_of, valid_name
from control.store import Control
from schemas.shared.consent_rules import FULL
from web.caller import Caller, Role
from web.digits import whole_number
from web.headers import RequestHeaders, headers_of
from web.known_keys import KnownKeys
from web.minutes import Minutes
from web.options import WebOptions, development, share, share_of_ingestion
from web.pepper import Pepper, read_pepper
from web.problems import FieldError, invalid, unauthorized
from web.proxies import Origin
from web.sliding import SlidingWindow
from web.tokens import Identity, TokenVerifier, role_of
from web.windows import MemoryWindows, SharedWindows, Windows
from web.write_keys import WriteKeys, Writing

BELIEVED_SECONDS = 60
MOST_TOKENS = 10_000
MOST_ORGANISATIONS = 10_000
ADDRESS_REQUESTS = 30
ADDRESS_SECONDS = 60
"""The budget of an address whose requests show no key that is known."""
ORIGIN = "kinelake.origin"
"""Where the frame leaves the request's Origin in the ASGI scope."""

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class KeyChecks:
    """What families with API keys check them by, the budget of each key, and what came of each address just now.

    `exports_at_hand`: whoever sits at the machine needs no key to have something exported.
    """

    known: KnownKeys
    windows: Windows
    requests: int
    seconds: int
    recent: SlidingWindow
    writing: Writing
    exports_at_hand: bool = False


class Authenticator:
    """Makes Callers; raises 401 Problems. One per process, used from its event loop only.

    Where it is `in_development`, tokens made here count, and organisations are made on first use.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        control: Control,
        clock: Callable[[], datetime],
        keys: KeyChecks,
        *,
        in_development: bool,
    ) -> None:
        self.keys = keys
        self.in_development = in_development
        self._verifier = verifier
        self._control = control
        self._clock = clock
        self._believed: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()
        self._keys: OrderedDict[str, bytes] = OrderedDict()

    async def caller(self, request: Request) -> Caller:
        """Who sends this request by its bearer token, with the tenant's own name for the person."""
        return await self._holder(request, _as_named)

    async def holder(self, request: Request) -> Caller:
        """The same where X-Actor-Type is about somebody else: the role is the token's."""
        return await self._holder(request, _as_placed)

    async def _holder(self, request: Request, named: Callable[[Identity, RequestHeaders], Identity]) -> Caller:
        headers = headers_of(request)
        identity = await self.identity(_bearer(headers.once("Authorization")))
        if request.scope[ORIGIN].names_callers:
            identity = named(identity, headers)
        return await self.named(request, identity)

    async def named(self, request: Request, identity: Identity) -> Caller:
        """The Caller of a request whose sender has been made sure of, whatever it showed."""
        return asking(request, holder(await self.key_of(identity.tenant), identity))

    async def identity(self, token: str) -> Identity:
        """What a token says once it is verified, however it came; raises the 401."""
        digest = hashlib.sha256(token.encode()).digest()
        now = self._clock().timestamp()
        believed = self._believed.get(digest)
        if believed is not None and now < believed[0]:
            self._believed.move_to_end(digest)
            return believed[1]
        identity = await self._verifier.verify(token)
        _remember(self._believed, digest, (min(now + BELIEVED_SECONDS, identity.expires_at), identity), MOST_TOKENS)
        return identity

    async def key_of(self, tenant: str) -> bytes:
        """The organisation's key, which makes subjects of its people's identifiers; 401 if it is not known here."""
        return self._keys.get(tenant) or await self._organisation_key(tenant)

    async def check(self) -> None:
        """A readiness check: raises while no token could be verified."""
        await self._verifier.check()

    async def _organisation_key(self, tenant: str) -> bytes:
        found = await asyncio.to_thread(self._known_organisation, tenant)
        if found is None:
            raise unauthorized("organisation_unknown", "the organisation of the request is not known here")
        _remember(self._keys, tenant, found.key, MOST_ORGANISATIONS)
        return found.key

    def _known_organisation(self, tenant: str) -> Organisation | None:
        found = self._control.organisations.get(tenant)
        if found is None and self.in_development:
            return self._control.organisations.ensure(tenant)
        return found


@lru_cache(MOST_TOKENS)
def holder(organisation_key: bytes, identity: Identity) -> Caller:
    """What is the same in all requests of an identity."""
    return Caller(
        tenant=identity.tenant,
        subject=subject_of(organisation_key, identity.user_id),
        user_id=identity.user_id,
        role=identity.role,
        consent_level=identity.consent_level,
        consent_source=identity.consent_source,
        gpc=False,
        client_ip="",
        user_agent="",
        request_id="",
        trusted=False,
    )


def asking(request: Request, holder: Caller) -> Caller:
    """A holder as the sender of this request, whose X-Consent-Level lowers the level, whoever says it."""
    origin: Origin = request.scope[ORIGIN]
    headers = headers_of(request)
    level, source = said_level(levels_said(headers), holder.consent_level, holder.consent_source)
    return replace(
        holder,
        consent_level=level,
        consent_source=source,
        gpc="Sec-GPC" in headers and "1" in headers.members("Sec-GPC"),
        client_ip=origin.client_ip,
        user_agent=headers.joined("User-Agent"),
        request_id=origin.request_id,
        trusted=origin.trusted,
    )


def authenticator(
    options: WebOptions,
    control: Control,
    secrets_folder: Path,
    clock: Callable[[], datetime],
    *,
    only_process: bool = True,
    monotonic: Callable[[], float] = time.monotonic,
) -> Authenticator:
    """The authenticator that the settings ask for; raises InsecureBinding, IncompleteSettings or BadPepper.

    `only_process`: nobody else answers for this installation, so that budgets may be counted in memory.
    """
    in_development = development(options)
    verifier = TokenVerifier.for_development(secrets_folder, clock) if in_development else _by_jwks(options, clock)
    pepper = read_pepper(options.key_pepper, secrets_folder)
    known = KnownKeys(control.api_keys, pepper)
    windows = _windows(options, control, clock, only_process)
    recent = SlidingWindow(share_of_ingestion(options), monotonic)
    limits = options.rate_limit_requests, options.rate_limit_interval
    keys = KeyChecks(
        known,
        windows,
        *limits,
        recent,
        _writing(options, control, pepper, monotonic),
        exports_at_hand=options.export_auth == "loopback",
    )
    return Authenticator(verifier, control, clock, keys, in_development=in_development)


def _writing(options: WebOptions, control: Control, pepper: Pepper, monotonic: Callable[[], float]) -> Writing:
    budgets = options.write_key_requests_per_minute, options.write_key_items_per_minute
    requests, items = (Minutes(share(options, budget), monotonic) for budget in budgets)
    return Writing(WriteKeys(control.write_keys, pepper, monotonic), requests, items)


def _windows(options: WebOptions, control: Control, clock: Callable[[], datetime], only_process: bool) -> Windows:
    kind = options.rate_limit_windows
    if kind == "memory" or (kind == "auto" and only_process):
        return MemoryWindows(clock)
    return SharedWindows(control.request_windows, clock, max(options.rate_limit_interval, ADDRESS_SECONDS))


def _by_jwks(options: WebOptions, clock: Callable[[], datetime]) -> TokenVerifier:
    # development() has seen to it that all three are given
    return TokenVerifier.from_jwks(
        str(options.jwks),
        issuer=str(options.jwt_issuer),
        audience=str(options.jwt_audience),
        clock=clock,
        leeway_seconds=options.jwt_leeway_seconds,
    )


def _remember(cache: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    cache[key] = value
    if len(cache) > most:
        cache.popitem(last=False)


def _bearer(authorization: str | None) -> str:
    if authorization is None:
        raise unauthorized("token_missing", "this route needs Authorization: Bearer <token>")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized("token_missing", "this route needs Authorization: Bearer <token>")
    return token.strip()


def _as_named(identity: Identity, headers: RequestHeaders) -> Identity:
    """What an identity proxy adds to the token."""
    placed, role = _as_placed(identity, headers), _role(headers, identity.role)
    return placed if role == placed.role else replace(placed, role=role)


def _as_placed(identity: Identity, headers: RequestHeaders) -> Identity:
    """Of that the organisation."""
    tenant = _organisation(headers, identity.tenant)
    return identity if tenant == identity.tenant else replace(identity, tenant=tenant)


def _organisation(headers: RequestHeaders, tenant: str) -> str:
    given = headers.once("X-Organization-Id")
    if given is None:
        return tenant
    if not valid_name(given):
        raise invalid(FieldError("X-Organization-Id", "must be 1 to 128 printable characters"))
    return given


def _role(headers: RequestHeaders, role: Role) -> Role:
    given = headers.once("X-Actor-Type")
    return role if given is None else role_of(given)


def levels_said(headers: RequestHeaders) -> list[str]:
    """What a request says of its own level, as it stands."""
    return list(headers.members("X-Consent-Level")) if "X-Consent-Level" in headers else []


def said_level(given: Sequence[str], level: int, source: str) -> tuple[int, str]:
    """Level and source as texts leave them, which may only lower it: so anyone may say them.

    Of several the lowest counts; one that cannot be read lowers it to nothing.
    """
    if not given:
        return level, source
    stated = [whole_number(each, FULL) or 0 for each in given]
    return min([(level, source), *((low, "header") for low in stated if low < level)])
