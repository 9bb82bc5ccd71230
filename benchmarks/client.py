"""A load over HTTP/1.1 from one asyncio process: as fast as answers come, or at a rate whatever the answers do.

At a rate a request's latency counts from the moment it was due, so a server that stalls is charged for the requests
that had to wait (no coordinated omission).
"""

import asyncio
import itertools
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import uvloop


class Request(NamedTuple):
    """A whole request as bytes, and how many events it brings."""

    content: bytes
    events: int


class Answer(NamedTuple):
    """Status and body."""

    status: int
    body: bytes


class ConnectionLost(Exception):
    """The server closed a connection with a request in flight."""


@dataclass
class Outcome:
    """What a load found: seconds from first to last answer, latencies in seconds, answers and events by status."""

    seconds: float = 0.0
    client_cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    events: Counter[int] = field(default_factory=Counter)

    @property
    def events_per_second(self) -> float:
        """Of those answered 202."""
        return self.events[202] / self.seconds

    @property
    def good(self) -> int:
        """Events of requests that were answered 2xx."""
        return sum(events for status, events in self.events.items() if status // 100 == 2)


class Connection(asyncio.Protocol):
    """One kept-alive connection; one request at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._answer: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def to(cls, url: str) -> "Connection":
        """A connection to the server of a URL."""
        parts = urlsplit(url)
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, parts.hostname or "127.0.0.1", parts.port or 80)
        return connection

    async def ask(self, content: bytes) -> Answer:
        """Sends a request and waits for its answer."""
        assert self._transport is not None, "made by `to`"
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(content)
        return await self._answer

    def close(self) -> None:
        """Lets go of the connection."""
        assert self._transport is not None, "made by `to`"
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fails the request in flight."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionLost(str(exc)))

    def data_received(self, data: bytes) -> None:
        """Ends the request once its answer is whole."""
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0 or self._answer is None:
            return
        end = head + 4 + _content_length(self._received[:head])
        if len(self._received) >= end:
            answer = Answer(int(self._received[9:12]), bytes(self._received[head + 4 : end]))
            del self._received[:end]
            self._answer.set_result(answer)


async def load(
    url: str, requests: Iterator[Request], connections: int, seconds: float, rate: float | None = None
) -> Outcome:
    """Sends until the time is up or the requests are; `rate` in requests per second, without one as fast as it goes."""
    outcome = Outcome()
    opened = [await Connection.to(url) for _ in range(connections)]
    cpu, begin = _cpu(), time.perf_counter()
    schedule = _due(begin, begin + seconds, rate)
    await asyncio.gather(*(_work(connection, requests, schedule, outcome) for connection in opened))
    outcome.seconds, outcome.client_cpu = time.perf_counter() - begin, _cpu() - cpu
    for connection in opened:
        connection.close()
    return outcome


def run_load(
    url: str, requests: Iterator[Request], connections: int, seconds: float, rate: float | None = None
) -> Outcome:
    """`load` on an event loop of its own."""
    return uvloop.run(load(url, requests, connections, seconds, rate))


def _due(begin: float, end: float, rate: float | None) -> Iterator[float]:
    """When each request is due; ends with the time."""
    now = iter(time.perf_counter, end)
    due = now if rate is None else (begin + number / rate for number in itertools.count())
    return itertools.takewhile(lambda at: at < end, due)


async def _work(
    connection: Connection, requests: Iterator[Request], schedule: Iterator[float], outcome: Outcome
) -> None:
    for due, request in zip(schedule, requests, strict=False):
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        answer = await connection.ask(request.content)
        outcome.latencies.append(time.perf_counter() - due)
        outcome.answers[answer.status] += 1
        outcome.events[answer.status] += request.events


def _content_length(head: bytearray) -> int:
    """Of a body that is not there, such as a 204's, nothing may say how long it is."""
    length = head.lower().partition(b"\r\ncontent-length:")[2]
    return int(length.split(b"\r\n", 1)[0]) if length else 0


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
