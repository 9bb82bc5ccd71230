"""Whether tables have moved since somebody looked: a look at their logs costs a hundred times what asking does."""

import time
from collections.abc import Callable, Sequence

from schemas.shared.columns import Table
from sinks.location import Location

MOST_SECONDS = 5.0
"""Who has fallen so far behind that the next commit is gone from the log, or has a file system that shows late what is
new, looks once in so many seconds all the same."""


class Moved:
    """Asks for the file of each table's next commit; of a bucket it says that they may have moved."""

    def __init__(
        self, location: Location, tables: Sequence[Table], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._logs = [location.folder / table.name / "_delta_log" for table in tables] if location.is_folder else []
        self._clock = clock
        self._due = 0.0

    def __call__(self, *versions: int) -> bool:
        """Ask with what was seen last of each table, -1 where there was none; look where it says yes."""
        now = self._clock()
        if self._logs and now < self._due and not self._committed(versions):
            return False
        self._due = now + MOST_SECONDS
        return True

    def _committed(self, versions: Sequence[int]) -> bool:
        """A commit is a file that is there whole, under the next number, or not at all."""
        after = zip(self._logs, versions, strict=True)
        return any((log / f"{version + 1:020}.json").exists() for log, version in after)
