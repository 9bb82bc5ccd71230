"""The client that is awaited."""

from datetime import datetime
from types import TracebackType
from typing import TypeVar

import httpx
from tenacity import AsyncRetrying, stop_before_delay

from .answers import Answer, answer_of
from .batches import ANALYTICS, ERRORS, MEDIA, Outgoing
from .client import Said
from .events import AnalyticsEvent, ErrorReport, MediaEvent, PoseFrame
from .exchange import (
    PATIENCE_SECONDS,
    TIMEOUT_SECONDS,
    AsyncToken,
    Bearer,
    Body,
    address,
    policy,
    request_of,
    unanswered,
)
from .faults import NotDelivered
from .steps import Allowed, Run, Steps, consent_fields, consenting, delivering, posing
from .verdicts import Delivered

T = TypeVar("T")


class AsyncClient:
    """`Client` with every call awaited; the function for the token may be awaitable, too."""

    def __init__(
        self,
        url: str,
        token: AsyncToken,
        *,
        consent_level: int,
        timeout: float = TIMEOUT_SECONDS,
        patience: float = PATIENCE_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(base_url=address(url), timeout=timeout, transport=transport)
        self._auth = Bearer(token)
        self._allowed = Allowed(consent_level)
        self._patience = patience

    def of(self, token: AsyncToken, *, consent_level: int) -> "AsyncClient":
        """A client for somebody else over the same connections, which end with this one's `close`."""
        other = object.__new__(AsyncClient)
        other._http, other._patience = self._http, self._patience
        other._auth, other._allowed = Bearer(token), Allowed(consent_level)
        return other

    async def media(self, *events: MediaEvent | Said) -> Delivered:
        """As `Client.media`."""
        return await self._run(delivering(MEDIA, events))

    async def track(self, *events: AnalyticsEvent | Said) -> Delivered:
        """As `Client.track`."""
        return await self._run(delivering(ANALYTICS, events))

    async def errors(self, *reports: ErrorReport | Said) -> Delivered:
        """As `Client.errors`."""
        return await self._run(delivering(ERRORS, reports))

    async def pose(self, session_id: str, media_id: str, *frames: PoseFrame | Said) -> int:
        """As `Client.pose`."""
        return await self._run(posing(session_id, media_id, frames))

    async def consent(
        self,
        level: int,
        source: str | None = None,
        *,
        user_id: str | None = None,
        subject: str | None = None,
        effective_at: datetime | None = None,
    ) -> str:
        """As `Client.consent`."""
        said = consent_fields(source, user_id, subject, effective_at)
        return await self._run(consenting(self._allowed, level, said))

    async def close(self) -> None:
        """Ends the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, steps: Steps[T]) -> T:
        retrying = AsyncRetrying(**policy(stop_before_delay(self._patience)))
        run = Run(steps)
        while run.asked is not None:
            try:
                answer: Answer = await retrying(self._once, run.asked)
            except NotDelivered as error:
                run.failed(error)
            else:
                run.answered(answer)
        return run.result

    async def _once(self, outgoing: Outgoing) -> Answer:
        self._allowed.check(outgoing.level)
        body = Body()
        try:
            async with self._http.stream(**request_of(outgoing, self._allowed.level), auth=self._auth) as response:
                async for part in response.aiter_bytes():
                    body.add(part)
        except httpx.RequestError as error:
            raise unanswered(error) from error
        except AttributeError as error:
            # under uvloop a connection that is reset at once has no socket left that anyio could ask for its peer
            if error.name != "getpeername":
                raise
            raise unanswered(ConnectionResetError()) from error
        return answer_of(response.status_code, bytes(body), response.headers)
