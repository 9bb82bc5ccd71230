"""The client that waits for the server."""

from collections.abc import Mapping
from datetime import datetime
from threading import Event
from types import TracebackType
from typing import Any, TypeVar

import httpx
from tenacity import Retrying, stop_before_delay, stop_when_event_set
from tenacity.nap import sleep_using_event

from .answers import Answer, answer_of
from .batches import ANALYTICS, ERRORS, MEDIA, Outgoing
from .events import AnalyticsEvent, ErrorReport, MediaEvent, PoseFrame
from .exchange import (
    PATIENCE_SECONDS,
    TIMEOUT_SECONDS,
    Bearer,
    Body,
    Token,
    address,
    policy,
    request_of,
    unanswered,
)
from .faults import NotDelivered
from .steps import Allowed, Run, Steps, consent_fields, consenting, delivering, posing
from .verdicts import Delivered

T = TypeVar("T")
Said = Mapping[str, Any]


class Client:
    """Sends to the Kinelake at `url` for the person, or the service, whose token it has. Any thread may use it.

    token: a JSON web token, or a function that makes one: it is called at first, and again after a 401.
    consent_level: what that person allows, 0 to 3. What needs more is not sent: ConsentRequired is raised. The server
    goes by the token's own level and the person's records besides; this can only lower them.
    timeout: seconds for each step of a request. patience: seconds for which a call that finds the server away or busy
    tries again, at random ever later, and at least as late as the server asks. transport: httpx's own by default.

    A call that returns has been answered: what was accepted is durable. Each event gets its `event_id` once, so
    whatever is sent again counts once.
    """

    def __init__(
        self,
        url: str,
        token: Token,
        *,
        consent_level: int,
        timeout: float = TIMEOUT_SECONDS,
        patience: float = PATIENCE_SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(base_url=address(url), timeout=timeout, transport=transport)
        self._auth = Bearer(token)
        self._allowed = Allowed(consent_level)
        self._patience = patience

    def of(self, token: Token, *, consent_level: int) -> "Client":
        """A client for somebody else over the same connections, which end with this one's `close`."""
        other = object.__new__(Client)
        other._http, other._patience = self._http, self._patience
        other._auth, other._allowed = Bearer(token), Allowed(consent_level)
        return other

    def media(self, *events: MediaEvent | Said) -> Delivered:
        """Sends playback events, a thousand in a request; raises NotDelivered for those without an answer."""
        return self.run(delivering(MEDIA, events))

    def track(self, *events: AnalyticsEvent | Said) -> Delivered:
        """Sends what people did; raises like `media`."""
        return self.run(delivering(ANALYTICS, events))

    def errors(self, *reports: ErrorReport | Said) -> Delivered:
        """Sends error reports, for which level 1 is enough; raises like `media`."""
        return self.run(delivering(ERRORS, reports))

    def pose(self, session_id: str, media_id: str, *frames: PoseFrame | Said) -> int:
        """Sends frames of one session, 300 in a request, each request whole or not at all; how many were accepted.

        The last frame of a request is taken to be of now: send them as they come, a second or two at a time.
        """
        return self.run(posing(session_id, media_id, frames))

    def consent(
        self,
        level: int,
        source: str | None = None,
        *,
        user_id: str | None = None,
        subject: str | None = None,
        effective_at: datetime | None = None,
    ) -> str:
        """Records what a person allows from now on, and gives the record's id; one's own counts in this client, too.

        A token of the role `system` names the person, by the organisation's name or ours, and may name a time.
        """
        return self.run(consenting(self._allowed, level, consent_fields(source, user_id, subject, effective_at)))

    def check(self, level: int) -> None:
        """Raises ConsentRequired where the person's level is below that."""
        self._allowed.check(level)

    def run(self, steps: Steps[T], ending: Event | None = None) -> T:
        """Makes the requests of `steps`, one after the other; with `ending`, which ends all waiting, for a minute."""
        retrying = _until(ending) if ending else Retrying(**policy(stop_before_delay(self._patience)))
        run = Run(steps)
        while run.asked is not None:
            try:
                answer = retrying(self._once, run.asked)
            except NotDelivered as error:
                run.failed(error)
            else:
                run.answered(answer)
        return run.result

    def close(self) -> None:
        """Ends the connections."""
        self._http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _once(self, outgoing: Outgoing) -> Answer:
        self.check(outgoing.level)
        body = Body()
        try:
            with self._http.stream(**request_of(outgoing, self._allowed.level), auth=self._auth) as response:
                for part in response.iter_bytes():
                    body.add(part)
        except httpx.RequestError as error:
            raise unanswered(error) from error
        return answer_of(response.status_code, bytes(body), response.headers)


def _until(ending: Event) -> Retrying:
    stop = stop_before_delay(PATIENCE_SECONDS) | stop_when_event_set(ending)
    return Retrying(**policy(stop), sleep=sleep_using_event(ending))
