"""Example consent records: people say what they allow, some change their mind, some withdraw and are gone.

Who withdraws is somebody of whom the other traffic has nothing, so none of it is refused.
"""

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

import msgspec
import numpy as np

from kinelake.example.delivery import delivered
from kinelake.example.ids import sown, uuids
from kinelake.example.people import Person, people
from kinelake.example.schedule import session_starts
from kinelake.example.traffic import ClientEvent, Example, Plan
from schemas.consent import STREAM
from schemas.shared.times import SECOND_US

SHARE: Final = 0.02
"""Records for each event of a plan."""
LEAVING: Final = 0.15
"""Share of people who withdraw in the end."""
CHANGING: Final = 0.2
"""Share of those who stay and say something else later."""
BANNER: Final = "example-cookie-banner"
SETTINGS: Final = "example-privacy-settings"
THINKING_SECONDS: Final = 1800.0
"""Mean time from one word to the next."""


class Word(NamedTuple):
    """What a person says `after` µs."""

    after: int
    level: int
    source: str


class ConsentTraffic:
    """Records ready to be read as often as wanted, the same for the same plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._words = round(plan.events * SHARE) or 1

    def client_events(self) -> Iterator[ClientEvent]:
        """Every arrival, in order."""
        return delivered(self.plan.seed, ((sent[0].arrived, sent) for sent in self._sent()))

    def _sent(self) -> Iterator[list[ClientEvent]]:
        """What each person sends, by when they begin."""
        stories = self._stories()
        persons = people(self.plan.seed, len(stories))
        ids = iter(uuids(sown("consent", self.plan.seed, self.plan.start), np.arange(sum(map(len, stories)))))
        moments = np.random.default_rng((self.plan.seed, 4))
        starts = session_starts(moments, len(stories), self.plan.start, self.plan.span)
        for start, story, person in zip(starts, stories, persons, strict=True):
            who = _gone(person) if story[-1].level < 2 else person
            yield [ClientEvent(int(start) + word.after, who, _body(next(ids), word)) for word in story]

    def _stories(self) -> list[list[Word]]:
        random, stories, words = Random(f"consent:{self.plan.seed}"), list[list[Word]](), 0
        while words < self._words:
            stories.append(_story(random))
            words += len(stories[-1])
        return stories


def _story(random: Random) -> list[Word]:
    """One person's words in their order: 2 or 3 of those who stay, who stands below 2 has left."""
    leaving = random.random() < LEAVING
    first = Word(0, random.choices((2, 3), (7, 3))[0], BANNER)
    later = round(random.expovariate(1 / THINKING_SECONDS) * 1000 + 1000) * (SECOND_US // 1000)
    if leaving:
        return [first, Word(later, random.choice((0, 1)), SETTINGS)]
    return [first, Word(later, 5 - first.level, SETTINGS)] if random.random() < CHANGING else [first]


def _gone(person: Person) -> Person:
    return Person(person.name.replace("person", "former"), person.place, person.address, person.user_agent)


def _body(event_id: str, word: Word) -> bytes:
    return msgspec.json.encode({"event_id": event_id, "level": word.level, "source": word.source})


TRAFFIC = (Example[ConsentTraffic](STREAM, ConsentTraffic, share=SHARE, notebook="notebooks/telemetry.ipynb"),)
