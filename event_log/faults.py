"""What can go wrong on the log.

Terminal
├── BadLogUrl            KINELAKE_LOG_URL names no log that Kinelake can use
├── LogTooNew            the file was written by a newer Kinelake
├── LogDamaged           the file is no longer a sound database
├── UnknownTopic         the topic was never created
├── PartitionsChanged    the topic has another number of partitions than the setting says
├── OffsetOutOfRange     what is asked for is no longer, or never was, on the log
├── RecordTooLarge       one record is above its topic's limit
└── PublisherClosed      published after close()
Transient
├── LogUnavailable       broker away, disk full, file locked: it may have been stored, and nobody was told so
└── LogFull              too much is in flight; nothing was stored
"""

from collections.abc import Collection

from schemas.shared.faults import Terminal, Transient


class BadLogUrl(Terminal):
    """KINELAKE_LOG_URL names no log that Kinelake can use."""


class LogTooNew(Terminal):
    """The log's file has a schema that this version does not know."""


class LogDamaged(Terminal):
    """The log's file is no longer a sound SQLite database."""


class UnknownTopic(Terminal):
    """The topic, or the partition of it that is asked for, is not on the log."""

    def __init__(self, topic: str, partitions: Collection[int] = ()) -> None:
        missing = f"partitions {sorted(partitions)} of topic {topic}" if partitions else f"topic {topic}"
        super().__init__(f"{missing} not found on the log: create topics (ensure_topic) before they are used")


class PartitionsChanged(Terminal):
    """The topic has another number of partitions than the setting says."""

    def __init__(self, topic: str, found: int, wanted: int) -> None:
        super().__init__(
            f"topic {topic} has {found} partitions, the setting says {wanted}: another number would break the order "
            f"of what is stored, so set KINELAKE_PARTITIONS={found}"
        )


class OffsetOutOfRange(Terminal):
    """What is asked for is no longer, or never was, on the log."""

    def __init__(self, topic: str, partition: int, offset: int, start: int, end: int) -> None:
        super().__init__(f"{_lies(offset, start, end)}: topic {topic}, partition {partition}")


class RecordTooLarge(Terminal):
    """One record is above the limit; nothing of its request was published."""

    def __init__(self, topic: str, size: int, limit: int) -> None:
        super().__init__(
            f"a record of {size} bytes is above the limit of topic {topic}, {limit}: send less at once, or raise "
            "the stream's limit or KINELAKE_RECORD_MAX_BYTES"
        )


class PublisherClosed(Terminal):
    """The publisher was closed; open another."""


class LogUnavailable(Transient):
    """The log does not answer or cannot be written; what was being published may or may not be stored."""


class LogFull(Transient):
    """Too much is in flight; nothing of the request was published. `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"too many records wait for the log: try again in {retry_after:g} s")
        self.retry_after = retry_after


def check_range(topic: str, partition: int, offset: int, start: int, end: int) -> None:
    """Raise OffsetOutOfRange unless start ≤ offset ≤ end, the end being the offset that is written next."""
    if not start <= offset <= end:
        raise OffsetOutOfRange(topic, partition, offset, start, end)


def _lies(offset: int, start: int, end: int) -> str:
    if offset < start:
        return (
            f"offset {offset} is below the log's start {start}: {start - offset} messages expired before they were "
            "read; lengthen the log's retention, and start the flow on new tables or restore the log"
        )
    return (
        f"offset {offset} is above the log's end {end}: the log was replaced or lost its end; "
        "use the log that the tables were written from, or new tables"
    )
