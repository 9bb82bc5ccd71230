"""How far the primary tables have passed the log, as far as somebody has looked."""

import threading
from collections.abc import Mapping

from schemas.shared.stream import streams
from sinks.location import Location
from sinks.moved import Moved
from sinks.reader import TableReader


class Passed:
    """Offsets that primary tables have passed: they only grow, so many readers share one look.

    For several threads at once.
    """

    def __init__(self, location: Location, reader: TableReader) -> None:
        self._location = location
        self._reader = reader
        self._known: dict[tuple[str, int], int] = {}
        self._moved: dict[str, Moved] = {}
        self._versions: dict[str, int] = {}
        self._lock = threading.Lock()

    def beyond(self, stream: str, ends: Mapping[int, int]) -> bool:
        """Whether the stream's tables have everything below these offsets, by partition."""
        with self._lock:
            if not self._known_beyond(stream, ends):
                self._look(stream, ends)
            return self._known_beyond(stream, ends)

    def _known_beyond(self, stream: str, ends: Mapping[int, int]) -> bool:
        return all(self._known.get((stream, partition), 0) >= end for partition, end in ends.items())

    def _look(self, stream: str, ends: Mapping[int, int]) -> None:
        table = streams()[stream].primary
        moved = self._moved.setdefault(stream, Moved(self._location, [table]))(self._versions.get(stream, -1))
        new = any((stream, partition) not in self._known for partition in ends)
        if (moved or new) and (version := self._reader.version(table.name)) is not None:
            self._versions[stream] = version
            found = self._reader.offsets(table.name, stream, list(ends))
            self._known |= {(stream, partition): offset for partition, offset in found.items()}
