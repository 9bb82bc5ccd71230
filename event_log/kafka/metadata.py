"""What a cluster says about topics and offsets, its errors as ours."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition
from tenacity import retry, retry_if_exception, stop_after_delay, wait_fixed

from event_log.faults import LogUnavailable, PartitionsChanged, UnknownTopic
from event_log.kafka.settings import Cluster, refused

STALE = frozenset(
    {
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_PARTITION,
    }
)


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


class Extents:
    """Asks a topic's partitions where they start and end.

    By a consumer that reads nothing: AdminClient.list_offsets (librdkafka 2.16) keeps a leader's epoch over the
    broker's restart and fails for good; and a consumer that reads answers only after its fetch has waited.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        try:
            self._client = Consumer(cluster.consumer())
        except KafkaException as error:
            raise refused(error) from error

    def partitions(self, topic: str, timeout: float) -> int:
        """The topic's number of partitions; see partitions_of."""
        return partitions_of(self._client, self._cluster, topic, timeout)

    def starts(self, topic: str, partitions: Collection[int], timeout: float) -> dict[int, int]:
        """The oldest offset of each partition; LogUnavailable where a leader does not answer within `timeout` s."""
        return self._offsets(topic, partitions, OFFSET_BEGINNING, timeout)

    def ends(self, topic: str, partitions: Collection[int], timeout: float) -> dict[int, int]:
        """The offset each partition writes next; LogUnavailable where a leader does not answer within `timeout` s."""
        return self._offsets(topic, partitions, OFFSET_END, timeout)

    def close(self) -> None:
        """Let go of the brokers."""
        self._client.close()

    def _offsets(self, topic: str, partitions: Collection[int], end: int, timeout: float) -> dict[int, int]:
        if not partitions:
            return {}
        # The protocol knows the two ends as special times.
        wanted = [TopicPartition(self._cluster.topic(topic), partition, end) for partition in partitions]
        patient = retry(
            retry=retry_if_exception(is_stale), wait=wait_fixed(0.05), stop=stop_after_delay(timeout), reraise=True
        )
        with translated(self._cluster):
            return patient(self._asked)(wanted, timeout)

    def _asked(self, wanted: list[TopicPartition], timeout: float) -> dict[int, int]:
        answers = self._client.offsets_for_times(wanted, timeout=timeout)
        for answer in answers:
            if answer.error is not None:
                raise KafkaException(answer.error)
        return {answer.partition: answer.offset for answer in answers}


def is_stale(error: BaseException) -> bool:
    """Whether librdkafka asked the wrong broker, as it does once after a topic was made or a leader has changed."""
    return isinstance(error, KafkaException) and error.args[0].code() in STALE
