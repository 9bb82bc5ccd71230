"""Events that wait in memory: bounded, in order for each who sends and each stream."""

from collections import deque
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from .batches import Prepared, Stream, fitting
from .faults import QueueFull

MOST_EVENTS: Final = 10_000
MOST_BYTES: Final = 64 * 2**20

Sender = TypeVar("Sender")


@dataclass(frozen=True)
class Lane(Generic[Sender]):
    """What can be in one request: events of one stream, sent by one."""

    sender: Sender
    stream: Stream


class _Numbered(NamedTuple):
    number: int
    event: Prepared


class Waiting(Generic[Sender]):
    """At most `most_events` of together `most_bytes` bytes; its owner sees to it that one thread is in it at a time."""

    def __init__(self, most_events: int, most_bytes: int) -> None:
        self._most_events, self._most_bytes = most_events, most_bytes
        self._lanes: dict[Lane[Sender], deque[_Numbered]] = {}
        self._count, self._bytes = 0, 0
        self.newest = 0

    def __len__(self) -> int:
        return self._count

    def put(self, lane: Lane[Sender], event: Prepared) -> None:
        """Keeps the event; raises QueueFull where there is no room for it."""
        if self._count >= self._most_events or self._bytes + len(event.raw) > self._most_bytes:
            raise QueueFull(f"{self._count} events of {self._bytes} bytes wait: does the server answer?")
        self.newest += 1
        self._lanes.setdefault(lane, deque()).append(_Numbered(self.newest, event))
        self._count += 1
        self._bytes += len(event.raw)

    def batch(self) -> tuple[Lane[Sender], list[Prepared]] | None:
        """The next request's events, which stay until they are `done`; None where nothing waits."""
        for lane, events in self._lanes.items():
            return lane, fitting(each.event for each in events)
        return None

    def done(self, lane: Lane[Sender], count: int) -> None:
        """The first so many of the lane were answered; the other lanes are next."""
        events = self._lanes.pop(lane)
        for _ in range(count):
            self._bytes -= len(events.popleft().event.raw)
            self._count -= 1
        if events:
            self._lanes[lane] = events

    def all_before(self, number: int) -> bool:
        """Whether nothing waits any more of what was put up to when `newest` was that number."""
        return all(events[0].number > number for events in self._lanes.values())

    def everything(self) -> list[Prepared]:
        """All that waits."""
        return [each.event for events in self._lanes.values() for each in events]
