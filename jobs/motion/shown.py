"""How far an analysis is, for the job's lease and for the session that its person looks at."""

from collections.abc import Callable
from time import monotonic
from typing import Final

import structlog

from control.faults import ControlUnavailable
from jobs.work import Context

TELL_SECONDS: Final = 1.0
"""How often the session is told at most."""

log = structlog.get_logger()


class SessionGone(Exception):
    """It was erased meanwhile: nothing of it is to be kept."""


class Shown:
    """A Progress that never goes back; raises SessionGone, and LeaseLost."""

    def __init__(self, context: Context, ticks: Callable[[], float] = monotonic) -> None:
        self._context, self._ticks = context, ticks
        self._most, self._next = 0.0, ticks()

    def __call__(self, fraction: float, words: str = "") -> None:
        """So much is done (0 to 1); the session says percent."""
        self._most = max(self._most, fraction)
        self._context.progress(self._most, words)
        if self._ticks() >= self._next:
            self._next = self._ticks() + TELL_SECONDS
            self._tell(round(100 * self._most, 1))

    def _tell(self, percent: float) -> None:
        job = self._context.job
        try:
            told = self._context.lake.control.motion_sessions.note_of(job, progress=percent)
        except ControlUnavailable as error:
            # the next one is a second away, and the lease says itself when it cannot be renewed
            log.warning("progress_not_told", job=job.id, reason=str(error))
            return
        if told is None:
            raise SessionGone(job.key)
