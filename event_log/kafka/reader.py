"""Reads Kafka. Delivery: every message from the start offsets on, in order, as often as it is asked for.

It assigns its partitions itself, commits nothing and never lets the client choose an offset. While the brokers are
away polls are empty and `healthy` is false; librdkafka goes on trying.
"""

import gc
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from event_log.faults import LogUnavailable, OffsetOutOfRange, UnknownTopic, check_range
from event_log.health import Health
from event_log.kafka.delivery import CLIENT_HEADER
from event_log.kafka.metadata import Extents
from event_log.kafka.settings import Cluster, refused
from event_log.options import LogOptions
from event_log.record import Fetched

# consume() waits for as many messages as it was asked for: asked in short turns, the first ones need not wait long.
TURN_SECONDS = 0.02
LONG_SECONDS = 0.1
# More messages at once leave the processor's caches before they are made into columns.
CHUNK = 2000
ASK_SECONDS = 2
Question = Callable[[str, Collection[int], float], dict[int, int]]
OUT_OF_RANGE = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)


class KafkaReader:
    """A Reader over one consumer of librdkafka."""

    def __init__(self, cluster: Cluster, topic: str, start: Mapping[int, int], options: LogOptions) -> None:
        self._cluster = cluster
        self._topic = topic
        self._partitions = sorted(start)
        self._health = Health("reader", topic)
        self._extents = Extents(cluster)
        try:
            self._check_start(start, options.publish_timeout_seconds)
            self._consumer = self._made()
        except BaseException:
            self._extents.close()
            raise
        self._consumer.assign(self._at(start))

    @property
    def healthy(self) -> bool:
        """See Reader."""
        return self._health.up

    def poll(self, max_messages: int, timeout: float) -> Fetched:
        """See Reader."""
        deadline = time.monotonic() + timeout
        parts: list[Fetched] = []
        wanted = max_messages
        while wanted:
            left = 0.0 if parts else max(0.0, deadline - time.monotonic())
            with collector_paused():
                # A long wait is for the first message alone: it would be as many turns of nothing.
                part = self._fetched(1, left) if left > LONG_SECONDS else self._turn(wanted, left)
            if len(part):
                parts.append(part)
                wanted -= len(part)
            elif left <= 0:
                break
        return joined(parts)

    def end_offsets(self) -> dict[int, int]:
        """See Reader."""
        return self._asked(self._extents.ends, ASK_SECONDS)

    def start_offsets(self) -> dict[int, int]:
        """See Reader."""
        return self._asked(self._extents.starts, ASK_SECONDS)

    def seek(self, partition: int, offset: int) -> None:
        """See Reader."""
        # Consumer.seek() fails on a partition that is not fetched yet; assigning anew also drops what is prefetched.
        self._consumer.incremental_unassign(self._at({partition: offset}))
        self._consumer.incremental_assign(self._at({partition: offset}))

    def close(self) -> None:
        """See Reader."""
        self._consumer.close()
        self._extents.close()

    def _made(self) -> Consumer:
        try:
            return Consumer({**self._cluster.consumer(), "error_cb": self._health.fails})
        except KafkaException as error:
            raise refused(error) from error

    def _at(self, offsets: Mapping[int, int]) -> list[TopicPartition]:
        topic = self._cluster.topic(self._topic)
        return [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]

    def _turn(self, wanted: int, left: float) -> Fetched:
        return self._fetched(min(wanted, CHUNK), min(left, TURN_SECONDS))

    def _fetched(self, max_messages: int, timeout: float) -> Fetched:
        messages = self._consumer.consume(max_messages, timeout)
        if any(map(Message.error, messages)):
            for message in messages:
                self._note(message)
            messages = [message for message in messages if message.error() is None]
        elif messages:
            self._health.answers()
        return columns(messages)

    def _note(self, message: Message) -> None:
        error, partition, offset = message.error(), message.partition(), message.offset()
        if error is None:
            return
        if error.code() in OUT_OF_RANGE:
            assert partition is not None
            assert offset is not None
            start, end = self.start_offsets()[partition], self.end_offsets()[partition]
            raise OffsetOutOfRange(self._topic, partition, offset, start, end)
        self._health.fails(error)

    def _asked(self, question: Question, timeout: float) -> dict[int, int]:
        try:
            found = question(self._topic, self._partitions, timeout)
        except LogUnavailable as error:
            self._health.fails(error)
            raise
        self._health.answers()
        return found

    def _check_start(self, start: Mapping[int, int], timeout: float) -> None:
        count = self._extents.partitions(self._topic, timeout)
        if missing := start.keys() - set(range(count)):
            raise UnknownTopic(self._topic, missing)
        first = self._asked(self._extents.starts, timeout)
        last = self._asked(self._extents.ends, timeout)
        for partition, offset in start.items():
            check_range(self._topic, partition, offset, first[partition], last[partition])


@contextmanager
def collector_paused() -> Iterator[None]:
    """No garbage collection meanwhile: it walks over every message again and again, and doubles what they cost.

    Messages hold no cycles; the last reference to them frees them.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def columns(messages: list[Message]) -> Fetched:
    """Messages without errors as columns. Calling the methods through map() costs half of what a loop does."""
    return Fetched(
        partitions=np.fromiter(map(Message.partition, messages), np.int32, len(messages)),
        offsets=np.fromiter(map(Message.offset, messages), np.int64, len(messages)),
        keys=[key or b"" for key in map(Message.key, messages)],
        values=[value or b"" for value in map(Message.value, messages)],
        clients=list(map(client_of, map(Message.headers, messages))),
    )


def joined(parts: Sequence[Fetched]) -> Fetched:
    """Several fetches as one, in order."""
    if not parts:
        return Fetched.nothing()
    return Fetched(
        partitions=np.concatenate([part.partitions for part in parts]),
        offsets=np.concatenate([part.offsets for part in parts]),
        keys=[key for part in parts for key in part.keys],
        values=[value for part in parts for value in part.values],
        clients=[client for part in parts for client in part.clients],
    )


def client_of(headers: Any) -> bytes:
    """The header `client`, empty if there is none."""
    for name, value in headers or ():
        if name == CLIENT_HEADER:
            return value or b""
    return b""
