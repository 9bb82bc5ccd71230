"""A Publisher that keeps what it is given and fails when told to: the log of tests that look at what was published."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from event_log import Position, Record, partition_of
from schemas.shared.faults import KinelakeError
from schemas.shared.message import LINE_END

PARTITIONS = 12


class Recorder:
    """Durable at once, in memory; positions are dense in each partition, as on a real log.

    `failure` is raised by every publish and by `ready` while it is set; while `open` is not set, publishes wait.
    """

    def __init__(self) -> None:
        self.published: list[tuple[str, Record]] = []
        self.requests = 0
        self.failure: KinelakeError | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = asyncio.Event()
        self._next: Counter[tuple[str, int]] = Counter()

    async def publish(self, topic: str, records: Sequence[Record]) -> list[Position]:
        self.waiting.set()
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        self.requests += 1
        self.published.extend((topic, record) for record in records)
        return [self._position(topic, record) for record in records]

    async def ready(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def close(self) -> None:
        await self.open.wait()

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The published items, each with what its head says, in the order of their messages."""
        split = [record.value.split(LINE_END) for _, record in self.published]
        decode = msgspec.json.decode
        return [decode(head) | decode(line) for head, *lines in split for line in lines]

    def _position(self, topic: str, record: Record) -> Position:
        place = topic, partition_of(record.key, PARTITIONS)
        self._next[place] += 1
        return Position(place[1], self._next[place] - 1)
