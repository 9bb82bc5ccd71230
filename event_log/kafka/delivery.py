"""One request's records with librdkafka, until each of them is reported as delivered or failed."""

from collections import defaultdict
from collections.abc import Callable

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
        self._partitions = [partition_of(record.key, partitions) for record in request.records]
        self._done = done
        self._expected = len(request.records)
        self._reported = 0
        self._failure: Exception | None = None
        # librdkafka keeps the order within a partition, so the n-th offset there belongs to its n-th record.
        self._offsets: defaultdict[int, list[int]] = defaultdict(list)
        self.produced = 0

    def produce(self, producer: Producer, topic: str) -> None:
        """Hand the records to the producer.

        Raises:
            BufferError, KafkaException: it took only the first `produced` of them.
        """
        produce, report = producer.produce, self._report
        for (key, value, client), partition in zip(self._request.records, self._partitions, strict=True):
            headers: HeadersType | None = [(CLIENT_HEADER, client)] if client else None
            produce(topic, value, key, partition, on_delivery=report, headers=headers)
            self.produced += 1

    def cut(self, failure: Exception) -> None:
        """No more than what was produced will be reported."""
        self._failure = failure
        self._expected = self.produced
        self._finish()

    def _report(self, error: KafkaError | None, message: Message) -> None:
        self._reported += 1
        if error is None:
            self._offsets[message.partition()].append(message.offset())  # type: ignore[index, arg-type]
        elif self._failure is None:
            self._failure = LogUnavailable(f"Kafka did not take every record: {error}")
        self._finish()

    def _finish(self) -> None:
        if self._reported == self._expected:
            self._done((self._request, self._failure or self._positions()))

    def _positions(self) -> list[Position]:
        offsets = {partition: iter(found) for partition, found in self._offsets.items()}
        return [Position(partition, next(offsets[partition])) for partition in self._partitions]
