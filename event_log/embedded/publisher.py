"""Publishes to the embedded log. Delivery: at least once; a publish returns after the fsync of its commit.

Commits are grouped: many publishes share one. A publish that raises LogUnavailable stored nothing, unless the machine
or the disk failed in the middle of the commit, or the publish timeout passed first.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from event_log.embedded.database import connect, limit_of, translated, writing
from event_log.embedded.disk import check_disk
from event_log.embedded.writer import GroupWriter, utc_now
from event_log.in_flight import InFlight
from event_log.options import LogOptions
from event_log.record import Position, Record

READY_SECONDS = 2


class SqlitePublisher:
    """A Publisher over one SQLite file; several processes may publish to it at once."""

    def __init__(self, path: Path, options: LogOptions, clock: Callable[[], datetime] = utc_now) -> None:
        self._path = path
        self._options = options
        self._in_flight = InFlight(options, self._limit)
        self._writer = GroupWriter(path, options, self._in_flight.settle, clock)

    async def publish(self, topic: str, records: Sequence[Record]) -> list[Position]:
        """See Publisher."""
        if not records:
            return []
        return await self._in_flight.publish(topic, records, self._writer.submit)

    async def ready(self) -> None:
        """See Publisher."""
        self._in_flight.check_open()
        await asyncio.to_thread(self._check)

    async def close(self) -> None:
        """See Publisher."""
        await self._in_flight.drained()
        await asyncio.to_thread(self._writer.stop)

    async def _limit(self, topic: str) -> int | None:
        return await asyncio.to_thread(self._stored_limit, topic)

    def _stored_limit(self, topic: str) -> int | None:
        connection = connect(self._path, READY_SECONDS)
        try:
            with translated(self._path):
                return limit_of(connection, topic)
        finally:
            connection.close()

    def _check(self) -> None:
        check_disk(self._path.absolute().parent, self._options)
        connection = connect(self._path, READY_SECONDS)
        try:
            # Taking the write lock is what fails on a read-only file or a writer that hangs.
            with translated(self._path), writing(connection):
                pass
        finally:
            connection.close()
