"""Plays example traffic over HTTP, as the people's players would: singly or in batches, patient with a busy server."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_delay, wait_exponential

from kinelake.example.media import ClientEvent
from kinelake.example.people import Person
from schemas.errors import Terminal, Transient
from schemas.media import STREAM
from schemas.times import microseconds

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


class Load:
    """Traffic on its way to one server.

    client: has the server as base_url. token: a person's name → the bearer token for their requests. clock: UTC.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        token: Callable[[str], str],
        clock: Callable[[], datetime],
        pace: Pace | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.played = Played()
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
        begin = self._now()
        source = iter(events)
        while (due := self._take(source, begin)) is not None:
            await self._send_all(due)
            watch(self.played)
            if len(due) < MOST_AT_ONCE:
                await self._sleep(TICK_SECONDS)
        return self.played
