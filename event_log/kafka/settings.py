"""What `kafka://…` says, and librdkafka's settings from it."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from confluent_kafka import KafkaException

from event_log.faults import BadLogUrl
from event_log.options import LogOptions

Settings = dict[str, str | int | float | bool]

# What the guarantees stand on is not for the URL to change.
OURS = frozenset(
    {
        "acks",
        "auto.offset.reset",
        "bootstrap.servers",
        "delivery.timeout.ms",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.idempotence",
        "enable.partition.eof",
        "group.id",
        "isolation.level",
        "message.timeout.ms",
        "queue.buffering.max.kbytes",
        "queue.buffering.max.messages",
        "request.required.acks",
        "transactional.id",
    }
)
SHARED: Settings = {
    "client.id": "kinelake",
    # librdkafka repeats "connection refused" for as long as a broker is away; what matters comes as an error event.
    "log_level": 2,
    "reconnect.backoff.ms": 50,
    "reconnect.backoff.max.ms": 1000,
    "socket.keepalive.enable": True,
}
PREFETCH_KILOBYTES = 64 * 1024
LARGEST_MESSAGE_BYTES = 64 * 2**20
"""librdkafka's own bound lies above every topic's: what a topic takes is the topic's setting."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """`kafka://h1:9092,h2:9092?topic_prefix=x.&any.librdkafka.setting=v`."""

    servers: str
    topic_prefix: str = ""
    further: Settings = field(default_factory=dict)

    @classmethod
    def parse(cls, url: str) -> Self:
        """What the URL says.

        Raises:
            BadLogUrl: no servers in it, or a setting that Kinelake keeps to itself.
        """
        parts = urlsplit(url)
        if parts.scheme != "kafka" or not parts.netloc or parts.path.strip("/"):
            raise BadLogUrl("KINELAKE_LOG_URL names no Kafka: use kafka://HOST:PORT,HOST:PORT?topic_prefix=X")
        further: Settings = dict(parse_qsl(parts.query, keep_blank_values=True))
        prefix = str(further.pop("topic_prefix", ""))
        if refused := OURS & further.keys():
            raise BadLogUrl(f"KINELAKE_LOG_URL sets {sorted(refused)}: exactly-once rests on them, leave them out")
        return cls(parts.netloc, prefix, further)

    def topic(self, topic: str) -> str:
        """The topic's name on the cluster."""
        return self.topic_prefix + topic

    def client(self) -> Settings:
        """Settings of a client that only asks."""
        return {**SHARED, **self.further, "bootstrap.servers": self.servers}

    def producer(self, options: LogOptions) -> Settings:
        """Settings of a producer: acknowledged by all replicas, in order, bounded in memory and time."""
        timeout = int(options.publish_timeout_seconds * 1000)
        bounds: Settings = {
            "linger.ms": options.kafka_linger_ms,
            "message.max.bytes": LARGEST_MESSAGE_BYTES,
            "retry.backoff.ms": 50,
        }
        guarantee: Settings = {
            "acks": "all",
            "enable.idempotence": True,
            "message.timeout.ms": timeout,
            # InFlight bounds the queue, whole requests at a time: librdkafka would take half of one.
            "queue.buffering.max.messages": 0,
            "queue.buffering.max.kbytes": 2**31 - 1,
        }
        return {**SHARED, **bounds, **self.further, "bootstrap.servers": self.servers, **guarantee}

    def consumer(self) -> Settings:
        """Settings of a consumer that is told where to read, and never decides that itself."""
        prefetch: Settings = {
            "queued.max.messages.kbytes": PREFETCH_KILOBYTES,
            "queued.min.messages": 200_000,
            "fetch.message.max.bytes": 4 * 2**20,
            "fetch.wait.max.ms": 100,
            # After a full queue librdkafka would wait a second before it fetches again.
            "fetch.queue.backoff.ms": 20,
            "fetch.error.backoff.ms": 100,
        }
        guarantee: Settings = {
            # Demanded by librdkafka; without subscribe() and commit() no group comes into being.
            "group.id": "kinelake",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
        }
        return {**SHARED, **prefetch, **self.further, "bootstrap.servers": self.servers, **guarantee}


def refused(error: KafkaException) -> BadLogUrl:
    """librdkafka's refusal of a setting, as ours; its text names the setting, not the value of a password."""
    return BadLogUrl(f"KINELAKE_LOG_URL has a setting that librdkafka refuses: {error.args[0].str()}")
