"""On the way: what is sent arrives a little later, now and then much later or twice, in order of arrival."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Final

from kinelake.example.traffic import ClientEvent
from schemas.shared.times import SECOND_US

REPEATED: Final = 0.02
"""Share of all events that arrive again, with the same id and body."""
LATE: Final = 0.01
"""Share that waits for a network."""


def delivered(seed: int, parts: Iterable[tuple[int, Sequence[ClientEvent]]]) -> Iterator[ClientEvent]:
    """What parts send (`arrived` is when each leaves), in order of arrival; the same for the same seed.

    A part has a beginning (µs since 1970) that none of its events precedes; parts come in order of it.
    """
    random = Random(f"delivery:{seed}")
    numbers = count()
    waiting: list[tuple[int, int, ClientEvent]] = []
    for begun, sent in parts:
        while waiting and waiting[0][0] < begun:
            yield heappop(waiting)[2]
        for event in sent:
            for arrived in _arrivals(random, event.arrived):
                heappush(waiting, (arrived, next(numbers), event._replace(arrived=arrived)))
    while waiting:
        yield heappop(waiting)[2]


def _arrivals(random: Random, sent: int) -> Iterator[int]:
    delay = random.expovariate(1 / 60) if random.random() < LATE else min(random.lognormvariate(-2.5, 0.8), 2)
    first = sent + round(delay * 1000) * 1000
    yield first
    if random.random() < REPEATED:
        yield first + SECOND_US + round(random.expovariate(1 / 20) * 1000) * 1000
