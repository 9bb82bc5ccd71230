"""Example pose traffic: many people's squats, a request a second of each, in order of arrival.

Every session is one of a few films; ids, times and clients are its own. So a request is a join of prepared text.
"""

import heapq
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace

from kinelake.example.ids import uuids
from kinelake.example.people import ORGANISATION, Person, people
from kinelake.example.pose.film import FRAMES_PER_SECOND, MEDIA_ID, Film
from kinelake.example.schedule import session_starts
from kinelake.example.traffic import ClientEvent, LogMessage, Plan
from schemas.pose.frames import NAMESPACE, STREAM, filmed, numbered
from schemas.shared import client_context
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.keys import message_key
from schemas.shared.message import head_line, message
from schemas.shared.rules import Item
from schemas.shared.times import SECOND_US
from schemas.shared.validation import EventValidator

FILMS: Final = 6
FRAMES_PER_SESSION: Final = 400
"""Roughly, for whoever wants a number of frames."""

CONSENT_LEVEL: Final = 2
_SEED: Final = NAMESPACE.int % 2**64

encode = msgspec.json.encode


class Second(NamedTuple):
    """What a session sends at once; `arrived` in µs since 1970."""

    arrived: int
    session: int
    second: int


class PoseTraffic:
    """Sessions that begin within the plan's time; ready to be read as often as wanted."""

    def __init__(self, plan: Plan) -> None:
        # scipy comes with it, a second of every start of a process that only knows there is example traffic
        from kinelake.example.pose.films import film

        self.sessions = -(-plan.events // FRAMES_PER_SESSION)
        random = np.random.default_rng((plan.seed, 2))
        self.people = people(plan.seed, plan.persons or max(1, min(1_000, self.sessions // 2)))
        self.films = [film(number) for number in range(FILMS)]
        self.film_of = random.integers(0, FILMS, self.sessions).tolist()
        self._person_of = random.integers(0, len(self.people), self.sessions).tolist()
        self._starts = session_starts(random, self.sessions, plan.start, plan.span).tolist()
        # the same seed at another time has other frames under other ids
        self.session_ids = uuids(_SEED * plan.seed + plan.start, np.arange(self.sessions))

    def seconds(self) -> Iterator[Second]:
        """Every request, in order of arrival."""
        return heapq.merge(*(self._of(session) for session in range(self.sessions)))

    def person_of(self, session: int) -> Person:
        """Who squats."""
        number: int = self._person_of[session]
        return self.people[number]

    def client_events(self) -> Iterator[ClientEvent]:
        """Every request as its client sends it."""
        written = [[_body(one, second) for second in range(_seconds(one))] for one in self.films]
        for arrived, session, second in self.seconds():
            body = f'{{"session_id":"{self.session_ids[session]}",{written[self.film_of[session]][second]}'
            yield ClientEvent(arrived, self.person_of(session), body.encode())

    def _of(self, session: int) -> Iterator[Second]:
        start, count = self._starts[session], _seconds(self.films[self.film_of[session]])
        return (Second(start + (second + 1) * SECOND_US, session, second) for second in range(count))


def log_messages(
    traffic: PoseTraffic, subject_of: Callable[[str], str], tenant: str = ORGANISATION
) -> Iterator[LogMessage]:
    """Every request as it lies on the log; `subject_of` makes a subject of a person's name."""
    written = [[_items(one, second) for second in range(_seconds(one))] for one in traffic.films]
    subjects = {person: subject_of(person.name) for person in traffic.people}
    for each in traffic.seconds():
        person = traffic.person_of(each.session)
        items = written[traffic.film_of[each.session]][each.second]
        value = _message(each, tenant, subjects[person], traffic.session_ids[each.session], items)
        client = client_context.encode(person.address, person.user_agent)
        yield LogMessage(message_key(tenant, traffic.session_ids[each.session], ""), value, client)


def _message(each: Second, tenant: str, subject: str, session_id: str, items: list[tuple[Item, bytes]]) -> bytes:
    part = _head(tenant, subject, each.arrived, f"{session_id}-{each.second}")
    known = {"tenant": tenant, "subject": subject, "session_id": session_id, "received_at": each.arrived}
    said = [replace(item, **known) for item, _ in items]
    lines = [
        b'{"event_type":"frame","event_id":"%s","occurred_at":%d,%s' % (numbered(item).encode(), at, tail)
        for (_, tail), item, at in zip(items, said, filmed(said), strict=True)
    ]
    return message(head_line(part, {"session_id": session_id, "media_id": MEDIA_ID}), lines)


def _head(tenant: str, subject: str, arrived: int, request_id: str) -> RequestPart:
    return RequestPart(
        schema_version=SCHEMA_VERSION,
        tenant=tenant,
        subject=subject,
        received_at=arrived,
        request_id=request_id,
        consent_level=CONSENT_LEVEL,
        consent_source="token",
    )


def _seconds(one: Film) -> int:
    return -(-len(one.frames) // FRAMES_PER_SECOND)


def _frames(one: Film, second: int) -> list[dict[str, Any]]:
    """A second of the film as its client sends it."""
    numbers = range(second * FRAMES_PER_SECOND, min(len(one.frames), (second + 1) * FRAMES_PER_SECOND))
    return [{"frame_number": n, "elapsed_ms": round(1000 * n / FRAMES_PER_SECOND, 2), **one.frames[n]} for n in numbers]


def _body(one: Film, second: int) -> str:
    """What follows the session in a request."""
    return encode({"media_id": MEDIA_ID, "frames": _frames(one, second)}).decode()[1:]


def _items(one: Film, second: int) -> list[tuple[Item, bytes]]:
    """Each frame as its stream's rules see it, and what follows the times in its line, as the gateway writes it."""
    validator, found = EventValidator(STREAM), []
    for frame in _frames(one, second):
        accepted = validator.accept(encode(frame), 0)
        tail = encode({"payload_digest": accepted.payload_digest, **accepted.fields})[1:]
        found.append((Item("", "", None, None, 0, {}, accepted.fields), tail))
    return found
