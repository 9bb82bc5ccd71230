"""Finished analyses, made again of rows of the tables; what was asked for a moment ago is kept."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Final

from motion.analysis import Analysis
from query_api.motion.known import KnownSession
from query_api.motion.stored_rows import ended_of, looking
from query_api.tables import Tables
from sinks.motion.rebuilt import PLACE, rebuilt
from sinks.motion.stored import rows_of

MOST_FRAMES: Final = 18_000
"""Ten minutes of film, some 60 MiB."""
KEPT_SECONDS: Final = 60.0


class StoredAnalyses:
    """The Analyses of the running service; a page asks for one session several times in a row."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._kept = Kept(MOST_FRAMES, KEPT_SECONDS)

    def of(self, session: KnownSession) -> Analysis | None:
        """The newest analysis, by the place on the log of the row that it ended with; named as the session is."""
        look = looking(self._tables, session)
        sessions, ended = ended_of(look, session)
        if ended is None:
            return None
        place = session.tenant, session.id, *(ended[name] for name in PLACE)
        found = self._kept.get(place)
        if found is None:
            found = rebuilt(rows_of(look, sessions))
            if found is not None:
                self._kept.put(place, found)
        return None if found is None else replace(found, request=session.request)


class Kept:
    """The analyses that were asked for last: so many frames at most, each for so many seconds.

    For several threads at once.
    """

    def __init__(self, most_frames: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most_frames
        self._seconds = seconds
        self._clock = clock
        self._held: OrderedDict[Hashable, tuple[float, Analysis]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, place: Hashable) -> Analysis | None:
        """What was put there, if it is still kept."""
        with self._lock:
            self._let_go()
            found = self._held.get(place)
            return None if found is None else found[1]

    def put(self, place: Hashable, analysis: Analysis) -> None:
        """Keeps it, and lets go of older ones that there is no room for; one that is too large is not kept."""
        with self._lock:
            self._held[place] = self._clock(), analysis
            self._held.move_to_end(place)
            self._let_go()

    def _let_go(self) -> None:
        while self._held and (self._frames() > self._most or self._oldest() <= self._clock() - self._seconds):
            self._held.popitem(last=False)

    def _frames(self) -> int:
        return sum(analysis.body.raw.times.size for _, analysis in self._held.values())

    def _oldest(self) -> float:
        put, _ = next(iter(self._held.values()))
        return put
