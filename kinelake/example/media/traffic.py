"""Example media traffic: many viewings interleaved as they would arrive, the same for the same seed.

Every session follows one of some hundred viewings of its place; ids, times and clients are its own. That makes a body
a join of prepared text, so ten million of them take a minute and not an hour.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from kinelake.example.ids import uuids
from kinelake.example.media.viewing import TITLES, Habits, Step, Title, viewing
from kinelake.example.people import Person, people
from kinelake.example.places import NOWHERE, PLACES, Place
from kinelake.example.schedule import Schedule, Shares, schedule, session_starts
from kinelake.example.traffic import ClientEvent, Plan
from schemas.shared.times import text

EVENTS_PER_SESSION: Final = 50
"""Roughly, for whoever wants a number of events."""
TEMPLATES: Final = 1_000

TITLE_WEIGHTS: Final = (3, 3, 4, 5, 6, 7, 5)
_ALL_PLACES: Final = (*PLACES, NOWHERE)
_CHUNK: Final = 50_000
_SESSION_IDS, _EVENT_IDS = 1, 2
_ODD: Final = 0x9E3779B97F4A7C15
"""Far enough apart for two seeds never to meet at two times."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What to generate: sessions that begin within `span` µs from `start` (µs since 1970); tails may run over its end.

    templates: distinct viewings, spread over the places; the more, the slower the beginning and the richer the data.
    persons: people who watch; none means one for every four sessions, at most 5,000.
    """

    seed: int
    sessions: int
    start: int
    span: int
    templates: int = TEMPLATES
    persons: int | None = None
    shares: Shares = field(default_factory=Shares)
    habits: Habits = field(default_factory=Habits)


class Template(NamedTuple):
    """A viewing that sessions follow."""

    place: Place
    title: Title
    steps: list[Step]


class Watched(NamedTuple):
    """One session from outside: whose, of what, and from when to when (µs since 1970)."""

    session_id: str
    person: Person
    title: Title
    began: int
    ended: int


class Arrival(NamedTuple):
    """One event as it arrives, before it is written down; times in µs, `step` counts through all templates."""

    event_id: str
    number: int
    session: int
    step: int
    at: int
    arrived: int


@lru_cache(maxsize=1)
def planned(plan: Plan) -> "MediaTraffic":
    """As many sessions as bring about the events that are wanted; other streams tell of the same ones."""
    sessions = -(-plan.events // EVENTS_PER_SESSION)
    templates = min(TEMPLATES, sessions)
    return MediaTraffic(Traffic(plan.seed, sessions, plan.start, plan.span, templates, plan.persons))


class MediaTraffic:
    """Traffic ready to be read as often as wanted, always in order of arrival."""

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        random = np.random.default_rng((traffic.seed, 1))
        persons = traffic.persons or max(1, min(5_000, traffic.sessions // 4))
        self.people = people(traffic.seed, persons)
        self.templates = _templates(traffic)
        self.person_of = random.integers(0, persons, traffic.sessions, dtype=np.int32)
        self.session_ids = uuids(_seed(traffic, _SESSION_IDS), np.arange(traffic.sessions))
        self.schedule = self._scheduled(random)

    def __len__(self) -> int:
        """Arrivals, repeats included."""
        return len(self.schedule)

    def arrivals(self) -> Iterator[Arrival]:
        """Every arrival, not yet written down."""
        plan = self.schedule
        for first in range(0, len(plan), _CHUNK):
            rows = slice(first, first + _CHUNK)
            event_ids = uuids(_seed(self.traffic, _EVENT_IDS), plan.event[rows])
            columns = (plan.event, plan.session, plan.step, plan.at, plan.arrived)
            yield from map(Arrival, event_ids, *(column[rows].tolist() for column in columns))

    def client_events(self) -> Iterator[ClientEvent]:
        """Every arrival as a client's request."""
        heads, tails = _bodies(self.templates)
        owners = [self.people[person] for person in self.person_of.tolist()]
        for event_id, _, session, step, at, arrived in self.arrivals():
            ids = f'{self.session_ids[session]}","event_id":"{event_id}","timestamp":"{_text(at)}'
            yield ClientEvent(arrived, owners[session], f"{heads[step]}{ids}{tails[step]}".encode())

    def watched(self) -> list[Watched]:
        """Every session by its number, for what else its person does meanwhile."""
        plan = self.schedule
        order = np.lexsort((plan.at, plan.session))
        last = np.flatnonzero(np.diff(plan.session[order], append=self.traffic.sessions))
        first = np.concatenate(([0], last[:-1] + 1))
        template_of = np.repeat(np.arange(len(self.templates)), [len(each.steps) for each in self.templates])
        titles = [self.templates[number].title for number in template_of[plan.step[order[first]]].tolist()]
        owners = [self.people[person] for person in self.person_of.tolist()]
        began, ended = plan.at[order[first]].tolist(), plan.at[order[last]].tolist()
        return list(map(Watched, self.session_ids, owners, titles, began, ended))

    def _scheduled(self, random: np.random.Generator) -> Schedule:
        traffic = self.traffic
        starts = session_starts(random, traffic.sessions, traffic.start, traffic.span)
        offsets = [np.array([step.at * 1000 for step in template.steps], np.int64) for template in self.templates]
        return schedule(random, starts, self._templates_of_sessions(random), offsets, traffic.shares)

    def _templates_of_sessions(self, random: np.random.Generator) -> NDArray[np.int32]:
        """A template of the person's own place for each session."""
        template = np.empty(self.traffic.sessions, np.int32)
        place_of = np.array([_ALL_PLACES.index(person.place) for person in self.people])[self.person_of]
        for number, place in enumerate(_ALL_PLACES):
            here = np.flatnonzero(place_of == number)
            fitting = np.flatnonzero([candidate.place is place for candidate in self.templates])
            template[here] = random.choice(fitting, len(here))
        return template


def _templates(traffic: Traffic) -> list[Template]:
    """Viewings for every place, at least one each, in proportion to its share of the people."""
    random = Random(f"viewings:{traffic.seed}")
    templates = []
    for place in _ALL_PLACES:
        for _ in range(max(1, round(traffic.templates * place.weight))):
            title = random.choices(TITLES, TITLE_WEIGHTS)[0]
            templates.append(Template(place, title, viewing(random, title, place.network, traffic.habits)))
    return templates


def _bodies(templates: list[Template]) -> tuple[list[str], list[str]]:
    """Of each step's body what comes before the session's id and what comes after the time."""
    heads, tails = [], []
    for template in templates:
        media = f'"media_id":"{template.title.media_id}","media_type":"{template.title.media_type}"'
        for step in template.steps:
            heads.append(f'{{"event":"{step.kind}",{media},"session_id":"')
            tails.append(f'","data":{msgspec.json.encode(step.data).decode()}}}')
    return heads, tails


def _text(micros: int) -> str:
    seconds, rest = divmod(micros, 1_000_000)
    return f"{_second(seconds)}.{rest // 1000:03}Z"


@lru_cache(maxsize=1 << 16)
def _second(seconds: int) -> str:
    return text(seconds * 1_000_000)[:-1]


def _seed(traffic: Traffic, purpose: int) -> int:
    """Of ids: the same seed at another time has other times in its bodies, and so must have other ids."""
    return 16 * (_ODD * traffic.seed + traffic.start) + purpose
