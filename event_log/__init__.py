"""The log behind one URL: `kafka://…` or `sqlite:///…`, with the same offset semantics.

Records of one key share a partition and keep their order; offsets are dense within a partition; a publish returns
when its records are durable; a reader starts where it is told to and nowhere else. Kafka's client is read by processes
that use it, and by no other.
"""

from collections.abc import Mapping

from event_log.embedded.admin import SqliteAdmin
from event_log.embedded.database import path_of
from event_log.embedded.publisher import SqlitePublisher
from event_log.embedded.reader import SqliteReader
from event_log.faults import BadLogUrl
from event_log.interface import Admin, Publisher, Reader
from event_log.options import LogOptions
from event_log.partitioning import partition_of
from event_log.record import Fetched, Position, Record

__all__ = [
    "Admin",
    "Fetched",
    "LogOptions",
    "Position",
    "Publisher",
    "Reader",
    "Record",
    "open_admin",
    "open_publisher",
    "open_reader",
    "partition_of",
]


def open_publisher(url: str, options: LogOptions) -> Publisher:
    """A publisher; the log may be away until the first publish.

    Raises:
        BadLogUrl: the URL names no log that Kinelake can use.
    """
    if _is_kafka(url):
        from event_log.kafka.publisher import KafkaPublisher
        from event_log.kafka.settings import Cluster

        return KafkaPublisher(Cluster.parse(url), options)
    return SqlitePublisher(path_of(url), options)


def open_reader(url: str, topic: str, start: Mapping[int, int], options: LogOptions) -> Reader:
    """A reader of exactly the partitions of `start`, from these offsets on.

    Raises:
        BadLogUrl: the URL names no log that Kinelake can use.
        UnknownTopic: the log has no such topic or partition.
        OffsetOutOfRange: one of the offsets is not on the log.
        LogUnavailable: the log does not answer.
    """
    if _is_kafka(url):
        from event_log.kafka.reader import KafkaReader
        from event_log.kafka.settings import Cluster

        return KafkaReader(Cluster.parse(url), topic, start, options)
    return SqliteReader(path_of(url), topic, start, options)


def open_admin(url: str, options: LogOptions) -> Admin:
    """The log's upkeep.

    Raises:
        BadLogUrl: the URL names no log that Kinelake can use.
        LogUnavailable: the embedded log cannot be made or opened.
    """
    if _is_kafka(url):
        from event_log.kafka.admin import KafkaAdmin
        from event_log.kafka.settings import Cluster

        return KafkaAdmin(Cluster.parse(url), options)
    return SqliteAdmin(path_of(url), options)


def _is_kafka(url: str) -> bool:
    scheme = url.partition("://")[0]
    if scheme not in ("kafka", "sqlite"):
        raise BadLogUrl(f"KINELAKE_LOG_URL ({scheme}://…) names no log: use sqlite:///PATH or kafka://HOST:PORT")
    return scheme == "kafka"
