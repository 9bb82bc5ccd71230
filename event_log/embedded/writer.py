"""The one thread of a publisher that writes: what is queued goes into one transaction, with one fsync.

Delivery: an outcome without an error is durable; a group whose commit failed gets the error, all of it.
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

from event_log.embedded.blocks import Block
from event_log.embedded.checkpoints import Checkpoints
from event_log.embedded.database import check_partitions, connect, translated, writing
from event_log.embedded.disk import check_disk
from event_log.embedded.ends import Ends
from event_log.embedded.tail import append
from event_log.in_flight import Outcome, Request
from event_log.options import MEBIBYTE, LogOptions
from event_log.partitioning import partition_of
from event_log.record import Position
from schemas.shared.faults import Terminal
from schemas.shared.times import microseconds

GROUP_BYTES = 4 * MEBIBYTE

Outcomes = list[tuple[Request, Outcome]]


def utc_now() -> datetime:
    """The system clock."""
    return datetime.now(UTC)


class GroupWriter:
    """Takes requests from the event loop, hands their outcomes to `settle` group by group."""

    def __init__(
        self, path: Path, options: LogOptions, settle: Callable[[Outcomes], None], clock: Callable[[], datetime]
    ) -> None:
        self._path = path
        self._folder = path.absolute().parent
        self._options = options
        self._settle = settle
        self._clock = clock
        self._ends: Ends | None = None
        self._checkpoints = Checkpoints(path, options.publish_timeout_seconds)
        self._open: list[Request] = []
        self._open_bytes = 0
        self._due: asyncio.TimerHandle | None = None
        # ends with an empty group
        self._handed_over: SimpleQueue[list[Request]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, request: Request) -> None:
        """Queue a request; its outcome will be settled. For the one event loop that the publisher belongs to."""
        if self._due is None:
            seconds = self._options.publish_linger_ms / 1000
            self._due = request.future.get_loop().call_later(seconds, self._hand_over)
        self._open.append(request)
        self._open_bytes += request.size
        if self._open_bytes >= GROUP_BYTES:
            self._hand_over()

    def stop(self) -> None:
        """Once nothing waits any more: end the thread and close the file."""
        self._handed_over.put([])
        if self._thread is not None:
            self._thread.join()
        self._checkpoints.stop()
        self._disconnect()

    def _hand_over(self) -> None:
        """Once a group, so that the writer wakes once: each time it asks for Python's lock, which the loop has."""
        assert self._due is not None, "set by the first of a group"
        self._due.cancel()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="event-log-writer", daemon=True)
            self._thread.start()
        self._handed_over.put(self._open)
        self._open, self._open_bytes, self._due = [], 0, None

    def _run(self) -> None:
        while group := self._next_group():
            self._settle(self._written(group))
            self._checkpoints.wrote(sum(request.size for request in group))

    def _next_group(self) -> list[Request]:
        """All that was handed over while the last one was written, if it is not too much at once."""
        group = self._handed_over.get()
        size = sum(request.size for request in group)
        while group and size < GROUP_BYTES and not self._handed_over.empty():
            more = self._handed_over.get()
            if not more:
                self._handed_over.put(more)
                break
            group += more
            size += sum(request.size for request in more)
        return group

    def _written(self, group: Sequence[Request]) -> Outcomes:
        try:
            check_disk(self._folder, self._options)
            with translated(self._path):
                return self._committed(group)
        except Exception as error:  # whatever it was, those who wait must hear of it
            self._disconnect()
            return [(request, error) for request in group]

    def _committed(self, group: Sequence[Request]) -> Outcomes:
        drafts = [Draft(topic, self._options.partitions) for topic in {request.topic for request in group}]
        by_topic = {draft.topic: draft for draft in drafts}
        for request in group:
            by_topic[request.topic].add(request)
        ends = self._connected()
        now = microseconds(self._clock())
        with writing(ends.connection):
            ends.renew()
            for draft in drafts:
                draft.write(ends, now)
        return [outcome for draft in drafts for outcome in draft.outcomes()]

    def _connected(self) -> Ends:
        if self._ends is None:
            self._ends = Ends(connect(self._path, self._options.publish_timeout_seconds))
        return self._ends

    def _disconnect(self) -> None:
        if self._ends is not None:
            self._ends.connection.close()
            self._ends = None


class Draft:
    """What one transaction appends to one topic: a block per partition, and where each record lies in it."""

    def __init__(self, topic: str, partitions: int) -> None:
        self.topic = topic
        self._partitions = partitions
        self._blocks: defaultdict[int, Block] = defaultdict(lambda: Block([], [], []))
        self._requests: list[tuple[Request, list[tuple[int, int]]]] = []
        self._bases: dict[int, int] = {}
        self._refused: Terminal | None = None

    def add(self, request: Request) -> None:
        """Add the request's records behind those that are there."""
        places = []
        for key, value, client in request.records:
            partition = partition_of(key, self._partitions)
            block = self._blocks[partition]
            places.append((partition, len(block.keys)))
            block.keys.append(key)
            block.values.append(value)
            block.clients.append(client)
        self._requests.append((request, places))

    def write(self, ends: Ends, now: int) -> None:
        """Append the blocks; a topic that is not fit is refused here and does not hold up the others."""
        try:
            found = ends.of(self.topic)
            check_partitions(self.topic, len(found), self._partitions)
        except Terminal as error:
            self._refused = error
            return
        self._bases = {partition: found[partition].end for partition in self._blocks}
        append(ends.connection, found, self._blocks, now)

    def outcomes(self) -> Outcomes:
        """What became of each request, once the transaction is durable."""
        if self._refused is not None:
            return [(request, self._refused) for request, _ in self._requests]
        bases = self._bases
        return [
            (request, [Position(partition, bases[partition] + index) for partition, index in places])
            for request, places in self._requests
        ]
