"""The events of sessions, found without looking through all that there is."""

import polars as pl

from query_api.game.rows import Application
from schemas.game.events import STREAM
from sinks.game.event_files import EventFiles
from sinks.location import Location
from sinks.moved import Moved
from sinks.reader import Shown, everything


class Events:
    """For several threads at once; of what an erasure hides nothing is `shown`."""

    def __init__(self, location: Location, shown: Shown = everything) -> None:
        self._files = EventFiles.reading(location)
        self._moved = Moved(location, [STREAM.primary])
        self._shown = shown

    def now(self) -> EventFiles:
        """The files at the newest version."""
        if self._moved(self._files.version):
            self._files.refresh()
        return self._files

    def of(self, application: Application, sessions: pl.DataFrame) -> pl.LazyFrame:
        """The rows of an application's sessions, which `session_id` names, and `subject` where that is there."""
        theirs = self.now().of(sessions.select(name for name in ("subject", "session_id") if name in sessions.columns))
        own = [pl.col(name) == value for name, value in application._asdict().items()]
        return self._shown(STREAM.primary, theirs.filter(*own))
