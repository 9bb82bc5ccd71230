"""Example sessions: somebody comes, clicks, types, is seen doing so, and most of them finish.

There are few: a project's key has a hundred requests a minute, and whoever looks on wants some of them.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import Struct

from kinelake.example.capture.page import ELEMENTS, HEIGHT, WIDTH, Element, picture
from kinelake.example.ids import sown, uuids
from kinelake.example.people import Person, people
from kinelake.example.schedule import session_starts
from kinelake.example.traffic import ClientEvent, Conversation, Example, Plan, Request, Token
from schemas.capture import EVENTS

SHARE: Final = 0.001
"""Sessions for each event of a plan."""
MOST_SESSIONS: Final = 12
PERSONS: Final = 8
PICTURES: Final = 3
FINISHED: Final = 0.75
FEWEST, MOST = 8, 40
"""Events of a session."""
PAUSE_MS: Final = (300, 2500)
"""Between two of them."""
FRAMES_PER_SECOND: Final = 2
BOUNDARY: Final = "example"


class Visit(Struct):
    """A session as it will be sent: its name, what its user did, where the pointer was in its pictures."""

    name: str
    events: list[dict[str, Any]]
    pointers: list[tuple[int, int]]
    finished: bool


class CaptureTraffic:
    """Sessions ready to be read as often as wanted, the same for the same plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._count = max(1, min(MOST_SESSIONS, round(plan.events * SHARE)))
        self._persons = people(plan.seed, PERSONS)

    def client_events(self) -> Iterator[ClientEvent]:
        """A whole session each, in order of their beginnings."""
        plan, random = self.plan, Random(f"capture:{self.plan.seed}")
        names = uuids(sown("capture", plan.seed, plan.start), np.arange(self._count))
        moments = np.random.default_rng((plan.seed, 5))
        starts = session_starts(moments, self._count, plan.start, plan.span)
        for name, at in zip(names, starts, strict=True):
            yield ClientEvent(int(at), random.choice(self._persons), msgspec.json.encode(_visit(random, name)))


def _visit(random: Random, name: str) -> Visit:
    events, at = [], 0
    for _ in range(random.randint(FEWEST, MOST)):
        at += random.randint(*PAUSE_MS)
        events.append(_event(random, at))
    seen = [(event["x"], event["y"]) for event in events[:PICTURES]]
    return Visit(name, events, seen, random.random() < FINISHED)


def _event(random: Random, at: int) -> dict[str, Any]:
    (element,) = random.choices(ELEMENTS, [each.often for each in ELEMENTS])
    x, y = _place(random, element)
    said = {"timestamp_ms": at, "x": x, "y": y, "target": element.target}
    if element.target.startswith(("input", "select")) and random.random() < 0.5:
        return {"event_type": "input", **said, "payload": {"characters": random.randint(1, 12)}}
    return {"event_type": "click", **said}


def _place(random: Random, element: Element) -> tuple[int, int]:
    """Mostly near its middle."""
    x = round(random.gauss(element.x + element.width / 2, element.width / 6))
    y = round(random.gauss(element.y + element.height / 2, element.height / 6))
    return min(max(x, 0), WIDTH - 1), min(max(y, 0), HEIGHT - 1)


def _conversation(token: Token, person: Person, bodies: Sequence[bytes]) -> Conversation:
    """A session's requests with the key; each has a name of its own, so that sending it again is harmless."""
    (body,) = bodies
    visit = msgspec.json.decode(body, type=Visit)
    key = token(person.name)
    begun = yield _json("/v1/sessions/init", _beginning(person), key, f"{visit.name}-init")
    session = f"/v1/sessions/{msgspec.json.decode(begun)['session_id']}"
    yield _json(f"{session}/events", {"events": visit.events}, key, f"{visit.name}-events")
    for index, pointer in enumerate(visit.pointers):
        yield _chunk(f"{session}/chunks", index, picture(pointer), key, f"{visit.name}-{index}")
    if visit.finished:
        yield Request(b"", {"X-API-Key": key}, f"{session}/complete")


def _beginning(person: Person) -> dict[str, Any]:
    metadata = {"example": True, "app_version": "1.0.0", "fps": FRAMES_PER_SECOND}
    return {"user_id": person.name, "capture_mode": "hybrid", "metadata": metadata}


def _json(path: str, body: object, key: str, name: str) -> Request:
    headers = {"X-API-Key": key, "Content-Type": "application/json", "Idempotency-Key": name}
    return Request(msgspec.json.encode(body), headers, path)


def _chunk(path: str, index: int, content: bytes, key: str, name: str) -> Request:
    """As a form sends a file (RFC 7578)."""
    said = b'Content-Disposition: form-data; name="chunk"; filename="page.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    edge = f"--{BOUNDARY}".encode()
    form = b"%b\r\n%b%b\r\n%b--\r\n" % (edge, said, content, edge)
    headers = {
        "X-API-Key": key,
        "X-Chunk-Index": str(index),
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Idempotency-Key": name,
    }
    return Request(form, headers, path)


TRAFFIC = (
    Example[CaptureTraffic](
        EVENTS, CaptureTraffic, conversation=_conversation, share=SHARE, notebook="notebooks/capture.ipynb"
    ),
)
