"""How long the work on a film may take, by its number of frames."""

from collections.abc import Callable
from time import monotonic

from jobs.video.chain import Progress, Stage
from jobs.video.limits import timeout_seconds
from schemas.shared.faults import Terminal


class TookTooLong(Terminal):
    """The analysis was given up at the time limit for a film of its length."""


class Timed:
    """A progress that raises TookTooLong once the film has taken longer than its number of frames allows."""

    def __init__(self, progress: Progress, clock: Callable[[], float] = monotonic) -> None:
        self._progress, self._clock, self._began = progress, clock, clock()
        self._frames = 0

    def __call__(self, done: int, total: int, stage: Stage) -> None:
        """Passes it on; stages that do not count frames say 0 of 0."""
        self._frames = max(self._frames, total)
        limit = timeout_seconds(self._frames)
        if self._clock() - self._began > limit:
            raise TookTooLong(f"not done after {limit:g} s, the limit for {self._frames} frames")
        self._progress(done, total, stage)
