"""From a request at the door to what it opens: whose key or token it shows, and which level is left of it."""

import asyncio
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct
from starlette.requests import Request

from control.organisations import Organisations, subject_of
from control.write_keys import WriteKey
from ingest_gateway.door.protocol import Opened
from schemas.shared.consent_rules import ANALYTICS, FULL
from schemas.shared.named_ids import named_ids
from web.audit_trail import CALLER
from web.authentication import ORIGIN, levels_said, said_level
from web.caller import Caller, Role
from web.headers import headers_of
from web.problems import unavailable
from web.write_keys import query_of, values_of

CATEGORIES: Final[Mapping[str, int]] = {
    "analytics": ANALYTICS,
    "performance": ANALYTICS,
    "statistics": ANALYTICS,
    "marketing": FULL,
    "advertising": FULL,
}
"""Levels of the categories that every key knows."""
MOST_PEOPLE: Final = 50_000
MOST_KEYS: Final = 10_000
# Of this project's making; another namespace would give what a token's holder repeats other ids than the first time.
NAMESPACE: Final = UUID("b6f0c1de-5a53-5d0a-8c3f-0b7f6a3d9e21")
_of_holder = named_ids(NAMESPACE)
_subject_of = lru_cache(MOST_PEOPLE)(subject_of)


class Entered(Struct, frozen=True):
    """Who a request is of: `opened` for whoever reads it, and its caller with the level's source.

    `key` is the write key that it showed; what came by a token has no `source` on its rows.
    """

    opened: Opened
    caller: Caller
    key: WriteKey | None
    by_token: bool


class Opening:
    """Makes Entereds; one per process, used from its event loop only."""

    def __init__(self, organisations: Organisations) -> None:
        self._organisations = organisations
        self._organisation_keys: dict[str, bytes] = {}

    async def by_key(self, request: Request, key: WriteKey, received_at: int) -> Entered:
        """What a write key opens: nobody in person."""
        organisation_key = await self._key_of(key.tenant)
        level, source = said_level(_levels_said(request), key.default_consent, "default")
        caller = _sender(request, key, level, source)
        ids = _ids_of(key.id)
        return Entered(_opened(request, caller, key, None, organisation_key, ids, received_at), caller, key, False)

    async def by_token(self, request: Request, caller: Caller, key: WriteKey | None, received_at: int) -> Entered:
        """What a token opens: its holder's own. A key beside it lowers the level, and says what categories are."""
        organisation_key = await self._key_of(caller.tenant)
        level, source = said_level(_levels_said(request), caller.consent_level, caller.consent_source)
        if key is not None and key.default_consent < level:
            level, source = key.default_consent, "default"
        caller = msgspec.structs.replace(caller, consent_level=level, consent_source=source)
        ids = _ids_of(_of_holder(msgspec.json.encode((caller.tenant, caller.subject)).decode()))
        opened = _opened(request, caller, key, caller.subject, organisation_key, ids, received_at)
        return Entered(opened, caller, key, True)

    async def _key_of(self, tenant: str) -> bytes:
        """The organisation's key, which never changes."""
        known = self._organisation_keys.get(tenant)
        if known is None:
            found = await asyncio.to_thread(self._organisations.get, tenant)
            if found is None:
                raise unavailable("organisation_unknown", "The organisation of the key is not known here yet.")
            known = self._organisation_keys[tenant] = found.key
        return known


def _opened(
    request: Request,
    caller: Caller,
    key: WriteKey | None,
    person: str | None,
    organisation_key: bytes,
    id_of: Callable[[str], str],
    received_at: int,
) -> Opened:
    return Opened(
        key_id="" if key is None else key.id,
        tenant=caller.tenant,
        person=person,
        level=caller.consent_level,
        server=key is not None and key.server,
        categories=CATEGORIES if key is None else _categories(key),
        subject_of=partial(_subject_of, organisation_key),
        id_of=id_of,
        query=query_of(request.scope),
        received_at=received_at,
    )


def _sender(request: Request, key: WriteKey, level: int, source: str) -> Caller:
    headers, origin = headers_of(request), request.scope[ORIGIN]
    caller = request.scope[CALLER] = Caller(
        tenant=key.tenant,
        subject="",
        user_id="",
        role=Role.SYSTEM,
        consent_level=level,
        consent_source=source,
        gpc="Sec-GPC" in headers and "1" in headers.members("Sec-GPC"),
        client_ip=origin.client_ip,
        user_agent=headers.joined("User-Agent"),
        request_id=origin.request_id,
        trusted=origin.trusted,
        key_id=key.id,
    )
    return caller


def _levels_said(request: Request) -> list[str]:
    """What query and headers say, as it stands."""
    return [*values_of(request.scope, "consent"), *levels_said(headers_of(request))]


@lru_cache(MOST_KEYS)
def _ids_of(namespace: str) -> Callable[[str], str]:
    return named_ids(UUID(namespace))


@lru_cache(MOST_KEYS)
def _categories(key: WriteKey) -> Mapping[str, int]:
    return {**CATEGORIES, **key.categories}
