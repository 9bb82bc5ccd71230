"""How large a record of a topic may be: the topic's `max.message.bytes`, which bounds what a broker takes at once."""

from collections.abc import Sequence

from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    ResourceType,
)

from event_log.kafka.settings import Cluster

MAX_MESSAGE_BYTES = "max.message.bytes"
OVERHEAD_BYTES = 1024
"""What a batch of one record has beside key, value and client."""
USUAL_BYTES = 1_048_588
"""The brokers' own default: it holds librdkafka's batches of many records, so no topic is given less."""


def broker_limit(record_bytes: int) -> dict[str, str]:
    """The topic's setting that lets through a record of that size; none where the brokers' default does."""
    wanted = record_bytes + OVERHEAD_BYTES
    return {MAX_MESSAGE_BYTES: str(wanted)} if wanted > USUAL_BYTES else {}


def stored_limit(client: AdminClient, cluster: Cluster, topic: str, seconds: float) -> tuple[int, bool]:
    """The topic's `max.message.bytes` as it counts now, and whether it was set for this topic.

    Raises:
        KafkaException: the brokers do not answer within `seconds`.
    """
    resource = resource_of(cluster, topic)
    found = client.describe_configs([resource], request_timeout=seconds)[resource].result()[MAX_MESSAGE_BYTES]
    return int(found.value), found.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value


def resource_of(cluster: Cluster, topic: str, entries: Sequence[ConfigEntry] = ()) -> ConfigResource:
    """The topic as what settings are read from and written to."""
    return ConfigResource(ResourceType.TOPIC, cluster.topic(topic), incremental_configs=list(entries))
