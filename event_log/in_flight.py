"""Back-pressure: what was handed to the log and is not settled yet, bounded over all requests.

Belongs to one event loop. The log's own thread hands outcomes back with one wake-up per group of requests.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from event_log.faults import LogFull, LogUnavailable, PublisherClosed, RecordTooLarge
from event_log.options import LogOptions
from event_log.record import Position, Record

RETRY_AFTER_SECONDS = 1.0

Outcome = list[Position] | Exception
LimitOf = Callable[[str], Awaitable[int | None]]
"""The log's answer: the largest record in bytes that a topic was made for, None where it has no limit of its own."""


class Request:
    """Records of one publish() on their way; the future ends with their positions or the error."""

    __slots__ = ("future", "records", "size", "topic")

    def __init__(
        self, topic: str, records: Sequence[Record], size: int, future: asyncio.Future[list[Position]]
    ) -> None:
        self.topic = topic
        self.records = records
        self.size = size
        self.future = future


class InFlight:
    """Admits requests while the bounds allow it, and settles them."""

    def __init__(self, options: LogOptions, limit_of: LimitOf) -> None:
        self._options = options
        self._limit_of = limit_of
        self._loop: asyncio.AbstractEventLoop | None = None
        self._requests = 0
        self._records = 0
        self._bytes = 0
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    def check_open(self) -> None:
        """Raise PublisherClosed after close()."""
        if self._closed:
            raise PublisherClosed("the publisher is closed: open another")

    async def publish(
        self, topic: str, records: Sequence[Record], hand_over: Callable[[Request], None]
    ) -> list[Position]:
        """Hand the records over to the log and wait for the outcome, at most the publish timeout.

        Raises:
            LogFull, RecordTooLarge, PublisherClosed: they were not handed over.
            LogUnavailable: not known to be durable.
        """
        self.check_open()
        sizes = [len(key) + len(value) + len(client) for key, value, client in records]
        if (largest := max(sizes)) > self._options.record_max_bytes:
            await self._check_size(topic, largest)
        request = self._admitted(topic, records, sum(sizes))
        hand_over(request)
        seconds = self._options.publish_timeout_seconds
        # asyncio.timeout cancels the task to wake it, which takes four times as long to arrange
        timer = asyncio.get_running_loop().call_later(seconds, _give_up, request.future, seconds)
        try:
            return await request.future
        finally:
            timer.cancel()

    def settle(self, outcomes: Sequence[tuple[Request, Outcome]]) -> None:
        """Hand outcomes to those who wait; may be called from any thread."""
        assert self._loop is not None, "nothing is settled before it was admitted"
        self._loop.call_soon_threadsafe(self._settle, outcomes)

    async def drained(self) -> None:
        """Admit nothing any more, and return when everything admitted is settled."""
        self._closed = True
        await self._idle.wait()

    async def _check_size(self, topic: str, largest: int) -> None:
        """Beyond the setting the topic's own limit counts; the log is asked, since it may have been raised."""
        limit = max(self._options.record_max_bytes, await self._limit_of(topic) or 0)
        if largest > limit:
            raise RecordTooLarge(topic, largest, limit)

    def _admitted(self, topic: str, records: Sequence[Record], size: int) -> Request:
        self.check_open()
        self._loop = asyncio.get_running_loop()
        self._check_bounds(len(records), size)
        self._requests += 1
        self._records += len(records)
        self._bytes += size
        self._idle.clear()
        return Request(topic, records, size, self._loop.create_future())

    def _check_bounds(self, records: int, size: int) -> None:
        # A request above the bounds by itself may go when it is alone: otherwise it could never go.
        if self._requests and (
            self._records + records > self._options.in_flight_max_records
            or self._bytes + size > self._options.in_flight_max_bytes
        ):
            raise LogFull(RETRY_AFTER_SECONDS)

    def _settle(self, outcomes: Sequence[tuple[Request, Outcome]]) -> None:
        for request, outcome in outcomes:
            self._requests -= 1
            self._records -= len(request.records)
            self._bytes -= request.size
            _resolve(request.future, outcome)
        if not self._requests:
            self._idle.set()


def _give_up(future: asyncio.Future[list[Position]], seconds: float) -> None:
    if not future.done():
        future.set_exception(LogUnavailable(f"the log did not confirm the records within {seconds:g} s"))


def _resolve(future: asyncio.Future[list[Position]], outcome: Outcome) -> None:
    if future.done():  # whoever waited has gone: timed out, or the client hung up
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
