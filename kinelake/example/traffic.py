"""What a stream declares of its example traffic; commands, `up` and measurements go by these alone.

A module of streams that have some declares `TRAFFIC` in `kinelake.example.<module>`: an `Example` for each stream.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from kinelake.example.people import Person
from schemas.shared.discovery import declared_in
from schemas.shared.stream import Stream


class ClientEvent(NamedTuple):
    """What a client sends: one item of a batch or a whole body, by whom, and when it arrives (µs since 1970)."""

    arrived: int
    person: Person
    body: bytes


class LogMessage(NamedTuple):
    """A message of the stream's topic: its key, its value and the client context that travels beside it."""

    key: bytes
    value: bytes
    client: bytes


class Plan(NamedTuple):
    """What to generate: about `events` events, most of them within `span` µs from `start` (µs since 1970).

    persons: who send them; none leaves their number to the stream.
    """

    seed: int
    events: int
    start: int
    span: int
    persons: int | None = None


class ClientEvents(Protocol):
    """Traffic ready to be read as often as wanted, the same for the same plan."""

    def client_events(self) -> Iterator[ClientEvent]:
        """Every arrival, in order of arrival."""


Token = Callable[[str], str]
"""A person's name → the bearer token for their requests; where the stream's callers show an API key, that."""


class Request(NamedTuple):
    """What of a POST hangs on the stream; `path` where it is not the stream's own."""

    content: bytes
    headers: Mapping[str, str]
    path: str = ""


Conversation = Generator[Request, bytes, None]
"""Requests of which each may follow from the answer to the one before."""


def telemetry(token: Token, person: Person, bodies: Sequence[bytes]) -> Request:
    """One event, or a batch of several, with the person's bearer token."""
    content = bodies[0] if len(bodies) == 1 else b'{"events":[' + b",".join(bodies) + b"]}"
    headers = {"Authorization": f"Bearer {token(person.name)}", "Content-Type": "application/json"}
    return Request(content, headers)


@dataclass(frozen=True)
class Shown:
    """What the first start shows of a stream: how to send one `sent`, and how to ask for `asked`.

    event: the body to send at a moment. question: path and query to ask.
    """

    sent: str
    event: Callable[[datetime], Mapping[str, Any]]
    asked: str
    question: str


T = TypeVar("T", bound=ClientEvents)


@dataclass(frozen=True)
class Example(Generic[T]):
    """The example traffic of one stream.

    request: how bodies become a POST on the stream's path. conversation: how they become several, where one is not
    enough; batched: it takes many bodies of a person at once. role: of the people who send it. messages: the traffic
    as it lies on the log, by a function from a person's name to their subject; without it the stream is not played
    straight. share: how many events its traffic has for each of a plan's. shown: for what a newcomer tries first, of
    one or two streams; notebook: the one that looks at its tables.
    """

    stream: Stream
    traffic: Callable[[Plan], T]
    request: Callable[[Token, Person, Sequence[bytes]], Request] = telemetry
    conversation: Callable[[Token, Person, Sequence[bytes]], Conversation] | None = None
    batched: bool = False
    role: str = "user"
    messages: Callable[[T, Callable[[str], str]], Iterator[LogMessage]] | None = None
    shown: Shown | None = None
    share: float = 1.0
    notebook: str | None = None


@cache
def examples() -> Mapping[str, Example[Any]]:
    """Stream → its example traffic; streams that have none are left out."""
    found = declared_in("kinelake.example", "TRAFFIC").values()
    return {example.stream.name: example for module in found for example in module}
