"""Example visits: of the people of the media traffic, who watch its sessions on some of them."""

from collections.abc import Iterator
from operator import attrgetter
from random import Random
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from kinelake.example.analytics.visit import MEAN_ACTS, Act, Watching, visit
from kinelake.example.delivery import delivered
from kinelake.example.ids import sown, uuids
from kinelake.example.media.traffic import MediaTraffic, Watched, planned
from kinelake.example.people import Person
from kinelake.example.schedule import session_starts
from kinelake.example.traffic import ClientEvent, Plan
from schemas.shared.times import moment

LEAD_US: Final = (20_000_000, 240_000_000)
"""From the beginning of a visit to what is watched on it."""


class Visit(NamedTuple):
    """A visit that begins at `start` (µs since 1970); on it `watched`, whose session is then the visit's, too."""

    session_id: str
    person: Person
    start: int
    watched: Watched | None


class Told(NamedTuple):
    """An act of a visit at `at` (µs since 1970)."""

    event_id: str
    at: int
    event: dict[str, Any]


class AnalyticsTraffic:
    """Traffic ready to be read as often as wanted, the same for the same plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.media: MediaTraffic = planned(plan)
        self.visits = sorted([*self._watching(), *self._browsing()], key=attrgetter("start"))

    def client_events(self) -> Iterator[ClientEvent]:
        """Every arrival as a client's request, in order of arrival."""
        parts = (
            (visit.start, [ClientEvent(told.at, visit.person, body(visit, told)) for told in told])
            for visit, told in self.told()
        )
        return delivered(self.plan.seed, parts)

    def told(self) -> Iterator[tuple[Visit, list[Told]]]:
        """Every visit with its acts, in order of its beginning."""
        seed, first = sown("analytics events", self.plan.seed, self.plan.start), 0
        for each in self.visits:
            acts = self._acts(each)
            ids = uuids(seed, np.arange(first, first + len(acts)))
            first += len(acts)
            yield each, [Told(id, each.start + 1000 * act.at, act.event) for id, act in zip(ids, acts, strict=True)]

    def _acts(self, each: Visit) -> list[Act]:
        random = Random(f"visit:{each.session_id}")
        if each.watched is None:
            return visit(random)
        at, lasting = each.watched.began - each.start, each.watched.ended - each.watched.began
        return visit(random, Watching(each.watched.title, at // 1000, lasting // 1000))

    def _watching(self) -> Iterator[Visit]:
        random = Random(f"leads:{self.plan.seed}")
        for watched in self.media.watched():
            start = watched.began - random.randrange(*LEAD_US) // 1000 * 1000
            yield Visit(watched.session_id, watched.person, start, watched)

    def _browsing(self) -> Iterator[Visit]:
        plan, random = self.plan, np.random.default_rng((self.plan.seed, 2))
        count = max(0, -(-plan.events // MEAN_ACTS) - self.media.traffic.sessions)
        ids = uuids(sown("analytics visits", plan.seed, plan.start), np.arange(count))
        starts = session_starts(random, count, plan.start, plan.span).tolist()
        persons = random.integers(0, len(self.media.people), count).tolist()
        for session_id, person, start in zip(ids, persons, starts, strict=True):
            yield Visit(session_id, self.media.people[person], start, None)


def body(visit: Visit, told: Told) -> bytes:
    """The JSON of one event."""
    timestamp = f"{moment(told.at):%Y-%m-%dT%H:%M:%S}.{told.at // 1000 % 1000:03}Z"
    ids = {"event_id": told.event_id, "session_id": visit.session_id, "timestamp": timestamp}
    return msgspec.json.encode(ids | told.event)
