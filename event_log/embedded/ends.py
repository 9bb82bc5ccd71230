"""Where partitions end, as a connection that writes knows it: asked for again once another connection has written."""

import sqlite3

from event_log.embedded.database import Extent, become_current, extents


class Ends:
    """Extents by topic and partition; for use in transactions that write. Rolling one back leaves them wrong."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._by_topic: dict[str, dict[int, Extent]] = {}
        self._version: int | None = None

    def renew(self) -> None:
        """First in each transaction: forget what another connection may have changed."""
        (version,) = self.connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            become_current(self.connection)
            self._by_topic.clear()
            self._version = version

    def of(self, topic: str) -> dict[int, Extent]:
        """The topic's partitions; whoever appends to one says here where it ends then.

        Raises:
            UnknownTopic: it has none.
        """
        found = self._by_topic.get(topic)
        if found is None:
            found = self._by_topic[topic] = extents(self.connection, topic)
        return found
