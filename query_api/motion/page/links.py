"""Links to the page of a session: whoever has one sees the page until it ends, and nothing else."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from starlette.requests import Request

from query_api.answers import Stores
from query_api.motion.known import KnownSession
from query_api.signed_tokens import SignedTokens

PURPOSE: Final = "kinelake-motion-page"
PAGES: Final = "/motion/"
TOKEN: Final = "token"
PAGE_SECONDS: Final = 60 * 60


class PageLink(NamedTuple):
    """A URL, and when it ends."""

    url: str
    expires_at: datetime

    @property
    def header(self) -> str:
        """As an answer's Link names it (RFC 8288)."""
        return f'<{self.url}>; rel="alternate"; type="text/html"'


class Opened(NamedTuple):
    """What a link opens."""

    tenant: str
    session_id: str


class PageLinks:
    """Makes links to pages, and reads their tokens."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._tokens = SignedTokens(PURPOSE, ("session",), stores.control.organisations, stores.clock)

    async def to(self, request: Request, session: KnownSession) -> PageLink:
        """A link to the session's page; raises NoSuchOrganisation or ControlUnavailable."""
        ends = self._stores.clock().astimezone(UTC).replace(microsecond=0) + timedelta(seconds=PAGE_SECONDS)
        token = await asyncio.to_thread(self._tokens.made, session.tenant, PAGE_SECONDS, session=session.id)
        path = f"{PAGES}{quote(session.id, safe='')}?{urlencode({TOKEN: token})}"
        return PageLink(self._stores.absolute(request, path), ends)

    async def opened(self, token: str) -> Opened | None:
        """What a token opens; None where it is none, or its time is over."""
        said = await asyncio.to_thread(self._tokens.opened, token)
        return None if said is None else Opened(said["org"], said["session"])
