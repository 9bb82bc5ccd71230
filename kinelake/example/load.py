"""Plays a stream's example traffic over HTTP, as clients would: singly or in batches, patient with a busy server."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_before_delay, wait_exponential

from kinelake.example.people import Person
from kinelake.example.traffic import ClientEvent, Conversation, Example, Request, Token
from schemas.shared.faults import Terminal, Transient
from schemas.shared.times import microseconds

TICK_SECONDS: Final = 0.05
MOST_AT_ONCE: Final = 5_000
_BACKOFF: Final = wait_exponential(multiplier=0.2, max=5)


class Refused(Terminal):
    """The server will not take the traffic, however often it is sent."""


class Busy(Transient):
    """The server asks to come back later, or did not answer."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Pace:
    """How to play.

    rate: events per second from the first on; none sends each event when it is due by its time of arrival, those of
    the past at once. batch: largest number of events of one person in a request; 1 sends all singly. at_once:
    concurrent requests. seconds: when to stop; none plays to the end. patience: seconds to wait for a busy server.
    """

    rate: float | None = None
    batch: int = 100
    at_once: int = 16
    seconds: float | None = None
    patience: float = 120.0


@dataclass(slots=True)
class Played:
    """What became of the events so far."""

    accepted: int = 0
    rejected: int = 0
    requests: int = 0
    retries: int = 0

    def __add__(self, other: "Played") -> "Played":
        return Played(
            self.accepted + other.accepted,
            self.rejected + other.rejected,
            self.requests + other.requests,
            self.retries + other.retries,
        )


class Load:
    """A stream's traffic on its way to one server.

    client: has the server as base_url. clock: UTC.
    """

    def __init__(
        self,
        example: Example[Any],
        client: httpx.AsyncClient,
        token: Token,
        clock: Callable[[], datetime],
        pace: Pace | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.played = Played()
        self._example = example
        self._client = client
        self._token = token
        self._clock = clock
        self._pace = pace or Pace()
        self._sleep = sleep
        self._slots = asyncio.Semaphore(self._pace.at_once)

    async def play(self, events: Iterable[ClientEvent], watch: Callable[[Played], None] = lambda _: None) -> Played:
        """Send the events as they fall due; `watch` hears of progress. Ends with them, or when the time is up.

        Raises:
            Refused: the server refused a request for a reason that sending it again does not mend.
            Busy: the server stayed busy or away for longer than `patience`.
        """
        began = self._now()
        due = _Due(events, self._pace.rate, began)
        while not due.exhausted and not self._over(began):
            window = due.take(self._now())
            await self._send(window)
            watch(self.played)
            if len(window) < MOST_AT_ONCE:
                await self._sleep(TICK_SECONDS)
        return self.played

    @property
    def _batch(self) -> int:
        return self._pace.batch if self._example.stream.batches or self._example.batched else 1

    def _now(self) -> int:
        return microseconds(self._clock())

    def _over(self, began: int) -> bool:
        return self._pace.seconds is not None and self._now() - began >= self._pace.seconds * 1e6

    async def _send(self, window: list[ClientEvent]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _, requests in groupby(_requests(window, self._batch), key=lambda request: request[0].name):
                    group.create_task(self._of_one_person(list(requests)))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures

    async def _of_one_person(self, requests: list[tuple[Person, list[bytes]]]) -> None:
        """One after the other: the second word is about what the first one did."""
        for person, bodies in requests:
            if self._example.conversation is not None:
                await self._converse(self._example.conversation(self._token, person, bodies), person, len(bodies))
            else:
                response = await self._asked(self._example.request(self._token, person, bodies), person)
                self._note(response, len(bodies))

    async def _converse(self, conversation: Conversation, person: Person, sent: int) -> None:
        """Each request once the one before was answered; a refusal of any of them is one of all that was sent.

        What a conversation makes of an answer may take its time: it is made on a thread.
        """
        request = await asyncio.to_thread(next, conversation, None)
        while request is not None:
            response = await self._asked(request, person)
            self.played.requests += 1
            if response.is_error:
                self.played.rejected += sent
                return
            request = await asyncio.to_thread(_following, conversation, response.content)
        self.played.accepted += sent

    async def _asked(self, request: Request, person: Person) -> httpx.Response:
        """The answer, asked for again and again while the server is busy; ids make that harmless."""
        async with self._slots:
            retrying = AsyncRetrying(
                retry=retry_if_exception_type(Busy),
                stop=stop_before_delay(self._pace.patience),
                wait=_wait,
                sleep=self._sleep,
                before_sleep=self._count_retry,
                reraise=True,
            )
            return await retrying(self._post, request, person)

    async def _post(self, request: Request, person: Person) -> httpx.Response:
        """The answer; a busy server is a reason to come back, a refusal other than of what was sent one to stop."""
        headers = {**request.headers, "User-Agent": person.user_agent, "X-Forwarded-For": person.address}
        path = request.path or self._example.stream.route_path
        try:
            response = await self._client.post(path, content=request.content, headers=headers)
        except httpx.TransportError as error:
            raise Busy(f"{self._client.base_url} does not answer ({error!r}): is it running?") from error
        status = response.status_code
        if status >= 500 or status == 429:
            raise Busy(f"the server answers {status}: {response.text[:200]}", _retry_after(response))
        if status not in (200, 201, 202, 400):
            raise Refused(f"the server answers {status}: {response.text[:200]}; check the token and the address")
        return response

    def _note(self, response: httpx.Response, sent: int) -> None:
        """Count what the answer to one request says."""
        status = response.status_code
        answer = response.json()
        self.played.requests += 1
        self.played.accepted += answer.get("accepted", sent if status == 202 else 0)
        self.played.rejected += answer.get("rejected", 0 if status == 202 else sent)

    def _count_retry(self, _: RetryCallState) -> None:
        self.played.retries += 1


def _following(conversation: Conversation, answer: bytes) -> Request | None:
    """What is asked next; None when that was all."""
    try:
        return conversation.send(answer)
    except StopIteration:
        return None


class _Due:
    """Events and when each is due: by the rate, else by its time of arrival."""

    def __init__(self, events: Iterable[ClientEvent], rate: float | None, began: int) -> None:
        self._events = iter(events)
        self._rate = rate
        self._began = began
        self._taken = 0
        self._next = next(self._events, None)

    @property
    def exhausted(self) -> bool:
        return self._next is None

    def take(self, now: int) -> list[ClientEvent]:
        """Those that are due at `now`, at most MOST_AT_ONCE."""
        due: list[ClientEvent] = []
        while self._next is not None and len(due) < MOST_AT_ONCE and self._is_due(self._next, now):
            due.append(self._next)
            self._taken += 1
            self._next = next(self._events, None)
        return due

    def _is_due(self, event: ClientEvent, now: int) -> bool:
        if self._rate is None:
            return event.arrived <= now
        return self._taken < (now - self._began) / 1e6 * self._rate


def _requests(window: list[ClientEvent], batch: int) -> Iterator[tuple[Person, list[bytes]]]:
    """The window as requests: a person's events in their order, at most `batch` in one."""
    by_person = sorted(window, key=lambda event: event.person.name)
    for _, events in groupby(by_person, key=lambda event: event.person.name):
        own = list(events)
        for first in range(0, len(own), batch):
            yield own[first].person, [event.body for event in own[first : first + batch]]


def _wait(state: RetryCallState) -> float:
    """As long as the server asked for, else longer from time to time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, Busy) else None
    return _BACKOFF(state) if asked is None else asked


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None
