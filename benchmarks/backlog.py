"""A backlog of example traffic on a log: made by the project, the same for every run that reads it."""

import hashlib
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from confluent_kafka import Producer

from event_log import LogOptions, open_admin, partition_of
from kinelake.example.traffic import Example, LogMessage, Plan, examples
from schemas.shared.message import items_in
from schemas.shared.times import DAY_US

MEASURED: Final[Example[Any]] = examples()["media"]
"""The stream whose gateway, flow and queries are measured."""
TOPIC: Final = MEASURED.stream.name


def backlog(
    events: int,
    end_us: int,
    subject_of: Callable[[str], str],
    days: int = 7,
    seed: int = 1,
    example: Example[Any] = MEASURED,
) -> Iterator[LogMessage]:
    """About that many events that begin within the days before `end_us`, as they lie on the log."""
    span = days * DAY_US
    assert example.messages is not None, "a stream that is measured has traffic for the log"
    return example.messages(example.traffic(Plan(seed, events, end_us - span, span)), subject_of)


def fill_kafka(
    bootstrap: str,
    options: LogOptions,
    events: int,
    end_us: int,
    example: Example[Any] = MEASURED,
    only: int | None = None,
) -> tuple[int, int, float]:
    """Put the backlog on Kafka; returns messages, the items in them, and their mean size in bytes.

    With `only`, messages of that many items: some twice as many are made, of which the others are left out.
    """
    topic = example.stream.name
    open_admin(options.log_url, options).ensure_topic(topic, example.stream.max_record_bytes)
    bulk: dict[str, str | int | float | bool] = {"linger.ms": 50, "batch.size": 1_000_000}
    producer = Producer({"bootstrap.servers": bootstrap, "queue.buffering.max.messages": 500_000, **bulk})
    count = items = size = 0
    for key, value, client in backlog(2 * events if only else events, end_us, subject, example=example):
        held = items_in(value)
        if only and held != only:
            continue
        while True:
            try:
                producer.produce(
                    topic, value, key, partition=partition_of(key, options.partitions), headers=[("client", client)]
                )
                break
            except BufferError:
                producer.poll(0.1)
        count += 1
        items += held
        size += len(value)
        if items >= events:
            break
    producer.flush()
    if not count:
        raise SystemExit(f"{topic} has no messages of {only} items: leave out --only, or name another number")
    return count, items, size / count


def now_us() -> int:
    """The clock's time in µs, on a whole second."""
    return int(time.time()) * 1_000_000


def subject(person: str) -> str:
    """A pseudonym as a gateway would make one, without a key."""
    return hashlib.sha256(person.encode()).hexdigest()
