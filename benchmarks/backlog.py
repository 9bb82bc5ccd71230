"""A backlog of example traffic on a log: made by the project, the same for every run that reads it."""

import hashlib
import time

from confluent_kafka import Producer

from event_log import LogOptions, open_admin, partition_of
from kinelake.example.media.messages import log_messages
from kinelake.example.media.traffic import MediaTraffic, Traffic
from schemas.shared.times import DAY_US

TOPIC = "media"
EVENTS_PER_SESSION = 50


def traffic(events: int, end_us: int, days: int = 7, seed: int = 1) -> MediaTraffic:
    """About that many events, in sessions that begin within the days before `end_us`."""
    span = days * DAY_US
    return MediaTraffic(Traffic(seed=seed, sessions=events // EVENTS_PER_SESSION, start=end_us - span, span=span))


def fill_kafka(bootstrap: str, options: LogOptions, events: int, end_us: int) -> tuple[int, float]:
    """Put the backlog on Kafka; returns messages and their mean size in bytes."""
    open_admin(options.log_url, options).ensure_topic(TOPIC)
    bulk: dict[str, str | int | float | bool] = {"linger.ms": 50, "batch.size": 1_000_000}
    producer = Producer({"bootstrap.servers": bootstrap, "queue.buffering.max.messages": 500_000, **bulk})
    count = size = 0
    for key, value, client in log_messages(traffic(events, end_us), _subject):
        while True:
            try:
                producer.produce(
                    TOPIC, value, key, partition=partition_of(key, options.partitions), headers=[("client", client)]
                )
                break
            except BufferError:
                producer.poll(0.1)
        count += 1
        size += len(value)
        if count == events:
            break
    producer.flush()
    return count, size / count


def now_us() -> int:
    """The clock's time in µs, on a whole second."""
    return int(time.time()) * 1_000_000


def _subject(person: str) -> str:
    return hashlib.sha256(person.encode()).hexdigest()
