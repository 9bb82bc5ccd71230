"""Upkeep of a log on Kafka: topics and their retention; expiry is the brokers' work, single messages stay."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    NewTopic,
)
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from event_log.faults import UnknownTopic
from event_log.interface import Chosen
from event_log.kafka.limits import MAX_MESSAGE_BYTES, broker_limit, resource_of, stored_limit
from event_log.kafka.metadata import Extents, check_partitions, translated, unavailable
from event_log.kafka.settings import Cluster
from event_log.options import LogOptions

ASK_SECONDS = 10
APPEAR_SECONDS = 10


class KafkaAdmin:
    """An Admin over librdkafka's admin client."""

    blanks = False

    def __init__(self, cluster: Cluster, options: LogOptions) -> None:
        self._cluster = cluster
        self._options = options
        self._extents = Extents(cluster)
        self._client = AdminClient(cluster.client())

    def ensure_topic(self, topic: str, max_record_bytes: int | None = None) -> None:
        """See Admin; the topic's retention is brought to the setting."""
        limit = broker_limit(max(max_record_bytes or 0, self._options.record_max_bytes))
        try:
            self._create(topic, {**self._retention, **limit})
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise unavailable(self._cluster, error) from error
            self._set(topic, {**self._retention, **self._raised(topic, limit)})
        self._check(topic)

    def end_offsets(self, topic: str) -> dict[int, int]:
        """See Admin."""
        return self._extents.ends(topic, self._partitions(topic), ASK_SECONDS)

    def start_offsets(self, topic: str) -> dict[int, int]:
        """See Admin."""
        return self._extents.starts(topic, self._partitions(topic), ASK_SECONDS)

    def expire(self, topic: str, before: datetime, keep_from: Mapping[int, int]) -> int:
        """0: the brokers do it by the topic's retention."""
        return 0

    def blank(
        self, topic: str, chosen: Chosen, naming: Collection[bytes] = (), below: Mapping[int, int] | None = None
    ) -> int:
        """0: what must go goes with the topic's retention."""
        return 0

    def close(self) -> None:
        """See Admin."""
        self._extents.close()

    @property
    def _retention(self) -> dict[str, str]:
        retention = timedelta(days=self._options.retention_days)
        return {"retention.ms": str(retention // timedelta(milliseconds=1)), "cleanup.policy": "delete"}

    def _create(self, topic: str, config: dict[str, str]) -> None:
        name, options = self._cluster.topic(topic), self._options
        new = NewTopic(name, options.partitions, options.replication_factor, config=config)
        self._client.create_topics([new], request_timeout=ASK_SECONDS)[name].result()

    def _raised(self, topic: str, limit: Mapping[str, str]) -> Mapping[str, str]:
        """The limit where it is more than the topic's."""
        if not limit:
            return {}
        with translated(self._cluster):
            stored, _ = stored_limit(self._client, self._cluster, topic, ASK_SECONDS)
        return limit if int(limit[MAX_MESSAGE_BYTES]) > stored else {}

    def _set(self, topic: str, config: Mapping[str, str]) -> None:
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in config.items()
        ]
        resource = resource_of(self._cluster, topic, entries)
        with translated(self._cluster):
            self._client.incremental_alter_configs([resource], request_timeout=ASK_SECONDS)[resource].result()

    # A topic that was just made is not known to every broker at once.
    @retry(
        retry=retry_if_exception_type(UnknownTopic),
        wait=wait_fixed(0.05),
        stop=stop_after_delay(APPEAR_SECONDS),
        reraise=True,
    )
    def _check(self, topic: str) -> None:
        check_partitions(self._client, self._cluster, topic, self._options.partitions, ASK_SECONDS)

    def _partitions(self, topic: str) -> range:
        return range(self._extents.partitions(topic, ASK_SECONDS))
