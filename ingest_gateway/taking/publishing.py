"""Puts a stream's records on the log: durable when it returns, counted by item, errors as answers."""

from collections.abc import Sequence
from time import perf_counter

from event_log import Position, Publisher, Record
from ingest_gateway.taking.refusals import log_unpublished, unpublished
from schemas.shared.faults import KinelakeError
from schemas.shared.message import items_in
from schemas.shared.stream import Stream
from web.metrics import EVENTS, PUBLISH_SECONDS


class Publishing:
    """One stream's way onto the log."""

    def __init__(self, stream: Stream, publisher: Publisher) -> None:
        self._stream = stream
        self._publisher = publisher
        self._accepted = EVENTS.labels(stream.name, "accepted")
        self._rejected = EVENTS.labels(stream.name, "rejected")
        self._seconds = PUBLISH_SECONDS.labels(stream.name)

    async def __call__(self, records: Sequence[Record], items: int | None = None) -> list[Position]:
        """The records' positions once all are durable; raises the Problem that says why they are not.

        `items` is how many items they have, for whoever knows it.
        """
        began = perf_counter()
        try:
            positions = await self._publisher.publish(self._stream.name, records)
        except KinelakeError as error:
            log_unpublished(self._stream, error)
            raise unpublished(error) from error
        finally:
            self._seconds.observe(perf_counter() - began)
        self._accepted.inc(sum(items_in(record.value) for record in records) if items is None else items)
        return positions

    def rejected(self, items: int) -> None:
        """Counts items that were refused before the log."""
        if items:
            self._rejected.inc(items)
