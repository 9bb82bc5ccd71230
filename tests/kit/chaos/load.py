"""Clients under which processes die: they post, note each answer, and try some of what was not answered again."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import msgspec

from kinelake.example.media.traffic import MediaTraffic, Traffic
from kinelake.example.people import Person
from kinelake.example.traffic import ClientEvent
from schemas.media.events import STREAM
from schemas.shared.times import microseconds
from tests.kit.chaos.ledger import MARK, Ledger

TRIES = 40
RETRY_SECONDS = 0.25
SESSIONS = 200
BATCHES = (1, 1, 1, 5, 25, 60)
Body = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One POST: the person's events, single or as a batch, which of them are invalid, and its Idempotency-Key."""

    person: Person
    bodies: list[Body]
    invalid: frozenset[str]
    key: str | None
    patient: bool

    @property
    def marks(self) -> list[str]:
        return [body[MARK] for body in self.bodies]

    def content(self) -> bytes:
        return msgspec.json.encode(self.bodies[0] if len(self.bodies) == 1 else {"events": self.bodies})


def traffic(random: Random) -> Iterator[ClientEvent]:
    """Sessions of yesterday in the order of their arrival, some events repeated; then others, without an end."""
    start = microseconds(datetime.now(UTC) - timedelta(days=1))
    hours = timedelta(hours=6) // timedelta(microseconds=1)
    while True:
        made = Traffic(random.randrange(2**32), SESSIONS, start, hours, templates=60)
        yield from MediaTraffic(made).client_events()


class Client:
    """One of several that post at once; draws what it does from its own random numbers."""

    def __init__(
        self, name: str, random: Random, http: httpx.AsyncClient, token: Callable[[str], str], ledger: Ledger
    ) -> None:
        self._name = name
        self._random = random
        self._http = http
        self._token = token
        self._ledger = ledger
        self._count = itertools.count()

    async def post_until(self, over: asyncio.Event) -> None:
        """Post one request after the other; when it is over, the last one is settled."""
        for request in self._requests(traffic(self._random)):
            await self._settle(request)
            await asyncio.sleep(self._random.uniform(0.0, 0.05))
            if over.is_set():
                return

    def _requests(self, events: Iterator[ClientEvent]) -> Iterator[Request]:
        waiting: dict[Person, list[ClientEvent]] = {}
        sizes: dict[Person, int] = {}
        for event in events:
            together = waiting.setdefault(event.person, [])
            together.append(event)
            if len(together) >= sizes.setdefault(event.person, self._random.choice(BATCHES)):
                del sizes[event.person]
                yield self._request(waiting.pop(event.person))

    def _request(self, events: Sequence[ClientEvent]) -> Request:
        key = f"{self._name}-{next(self._count)}" if self._random.random() < 0.15 else None
        keep_ids = key is None and self._random.random() < 0.9
        bodies = [self._body(event, keep_ids) for event in events]
        invalid = frozenset(self._spoiled(body) for body in bodies if self._random.random() < 0.04)
        # Without an id of either kind a second try would be another event.
        patient = (key is not None or keep_ids) and self._random.random() < 0.7
        return Request(events[0].person, bodies, invalid, key, patient)

    def _body(self, event: ClientEvent, keep_id: bool) -> Body:
        body: Body = msgspec.json.decode(event.body)
        if not keep_id:
            del body["event_id"]
        return {**body, MARK: body.get("event_id") or f"{self._name}/{next(self._count)}"}

    def _spoiled(self, body: Body) -> str:
        """The event made invalid, under a mark of its own."""
        body[MARK] = f"{self._name}/{next(self._count)}"
        spoil = self._random.choice(("timestamp", "data", "media_id", "event_id"))
        body[spoil] = {"timestamp": "2999-01-01T00:00:00Z", "data": 7, "media_id": "", "event_id": "x"}[spoil]
        return str(body[MARK])

    async def _settle(self, request: Request) -> None:
        for _ in range(TRIES if request.patient else 1):
            status = await self._post(request)
            if status is not None and status < 500:
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def _post(self, request: Request) -> int | None:
        """The status, noted for every event of the request; None without an answer."""
        headers = {
            "Authorization": f"Bearer {self._token(request.person.name)}",
            "Content-Type": "application/json",
            "User-Agent": request.person.user_agent,
            "X-Forwarded-For": request.person.address,
        }
        keyed = headers if request.key is None else {**headers, "Idempotency-Key": request.key}
        try:
            answer = await self._http.post(STREAM.route_path, content=request.content(), headers=keyed)
        except httpx.TransportError:
            self._ledger.note(set(request.marks) - request.invalid, None)
            self._ledger.note(request.invalid, 400)
            return None
        self._note(request, answer)
        return answer.status_code

    def _note(self, request: Request, answer: httpx.Response) -> None:
        """A batch's answer is one for each of its events; what was made invalid must never be taken."""
        status = answer.status_code
        assert status in (202, 400) or status >= 500, answer.text
        valid = [mark for mark in request.marks if mark not in request.invalid]
        if status == 400:
            assert not valid, answer.text
        if status == 202 and len(request.bodies) > 1:
            verdicts = [result["status"] for result in answer.json()["results"]]
            expected = ["rejected" if mark in request.invalid else "accepted" for mark in request.marks]
            assert verdicts == expected, answer.text
        self._ledger.note(valid, status)
        self._ledger.note(request.invalid, 400)
