"""The log as jobs write to it: like anyone else, from a thread that has no event loop of its own.

Delivery: at least once, acknowledged only when durable.
"""

import asyncio
from collections.abc import Sequence

from event_log import LogOptions, Position, Publisher, Record, open_publisher


class Outbox:
    """A publisher opened at the first publish. For one thread, and closed by it."""

    def __init__(self, options: LogOptions) -> None:
        self._options = options
        self._runner = asyncio.Runner()
        self._publisher: Publisher | None = None

    def publish(self, topic: str, records: Sequence[Record]) -> list[Position]:
        """The records' positions once all of them are durable; raises what Publisher.publish does."""
        return self._runner.run(self._publish(topic, records))

    def close(self) -> None:
        """Waits until what is in flight is settled, and lets go of the log."""
        if self._publisher is not None:
            self._runner.run(self._publisher.close())
        self._runner.close()

    async def _publish(self, topic: str, records: Sequence[Record]) -> list[Position]:
        # a publisher belongs to the loop that it is opened in
        self._publisher = self._publisher or open_publisher(self._options.log_url, self._options)
        return await self._publisher.publish(topic, records)
