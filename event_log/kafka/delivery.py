"""One request's records with librdkafka, until each of them is reported as delivered or failed."""

from collections.abc import Callable
from functools import partial

from confluent_kafka import KafkaError, Message, Producer
from confluent_kafka._types import HeadersType

from event_log.faults import LogUnavailable
from event_log.in_flight import Outcome, Request
from event_log.partitioning import partition_of
from event_log.record import Position

CLIENT_HEADER = "client"


class Delivery:
    """Counts the reports of one request; they and `cut()` come from one thread, the one that polls the producer."""

    def __init__(self, request: Request, partitions: int, done: Callable[[tuple[Request, Outcome]], None]) -> None:
        self._request = request
        self._partitions = partitions
        self._done = done
        self._positions: dict[int, Position] = {}
        self._expected = len(request.records)
        self._reported = 0
        self._failure: Exception | None = None
        self.produced = 0

    def produce(self, producer: Producer, topic: str) -> None:
        """Hand the records to the producer.

        Raises:
            BufferError, KafkaException: it took only the first `produced` of them.
        """
        for index, (key, value, client) in enumerate(self._request.records):
            headers: HeadersType | None = [(CLIENT_HEADER, client)] if client else None
            partition = partition_of(key, self._partitions)
            producer.produce(topic, value, key, partition, on_delivery=partial(self._report, index), headers=headers)
            self.produced += 1

    def cut(self, failure: Exception) -> None:
        """No more than what was produced will be reported."""
        self._failure = failure
        self._expected = self.produced
        self._finish()

    def _report(self, index: int, error: KafkaError | None, message: Message) -> None:
        self._reported += 1
        if error is None:
            self._positions[index] = Position(message.partition(), message.offset())  # type: ignore[arg-type]
        elif self._failure is None:
            self._failure = LogUnavailable(f"Kafka did not take every record: {error}")
        self._finish()

    def _finish(self) -> None:
        if self._reported == self._expected:
            outcome = self._failure or [self._positions[index] for index in range(self._expected)]
            self._done((self._request, outcome))
