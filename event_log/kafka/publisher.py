"""Publishes to Kafka. Delivery: at least once; a publish returns when all replicas in sync have it (acks=all).

The producer is idempotent: what librdkafka sends again by itself lies on the log once, in order.
A publish that raises LogUnavailable may have stored any part of its records. librdkafka lets go of them after the
publish timeout: they do not come later than that.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from event_log.health import Health
from event_log.in_flight import InFlight, Outcome, Request
from event_log.kafka.delivery import Delivery
from event_log.kafka.limits import OVERHEAD_BYTES, stored_limit
from event_log.kafka.metadata import check_partitions, translated, unavailable
from event_log.kafka.settings import Cluster, refused
from event_log.options import LogOptions
from event_log.record import Position, Record

POLL_SECONDS = 0.1
READY_SECONDS = 2
_log = structlog.get_logger()


class KafkaPublisher:
    """A Publisher over one producer of librdkafka, which is replaced when it fails for good."""

    def __init__(self, cluster: Cluster, options: LogOptions) -> None:
        self._cluster = cluster
        self._options = options
        self._in_flight = InFlight(options, self._limit)
        self._health = Health("publisher")
        self._checks: dict[str, asyncio.Task[None]] = {}
        self._checked: set[str] = set()
        self._done: list[tuple[Request, Outcome]] = []
        self._cut: deque[tuple[Delivery, Exception]] = deque()
        self._fatal: KafkaError | None = None
        self._stopping = False
        # Held while a request is handed over, so that a producer is never replaced under one.
        self._replacing = threading.Lock()
        self._producer = self._made()
        self._thread: threading.Thread | None = None

    async def publish(self, topic: str, records: Sequence[Record]) -> list[Position]:
        """See Publisher."""
        if not records:
            return []
        if topic not in self._checked:
            await self._check(topic)
        return await self._in_flight.publish(topic, records, self._hand_over)

    async def ready(self) -> None:
        """See Publisher."""
        self._in_flight.check_open()
        await asyncio.to_thread(self._ask)

    async def close(self) -> None:
        """See Publisher."""
        await self._in_flight.drained()
        self._stopping = True
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._producer.close)

    async def _check(self, topic: str) -> None:
        """Once a topic; the first publishes wait for one check together, and so keep their order."""
        self._in_flight.check_open()
        check = self._checks.get(topic)
        if check is None:
            check = self._checks[topic] = asyncio.create_task(self._partitions_checked(topic))
        try:
            await asyncio.shield(check)
        except Exception:
            self._checks.pop(topic, None)
            raise
        self._checked.add(topic)

    async def _partitions_checked(self, topic: str) -> None:
        wanted, timeout = self._options.partitions, self._options.publish_timeout_seconds
        await asyncio.to_thread(check_partitions, self._producer, self._cluster, topic, wanted, timeout)

    async def _limit(self, topic: str) -> int | None:
        return await asyncio.to_thread(self._stored_limit, topic)

    def _stored_limit(self, topic: str) -> int | None:
        client = AdminClient(self._cluster.client())
        with translated(self._cluster):
            stored, own = stored_limit(client, self._cluster, topic, READY_SECONDS)
        return stored - OVERHEAD_BYTES if own else None

    def _ask(self) -> None:
        with translated(self._cluster):
            self._producer.list_topics(timeout=READY_SECONDS)

    def _made(self) -> Producer:
        try:
            return Producer({**self._cluster.producer(self._options), "error_cb": self._on_error})
        except KafkaException as error:
            raise refused(error) from error

    def _hand_over(self, request: Request) -> None:
        self._start()
        delivery = Delivery(request, self._options.partitions, self._done.append)
        try:
            with self._replacing:
                delivery.produce(self._producer, self._cluster.topic(request.topic))
        except (BufferError, KafkaException) as error:
            self._cut.append((delivery, unavailable(self._cluster, error)))

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="event-log-deliveries", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stopping:
            self._producer.poll(POLL_SECONDS)
            if self._fatal is not None:
                self._replace(self._fatal)
            while self._cut:
                delivery, failure = self._cut.popleft()
                delivery.cut(failure)
            self._settle()

    def _settle(self) -> None:
        if self._done:
            if any(isinstance(outcome, list) for _, outcome in self._done):
                self._health.answers()
            self._in_flight.settle(self._done.copy())
            self._done.clear()

    def _replace(self, reason: KafkaError) -> None:
        _log.error("Kafka producer failed for good; making another", reason=str(reason))
        with self._replacing:
            failed, self._producer, self._fatal = self._producer, self._made(), None
        # What was on its way in the failed one is reported as failed; none of it is sent again.
        failed.purge()
        failed.flush(POLL_SECONDS)
        failed.close()

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal() or error.code() == KafkaError._FATAL:
            self._fatal = error
        else:
            self._health.fails(error)
