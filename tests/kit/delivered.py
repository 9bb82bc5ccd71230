"""Sessions as clients deliver them, each as the reference has it: many at once, requests in any order, some twice."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from itertools import count
from random import Random
from threading import Event as Flag
from typing import Any, NamedTuple

from tests.kit.capture import png
from tests.kit.persistent import Persistent, Said
from tests.kit.running import waiting
from tests.kit.shop import Shop
from tests.reference.capture import answers
from tests.reference.capture.session import Event, Session

CLIENTS = 2
AT_ONCE = 2
"""Requests of one session."""
MOST_EVENTS = 20


class Request(NamedTuple):
    """One of a session, and what is answered to it."""

    what: str
    answer: Said
    place: int = 0
    body: Mapping[str, Any] = {}


class Delivered:
    """What clients of a shop have sent so far; each session stands there once its detail was read as the reference
    has it."""

    def __init__(self, shop: Shop, client: Persistent) -> None:
        self.shop = shop
        self.client = client
        self.sessions: list[Session] = []
        self._numbers = count()

    @contextmanager
    def going_on(self, sessions: int) -> Iterator[None]:
        """Clients at work while the block runs, which begins when there are so many sessions more."""
        over, before = Flag(), len(self.sessions)
        with ThreadPoolExecutor(CLIENTS) as pool:
            working = [pool.submit(self._work, over) for _ in range(CLIENTS)]
            try:
                waiting(lambda: len(self.sessions) >= before + sessions or any(each.done() for each in working))
                yield
            finally:
                over.set()
            for each in working:
                each.result()

    def _work(self, over: Flag) -> None:
        while not over.is_set():
            session = self._delivered(next(self._numbers))
            self.same_detail(session)
            self.sessions.append(session)

    def same_detail(self, session: Session) -> None:
        """The session's detail, which waits for what was written, is the reference's."""
        told, expected = self.client.got(f"/v1/sessions/{session.id}"), answers.detail(session)
        events = told["events"]
        assert told["session"] == expected["session"]
        assert sorted(event["id"] for event in events) == list(range(1, len(events) + 1))
        assert events == sorted(events, key=lambda event: (event["timestamp_ms"], event["id"]))
        # which of two batches came first is nobody's to say
        assert unnumbered(events) == unnumbered(expected["events"])

    def _delivered(self, number: int) -> Session:
        random, user = Random(number), f"user-{number % 3}"
        body = {"user_id": user, "capture_mode": "hybrid"}
        begun = [self.client.sent("init", f"{number}", json=body)["session_id"] for _ in range(1 + number % 2)]
        assert set(begun) == {begun[0]}
        batches = [[made(random) for _ in range(random.randint(1, MOST_EVENTS))] for _ in range(number % 4)]
        requests = list(_requests(batches, chunks=2 * (number % 3 == 0), completed=number % 4 != 2))
        # some come a second time, and all in any order
        requests += random.sample(requests, len(requests) // 2)
        random.shuffle(requests)
        self._send(begun[0], f"{number}", requests)
        events = [event for batch in batches for event in batch]
        return Session(begun[0], user, *self._times(begun[0]), events, 2 * (number % 3 == 0))

    def _send(self, session_id: str, name: str, requests: Sequence[Request]) -> None:
        def send(request: Request) -> None:
            what = request.what.partition(" ")[0]
            answer = self.client.sent(f"{session_id}/{what}", f"{name} {request.what}", request.place, **request.body)
            assert request.answer.items() <= answer.items()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(send, requests))

    def _times(self, session_id: str) -> tuple[datetime, datetime | None]:
        with self.shop.site.installation() as installation:
            found = installation.control.capture_sessions.get(session_id)
        assert found is not None
        return found.created_at, found.completed_at


def _requests(batches: Sequence[Sequence[Event]], *, chunks: int, completed: bool) -> Iterator[Request]:
    for number, batch in enumerate(batches):
        events = [{name: value for name, value in asdict(each).items() if value is not None} for each in batch]
        yield Request(f"events {number}", {"count": len(events)}, body={"json": {"events": events}})
    for index in range(chunks):
        yield Request(f"chunks {index}", {}, index, {"files": {"chunk": png(shade=index)}})
    if completed:
        yield Request("complete", {"status": "completed"})


def made(random: Random) -> Event:
    """At one of few places and times, so that many tie."""
    x, y = random.choice(((None, None), (3, 4), (-3, 4), (3, None), (900, 1)))
    kind, time = random.choice(("click", "click", "input")), random.randrange(0, 3000, 500)
    return Event(kind, time, x, y, random.choice((None, "a", "b")), random.choice((None, {"n": 1})))


def unnumbered(events: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """Events without their places, which they got as they came in."""
    return Counter(str({name: value for name, value in event.items() if name != "id"}) for event in events)
