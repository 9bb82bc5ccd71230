"""Example traffic as whole HTTP requests, each event once: by its own person, with their token, address and device."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

from benchmarks.backlog import MEASURED
from benchmarks.client import Request
from kinelake.example.people import ORGANISATION, Person
from kinelake.example.traffic import ClientEvent, Plan
from schemas.shared.times import SECOND_US
from web.development import issue_development_token

PERSONS = 500
FEWEST = 50 * PERSONS
"""Events that are made, however few are wanted, so that all of them take part."""
HOUR_US = 3_600 * SECOND_US
LASTS = timedelta(hours=12)


def client_requests(secrets: Path, events: int, batch: int, end_us: int, seed: int) -> list[Request]:
    """At most `events` events of the hour before `end_us`, `batch` of one person in a request; 1 sends them singly."""
    plan = Plan(seed, max(FEWEST, int(1.2 * events)), end_us - HOUR_US, HOUR_US, PERSONS)
    full = _bodies(MEASURED.traffic(plan).client_events(), batch, events // batch)
    head = heads(secrets, MEASURED.stream.route_path)
    return [Request(head(person, len(body)) + body, batch) for person, body in full]


def get_request(secrets: Path, path: str, org: str = ORGANISATION) -> bytes:
    """A specialist's question."""
    token = issue_development_token(secrets, "benchmark-analyst", org, "specialist", 2, LASTS)
    return f"GET {path} HTTP/1.1\r\nHost: benchmark\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def post_request(token: str, body: bytes, address: str, user_agent: str) -> bytes:
    """One POST of events."""
    head = _head(MEASURED.stream.route_path, token, address, user_agent)
    return head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def _bodies(events: Iterable[ClientEvent], batch: int, most: int) -> Iterator[tuple[Person, bytes]]:
    """Each person's events in their order of arrival, as soon as a request is full."""
    waiting: dict[str, list[bytes]] = defaultdict(list)
    made = 0
    for event in events:
        own = waiting[event.person.name]
        own.append(event.body)
        if len(own) == batch:
            yield event.person, own[0] if batch == 1 else b'{"events":[' + b",".join(own) + b"]}"
            own.clear()
            made += 1
        if made == most:
            return


def heads(secrets: Path, path: str) -> Callable[[Person, int], bytes]:
    """Makes what stands before the body of a person's POST, by its length."""

    @cache
    def fixed(person: Person) -> bytes:
        token = issue_development_token(secrets, person.name, ORGANISATION, "user", 2, LASTS)
        return _head(path, token, person.address, person.user_agent)

    return lambda person, length: fixed(person) + f"Content-Length: {length}\r\n\r\n".encode()


def _head(path: str, token: str, address: str, user_agent: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: benchmark\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nX-Forwarded-For: {address}\r\nUser-Agent: {user_agent}\r\n"
    ).encode()
