"""The open connections of a server: how many there may be, and which go first.

A connection *waits* while its client owes it a request's head: new, between two requests, or refused and not closed
yet. When there are too many the one that has waited longest goes, so that a crowd of half-open ones cannot shut the
door; one whose request is being worked on never does. The sweep ends whatever is past its deadline.
"""

from collections.abc import Iterable
from typing import Protocol

from prometheus_client import Counter, Gauge

OPEN = Gauge("kinelake_connections", "Connections that are open.")
CLOSED = Counter("kinelake_connections_closed", "Connections that the server ended by itself.", ["reason"])


class Connection(Protocol):
    """What a connection lets be done with it; `deadline` is in the event loop's seconds."""

    deadline: float

    def expire(self, now: float) -> None:
        """Its deadline has passed."""

    def evict(self) -> None:
        """Another one needs its place."""

    def turn_away(self) -> None:
        """There is no place for it."""


class Connections:
    """One per server, used from its event loop only."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: set[Connection] = set()
        self._waiting: dict[Connection, None] = {}
        OPEN.set_function(lambda: len(self._open))

    def admit(self, connection: Connection) -> None:
        """A new one; when there are too many, the one that has waited longest goes, and the new one if none waits."""
        self._open.add(connection)
        self.waits(connection)
        if len(self._open) > self._most:
            self._make_room(connection)

    def waits(self, connection: Connection) -> None:
        """From now on it waits for its client."""
        self._waiting.pop(connection, None)
        self._waiting[connection] = None

    def works(self, connection: Connection) -> None:
        """A request of it is being worked on."""
        self._waiting.pop(connection, None)

    def is_waiting(self, connection: Connection) -> bool:
        """Whether its client owes it a head."""
        return connection in self._waiting

    def left(self, connection: Connection) -> None:
        """It is closed."""
        self._open.discard(connection)
        self._waiting.pop(connection, None)

    def sweep(self, now: float) -> None:
        """Ends what is past its deadline."""
        for connection in _overdue(self._open, now):
            connection.expire(now)

    def _make_room(self, newest: Connection) -> None:
        longest = next(iter(self._waiting))
        if longest is newest:
            newest.turn_away()
        else:
            self.left(longest)
            longest.evict()


def _overdue(connections: Iterable[Connection], now: float) -> list[Connection]:
    return [connection for connection in connections if connection.deadline <= now]
