"""What a cluster says about topics and offsets, its errors as ours."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Protocol

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from event_log.errors import LogUnavailable, PartitionsChanged, UnknownTopic
from event_log.kafka.settings import Cluster, refused

Question = Callable[[AdminClient, Cluster, str, Collection[int], float], dict[int, int]]
"""A question about the offsets of a topic's partitions, with a time limit."""


class Asks(Protocol):
    """Any of librdkafka's clients."""

    def list_topics(self, topic: str | None = None, timeout: float = -1) -> Any:
        """The cluster's metadata."""
        ...


@contextmanager
def translated(cluster: Cluster) -> Iterator[None]:
    """librdkafka's errors as ours."""
    try:
        yield
    except KafkaException as error:
        raise unavailable(cluster, error) from error


def unavailable(cluster: Cluster, error: BaseException | object) -> LogUnavailable:
    """Kafka does not answer, and why."""
    return LogUnavailable(f"Kafka at {cluster.servers} does not answer or takes nothing: {error}")


def admin_client(cluster: Cluster) -> AdminClient:
    """A client for questions and topics.

    Raises:
        BadLogUrl: librdkafka refuses a setting.
    """
    try:
        return AdminClient(cluster.client())
    except KafkaException as error:
        raise refused(error) from error


def partitions_of(client: Asks, cluster: Cluster, topic: str, timeout: float) -> int:
    """The topic's number of partitions.

    Raises:
        UnknownTopic: there is no such topic.
        LogUnavailable: no answer within `timeout` seconds.
    """
    with translated(cluster):
        # All topics: naming one could create it, where the brokers are set so.
        found = client.list_topics(timeout=timeout).topics.get(cluster.topic(topic))
    if found is None:
        raise UnknownTopic(cluster.topic(topic))
    return len(found.partitions)


def check_partitions(client: Asks, cluster: Cluster, topic: str, wanted: int, timeout: float) -> None:
    """Raise PartitionsChanged unless the topic has this number of partitions."""
    found = partitions_of(client, cluster, topic, timeout)
    if found != wanted:
        raise PartitionsChanged(cluster.topic(topic), found, wanted)


def start_offsets(
    client: AdminClient, cluster: Cluster, topic: str, partitions: Collection[int], timeout: float
) -> dict[int, int]:
    """The oldest offset of each partition; LogUnavailable where a leader does not answer within `timeout` seconds."""
    return _offsets(client, cluster, topic, partitions, OffsetSpec.earliest(), timeout)  # type: ignore[no-untyped-call]


def end_offsets(
    client: AdminClient, cluster: Cluster, topic: str, partitions: Collection[int], timeout: float
) -> dict[int, int]:
    """The offset each partition writes next; LogUnavailable where a leader does not answer within `timeout` seconds."""
    return _offsets(client, cluster, topic, partitions, OffsetSpec.latest(), timeout)  # type: ignore[no-untyped-call]


def _offsets(
    client: AdminClient, cluster: Cluster, topic: str, partitions: Collection[int], spec: OffsetSpec, timeout: float
) -> dict[int, int]:
    if not partitions:
        return {}
    wanted = {TopicPartition(cluster.topic(topic), partition): spec for partition in partitions}
    with translated(cluster):
        answers: dict[TopicPartition, Future[Any]] = client.list_offsets(wanted, request_timeout=timeout)
        return {asked.partition: answer.result().offset for asked, answer in answers.items()}
