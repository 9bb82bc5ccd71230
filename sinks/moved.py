"""Whether tables may have moved since somebody looked: a look at their logs costs a hundred times what asking does."""

import time
from collections.abc import Callable, Sequence

from schemas.shared.columns import Table
from sinks.location import Location

RACY_SECONDS = 3.0
"""File times are coarse: a folder changed so recently may have changed again without showing it."""

MOST_SECONDS = 1.0
"""A file system that shows changes late delays what is new by so much at most."""

_SECOND_NS = 1_000_000_000


class Moved:
    """Asks the times of the logs' folders, which every commit moves; of a bucket it says that they may have moved."""

    def __init__(
        self,
        location: Location,
        tables: Sequence[Table],
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._logs = [location.folder / table.name / "_delta_log" for table in tables] if location.is_folder else []
        self._wall = wall
        self._clock = clock
        self._seen: list[int] = []
        self._due = 0.0

    def __call__(self) -> bool:
        """Ask before looking at the tables, and look where it says yes."""
        now, changed = self._clock(), self._changed()
        if changed and changed == self._seen and now < self._due:
            return False
        at_rest = all(self._wall() - time_ns / _SECOND_NS > RACY_SECONDS for time_ns in changed)
        self._seen, self._due = changed if at_rest else [], now + MOST_SECONDS
        return True

    def _changed(self) -> list[int]:
        """Nanoseconds since 1970; none where one of them cannot be said."""
        try:
            return [log.stat().st_mtime_ns for log in self._logs]
        except OSError:
            return []
