"""A backlog of example traffic on a log: made by the project, the same for every run that reads it."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from confluent_kafka import Producer

from event_log import LogOptions, open_admin, partition_of
from kinelake.example.traffic import Example, LogMessage, Plan, examples
from schemas.shared.message import LINE_END, items_in
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

    With `only`, messages of that many items: single ones of a key are put together, and what does not come to that
    many is left out, for which some twice as many are made.
    """
    topic = example.stream.name
    open_admin(options.log_url, options).ensure_topic(topic, example.stream.max_record_bytes)
    bulk: dict[str, str | int | float | bool] = {"linger.ms": 50, "batch.size": 1_000_000}
    producer = Producer({"bootstrap.servers": bootstrap, "queue.buffering.max.messages": 500_000, **bulk})
    count = items = size = 0
    messages = backlog(2 * events if only else events, end_us, subject, example=example)
    for key, value, client in together(messages, only) if only else messages:
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


def together(messages: Iterable[LogMessage], count: int) -> Iterator[LogMessage]:
    """Messages of one item that follow each other under a key as one of `count`, with the first one's head and client.

    Others come through as they are; what a key has left over at the end is left out.
    """
    waiting: dict[bytes, list[LogMessage]] = {}
    for message in messages:
        if items_in(message.value) != 1:
            yield message
            continue
        gathered = waiting.setdefault(message.key, [])
        gathered.append(message)
        if len(gathered) == count:
            yield _one(waiting.pop(message.key))


def _one(messages: Sequence[LogMessage]) -> LogMessage:
    head, _, first = messages[0].value.partition(LINE_END)
    rest = (message.value.partition(LINE_END)[2] for message in messages[1:])
    return messages[0]._replace(value=LINE_END.join((head, first, *rest)))


def now_us() -> int:
    """The clock's time in µs, on a whole second."""
    return int(time.time()) * 1_000_000


def subject(person: str) -> str:
    """A pseudonym as a gateway would make one, without a key."""
    return hashlib.sha256(person.encode()).hexdigest()
