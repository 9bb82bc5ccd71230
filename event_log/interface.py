"""What every log offers, whatever it is made of."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from event_log.record import Fetched, Position, Record

Chosen = Callable[[bytes, bytes], bool]
"""Whether the message with this key and this value is meant."""


class Publisher(Protocol):
    """Writes records; belongs to one event loop. Delivery: at least once, acknowledged only when durable."""

    async def publish(self, topic: str, records: Sequence[Record]) -> list[Position]:
        """Return the records' positions once all of them are durable.

        Raises:
            LogUnavailable: not known to be durable; any part of the records may be on the log or come there.
            LogFull: too much is in flight; nothing was written.
            RecordTooLarge, UnknownTopic, PartitionsChanged, PublisherClosed: nothing was written.
        """
        ...

    async def ready(self) -> None:
        """Return if the log can be written now.

        Raises:
            LogUnavailable: it cannot; the message says why.
        """
        ...

    async def close(self) -> None:
        """Refuse new records, wait until those in flight are settled, let go of the log."""
        ...


class Reader(Protocol):
    """Reads exactly its partitions; remembers nothing beyond its own life. Delivery: whatever its start says, in order.

    Used from one thread at a time.
    """

    def poll(self, max_messages: int, timeout: float) -> Fetched:
        """What is there, at most `max_messages`; waits up to `timeout` seconds for a first message.

        While the log is away nothing comes, `healthy` is false, and reading goes on when it is back.

        Raises:
            OffsetOutOfRange: the log's start passed the reader, or the log lost its end.
        """
        ...

    def end_offsets(self) -> dict[int, int]:
        """The offset that will be written next, by partition: asked of the log now, never an older answer.

        Raises:
            LogUnavailable: the log does not answer.
        """
        ...

    def start_offsets(self) -> dict[int, int]:
        """The oldest offset that can be read, by partition.

        Raises:
            LogUnavailable: the log does not answer.
        """
        ...

    def seek(self, partition: int, offset: int) -> None:
        """Go on reading a partition at another offset."""
        ...

    @property
    def healthy(self) -> bool:
        """Whether the log answered last."""
        ...

    def close(self) -> None:
        """Let go of the log."""
        ...


class Admin(Protocol):
    """Makes topics, tells their extent, removes what is too old or must be erased.

    `blanks` says whether single messages can be emptied; otherwise they go with their topic's retention.
    """

    blanks: bool

    def ensure_topic(self, topic: str, max_record_bytes: int | None = None) -> None:
        """Make the topic unless it is there.

        A record of it may have `max_record_bytes` bytes, key and client included, where that is more than the setting
        KINELAKE_RECORD_MAX_BYTES; a topic that is there with less is given more, never less.

        Raises:
            PartitionsChanged: it is there with another number of partitions.
            LogUnavailable: the log does not answer.
        """
        ...

    def end_offsets(self, topic: str) -> dict[int, int]:
        """The offset that will be written next, by partition."""
        ...

    def start_offsets(self, topic: str) -> dict[int, int]:
        """The oldest offset that can be read, by partition."""
        ...

    def expire(self, topic: str, before: datetime, keep_from: Mapping[int, int]) -> int:
        """Delete messages written before `before`, never one at or above `keep_from` of its partition.

        A partition without an entry keeps everything. Returns how many were deleted; 0 where the broker does it.
        """
        ...

    def blank(
        self, topic: str, chosen: Chosen, naming: Collection[bytes] = (), below: Mapping[int, int] | None = None
    ) -> int:
        """Empty key, value and client of the chosen messages for good; offsets stay. Returns how many were emptied.

        Where `naming` has any, only messages with one of these bytes in them are asked about; where `below` is given,
        only those below its offset of their partition, and none of a partition that it lacks.

        0 on Kafka, which cannot: there what must go goes with the topic's retention.
        """
        ...

    def close(self) -> None:
        """Let go of the log."""
        ...
