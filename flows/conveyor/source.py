"""The log as a Bytewax source: a poll of many messages is one item; the tables say where it starts, Bytewax does not.

Delivery: at least once from the offsets the tables hold; with the sink's transactions, exactly once.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import structlog
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from event_log import Fetched, Reader
from event_log.faults import LogUnavailable
from flows.conveyor.batch import EndOffsets
from schemas.shared.times import microseconds

POLL_MESSAGES = 10_000
POLL_SECONDS = 0.05
ITEM_MESSAGES = 24_000
ITEM_BYTES = 16 * 2**20
"""An item has no more than about these, however large its messages are."""
FIRST_MESSAGES = 1_000
"""The most of the first poll, before it is known how large messages are."""
END_EVERY_SECONDS = 0.2
BUSY_SECONDS = 0.5
"""For so long after the steps have taken a message no turn outlasts the epoch, so that it closes in time."""
REST_SECONDS = 1.0
"""At rest each return costs a turn of all steps: it waits for a message, or until the log's end is to be asked."""
LOOK_SECONDS = 0.5
"""While it waits it looks this often whether it should stop."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Landed:
    """What `tables` have beyond the primary: everything below `ends`, by partition."""

    ends: Mapping[int, int]
    tables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Poll:
    """What the source emits: messages as columns, where reading goes on, and now and then where the log ended."""

    fetched: Fetched
    next_offsets: Mapping[int, int]
    ends: EndOffsets | None = None
    landed: frozenset[str] = frozenset()


class LogPartition(StatefulSourcePartition[Poll, None]):
    """All log partitions of this process, read by one reader.

    While `gathers` says so, what comes before the epoch is over waits for its end and is one item: nothing would be
    committed earlier, and each item costs a turn of all steps.
    """

    def __init__(
        self,
        reader: Reader,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
        closed: Callable[[], None] | None = None,
        epoch_seconds: float = 0.0,
        gathers: Callable[[], bool] = lambda: False,
    ) -> None:
        self._closed = closed
        self._epoch_seconds = epoch_seconds
        self._gathers = gathers
        self._over = 0.0
        """When the epoch is over; it closes with the next turn that begins after that."""
        self._reader = reader
        self._clock = clock
        self._stopping = stopping
        self._ends_due = 0.0
        self._last = 0.0
        self._under_way = False
        """Whether the steps have messages of the last turn: they have taken them when they ask for the next one."""
        self._mean = ITEM_BYTES / FIRST_MESSAGES
        """Bytes of a message, of those that were polled last."""

    def next_batch(self) -> list[Poll]:
        """One item; nothing new and no end offsets due, or an epoch with messages to be closed → nothing."""
        if self._stopping():
            raise StopIteration
        if self._taken() and self._last >= self._over:
            return []
        self._gather()
        ends = self._ends()
        fetched = joined(self._polls())
        self._under_way = bool(len(fetched))
        if self._under_way:
            self._last = time.monotonic()
            self._ends_due = min(self._ends_due, self._last + END_EVERY_SECONDS)
        if not len(fetched) and ends is None:
            return []
        return [Poll(fetched, _next_offsets(fetched), ends)]

    def snapshot(self) -> None:
        """An epoch has closed and another begins. Nothing is to be kept: Delta holds the offsets."""
        self._over = time.monotonic() + self._epoch_seconds

    def close(self) -> None:
        """Give the reader back."""
        self._reader.close()
        if self._closed is not None:
            self._closed()

    def _taken(self) -> bool:
        """Whether the steps have taken messages since the last turn."""
        taken, self._under_way = self._under_way, False
        self._last = time.monotonic() if taken else self._last
        return taken

    def _gather(self) -> None:
        """Wait for what comes before the epoch is over; at rest for nothing, since it is to be committed at once."""
        if not self._busy() or not self._gathers():
            return
        while (left := self._over - time.monotonic()) > 0 and not self._stopping():
            time.sleep(min(left, LOOK_SECONDS))

    def _polls(self) -> Iterator[Fetched]:
        fetched, messages, room = self._first(), 0, float(ITEM_BYTES)
        yield fetched
        while len(fetched):
            messages, room = messages + len(fetched), room - self._mean * len(fetched)
            if messages >= ITEM_MESSAGES or room < self._mean:
                return
            fetched = self._poll(0, room)
            yield fetched

    def _poll(self, timeout: float, room: float = ITEM_BYTES) -> Fetched:
        """At most as many messages as have room, as large as the last ones were."""
        most = max(1, min(POLL_MESSAGES, int(room / self._mean)))
        fetched = self._reader.poll(most, timeout)
        if len(fetched):
            self._mean = max(1.0, sum(map(len, fetched.values)) / len(fetched))
        return fetched

    def _first(self) -> Fetched:
        """What comes first; waits for it while the flow is at rest."""
        if self._busy():
            return self._poll(POLL_SECONDS)
        while True:
            left = self._ends_due - time.monotonic()
            fetched = self._poll(max(0.0, min(left, LOOK_SECONDS)))
            if len(fetched) or left <= 0 or self._stopping():
                return fetched

    def _busy(self) -> bool:
        return time.monotonic() - self._last < BUSY_SECONDS

    def _ends(self) -> EndOffsets | None:
        if time.monotonic() < self._ends_due:
            return None
        self._ends_due = time.monotonic() + (END_EVERY_SECONDS if self._busy() else REST_SECONDS)
        at = microseconds(self._clock())
        try:
            return EndOffsets(at, self._reader.end_offsets())
        except LogUnavailable as error:
            _log.warning("end of the log not known; the watermark waits", reason=str(error))
            return None


class LogSource(FixedPartitionedSource[Poll, None]):
    """One Bytewax partition: the process's share of the log; `closed` is called when it has been read."""

    def __init__(
        self,
        open_reader: Callable[[], Reader],
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
        closed: Callable[[], None] | None = None,
        epoch_seconds: float = 0.0,
        gathers: Callable[[], bool] = lambda: False,
    ) -> None:
        self._closed = closed
        self._epoch_seconds = epoch_seconds
        self._gathers = gathers
        self._open_reader = open_reader
        self._clock = clock
        self._stopping = stopping

    def list_parts(self) -> list[str]:
        """The one share."""
        return ["share"]

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> LogPartition:
        """Open the reader where the tables say."""
        epochs = (self._epoch_seconds, self._gathers)
        return LogPartition(self._open_reader(), self._clock, self._stopping, self._closed, *epochs)


class Cut:
    """The step that never lets one item cross the end of what a table has and the primary has not.

    Flows that died one after the other inside a commit leave tables at several such ends; each lies wholly below the
    next, since a commit waits until it has passed the furthest.
    """

    def __init__(self, landed: Sequence[Landed]) -> None:
        self._landed = landed

    def __call__(self, poll: Poll) -> list[Poll]:
        """The poll itself beyond all ends, else its parts between them, each with the tables that have it."""
        passed = self._passed(poll.fetched)
        stages = np.unique(passed).tolist()
        if stages in ([], [len(self._landed)]):
            return [poll]
        parts = [self._part(poll.fetched, passed == stage, stage) for stage in stages]
        return [*parts[:-1], replace(parts[-1], ends=poll.ends)]

    def _passed(self, fetched: Fetched) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """How many of the ends each message lies beyond."""
        passed = np.zeros(len(fetched), np.int64)
        for landed in self._landed:
            limits = np.array([landed.ends.get(int(p), 0) for p in fetched.partitions], np.int64)
            passed += fetched.offsets >= limits
        return passed

    def _part(self, fetched: Fetched, mask: np.ndarray[tuple[int], np.dtype[np.bool_]], stage: int) -> Poll:
        part = taken(fetched, mask)
        tables = self._landed[stage].tables if stage < len(self._landed) else frozenset[str]()
        return Poll(part, _next_offsets(part), None, tables)


def joined(polls: Iterator[Fetched]) -> Fetched:
    """Several polls as one, in order."""
    parts = list(polls)
    return Fetched(
        partitions=np.concatenate([part.partitions for part in parts]),
        offsets=np.concatenate([part.offsets for part in parts]),
        keys=[key for part in parts for key in part.keys],
        values=[value for part in parts for value in part.values],
        clients=[client for part in parts for client in part.clients],
    )


def taken(fetched: Fetched, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Fetched:
    """The messages where the mask is true."""
    indexes = np.flatnonzero(mask)
    return Fetched(
        partitions=fetched.partitions[indexes],
        offsets=fetched.offsets[indexes],
        keys=[fetched.keys[index] for index in indexes],
        values=[fetched.values[index] for index in indexes],
        clients=[fetched.clients[index] for index in indexes],
    )


def _next_offsets(fetched: Fetched) -> dict[int, int]:
    """Offsets rise within a partition, so its last message says where to go on."""
    return {
        int(partition): int(fetched.offsets[fetched.partitions == partition].max()) + 1
        for partition in np.unique(fetched.partitions)
    }
